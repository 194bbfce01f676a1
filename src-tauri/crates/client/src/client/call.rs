//! Any endpoint by its path, for what has no documented shape (`PROTOCOL.md` D-25).

use serde_json::{Map, Value};

use super::Client;
use crate::error::{Error, ErrorKind};
use crate::secret::Secrets;

/// Longest path that is taken.
const MAX_PATH: usize = 200;

/// Parts of the words for calls that charge, book or move money (`PROTOCOL.md` sections 15, 16 and 22), in lower case.
/// They are refused wherever they stand: a service may learn new paths to old deeds. No documented call that is free has
/// one.
const COSTLY: &[&str] = &[
    "buy",
    "charge",
    "checkout",
    "deploy",
    "deposit",
    "pay",
    "purchase",
    "refund",
    "renew",
    "send",
    "topup",
    "transfercredit",
    "upgrade",
    "withdraw",
];

impl Client {
    /// Calls any endpoint that cannot charge, such as `Project/List`, and gives back its answer whole. A leading `/`
    /// and a leading `v1` are dropped. Credentials are sent when there are any. Sent once, because nothing is known
    /// about the call.
    ///
    /// A path that can charge is refused as [`ErrorKind::Local`] and nothing is sent: run models with [`Client::run`].
    /// So is one that is not made of plain segments: what a server would make of it cannot be known here.
    pub async fn call(&self, path: &str, body: &Map<String, Value>) -> Result<Value, Error> {
        let segments = free_segments(path)?;
        let body = Value::Object(body.clone());
        let mut secrets = Secrets::default();
        collect_tokens(&body, &mut secrets);
        self.send_json(&segments, &body, secrets)
            .await
            .map(Value::Object)
    }
}

/// The segments of a path that cannot charge.
fn free_segments(path: &str) -> Result<Vec<&str>, Error> {
    let refuse = |why: &str| Err(Error::new(ErrorKind::Local, why));
    if path.len() > MAX_PATH {
        return refuse("this path is too long");
    }
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .skip_while(|segment| segment.eq_ignore_ascii_case("v1"))
        .collect();
    let is_plain = |segment: &&str| {
        segment
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    if segments.is_empty() || !segments.iter().all(is_plain) {
        return refuse("a path is made of letters, digits, - and _, such as Task/List");
    }
    if segments.iter().any(|segment| can_charge(segment)) {
        return refuse("this call can charge, so it is not made from here");
    }
    Ok(segments)
}

fn can_charge(segment: &str) -> bool {
    let mut word = segment.to_ascii_lowercase();
    word.retain(|c| c.is_ascii_alphanumeric());
    word == "run" || COSTLY.iter().any(|part| word.contains(part))
}

/// What an error must not quote back: every value whose key says that it is a token or key.
fn collect_tokens(value: &Value, secrets: &mut Secrets) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.to_ascii_lowercase();
                let is_secret = ["token", "key", "secret", "password"]
                    .iter()
                    .any(|word| key.contains(word));
                match value {
                    Value::String(text) if is_secret => secrets.add(text),
                    other => collect_tokens(other, secrets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_tokens(item, secrets)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

    use super::*;

    #[test]
    fn plain_paths_are_taken_apart() {
        for (path, expected) in [
            ("Task/List", "Task/List"),
            ("/Task/List", "Task/List"),
            ("/v1/Task/List/", "Task/List"),
            ("v1/V1//Task//List", "Task/List"),
            ("Project/UsageSummary", "Project/UsageSummary"),
            ("Wallet/TransactionList", "Wallet/TransactionList"),
            ("Coupon/UserList", "Coupon/UserList"),
            ("Task/Stat", "Task/Stat"),
            ("UserAgent/Message/History", "UserAgent/Message/History"),
            (
                "UserAgent/Message/DeleteSession",
                "UserAgent/Message/DeleteSession",
            ),
            (
                "UserAgent/CancelSubscription",
                "UserAgent/CancelSubscription",
            ),
            ("UserAgentOAuth/TokenRefresh", "UserAgentOAuth/TokenRefresh"),
            ("Team/TransferProject", "Team/TransferProject"),
            ("Team/SpendingSummary", "Team/SpendingSummary"),
        ] {
            assert_eq!(free_segments(path).unwrap().join("/"), expected, "{path}");
        }
    }

    #[test]
    fn what_can_charge_is_refused_in_every_spelling() {
        let charging = [
            "Run/wiro/flux-2-dev",
            "UserAgent/Deploy",
            "UserAgent/CreateExtraCreditCheckout",
            "UserAgent/UpgradePlan",
            "UserAgent/RenewSubscription",
            "UserAgent/Message/Send",
            "Team/TransferCredit",
            "Wallet/Purchase",
            "Wallet/TopUp",
            "Wallet/Top-Up",
            "Wallet/AutoPay",
        ];
        for path in charging {
            let escaped = percent_encode(path.as_bytes(), NON_ALPHANUMERIC).to_string();
            for odd in [
                path.to_owned(),
                path.to_lowercase(),
                path.to_uppercase(),
                format!("/{path}/"),
                format!("/v1/{path}"),
                format!("v1/v1/{path}"),
                path.replace('/', "//"),
                format!("Task/../{path}"),
                format!("./{path}"),
                path.replace('/', "/./"),
                path.replace('/', "%2F"),
                path.replace('/', "%252f"),
                path.replace('/', "\\"),
                format!("{path}?x=1"),
                format!("{path}#x"),
                format!("{path};x"),
                format!(" {path}"),
                format!("{path}\t"),
                path.replace('e', "%65").replace('u', "%75"),
                escaped,
                format!("Tool/{path}"),
            ] {
                let error = free_segments(&odd).unwrap_err();
                assert_eq!(*error.kind(), ErrorKind::Local, "{odd}");
            }
        }
    }

    #[test]
    fn nonsense_is_no_path() {
        let long = "a/".repeat(101);
        for path in [
            "",
            "/",
            "v1",
            "/v1/",
            "..",
            "Task List",
            "Täsk/List",
            "Ｒun/a/b",
            &long,
        ] {
            assert!(free_segments(path).is_err(), "{path}");
        }
    }
}
