use std::time::Duration;

use serde_json::json;

use super::*;
use crate::error::Retry;

fn check(status: u16, errors: &Value, expected: &ErrorKind) {
    let error = from_refusals(status, &Refusal::list(Some(errors), &Secrets::default()));
    assert_eq!(error.kind(), expected, "{status} {errors}");
    assert_eq!(error.http_status(), Some(status));
}

fn check_all(cases: &[(u16, i64, &str)], expected: &ErrorKind) {
    for (status, code, message) in cases {
        check(
            *status,
            &json!([{ "code": code, "message": message }]),
            expected,
        );
    }
}

#[test]
fn f04_refused_keys_and_addresses() {
    let cases = [
        (401, 0, "Project authorization is not founded."),
        (
            401,
            0,
            "Project requires signature authentication. x-signature and x-nonce headers are required.",
        ),
        (401, 0, "Project authorization is not valid."),
        (401, 0, "Requested ip 10.0.0.1 is not allowed."),
        (200, 0, "Requested ip 10.0.0.1 is not allowed."),
        (
            401,
            99,
            "Authorization bearer token is not founded in headers.",
        ),
        (401, 99, "Authorization bearer token expired."),
        (200, 99, "something new"),
        (401, 0, "something new"),
        (403, 0, "forbidden"),
    ];
    check_all(&cases, &ErrorKind::Auth);
}

#[test]
fn f04_what_of_the_credentials_was_refused_is_told() {
    for (status, code, message, fault) in [
        (
            401,
            0,
            "Project authorization is not founded.",
            AuthFault::UnknownKey,
        ),
        (
            401,
            0,
            "Project requires signature authentication. x-signature and x-nonce headers are required.",
            AuthFault::SignatureMissing,
        ),
        (
            401,
            0,
            "Project authorization is not valid.",
            AuthFault::Signature,
        ),
        (
            200,
            0,
            "Requested ip ::1 is not allowed.",
            AuthFault::Address,
        ),
        (
            401,
            99,
            "Authorization bearer token is not founded in headers.",
            AuthFault::Bearer,
        ),
        (
            401,
            0,
            "Authorization bearer token is invalid.",
            AuthFault::Bearer,
        ),
        (401, 0, "something new", AuthFault::Unnamed),
    ] {
        let errors = json!([{ "code": code, "message": message }]);
        let error = from_refusals(status, &Refusal::list(Some(&errors), &Secrets::default()));
        assert_eq!(error.auth_fault(), Some(fault), "{message}");
    }
    assert_eq!(from_status(401).auth_fault(), Some(AuthFault::Unnamed));
    assert_eq!(
        Error::new(ErrorKind::Auth, "no key").auth_fault(),
        Some(AuthFault::NoKey)
    );
    assert_eq!(from_status(500).auth_fault(), None);
}

#[test]
fn what_may_be_sent_again_is_told() {
    let busy = Refusal::list(Some(&json!([{ "code": 96 }])), &Secrets::default());
    let read = Retry::Read { after: None };
    let cases = [
        (from_status(429), read),
        (from_status(408), read),
        (from_status(503), read),
        (from_status(400), Retry::No),
        (from_status(401), Retry::No),
        (from_status(302), Retry::No),
        (from_refusals(200, &busy).refused(), Retry::AfterATaskEnds),
        // Without a refusal nobody knows whether something was created.
        (from_refusals(500, &busy), Retry::No),
        (Error::new(ErrorKind::Network, "x"), read),
        (Error::new(ErrorKind::Protocol, "x").cut_off(), read),
        (
            Error::new(ErrorKind::Service, "x").with_status(200),
            Retry::No,
        ),
        (Error::new(ErrorKind::Cancelled, "x"), Retry::No),
    ];
    for (error, expected) in cases {
        assert_eq!(error.retry(), expected, "{error:?}");
    }
    let asked = from_status(429).with_retry_after(Some(Duration::from_secs(3)));
    assert_eq!(
        asked.retry(),
        Retry::Read {
            after: Some(Duration::from_secs(3))
        }
    );
}

#[test]
fn f12_refused_accounts() {
    let cases = [
        (
            200,
            0,
            "Your account has been suspended. Please contact support if you believe this is a mistake.",
        ),
        (200, 0, "You don't have any permission for this action."),
        (403, 0, "You don't have any permission for this action."),
        (
            200,
            0,
            "This model is not allowed in your team. Contact your team admin.",
        ),
        (
            200,
            0,
            "This agent belongs to a team. Switch to the team context to access it.",
        ),
    ];
    check_all(&cases, &ErrorKind::Permission);
    check_all(
        &[(200, 98, "sign in to run this model"), (200, 98, "x")],
        &ErrorKind::SignIn,
    );
    check_all(
        &[
            (200, 97, "Insufficient balance"),
            (200, 97, "x"),
            (500, 97, "x"),
        ],
        &ErrorKind::Balance,
    );
}

#[test]
fn f12_missing_things() {
    let cases = [
        (404, 0, "Error parsing url."),
        (200, 1, "tool-not-accessible"),
        (200, 1, "slug-owner-project-not-exist"),
        (200, 1, "There is no task yet."),
        (200, 0, "task-not-exist"),
        (200, 0, "task-not-founded"),
        (200, 1, "something new"),
    ];
    check_all(&cases, &ErrorKind::NotFound);
}

#[test]
fn f12_inputs_are_named() {
    for (message, field) in [
        ("Request parameter [prompt] required", Some("prompt")),
        (
            "Request parameter [seed] must be integer or float",
            Some("seed"),
        ),
        (
            "Request parameter [width] must be between 1 and 9",
            Some("width"),
        ),
        ("Request files [inputImage] required", Some("inputImage")),
        ("Request parameter [] required", None),
        ("Request parameter [never closed", None),
        ("Request parameters are invalid.", None),
        ("something new", None),
    ] {
        let expected = ErrorKind::Validation {
            field: field.map(str::to_owned),
        };
        check_all(&[(200, 0, message), (400, 0, message)], &expected);
    }
}

#[test]
fn f40_states_that_do_not_allow_it() {
    let cases = [
        (200, 1, "Task is not in a cancellable state."),
        (200, 1, "Task could not be killed: it is over"),
        (
            200,
            0,
            "Task must be completed or cancelled before deleting files",
        ),
    ];
    check_all(&cases, &ErrorKind::WrongState);
}

#[test]
fn f12_the_limit_is_read_from_its_message() {
    let busy = |balance: &str| {
        format!(
            "You have reached your concurrent task limit. With your current balance of {balance}, you can run up \
             to 5 tasks at the same time. Add funds to increase your limit."
        )
    };
    let kind = |balance, limit| ErrorKind::Concurrency { balance, limit };
    check_all(
        &[(200, 96, &busy("$50.00"))],
        &kind(Some(Decimal::new(5000, 2)), Some(5)),
    );
    check_all(
        &[(200, 0, &busy("$1,050.50"))],
        &kind(Some(Decimal::new(105_050, 2)), Some(5)),
    );
    check_all(&[(200, 96, &busy("plenty"))], &kind(None, Some(5)));
    let short = "You have reached your concurrent task limit...";
    check_all(
        &[(200, 96, "slow down"), (200, 96, ""), (200, 0, short)],
        &kind(None, None),
    );
}

#[test]
fn faults_and_news() {
    check_all(
        &[
            (200, 4242, "something new"),
            (500, 0, "something broke"),
            (502, 1, "x"),
        ],
        &ErrorKind::Service,
    );
    check_all(
        &[(429, 0, "slow down")],
        &ErrorKind::RateLimited { retry_after: None },
    );
    check_all(&[(408, 0, "slow")], &ErrorKind::Timeout);
}

#[test]
fn f17_codes_and_items_come_in_many_shapes() {
    for errors in [
        json!([{ "code": "97", "message": "x" }]),
        json!([{ "message": "Insufficient balance" }]),
        json!(["Insufficient balance"]),
        json!("Insufficient balance"),
        json!({ "code": 97 }),
        json!(["something", { "code": 97, "message": "x" }]),
    ] {
        check(200, &errors, &ErrorKind::Balance);
    }
    let error = from_refusals(
        200,
        &Refusal::list(
            Some(&json!([{ "code": "E1", "message": "b" }])),
            &Secrets::default(),
        ),
    );
    assert_eq!(
        (error.kind(), error.message(), error.code()),
        (&ErrorKind::Service, "b", Some("E1"))
    );
    let error = from_refusals(
        200,
        &Refusal::list(
            Some(&json!(["a", { "code": 97, "message": "b" }])),
            &Secrets::default(),
        ),
    );
    assert_eq!((error.message(), error.code()), ("a; b", Some("97")));
}

#[test]
fn f17_nothing_said_is_nothing_listed() {
    for errors in [
        json!([]),
        json!(null),
        json!([null, {}, "", 5]),
        json!(""),
        json!(true),
    ] {
        assert_eq!(
            Refusal::list(Some(&errors), &Secrets::default()),
            [],
            "{errors}"
        );
    }
    assert_eq!(Refusal::list(None, &Secrets::default()), []);
}
