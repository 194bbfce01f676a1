//! Who may call: both project kinds of `PROTOCOL.md` section 2.

use std::net::IpAddr;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::documented::Documented;
use crate::error::Error;
use crate::http::Refusal;
use crate::identity;

/// The one project a Sandbox has.
pub(crate) struct Project {
    key: String,
    secret: Option<String>,
    /// Addresses that may call. None listed admits every one, as `*` does.
    allowed_ips: Vec<String>,
}

/// Why a call is refused with 401 (`PROTOCOL.md` section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    UnknownKey,
    SignatureMissing,
    SignatureWrong,
    Address(IpAddr),
    /// An `authorization` header without a bearer token in it, and no key.
    BearerMissing,
    /// A bearer token where a key belongs. The page that allows one speaks of agents only (section 27, C-02).
    BearerInvalid,
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::UnknownKey => Documented::UnknownKey.into(),
            Denied::SignatureMissing => Documented::SignatureMissing.into(),
            Denied::SignatureWrong => Documented::SignatureWrong.into(),
            Denied::Address(address) => Documented::Address.filled(&[("ip", &address.to_string())]),
            Denied::BearerMissing => Documented::BearerMissing.into(),
            Denied::BearerInvalid => Documented::BearerInvalid.into(),
        }
    }
}

impl Project {
    /// The given project, or a made-up signature pair.
    pub(crate) fn new(key: Option<String>, secret: Option<String>) -> Result<Self, Error> {
        match (key, secret) {
            (Some(key), secret) => Ok(Self {
                key,
                secret,
                allowed_ips: Vec::new(),
            }),
            (None, Some(_)) => Err(Error::SecretWithoutKey),
            (None, None) => Ok(Self {
                key: format!("sandbox_{}", identity::alphanumeric(32)?),
                secret: Some(format!("sandbox_{}", identity::alphanumeric(32)?)),
                allowed_ips: Vec::new(),
            }),
        }
    }

    /// Refuses calls from elsewhere.
    pub(crate) fn only_from(mut self, allowed_ips: Vec<String>) -> Self {
        self.allowed_ips = allowed_ips;
        self
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

    pub(crate) fn check(&self, headers: &HeaderMap, address: IpAddr) -> Result<(), Denied> {
        let Some(key) = headers.get("x-api-key") else {
            return Err(headers
                .get(AUTHORIZATION)
                .map_or(Denied::UnknownKey, bearer));
        };
        if !same(key.as_bytes(), self.key.as_bytes()) {
            return Err(Denied::UnknownKey);
        }
        self.check_signature(headers)?;
        if self.admits(address) {
            Ok(())
        } else {
            Err(Denied::Address(address))
        }
    }

    fn check_signature(&self, headers: &HeaderMap) -> Result<(), Denied> {
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

    fn admits(&self, address: IpAddr) -> bool {
        let admits = |allowed: &String| {
            allowed == "*"
                || allowed
                    .trim()
                    .parse::<IpAddr>()
                    .is_ok_and(|ip| ip == address)
        };
        self.allowed_ips.is_empty() || self.allowed_ips.iter().any(admits)
    }
}

/// What is wrong with a call that has an `authorization` header and no key.
fn bearer(header: &HeaderValue) -> Denied {
    let text = header.to_str().unwrap_or_default();
    match text.split_once(' ') {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() =>
        {
            Denied::BearerInvalid
        }
        _ => Denied::BearerMissing,
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
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
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
            .check(&headers(pairs), HERE)
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
    fn bearer_tokens_are_refused_in_their_own_words() {
        let cases = [
            ("Bearer wk_test_4f1c9a20", Denied::BearerInvalid),
            ("bearer other", Denied::BearerInvalid),
            ("Bearer", Denied::BearerMissing),
            ("Bearer  ", Denied::BearerMissing),
            ("Basic d2hvOndobw==", Denied::BearerMissing),
        ];
        for (header, expected) in cases {
            assert_eq!(
                check(None, &[("authorization", header)]),
                Err(expected),
                "{header}"
            );
            let beside_a_key = [("authorization", header), ("x-api-key", KEY)];
            assert_eq!(check(None, &beside_a_key), Ok(()), "{header}");
        }
    }

    #[test]
    fn an_allow_list_admits_whom_it_names() {
        let table: [(&[&str], bool); 5] = [
            (&[], true),
            (&["*"], true),
            (&["127.0.0.1"], true),
            (&["203.0.113.9", "127.0.0.1"], true),
            (&["203.0.113.9"], false),
        ];
        for (allowed, admitted) in table {
            let project = Project::new(Some(KEY.to_owned()), None).unwrap();
            let project = project.only_from(allowed.iter().map(|ip| (*ip).to_owned()).collect());
            let denied = project.check(&headers(&[("x-api-key", KEY)]), HERE);
            let expected = if admitted {
                Ok(())
            } else {
                Err(Denied::Address(HERE))
            };
            assert_eq!(denied, expected, "{allowed:?}");
        }
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
