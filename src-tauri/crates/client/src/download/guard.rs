//! Which addresses are called: never one of a private network, however it is written or whatever a name resolves to.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::endpoints::{is_loopback, is_loopback_name};

/// How long a name may take to be looked up.
const LOOKUP: Duration = Duration::from_secs(10);

/// An address that is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Blocked {
    #[error("the file is offered over {0}, which is not safe")]
    Scheme(String),
    #[error("the file's address has no host")]
    NoHost,
    #[error("the file's address names a user")]
    UserName,
    #[error("the file's host {0} is on a private network")]
    Private(String),
}

impl Blocked {
    /// Finds the guard's own refusal inside a transport error.
    pub(super) fn cause_of<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        let mut current = Some(error);
        while let Some(error) = current {
            if let Some(blocked) = error.downcast_ref::<Self>() {
                return Some(blocked);
            }
            // The source of an I/O error is that of the error inside it, which would be skipped.
            let inner = error
                .downcast_ref::<io::Error>()
                .and_then(io::Error::get_ref);
            current = match inner {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        None
    }
}

/// Checks an address before it is called, and what its name resolves to at the moment it is called: the resolved
/// address is the one that is connected to, so a name cannot change its mind in between.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    allow_loopback: bool,
    /// Names of hosts that files are fetched from. Others the resolver is asked for are proxies of this machine's
    /// settings, which may well be private.
    hosts: Arc<Mutex<HashSet<String>>>,
}

impl Guard {
    pub(super) fn new(allow_loopback: bool) -> Self {
        Self {
            allow_loopback,
            hosts: Arc::default(),
        }
    }

    /// Admits an address to be called, or says why not. A name is looked up before anything else: behind a proxy it is
    /// the proxy that looks names up, and would reach what we must not. One we cannot look up is left to whoever connects.
    pub(super) async fn admit(&self, url: &Url) -> Result<(), Blocked> {
        self.admit_written(url)?;
        if let Some(Host::Domain(name)) = url.host() {
            let looked_up = tokio::time::timeout(LOOKUP, tokio::net::lookup_host((name, 0))).await;
            if let Ok(Ok(addresses)) = looked_up {
                self.judge(name, &addresses.collect::<Vec<_>>())?;
            }
            // Not before: a refused name may be that of a proxy, which all later downloads need.
            self.expect(name);
        }
        Ok(())
    }

    /// From now on this name must not resolve to a private address.
    fn expect(&self, name: &str) {
        self.hosts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_ascii_lowercase());
    }

    /// Admits an address by how it is written.
    fn admit_written(&self, url: &Url) -> Result<(), Blocked> {
        let local = self.allow_loopback && is_loopback(url);
        if !(url.scheme() == "https" || (local && url.scheme() == "http")) {
            return Err(Blocked::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Blocked::UserName);
        }
        match url.host() {
            None => Err(Blocked::NoHost),
            // Judged by what it resolves to.
            Some(Host::Domain(_)) => Ok(()),
            Some(_) if local => Ok(()),
            Some(Host::Ipv4(address)) => public(IpAddr::V4(address), &address.to_string()),
            Some(Host::Ipv6(address)) => public(IpAddr::V6(address), &address.to_string()),
        }
    }

    /// Admits what a name resolved to. One private address among public ones spoils the name.
    fn admit_resolved(&self, name: &str, addresses: &[SocketAddr]) -> Result<(), Blocked> {
        let is_target = self
            .hosts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&name.to_ascii_lowercase());
        if is_target {
            self.judge(name, addresses)
        } else {
            Ok(())
        }
    }

    fn judge(&self, name: &str, addresses: &[SocketAddr]) -> Result<(), Blocked> {
        let local = self.allow_loopback && is_loopback_name(name);
        addresses
            .iter()
            .map(SocketAddr::ip)
            .filter(|address| !(local && address.is_loopback()))
            .try_for_each(|address| public(address, name))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let name = name.as_str();
            let addresses: Vec<_> = tokio::net::lookup_host((name, 0)).await?.collect();
            if addresses.is_empty() {
                return Err(
                    io::Error::new(io::ErrorKind::NotFound, "the name has no address").into(),
                );
            }
            guard.admit_resolved(name, &addresses)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn public(address: IpAddr, shown: &str) -> Result<(), Blocked> {
    if is_public(address) {
        Ok(())
    } else {
        Err(Blocked::Private(shown.to_owned()))
    }
}

/// Whether an address is one of the open internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        // This network, carrier-grade NAT, protocol assignments, benchmarks, and all from 240 on.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && matches!(b, 18 | 19))
        || a >= 240;
    !reserved
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = embedded_v4(address) {
        return is_public_v4(inner);
    }
    let [first, second, ..] = address.segments();
    // Only 2000::/3 is handed out; inside it Teredo, documentation and benchmarks are not hosts.
    (0x2000..0x4000).contains(&first)
        && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        && !(first == 0x3fff && second < 0x1000)
}

/// The IPv4 address that a mapped, translated or tunnelled IPv6 address stands for.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(allow_loopback: bool, url: &str) -> Result<(), Blocked> {
        Guard::new(allow_loopback).admit_written(&Url::parse(url).unwrap())
    }

    #[test]
    fn public_addresses_are_called_over_https_only() {
        for url in [
            "https://cdn1.wiro.ai/a.png",
            "https://8.8.8.8/a",
            "https://[2606:4700::1111]/a",
        ] {
            assert_eq!(admit(false, url), Ok(()), "{url}");
            assert_eq!(admit(true, url), Ok(()), "{url}");
            let plain = url.replace("https", "http");
            assert_eq!(
                admit(true, &plain),
                Err(Blocked::Scheme("http".to_owned())),
                "{plain}"
            );
        }
    }

    #[test]
    fn everything_else_is_blocked() {
        for url in [
            "file:///etc/passwd",
            "data:text/plain,x",
            "ftp://cdn1.wiro.ai/a",
            "https://user@cdn1.wiro.ai/a",
            "https://10.0.0.1/a",
            "https://172.16.0.1/a",
            "https://192.168.1.1/a",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/a",
            "https://0.0.0.0/a",
            "https://224.0.0.1/a",
            "https://255.255.255.255/a",
            "https://198.18.0.1/a",
            "https://0x7f000001/a",
            "https://2130706433/a",
            "https://127.1/a",
            "https://[::]/a",
            "https://[::ffff:10.0.0.1]/a",
            "https://[::ffff:127.0.0.1]/a",
            "https://[64:ff9b::7f00:1]/a",
            "https://[2002:7f00:1::]/a",
            "https://[fc00::1]/a",
            "https://[fe80::1]/a",
            "https://[ff02::1]/a",
            "https://[2001:db8::1]/a",
        ] {
            assert!(admit(false, url).is_err(), "{url}");
        }
        for url in [
            "http://10.0.0.1/a",
            "https://192.168.1.1/a",
            "http://example.com/a",
            "http://[::ffff:127.0.0.1]/a",
        ] {
            assert!(admit(true, url).is_err(), "{url}");
        }
    }

    #[test]
    fn loopback_needs_leave() {
        for url in [
            "http://127.0.0.1:8080/a",
            "http://[::1]:8080/a",
            "https://127.0.0.1/a",
            "http://127.9.9.9/a",
        ] {
            assert!(admit(false, url).is_err(), "{url}");
            assert_eq!(admit(true, url), Ok(()), "{url}");
        }
        assert!(admit(false, "http://localhost:8080/a").is_err());
        assert_eq!(admit(true, "http://localhost:8080/a"), Ok(()));
    }

    #[test]
    fn names_are_judged_by_what_they_resolve_to() {
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let guard = Guard::new(true);
        for host in ["cdn.example", "localhost"] {
            guard.expect(host);
        }
        let public = address("8.8.8.8");
        assert_eq!(guard.admit_resolved("CDN.example", &[public]), Ok(()));
        for private in ["127.0.0.1", "10.0.0.1", "::1", "fe80::1", "169.254.169.254"] {
            let blocked = guard.admit_resolved("cdn.example", &[public, address(private)]);
            assert_eq!(
                blocked,
                Err(Blocked::Private("cdn.example".to_owned())),
                "{private}"
            );
        }
        assert_eq!(
            guard.admit_resolved("localhost", &[address("127.0.0.1"), address("::1")]),
            Ok(())
        );
        assert!(
            guard
                .admit_resolved("localhost", &[address("10.0.0.1")])
                .is_err()
        );
        assert_eq!(
            guard.admit_resolved("proxy.corp", &[address("10.0.0.1")]),
            Ok(())
        );
        let strict = Guard::new(false);
        strict.expect("localhost");
        assert!(
            strict
                .admit_resolved("localhost", &[address("127.0.0.1")])
                .is_err()
        );
    }

    #[tokio::test]
    async fn names_are_looked_up_before_anybody_is_called() {
        let url = Url::parse("https://localhost/a").unwrap();
        let strict = Guard::new(false);
        let blocked = Err(Blocked::Private("localhost".to_owned()));
        assert_eq!(strict.admit(&url).await, blocked);
        // Were it the name of a proxy, that would still be reached.
        let here: SocketAddr = "127.0.0.1:0".parse().unwrap();
        assert_eq!(strict.admit_resolved("localhost", &[here]), Ok(()));
        let lenient = Guard::new(true);
        assert_eq!(lenient.admit(&url).await, Ok(()));
        let private: SocketAddr = "10.0.0.1:0".parse().unwrap();
        assert!(lenient.admit_resolved("localhost", &[private]).is_err());
    }

    #[test]
    fn a_refusal_is_found_inside_other_errors() {
        let blocked = Blocked::Private("x".to_owned());
        let outer = io::Error::other(io::Error::other(blocked.clone()));
        assert_eq!(Blocked::cause_of(&outer), Some(&blocked));
        assert_eq!(Blocked::cause_of(&io::Error::other("x")), None);
    }
}
