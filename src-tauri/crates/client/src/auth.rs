//! Who calls: the key, the optional secret, and the headers made of them (`PROTOCOL.md` section 2).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

/// Key of a project, and its secret when the project signs (`PROTOCOL.md` section 2.1).
#[derive(Clone, Debug)]
pub struct Credentials {
    key: Secret<String>,
    secret: Option<Secret<String>>,
}

impl Credentials {
    /// Takes key and secret as the person pasted them: white space around them is dropped, an empty secret is none.
    pub fn new(key: String, secret: Option<String>) -> Self {
        Self {
            key: trimmed(key),
            secret: secret
                .map(trimmed)
                .filter(|secret| !secret.expose().is_empty()),
        }
    }

    /// Names the account without giving the key away: 12 hex digits of its SHA-256.
    pub fn fingerprint(&self) -> String {
        let mut name = hex::encode(Sha256::digest(self.key.expose().as_bytes()));
        name.truncate(12);
        name
    }

    /// Whether calls are signed.
    pub const fn signs(&self) -> bool {
        self.secret.is_some()
    }

    /// Key and secret themselves, for the keychain they are kept in. Never pass them to anything else.
    pub fn expose(&self) -> (&str, Option<&str>) {
        let secret = self.secret.as_ref().map(|secret| secret.expose().as_str());
        (self.key.expose(), secret)
    }

    /// What must not appear in a message of the service.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        [Some(&self.key), self.secret.as_ref()]
            .into_iter()
            .flatten()
            .map(|value| value.expose().as_str())
    }

    /// Whether both can travel in a header.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.headers().map(|_| ())
    }

    /// The headers of one call; a fresh nonce each time.
    pub(crate) fn headers(&self) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::with_capacity(3);
        insert(&mut headers, "x-api-key", self.key.expose())?;
        if let Some(secret) = &self.secret {
            let nonce = next_nonce();
            insert(
                &mut headers,
                "x-signature",
                &signature(self.key.expose(), secret.expose(), &nonce)?,
            )?;
            insert(&mut headers, "x-nonce", &nonce)?;
        }
        Ok(headers)
    }
}

fn trimmed(mut text: String) -> Secret<String> {
    let value = text.trim().to_owned();
    text.zeroize();
    Secret::new(value)
}

fn insert(headers: &mut HeaderMap, name: &'static str, text: &str) -> Result<(), Error> {
    let mut value = HeaderValue::from_str(text)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Auth,
                "the key is empty or holds characters that cannot be sent in a header",
            )
        })?;
    // A signature can be replayed by whoever reads it: it covers neither path nor body.
    value.set_sensitive(true);
    headers.insert(HeaderName::from_static(name), value);
    Ok(())
}

/// `PROTOCOL.md` section 2.2: the key is the HMAC key, secret and nonce are the message.
fn signature(key: &str, secret: &str, nonce: &str) -> Result<String, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .map_err(|error| Error::new(ErrorKind::Local, "the key cannot sign").with_source(error))?;
    mac.update(secret.as_bytes());
    mac.update(nonce.as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

/// Unix milliseconds, moved on when two calls share one or when the clock jumps back (`PROTOCOL.md` D-01).
fn next_nonce() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(0));
    let mut last = LAST.load(Ordering::Relaxed);
    loop {
        let next = now.max(last.saturating_add(1));
        match LAST.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return next.to_string(),
            Err(current) => last = current,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn signatures_match_the_vectors() {
        let cases = [
            (
                "1700000000123",
                "3ff0fdcbc9ed57d1c2300e929c3b9ba2c1af1a215cafb5131caec3237a2b2299",
            ),
            (
                "1700000000",
                "b82ee25a2e1bdbe014283b52a5030d0879a0f8ee4fb8d7238ad5036c5e715d2d",
            ),
            (
                "42",
                "ed8ea913d9261a142223084bcec3267cc7939c944f6dc2d9362740373ffdbc41",
            ),
        ];
        for (nonce, expected) in cases {
            assert_eq!(
                signature("wk_test_4f1c9a20", "ws_test_b7e3d815", nonce).unwrap(),
                expected
            );
        }
    }

    #[test]
    fn t13_a_million_nonces_over_eight_threads_are_unique() {
        let nonces = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..125_000).map(|_| next_nonce()).collect::<Vec<_>>()))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect::<HashSet<_>>()
        });
        assert_eq!(nonces.len(), 1_000_000);
    }

    #[test]
    fn key_only_projects_send_one_header() {
        for secret in [None, Some(String::new()), Some("  ".to_owned())] {
            let credentials = Credentials::new(" wk_1 \n".to_owned(), secret);
            assert!(!credentials.signs());
            let headers = credentials.headers().unwrap();
            assert_eq!(headers.len(), 1);
            assert_eq!(headers["x-api-key"], "wk_1");
            assert!(headers["x-api-key"].is_sensitive());
        }
    }

    #[test]
    fn signed_projects_send_three_sensitive_headers() {
        let credentials = Credentials::new("wk_1".to_owned(), Some("ws_1".to_owned()));
        let headers = credentials.headers().unwrap();
        let nonce = headers["x-nonce"].to_str().unwrap();
        assert_eq!(
            headers["x-signature"],
            signature("wk_1", "ws_1", nonce).unwrap()
        );
        assert!(headers.values().all(HeaderValue::is_sensitive));
        assert_ne!(credentials.headers().unwrap()["x-nonce"], nonce);
    }

    #[test]
    fn unusable_keys_are_told_apart_before_sending() {
        for key in ["", "  ", "a\nb", "a\u{0}b"] {
            assert_eq!(
                *Credentials::new(key.to_owned(), None)
                    .check()
                    .unwrap_err()
                    .kind(),
                ErrorKind::Auth
            );
        }
    }

    #[test]
    fn the_fingerprint_is_stable_and_short() {
        let credentials = Credentials::new("abc".to_owned(), None);
        assert_eq!(credentials.fingerprint(), "ba7816bf8f01");
        assert_eq!(
            format!("{credentials:?}"),
            "Credentials { key: <redacted>, secret: None }"
        );
    }
}
