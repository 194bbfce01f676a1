//! Where the service is: the REST base and the socket.

use std::net::IpAddr;

use url::{Host, Url};

/// REST base of the service (`PROTOCOL.md` section 1).
const WIRO_API: &str = "https://api.wiro.ai/v1";
/// Socket of the service (`PROTOCOL.md` section 1).
const WIRO_SOCKET: &str = "wss://socket.wiro.ai/v1";

/// A pair of addresses that credentials may be sent to.
///
/// Invariant: both are encrypted, or plain on this machine only; neither carries a user name, a query or a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    api: Url,
    socket: Url,
}

/// Why an address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is not an address at all.
    #[error("{which} is not an address: {reason}")]
    Invalid {
        /// `API address` or `socket address`.
        which: &'static str,
        /// What the parser said.
        reason: String,
    },
    /// It would send credentials unencrypted, or over something else than HTTP and WebSocket.
    #[error("{which} must start with {secure}:// ({plain}:// only on this machine)")]
    Scheme {
        /// `API address` or `socket address`.
        which: &'static str,
        /// The encrypted scheme.
        secure: &'static str,
        /// The plain scheme.
        plain: &'static str,
    },
    /// It carries something that does not belong into a base address.
    #[error("{which} must not contain {part}")]
    Extra {
        /// `API address` or `socket address`.
        which: &'static str,
        /// What it contains.
        part: &'static str,
    },
}

impl Endpoints {
    /// Reads the two addresses. Trailing slashes are trimmed (`PROTOCOL.md` D-21).
    pub fn parse(api: &str, socket: &str) -> Result<Self, EndpointError> {
        Ok(Self {
            api: base(api, "API address", "https", "http")?,
            socket: base(socket, "socket address", "wss", "ws")?,
        })
    }

    /// The service's own addresses.
    #[expect(clippy::expect_used, reason = "the two constants are parsed by a test")]
    pub fn wiro() -> Self {
        Self::parse(WIRO_API, WIRO_SOCKET).expect("the service's addresses are valid")
    }

    /// REST base, without a trailing slash in its path.
    pub const fn api(&self) -> &Url {
        &self.api
    }

    /// Socket address.
    pub const fn socket(&self) -> &Url {
        &self.socket
    }

    /// Whether the calls, and the key with them, stay on this machine.
    pub(crate) fn calls_stay_here(&self) -> bool {
        is_loopback(&self.api)
    }

    /// Whether both are on this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.api) && is_loopback(&self.socket)
    }

    /// The address of a call; `path` is made of clean segments only.
    pub(crate) fn call(&self, path: &[&str]) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// Whether an address names this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_loopback_name(name),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// Whether a host name is the one that always means this machine.
pub(crate) fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
}

fn base(
    text: &str,
    which: &'static str,
    secure: &'static str,
    plain: &'static str,
) -> Result<Url, EndpointError> {
    let invalid = |reason: String| EndpointError::Invalid { which, reason };
    let mut url = Url::parse(text.trim()).map_err(|error| invalid(error.to_string()))?;
    let allowed = url.scheme() == secure || (url.scheme() == plain && is_loopback(&url));
    if !allowed {
        return Err(EndpointError::Scheme {
            which,
            secure,
            plain,
        });
    }
    let extra = |part| Err(EndpointError::Extra { which, part });
    if !url.username().is_empty() || url.password().is_some() {
        return extra("a user name or password");
    }
    if url.query().is_some() {
        return extra("a query");
    }
    if url.fragment().is_some() {
        return extra("a fragment");
    }
    let trimmed = url.path().trim_end_matches('/').to_owned();
    url.set_path(&trimmed);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_known() {
        let wiro = Endpoints::wiro();
        assert_eq!(wiro.api().as_str(), WIRO_API);
        assert_eq!(wiro.socket().as_str(), WIRO_SOCKET);
        assert!(!wiro.is_loopback());
        assert_eq!(
            wiro.call(&["Run", "wiro", "flux-2.dev"]).as_str(),
            "https://api.wiro.ai/v1/Run/wiro/flux-2.dev"
        );
    }

    #[test]
    fn slashes_are_trimmed_and_paths_join() {
        let cases = [
            (
                "http://127.0.0.1:8080/v1/",
                "http://127.0.0.1:8080/v1/Tool/List",
            ),
            (
                "http://127.0.0.1:8080/v1//",
                "http://127.0.0.1:8080/v1/Tool/List",
            ),
            ("http://localhost:8080", "http://localhost:8080/Tool/List"),
            ("http://[::1]:8080/", "http://[::1]:8080/Tool/List"),
        ];
        for (api, expected) in cases {
            let endpoints = Endpoints::parse(api, "ws://127.0.0.1:1/v1").unwrap();
            assert!(endpoints.is_loopback(), "{api}");
            assert_eq!(endpoints.call(&["Tool", "List"]).as_str(), expected);
        }
    }

    #[test]
    fn unsafe_addresses_are_refused() {
        let cases = [
            ("http://api.wiro.ai/v1", "wss://socket.wiro.ai/v1"),
            ("https://api.wiro.ai/v1", "ws://socket.wiro.ai/v1"),
            ("http://127.0.0.1.example.com/v1", "wss://socket.wiro.ai/v1"),
            ("http://localhost.example.com/v1", "wss://socket.wiro.ai/v1"),
            ("http://192.168.0.1/v1", "wss://socket.wiro.ai/v1"),
            ("ftp://127.0.0.1/v1", "wss://socket.wiro.ai/v1"),
            (
                "https://key:secret@api.wiro.ai/v1",
                "wss://socket.wiro.ai/v1",
            ),
            ("https://api.wiro.ai/v1?x=1", "wss://socket.wiro.ai/v1"),
            ("https://api.wiro.ai/v1", "wss://socket.wiro.ai/v1#x"),
            ("api.wiro.ai", "wss://socket.wiro.ai/v1"),
            ("", "wss://socket.wiro.ai/v1"),
        ];
        for (api, socket) in cases {
            assert!(Endpoints::parse(api, socket).is_err(), "{api} {socket}");
        }
    }
}
