//! A server that answers byte for byte as told, and remembers what it was sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wiro_client::auth::Credentials;
use wiro_client::client::{Client, ClientBuilder, RetryPolicy, Timeouts};
use wiro_client::endpoints::Endpoints;

pub(crate) const KEY: &str = "wk_test_4f1c9a20";
pub(crate) const SECRET: &str = "ws_test_b7e3d815";

/// What the server does with one connection.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Reads the request, writes this, closes.
    Raw(Vec<u8>),
    /// Reads the request and closes without a word.
    Close,
    /// Reads the head and so many bytes of the body, then resets the connection.
    ResetAfter(usize),
    /// Reads the request, writes this, then stays silent and open.
    Stall(Vec<u8>),
    /// Reads the body in so many gulps with a pause before each, then writes this.
    Slowly {
        gulps: usize,
        pause: Duration,
        answer: Vec<u8>,
    },
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Server {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
}

/// An answer with a JSON body.
pub(crate) fn json(status: u16, body: &str) -> Reply {
    answer(
        status,
        &[("content-type", "application/json")],
        body.as_bytes(),
    )
}

/// An answer with a length.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let length = body.len().to_string();
    let mut all = headers.to_vec();
    all.push(("content-length", &length));
    raw(status, &all, body)
}

/// An answer exactly as given.
pub(crate) fn raw(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut bytes = format!("HTTP/1.1 {status} Some Reason\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"connection: close\r\n\r\n");
    bytes.extend_from_slice(body);
    Reply::Raw(bytes)
}

impl Server {
    /// Answers the first connection with the first reply and so on; the last reply serves all later ones.
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&received);
        tokio::spawn(async move {
            let mut index = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let reply = replies[index.min(replies.len() - 1)].clone();
                index += 1;
                tokio::spawn(serve(stream, reply, Arc::clone(&log)));
            }
        });
        Self { port, received }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints::parse(&self.url("/v1"), "ws://127.0.0.1:9/v1").unwrap()
    }

    /// A client that signs, never pauses, and gives up on silence soon.
    pub(crate) fn builder(&self) -> ClientBuilder {
        let credentials = Credentials::new(KEY.to_owned(), Some(SECRET.to_owned()));
        Client::builder(self.endpoints(), Some(credentials))
            .retry(RetryPolicy::default().with_wait(|_| Box::pin(std::future::ready(()))))
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    /// A client that gives up on silence soon.
    pub(crate) fn impatient(&self, idle: Duration) -> Client {
        self.builder()
            .timeouts(Timeouts {
                idle,
                ..Timeouts::default()
            })
            .build()
            .unwrap()
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// How many requests came with a head that could be read.
    pub(crate) fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }
}

/// An address nobody listens on.
pub(crate) async fn refused() -> Endpoints {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    Endpoints::parse(
        &format!("http://127.0.0.1:{port}/v1"),
        &format!("ws://127.0.0.1:{port}/v1"),
    )
    .unwrap()
}

async fn serve(mut stream: TcpStream, reply: Reply, log: Arc<Mutex<Vec<Received>>>) {
    let Some((mut request, length)) = read_head(&mut stream).await else {
        return;
    };
    let already = request.body.len();
    match reply {
        Reply::ResetAfter(bytes) => {
            log.lock().unwrap().push(request);
            let _ = read_exactly(&mut stream, bytes.saturating_sub(already)).await;
            let _ = stream.set_zero_linger();
        }
        Reply::Slowly {
            gulps,
            pause,
            answer,
        } => {
            let rest = length - already;
            for gulp in 0..gulps {
                tokio::time::sleep(pause).await;
                let size = rest * (gulp + 1) / gulps - rest * gulp / gulps;
                request.body.extend(read_exactly(&mut stream, size).await);
            }
            finish(stream, request, &log, &answer).await;
        }
        Reply::Raw(bytes) => {
            request
                .body
                .extend(read_exactly(&mut stream, length - already).await);
            finish(stream, request, &log, &bytes).await;
        }
        Reply::Close => {
            request
                .body
                .extend(read_exactly(&mut stream, length - already).await);
            finish(stream, request, &log, b"").await;
        }
        Reply::Stall(bytes) => {
            request
                .body
                .extend(read_exactly(&mut stream, length - already).await);
            log.lock().unwrap().push(request);
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read_u8().await;
        }
    }
}

async fn finish(
    mut stream: TcpStream,
    request: Received,
    log: &Mutex<Vec<Received>>,
    bytes: &[u8],
) {
    log.lock().unwrap().push(request);
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
}

async fn read_exactly(stream: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut body = vec![0; bytes];
    let mut filled = 0;
    while filled < bytes {
        match stream.read(&mut body[filled..]).await {
            Ok(0) | Err(_) => break,
            Ok(read) => filled += read,
        }
    }
    body.truncate(filled);
    body
}

/// Reads up to the empty line; also says how long the body will be.
async fn read_head(stream: &mut TcpStream) -> Option<(Received, usize)> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    Some((
        Received {
            method,
            path,
            headers,
            body: bytes[end + 4..].to_vec(),
        },
        length,
    ))
}
