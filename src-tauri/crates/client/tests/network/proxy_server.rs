//! Proxies and a TLS front, so that a host name that only a proxy knows can be called with a certificate that only this
//! test's process trusts.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The host that only a proxy knows, and an address of nobody's (RFC 5737).
pub(crate) const HOST: &str = "service.test";
pub(crate) const ADDRESS: &str = "203.0.113.7";

/// Says in which folder the certificate of a trusting process is.
const TRUSTED: &str = "WIRO_CLIENT_TEST_TRUSTED";

/// Runs a test again in a process that trusts our certificate: what is trusted is read from the environment, and that
/// can only be given to a new process. Inside it, the folder of the certificate is returned.
pub(crate) async fn trusting(name: &str, settings: &[(&str, &str)]) -> Option<String> {
    if let Ok(folder) = std::env::var(TRUSTED) {
        return Some(folder);
    }
    let folder = identity();
    run_trusting(&folder, name, settings).await;
    None
}

/// A folder with a fresh certificate and its key.
pub(crate) fn identity() -> TempDir {
    let folder = TempDir::new().unwrap();
    let names = [HOST, ADDRESS, "localhost"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    fs_err::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
    fs_err::write(
        folder.path().join("key.pem"),
        made.signing_key.serialize_pem(),
    )
    .unwrap();
    folder
}

pub(crate) async fn run_trusting(folder: &TempDir, name: &str, settings: &[(&str, &str)]) {
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", name])
        .env(TRUSTED, folder.path())
        .env("SSL_CERT_FILE", folder.path().join("cert.pem"))
        .env_remove("SSL_CERT_DIR");
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        child.env_remove(name).env_remove(name.to_uppercase());
    }
    let done = child.envs(settings.iter().copied()).output().await.unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    // A name that fits no test would succeed as well.
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{name} {settings:?}: {said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Takes TLS off and passes the rest on to a port of this machine.
pub(crate) async fn tls_front(folder: &Path, behind: u16) -> u16 {
    let chain = vec![CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    join(stream, behind).await;
                }
            });
        }
    });
    port
}

async fn join(mut stream: impl AsyncRead + AsyncWrite + Unpin, behind: u16) {
    if let Ok(mut inner) = TcpStream::connect(("127.0.0.1", behind)).await {
        let _ = copy_bidirectional(&mut stream, &mut inner).await;
    }
}

/// A proxy that speaks CONNECT and SOCKS5 on one port.
#[derive(Clone)]
pub(crate) struct ProxyServer {
    pub(crate) port: u16,
    /// What it was asked for, with the login: `host:port user:password`.
    asked: Arc<Mutex<Vec<String>>>,
    /// Everything it could read before a tunnel stood.
    seen: Arc<Mutex<Vec<u8>>>,
}

impl ProxyServer {
    /// `ways` says where `host:port` really is.
    pub(crate) async fn start(ways: HashMap<String, u16>, login: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            asked: Arc::default(),
            seen: Arc::default(),
        };
        let served = proxy.clone();
        let ways = Arc::new(ways);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (served, ways) = (served.clone(), Arc::clone(&ways));
                tokio::spawn(async move { served.serve(stream, &ways, login).await });
            }
        });
        proxy
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    async fn serve(
        &self,
        mut stream: TcpStream,
        ways: &HashMap<String, u16>,
        login: Option<&str>,
    ) -> Option<()> {
        let mut first = [0];
        stream.peek(&mut first).await.ok()?;
        let (target, given) = if first[0] == 5 {
            self.socks(&mut stream, login).await?
        } else {
            self.connect(&mut stream).await?
        };
        self.asked.lock().unwrap().push(format!("{target} {given}"));
        let is_socks = first[0] == 5;
        let refused: &[u8] = match (login, ways.get(&target)) {
            (Some(wanted), _) if wanted != given => b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n",
            (_, None) if is_socks => &[5, 4, 0, 1, 0, 0, 0, 0, 0, 0],
            (_, None) => b"HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n",
            (_, Some(port)) => {
                let good: &[u8] = if is_socks {
                    &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]
                } else {
                    b"HTTP/1.1 200 Yes\r\n\r\n"
                };
                stream.write_all(good).await.ok()?;
                join(stream, *port).await;
                return Some(());
            }
        };
        stream.write_all(refused).await.ok()
    }

    async fn connect(&self, stream: &mut TcpStream) -> Option<(String, String)> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        self.seen.lock().unwrap().extend_from_slice(&head);
        let head = String::from_utf8(head).ok()?;
        let target = head.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
        let given = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"))
            .and_then(|(_, value)| value.strip_prefix("Basic "))
            .unwrap_or_default();
        Some((target, decode_base64(given)))
    }

    async fn socks(&self, stream: &mut TcpStream, login: Option<&str>) -> Option<(String, String)> {
        let _version = stream.read_u8().await.ok()?;
        let methods = self.take(stream).await?;
        let mut given = String::new();
        if login.is_some() {
            if !methods.contains(&2) {
                stream.write_all(&[5, 0xff]).await.ok()?;
                return None;
            }
            stream.write_all(&[5, 2]).await.ok()?;
            let _version = stream.read_u8().await.ok()?;
            let user = String::from_utf8(self.take(stream).await?).ok()?;
            let password = String::from_utf8(self.take(stream).await?).ok()?;
            given = format!("{user}:{password}");
            let verdict = u8::from(login != Some(&given));
            stream.write_all(&[1, verdict]).await.ok()?;
        } else {
            stream.write_all(&[5, 0]).await.ok()?;
        }
        let mut head = [0; 4];
        stream.read_exact(&mut head).await.ok()?;
        let host = match head[3] {
            1 => {
                let mut address = [0_u8; 4];
                stream.read_exact(&mut address).await.ok()?;
                std::net::Ipv4Addr::from(address).to_string()
            }
            _ => String::from_utf8(self.take(stream).await?).ok()?,
        };
        let port = stream.read_u16().await.ok()?;
        Some((format!("{host}:{port}"), given))
    }

    /// Bytes with their number before them.
    async fn take(&self, stream: &mut TcpStream) -> Option<Vec<u8>> {
        let length = usize::from(stream.read_u8().await.ok()?);
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).await.ok()?;
        self.seen.lock().unwrap().extend_from_slice(&bytes);
        Some(bytes)
    }
}

fn decode_base64(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = text
        .bytes()
        .filter_map(|byte| ALPHABET.iter().position(|known| *known == byte))
        .flat_map(|value| (0..6).rev().map(move |bit| u8::from(value >> bit & 1 == 1)))
        .collect();
    let bytes = bits
        .chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit))
        .collect();
    String::from_utf8(bytes).unwrap()
}
