//! A server with a few files, and a client that sends exactly the bytes it is told.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wiro_loopback::{MediaFile, MediaPort, MediaServer, MediaSource, Variant};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The origin of the window.
pub(crate) const APP: &str = "tauri://localhost";
/// The bytes of the file `cat`.
pub(crate) const CAT: &[u8] = b"0123456789abcdefghij";

/// Files by id, and the ids that were asked for.
#[derive(Default)]
pub(crate) struct Shelf {
    files: Mutex<HashMap<String, MediaFile>>,
    asked: Mutex<Vec<String>>,
}

impl MediaSource for Shelf {
    fn resolve(
        &self,
        variant: Variant,
        id: String,
    ) -> Pin<Box<dyn Future<Output = Option<MediaFile>> + Send + '_>> {
        let key = format!("{}/{id}", variant.as_str());
        let found = self
            .files
            .lock()
            .ok()
            .and_then(|files| files.get(&key).cloned());
        if let Ok(mut asked) = self.asked.lock() {
            asked.push(key);
        }
        Box::pin(async move { found })
    }
}

pub(crate) struct Stage {
    pub(crate) server: MediaServer,
    pub(crate) folder: TempDir,
    shelf: Arc<Shelf>,
}

impl Stage {
    /// A server that knows `output/cat`, twenty bytes of `image/png`.
    pub(crate) fn new() -> Outcome<Self> {
        let shelf = Arc::new(Shelf::default());
        let server = MediaServer::serve(
            MediaPort::bind()?,
            vec![APP.to_owned(), "http://tauri.localhost".to_owned()],
            shelf.clone(),
        )?;
        let stage = Self {
            server,
            folder: tempfile::tempdir()?,
            shelf,
        };
        stage.put("output/cat", "image/png", CAT)?;
        Ok(stage)
    }

    /// Writes a file and makes it known.
    pub(crate) fn put(&self, key: &str, content_type: &str, bytes: &[u8]) -> Outcome<PathBuf> {
        let path = self.folder.path().join(key.replace('/', "-"));
        fs_err::write(&path, bytes)?;
        self.know(
            key,
            MediaFile {
                path: path.clone(),
                content_type: content_type.to_owned(),
                download_name: None,
            },
        );
        Ok(path)
    }

    pub(crate) fn know(&self, key: &str, file: MediaFile) {
        if let Ok(mut files) = self.shelf.files.lock() {
            files.insert(key.to_owned(), file);
        }
    }

    /// What the source was asked for so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shelf
            .asked
            .lock()
            .map(|asked| asked.clone())
            .unwrap_or_default()
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port()
    }

    /// The secret in the address.
    pub(crate) fn secret(&self) -> &str {
        self.server
            .base_url()
            .rsplit('/')
            .next()
            .unwrap_or_default()
    }

    /// The path of a key, with the secret.
    pub(crate) fn path(&self, key: &str) -> String {
        format!("/{}/{key}", self.secret())
    }

    /// Sends a request with the right `Host` and more headers.
    pub(crate) async fn ask(
        &self,
        method: &str,
        key: &str,
        headers: &[(&str, &str)],
    ) -> Outcome<Reply> {
        let host = format!("127.0.0.1:{}", self.port());
        let mut all = vec![("Host", host.as_str())];
        all.extend_from_slice(headers);
        self.send(method, &self.path(key), &all).await
    }

    /// Sends exactly this, and reads until the server closes.
    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Outcome<Reply> {
        let mut request = format!("{method} {target} HTTP/1.1\r\n");
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n")?;
        }
        request.push_str("Connection: close\r\n\r\n");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port())).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        Reply::parse(&bytes)
    }
}

/// An answer, read by hand.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Outcome<Self> {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or("no end of the headers")?;
        let head = std::str::from_utf8(&bytes[..end])?;
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .ok_or("no status")?
            .parse()?;
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Ok(Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        })
    }

    /// The value of a header that comes once at most.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self
            .headers
            .iter()
            .filter(|(header, _)| header == name)
            .map(|(_, value)| value.as_str());
        let first = found.next();
        assert_eq!(found.next(), None, "{name} twice");
        first
    }
}
