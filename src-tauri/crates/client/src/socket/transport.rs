//! The way to the socket: directly or through a proxy, then TLS, then the handshake.

use std::sync::{Arc, OnceLock};

use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use tower_service::Service;
use url::Url;

use crate::error::unreachable_because;
use crate::proxy::{Proxy, Route, shown};

/// Bytes there and back, whatever carries them.
pub(crate) trait Line: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// A connected socket.
pub(crate) type Stream = WebSocketStream<MaybeTlsStream<Box<dyn Line>>>;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no socket.
pub(crate) enum ConnectError {
    /// There is no way to it, in words.
    Unreachable(String),
    /// It was reached and did not become a socket.
    Handshake(tungstenite::Error),
}

/// Knows the way to one address.
pub(crate) struct Transport {
    url: Url,
    route: Route,
    /// Made at the first use: it reads every certificate that this machine trusts.
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Transport {
    pub(crate) fn new(url: Url, proxy: &Proxy) -> Self {
        Self {
            url,
            route: Route::new(proxy),
            tls: OnceLock::new(),
        }
    }

    pub(crate) async fn connect(&self, limits: WebSocketConfig) -> Result<Stream, ConnectError> {
        let host = self.url.host_str().unwrap_or_default();
        let proxy = self.route.intercept(&self.url);
        let via = proxy.as_ref().map(shown);
        let failed = |error: BoxError| {
            ConnectError::Unreachable(unreachable_because(&*error, host, via.as_deref()).0)
        };
        let line = match &proxy {
            None => self.direct().await,
            Some(proxy) => self.tunnel(proxy).await,
        }
        .map_err(failed)?;
        let connector = if self.url.scheme() == "wss" {
            Connector::Rustls(self.tls().map_err(failed)?)
        } else {
            Connector::Plain
        };
        client_async_tls_with_config(self.url.as_str(), line, Some(limits), Some(connector))
            .await
            .map(|(stream, _)| stream)
            .map_err(|error| match error {
                tungstenite::Error::Io(error) => failed(error.into()),
                error => ConnectError::Handshake(error),
            })
    }

    fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    async fn direct(&self) -> Result<Box<dyn Line>, BoxError> {
        let host = self.url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, self.port())).await?;
        stream.set_nodelay(true)?;
        Ok(Box::new(stream))
    }

    async fn tunnel(&self, proxy: &Intercept) -> Result<Box<dyn Line>, BoxError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let kind = proxy.uri().scheme_str().unwrap_or_default();
        let target = self.target(kind == "socks5").await?;
        let address = proxy.uri().clone();
        match kind {
            "socks5" | "socks5h" => {
                let mut socks = SocksV5::new(address, http);
                if let Some((user, password)) = proxy.raw_auth() {
                    socks = socks.with_auth(user.to_owned(), password.to_owned());
                }
                Ok(Box::new(socks.call(target).await?.into_inner()))
            }
            "socks4" | "socks4a" => {
                let mut socks = SocksV4::new(address, http);
                Ok(Box::new(socks.call(target).await?.into_inner()))
            }
            "https" => {
                let https = HttpsConnectorBuilder::new()
                    .with_tls_config(ClientConfig::clone(&*self.tls()?))
                    .https_only()
                    .enable_http1()
                    .wrap_connector(http);
                let mut tunnel = with_login(Tunnel::new(address, https), proxy);
                Ok(Box::new(TokioIo::new(tunnel.call(target).await?)))
            }
            _ => {
                let mut tunnel = with_login(Tunnel::new(address, http), proxy);
                Ok(Box::new(tunnel.call(target).await?.into_inner()))
            }
        }
    }

    /// What the proxy is asked for: the name, or the address when names are looked up here.
    async fn target(&self, look_up: bool) -> Result<Uri, BoxError> {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.port();
        let authority = if look_up {
            let mut found = lookup_host((host, port)).await?;
            found.next().ok_or("the name has no address")?.to_string()
        } else {
            format!("{host}:{port}")
        };
        Ok(format!("https://{authority}").parse()?)
    }

    /// Trusts what this machine trusts, as the calls do: a company's proxy may show a certificate of its own.
    fn tls(&self) -> Result<Arc<ClientConfig>, BoxError> {
        if let Some(config) = self.tls.get() {
            return Ok(Arc::clone(config));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()?
            .with_no_client_auth();
        Ok(Arc::clone(self.tls.get_or_init(|| Arc::new(config))))
    }
}

fn with_login<C>(tunnel: Tunnel<C>, proxy: &Intercept) -> Tunnel<C> {
    match proxy.basic_auth() {
        Some(login) => tunnel.with_auth(login.clone()),
        None => tunnel,
    }
}
