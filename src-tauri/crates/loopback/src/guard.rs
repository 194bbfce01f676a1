//! The one door. Everything that comes in is a stranger until all three checks hold.

use std::hint::black_box;

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

use crate::Error;

/// Bytes of the secret.
const SECRET_BYTES: usize = 32;

/// Who may come in.
pub(crate) struct Guard {
    hosts: [String; 2],
    origins: Vec<HeaderValue>,
    /// Hex, as in the path.
    secret: String,
}

/// A request that may come in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Admitted<'a> {
    /// The path behind the secret, without a leading slash.
    pub(crate) path: &'a str,
    /// The app's own origin, when the request came with one.
    pub(crate) origin: Option<HeaderValue>,
}

impl Guard {
    /// A guard for a port, with a fresh secret.
    pub(crate) fn new(port: u16, app_origins: Vec<String>) -> Result<Self, Error> {
        let mut secret = [0_u8; SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(|_| Error::Random)?;
        let origins = app_origins
            .into_iter()
            .map(parse_origin)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
            origins,
            secret: hex::encode(secret),
        })
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// Lets a request in, or says what to answer.
    pub(crate) fn admit<'a>(
        &self,
        method: &Method,
        uri: &'a Uri,
        headers: &HeaderMap,
    ) -> Result<Admitted<'a>, StatusCode> {
        self.check_host(uri, headers)?;
        let origin = self.check_origin(headers)?;
        let (secret, path) = uri
            .path()
            .strip_prefix('/')
            .and_then(|path| path.split_once('/'))
            .ok_or(StatusCode::NOT_FOUND)?;
        if !same(secret.as_bytes(), self.secret.as_bytes()) {
            return Err(StatusCode::NOT_FOUND);
        }
        // A preflight always names its origin.
        let allowed = matches!(*method, Method::GET | Method::HEAD)
            || (*method == Method::OPTIONS && origin.is_some());
        if allowed {
            Ok(Admitted { path, origin })
        } else {
            Err(StatusCode::METHOD_NOT_ALLOWED)
        }
    }

    /// A name that a stranger's DNS points at 127.0.0.1 is still the stranger's name.
    fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), StatusCode> {
        let host = only(headers, &HOST)?.ok_or(StatusCode::FORBIDDEN)?;
        let known = |name: &[u8]| self.hosts.iter().any(|own| own.as_bytes() == name);
        // A request line may name a host of its own.
        let line_agrees = uri
            .authority()
            .is_none_or(|line| known(line.as_str().as_bytes()));
        if known(host.as_bytes()) && line_agrees {
            Ok(())
        } else {
            Err(StatusCode::FORBIDDEN)
        }
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>, StatusCode> {
        match only(headers, &ORIGIN)? {
            None => Ok(None),
            Some(origin) if self.origins.contains(origin) => Ok(Some(origin.clone())),
            Some(_) => Err(StatusCode::FORBIDDEN),
        }
    }
}

/// The value of a header that must not come twice: two readers could take one each.
fn only<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a HeaderValue>, StatusCode> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_none() {
        Ok(first)
    } else {
        Err(StatusCode::FORBIDDEN)
    }
}

/// Compares without telling by its time how much fits.
fn same(given: &[u8], secret: &[u8]) -> bool {
    given.len() == secret.len()
        && given
            .iter()
            .zip(secret)
            .fold(0_u8, |differences, (a, b)| black_box(differences | (a ^ b)))
            == 0
}

/// `scheme://host[:port]`. `null` would let in every sandboxed page.
fn parse_origin(origin: String) -> Result<HeaderValue, Error> {
    let is_origin = origin.split_once("://").is_some_and(|(scheme, host)| {
        !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '*', '?', '#', '@', ' '])
    });
    match HeaderValue::from_str(&origin) {
        Ok(value) if is_origin => Ok(value),
        _ => Err(Error::Origin(origin)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let secrets: Vec<String> = (0..8)
            .map(|_| Guard::new(1, Vec::new()).unwrap().secret().to_owned())
            .collect();
        for (i, secret) in secrets.iter().enumerate() {
            assert_eq!(secret.len(), 64);
            assert!(!secrets[..i].contains(secret));
        }
    }

    #[test]
    fn comparison_is_exact() {
        assert!(same(b"abc", b"abc"));
        for other in [b"".as_slice(), b"ab", b"abd", b"bbc", b"abcd", b"ABC"] {
            assert!(!same(other, b"abc"));
        }
    }

    #[test]
    fn origins_are_whole_and_exact() {
        for good in [
            "tauri://localhost",
            "http://tauri.localhost",
            "http://127.0.0.1:1420",
        ] {
            assert!(parse_origin(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "null",
            "*",
            "",
            "http://",
            "://x",
            "http://a/",
            "http://*.a",
            "http://a b",
            "localhost",
            "http://a\n",
        ] {
            assert!(parse_origin(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
