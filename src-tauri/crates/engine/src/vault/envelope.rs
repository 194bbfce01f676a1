//! What stands in an item: `{"version":1,"key":"...","secret":"..."}`, without `secret` for a key-only project.

use serde::{Deserialize, Serialize};
use wiro_client::auth::Credentials;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::VaultError;

const VERSION: u32 = 1;

/// Windows takes 2,560 bytes, which is this many characters where a program reads them as UTF-16. One limit everywhere:
/// an account can move to another system.
pub(super) const LIMIT: usize = 1_280;

/// The longest a byte becomes in JSON (`\u001f`).
const LONGEST_ESCAPE: usize = 6;

#[derive(Serialize)]
struct Sealed<'a> {
    version: u32,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
struct Opened {
    key: String,
    #[serde(default)]
    secret: Option<String>,
}

/// The bytes of an item.
pub(super) fn seal(credentials: &Credentials) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (key, secret) = credentials.expose();
    let pasted = key.len() + secret.map_or(0, str::len);
    if pasted > LIMIT {
        return Err(too_long(pasted));
    }
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(pasted * LONGEST_ESCAPE + 64));
    let sealed = Sealed {
        version: VERSION,
        key,
        secret,
    };
    serde_json::to_writer(&mut *bytes, &sealed).map_err(|_| VaultError::Damaged {
        reason: "key and secret cannot be written as JSON",
    })?;
    if bytes.len() > LIMIT {
        return Err(too_long(bytes.len()));
    }
    Ok(bytes)
}

/// Key and secret from the bytes of an item. The parser's own words are dropped: they quote what they read.
pub(super) fn open(bytes: &[u8]) -> Result<Credentials, VaultError> {
    let damaged = |reason| VaultError::Damaged { reason };
    let Version { version } =
        serde_json::from_slice(bytes).map_err(|_| damaged("it was not written by this app"))?;
    if version > VERSION {
        return Err(damaged("a newer version of the app wrote it"));
    }
    let mut opened: Opened =
        serde_json::from_slice(bytes).map_err(|_| damaged("it holds no key"))?;
    if opened.key.trim().is_empty() {
        return Err(damaged("its key is empty"));
    }
    Ok(Credentials::new(
        std::mem::take(&mut opened.key),
        opened.secret.take(),
    ))
}

fn too_long(length: usize) -> VaultError {
    VaultError::TooLong {
        length,
        limit: LIMIT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(key: &str, secret: Option<&str>) -> Credentials {
        Credentials::new(key.to_owned(), secret.map(str::to_owned))
    }

    #[test]
    fn what_is_sealed_opens_again() {
        let cases = [
            ("wk_1", None),
            ("wk_1", Some("ws_1")),
            ("k\"ey\\", Some("line\nbreak \u{1} ü")),
        ];
        for (key, secret) in cases {
            let sealed = seal(&credentials(key, secret)).unwrap();
            let opened = open(&sealed).unwrap();
            assert_eq!(opened.expose(), (key, secret), "{key:?}");
        }
    }

    #[test]
    fn the_form_of_an_item_is_fixed() {
        let sealed = seal(&credentials("wk_1", Some("ws_1"))).unwrap();
        assert_eq!(
            std::str::from_utf8(&sealed).unwrap(),
            r#"{"version":1,"key":"wk_1","secret":"ws_1"}"#
        );
    }

    #[test]
    fn an_item_that_no_keychain_takes_is_refused_beforehand() {
        let frame = r#"{"version":1,"key":""}"#.len();
        let cases = [
            (LIMIT - frame, "k", true),
            (LIMIT - frame + 1, "k", false),
            (LIMIT, "\"", false),
            (10 * LIMIT, "k", false),
        ];
        for (count, letter, fits) in cases {
            let outcome = seal(&credentials(&letter.repeat(count), None));
            match outcome {
                Ok(sealed) => assert!(fits && sealed.len() == LIMIT, "{count} x {letter}"),
                Err(VaultError::TooLong { length, limit }) => {
                    assert!(!fits && length > limit, "{count} x {letter}");
                }
                Err(other) => panic!("{count} x {letter}: {other}"),
            }
        }
    }

    #[test]
    fn damaged_items_are_told_apart_and_never_quoted() {
        let cases = [
            ("", "not written by this app"),
            ("canary", "not written by this app"),
            (r#""canary""#, "not written by this app"),
            (r#"{"version":"canary"}"#, "not written by this app"),
            (r#"{"version":2,"canary":1}"#, "newer version"),
            (r#"{"version":1,"secret":"canary"}"#, "no key"),
            (r#"{"version":1,"key":["canary"]}"#, "no key"),
            (r#"{"version":1,"key":" ","secret":"canary"}"#, "empty"),
        ];
        for (item, expected) in cases {
            let error = open(item.as_bytes()).unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(said.contains(expected), "{item}: {said}");
            assert!(!said.contains("canary"), "{item}: {said}");
        }
    }
}
