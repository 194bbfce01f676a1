//! The way out of this network: the system's proxy, none, or one that the person names.
//!
//! One choice holds for calls, downloads and the task socket. Whatever is chosen, this machine is called directly: a
//! proxy between a machine and itself would only see the key.

use std::fmt;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio_tungstenite::tungstenite::http::Uri;
use url::Url;

use crate::endpoints::is_loopback;
use crate::secret::Secret;

/// Where SOCKS listens when the address does not say.
const SOCKS_PORT: u16 = 1080;

/// Which proxy is used. Addresses of this machine are always called directly.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Proxy {
    /// What the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) and the system's settings say.
    #[default]
    System,
    /// None, whatever the environment says.
    None,
    /// This one, for every host but this machine.
    Custom(ProxyAddress),
}

/// Address of a proxy, with the user and password it may want. Neither of the two is ever displayed.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyAddress {
    /// Without a login.
    url: Url,
    login: Option<Login>,
}

#[derive(Clone, PartialEq, Eq)]
struct Login {
    user: Secret<String>,
    password: Secret<String>,
}

/// Why an address is not one of a proxy. Says nothing of what was typed: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxyAddressError {
    /// It is not an address at all.
    #[error("this is not the address of a proxy; it looks like http://proxy.example:3128")]
    Invalid,
    /// It is of a kind that is not spoken here.
    #[error("the proxy's address must start with http://, https://, socks5:// or socks5h://")]
    Scheme,
    /// It goes on after host and port.
    #[error("the proxy's address must end after host and port")]
    Extra,
}

impl ProxyAddress {
    /// Reads `http://`, `https://` (both asked with CONNECT), `socks5://` (names are looked up here) or `socks5h://`
    /// (the proxy looks names up), with an optional `user:password@`.
    pub fn parse(text: &str) -> Result<Self, ProxyAddressError> {
        let text = text.trim();
        let (scheme, _) = text.split_once("://").ok_or(ProxyAddressError::Scheme)?;
        if !["http", "https", "socks5", "socks5h"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
        {
            return Err(ProxyAddressError::Scheme);
        }
        let mut url = Url::parse(text).map_err(|_| ProxyAddressError::Invalid)?;
        if url.host_str().is_none_or(str::is_empty) || url.port() == Some(0) {
            return Err(ProxyAddressError::Invalid);
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(ProxyAddressError::Extra);
        }
        let decoded =
            |text: &str| Secret::new(percent_decode_str(text).decode_utf8_lossy().into_owned());
        let login = (!url.username().is_empty() || url.password().is_some()).then(|| Login {
            user: decoded(url.username()),
            password: decoded(url.password().unwrap_or_default()),
        });
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        cleared.map_err(|()| ProxyAddressError::Invalid)?;
        if url.port().is_none() && url.scheme().starts_with("socks") {
            url.set_port(Some(SOCKS_PORT))
                .map_err(|()| ProxyAddressError::Invalid)?;
        }
        Ok(Self { url, login })
    }

    /// The same proxy with another user and password.
    #[must_use]
    pub fn with_login(mut self, user: &str, password: Secret<String>) -> Self {
        self.login = Some(Login {
            user: Secret::new(user.to_owned()),
            password,
        });
        self
    }

    /// The user it is asked as, when there is one.
    pub fn user(&self) -> Option<&str> {
        self.login
            .as_ref()
            .map(|login| login.user.expose().as_str())
    }

    /// Address with the login in it, for those who connect. Never to be shown.
    fn with_secrets(&self) -> Url {
        let mut url = self.url.clone();
        if let Some(login) = &self.login {
            // Every character that could mean something, the percent sign included, is written as its number.
            let encoded = |secret: &Secret<String>| {
                utf8_percent_encode(secret.expose(), NON_ALPHANUMERIC).to_string()
            };
            // An address with a host, and this one has one, takes both.
            let _ = url.set_username(&encoded(&login.user));
            let _ = url.set_password(Some(&encoded(&login.password)));
        }
        url
    }
}

impl fmt::Display for ProxyAddress {
    /// Scheme, host and port; never the login.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProxyAddress")
            .field("address", &self.to_string())
            .field("has_login", &self.login.is_some())
            .finish_non_exhaustive()
    }
}

/// A choice made ready for connecting: what the system says is read once.
#[derive(Clone)]
pub(crate) struct Route {
    proxy: Proxy,
    matcher: Option<Arc<Matcher>>,
}

impl Route {
    pub(crate) fn new(proxy: &Proxy) -> Self {
        let matcher = match proxy {
            Proxy::System => Some(Matcher::from_system()),
            Proxy::None => None,
            Proxy::Custom(address) => Some(
                Matcher::builder()
                    .all(String::from(address.with_secrets()))
                    .build(),
            ),
        };
        Self {
            proxy: proxy.clone(),
            matcher: matcher.map(Arc::new),
        }
    }

    /// Makes calls take this way. `stays_here` says that they all go to this machine.
    pub(crate) fn apply(
        &self,
        builder: reqwest::ClientBuilder,
        stays_here: bool,
    ) -> reqwest::ClientBuilder {
        match &self.proxy {
            Proxy::System if !stays_here => builder,
            Proxy::System | Proxy::None => builder.no_proxy(),
            Proxy::Custom(address) => {
                let address = address.with_secrets();
                builder.proxy(reqwest::Proxy::custom(move |url| {
                    (!is_loopback(url)).then(|| address.clone())
                }))
            }
        }
    }

    /// The proxy that an address is called through.
    pub(crate) fn intercept(&self, url: &Url) -> Option<Intercept> {
        if is_loopback(url) {
            return None;
        }
        // The socket is a call like any other to a proxy, whose settings know no `ws`.
        let scheme = match url.scheme() {
            "ws" | "http" => "http",
            _ => "https",
        };
        let host = url.host_str()?;
        let uri: Uri = format!("{scheme}://{host}/").parse().ok()?;
        self.matcher.as_ref()?.intercept(&uri)
    }

    /// Host and port of the proxy that an address is called through, to be shown.
    pub(crate) fn shown(&self, url: &Url) -> Option<String> {
        self.intercept(url).map(|proxy| shown(&proxy))
    }
}

/// Host and port of a proxy.
pub(crate) fn shown(proxy: &Intercept) -> String {
    let uri = proxy.uri();
    let host = uri.host().unwrap_or_default();
    match uri.port_u16() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// What a proxy's refusal means, in words; `None` when the text is not about a proxy.
pub(crate) fn in_words(reason: &str) -> Option<&'static str> {
    const KNOWN: [(&[&str], &str); 4] = [
        (
            &[
                "proxy authorization required",
                "credentials not accepted",
                "does not support user/pass authentication",
                "implements authentication incorrectly",
            ],
            "it wants a user and a password, or refused those it was given",
        ),
        (
            &["failed to create underlying connection"],
            "it cannot be reached",
        ),
        (
            &[
                "tunnel error: unexpected end of file",
                "tunnel error: proxy response headers too long",
                "io error during SOCKS handshake",
                "failed parsing server response",
            ],
            "it does not answer like a proxy",
        ),
        (
            &["tunnel error: unsuccessful"],
            "it refused, or does not answer like a proxy",
        ),
    ];
    KNOWN
        .iter()
        .find(|(texts, _)| texts.iter().any(|text| reason.contains(text)))
        .map(|(_, words)| *words)
}

impl fmt::Debug for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Route").field(&self.proxy).finish()
    }
}

#[cfg(test)]
mod tests;
