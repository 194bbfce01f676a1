//! Who may call: both project kinds of `PROTOCOL.md` section 2.

use axum::http::HeaderMap;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::identity;

/// The one project a Sandbox has.
pub(crate) struct Project {
    key: String,
    secret: Option<String>,
}

/// Why a call is refused with 401, in the service's words (`PROTOCOL.md` section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    UnknownKey,
    SignatureMissing,
    SignatureWrong,
}

impl Denied {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::UnknownKey => "Project authorization is not founded.",
            Self::SignatureMissing => {
                "Project requires signature authentication. x-signature and x-nonce headers are required."
            }
            Self::SignatureWrong => "Project authorization is not valid.",
        }
    }
}

impl Project {
    /// The given project, or a made-up signature pair.
    pub(crate) fn new(key: Option<String>, secret: Option<String>) -> Result<Self, Error> {
        match (key, secret) {
            (Some(key), secret) => Ok(Self { key, secret }),
            (None, Some(_)) => Err(Error::SecretWithoutKey),
            (None, None) => Ok(Self {
                key: format!("sandbox_{}", identity::alphanumeric(32)?),
                secret: Some(format!("sandbox_{}", identity::alphanumeric(32)?)),
            }),
        }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn secret(&self) -> Option<&str> {
        self.secret.as_deref()
    }

    /// Says which project serves without giving the key away.
    pub(crate) fn fingerprint(&self) -> String {
        fingerprint(&self.key)
    }

    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Denied> {
        let key = headers.get("x-api-key").ok_or(Denied::UnknownKey)?;
        if !same(key.as_bytes(), self.key.as_bytes()) {
            return Err(Denied::UnknownKey);
        }
        let Some(secret) = &self.secret else {
            return Ok(());
        };
        let (Some(nonce), Some(signature)) = (headers.get("x-nonce"), headers.get("x-signature"))
        else {
            return Err(Denied::SignatureMissing);
        };
        if nonce.is_empty() || signature.is_empty() {
            return Err(Denied::SignatureMissing);
        }
        verify(&self.key, secret, nonce.as_bytes(), signature.as_bytes())
            .ok_or(Denied::SignatureWrong)
    }
}

/// The first 12 hex digits of the key's SHA-256.
pub(crate) fn fingerprint(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
        .chars()
        .take(12)
        .collect()
}

/// `x-signature = lowercase_hex(HMAC_SHA256(key = API_KEY, message = API_SECRET + NONCE))`, compared in
/// constant time (`PROTOCOL.md` section 2.2).
fn verify(key: &str, secret: &str, nonce: &[u8], signature: &[u8]) -> Option<()> {
    if signature.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let signature = hex::decode(signature).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(secret.as_bytes());
    mac.update(nonce);
    mac.verify_slice(&signature).ok()
}

/// Equality whose time depends on neither text: both are hashed, then every byte is compared.
fn same(left: &[u8], right: &[u8]) -> bool {
    let (left, right) = (Sha256::digest(left), Sha256::digest(right));
    left.iter()
        .zip(right.iter())
        .fold(0_u8, |differs, (a, b)| differs | (a ^ b))
        == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "wk_test_4f1c9a20";
    const SECRET: &str = "ws_test_b7e3d815";
    const VECTORS: [(&str, &str); 3] = [
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

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn check(secret: Option<&str>, pairs: &[(&'static str, &str)]) -> Result<(), Denied> {
        Project::new(Some(KEY.to_owned()), secret.map(str::to_owned))
            .unwrap()
            .check(&headers(pairs))
    }

    #[test]
    fn documented_vectors_are_accepted() {
        for (nonce, signature) in VECTORS {
            let sent = [
                ("x-api-key", KEY),
                ("x-nonce", nonce),
                ("x-signature", signature),
            ];
            assert_eq!(check(Some(SECRET), &sent), Ok(()), "nonce {nonce}");
        }
    }

    #[test]
    fn a_signature_of_another_nonce_or_in_capitals_is_wrong() {
        let (nonce, signature) = VECTORS[0];
        let other = [
            ("x-api-key", KEY),
            ("x-nonce", "43"),
            ("x-signature", signature),
        ];
        assert_eq!(check(Some(SECRET), &other), Err(Denied::SignatureWrong));
        let capitals = signature.to_uppercase();
        let capitals = [
            ("x-api-key", KEY),
            ("x-nonce", nonce),
            ("x-signature", capitals.as_str()),
        ];
        assert_eq!(check(Some(SECRET), &capitals), Err(Denied::SignatureWrong));
        let short = [
            ("x-api-key", KEY),
            ("x-nonce", nonce),
            ("x-signature", &signature[..62]),
        ];
        assert_eq!(check(Some(SECRET), &short), Err(Denied::SignatureWrong));
    }

    #[test]
    fn headers_of_the_kind_are_needed() {
        assert_eq!(check(Some(SECRET), &[]), Err(Denied::UnknownKey));
        assert_eq!(
            check(Some(SECRET), &[("x-api-key", "other")]),
            Err(Denied::UnknownKey)
        );
        assert_eq!(
            check(Some(SECRET), &[("x-api-key", KEY)]),
            Err(Denied::SignatureMissing)
        );
        let half = [("x-api-key", KEY), ("x-nonce", "42")];
        assert_eq!(check(Some(SECRET), &half), Err(Denied::SignatureMissing));
        assert_eq!(check(None, &[("x-api-key", KEY)]), Ok(()));
    }

    #[test]
    fn a_made_up_project_is_a_signature_pair() {
        let project = Project::new(None, None).unwrap();
        assert!(project.key().len() > 30 && project.secret().is_some());
        assert!(matches!(
            Project::new(None, Some("s".to_owned())),
            Err(Error::SecretWithoutKey)
        ));
    }
}
