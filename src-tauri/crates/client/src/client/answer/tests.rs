use std::time::UNIX_EPOCH;

use serde_json::json;

use super::*;

fn head(status: u16) -> Head {
    Head {
        status,
        retry_after: None,
        clock_skew_seconds: Some(7),
    }
}

fn check(status: u16, text: &str, expected: &ErrorKind) -> Error {
    let error = payload(head(status), text.as_bytes(), &Secrets::default()).unwrap_err();
    assert_eq!(error.kind(), expected, "{status} {text}");
    assert_eq!(error.http_status(), Some(status));
    assert!(!error.message().contains('<'), "{text}");
    error
}

#[test]
fn f17_success_needs_a_good_status_and_a_true_result() {
    for text in [
        r#"{"result":true,"errors":[],"total":"1"}"#,
        r#"{"total":"1","errors":null,"result":"true"}"#,
        r#"{"result":1,"total":"1"}"#,
        "\u{feff}{\"result\":true,\"total\":\"1\"}",
        r#"{"result":false,"result":true,"total":"1"}"#,
    ] {
        assert_eq!(
            payload(head(200), text.as_bytes(), &Secrets::default()).unwrap()["total"],
            "1",
            "{text}"
        );
    }
}

#[test]
fn f17_everything_else_is_an_error() {
    let vague = ErrorKind::Validation { field: None };
    let cases = [
        (
            200,
            r#"{"result":false,"errors":[{"code":97,"message":"Insufficient balance"}]}"#,
            ErrorKind::Balance,
        ),
        (
            200,
            r#"{"result":"false","errors":["Insufficient balance"]}"#,
            ErrorKind::Balance,
        ),
        (
            200,
            r#"{"result":false,"errors":[{"code":0,"message":"<b>bold</b>"}]}"#,
            vague.clone(),
        ),
        (200, r#"{"result":false,"errors":[]}"#, ErrorKind::Protocol),
        (
            200,
            r#"{"result":false,"errors":null}"#,
            ErrorKind::Protocol,
        ),
        (200, r#"{"result":false}"#, ErrorKind::Protocol),
        (200, r#"{"errors":[]}"#, ErrorKind::Protocol),
        (
            200,
            r#"{"errors":[{"code":97,"message":"Insufficient balance"}]}"#,
            ErrorKind::Protocol,
        ),
        (200, r#"{"result":null,"errors":[]}"#, ErrorKind::Protocol),
        (200, r#"{"result":"perhaps"}"#, ErrorKind::Protocol),
        (200, "{}", ErrorKind::Protocol),
        (200, "[]", ErrorKind::Protocol),
        (200, "true", ErrorKind::Protocol),
        (200, "", ErrorKind::Protocol),
        (200, "<html>captive portal</html>", ErrorKind::Protocol),
        (200, r#"{"result":true,"total":1e400}"#, ErrorKind::Protocol),
        (204, "", ErrorKind::Protocol),
        (302, r#"{"result":true}"#, ErrorKind::Redirect),
        (400, "", vague.clone()),
        (400, r#"{"result":true}"#, vague),
        (
            401,
            r#"{"result":false,"errors":[{"code":0,"message":"Project authorization is not valid."}]}"#,
            ErrorKind::Auth,
        ),
        (401, r#"{"result":true}"#, ErrorKind::Auth),
        (401, "<html>", ErrorKind::Auth),
        (403, "", ErrorKind::Auth),
        (
            404,
            r#"{"result":false,"errors":[{"code":0,"message":"Error parsing url."}]}"#,
            ErrorKind::NotFound,
        ),
        (429, "<html>", ErrorKind::RateLimited { retry_after: None }),
        (
            500,
            r#"{"result":false,"errors":[{"code":0,"message":"oops"}]}"#,
            ErrorKind::Service,
        ),
        (500, r#"{"result":true}"#, ErrorKind::Service),
        (502, "<html><h1>Bad Gateway</h1></html>", ErrorKind::Service),
        (503, "", ErrorKind::Service),
    ];
    for (status, text, expected) in cases {
        check(status, text, &expected);
    }
}

#[test]
fn a_refusal_is_told_from_a_fault() {
    let refused = |status, text| {
        payload(head(status), str::as_bytes(text), &Secrets::default())
            .unwrap_err()
            .is_refusal()
    };
    assert!(refused(200, r#"{"result":false,"errors":["x"]}"#));
    assert!(refused(200, r#"{"result":false}"#));
    assert!(refused(500, r#"{"result":false,"errors":["x"]}"#));
    assert!(!refused(200, r#"{"errors":["x"]}"#));
    assert!(!refused(502, "<html>"));
}

#[test]
fn f18_a_body_that_was_cut_off_may_be_read_again() {
    assert!(
        check(
            200,
            r#"{"result":true,"tasklist":[{"id""#,
            &ErrorKind::Protocol
        )
        .is_retryable_read()
    );
    assert!(!check(200, "{'result':true}", &ErrorKind::Protocol).is_retryable_read());
    assert!(!check(200, "", &ErrorKind::Protocol).is_retryable_read());
}

#[test]
fn f04_a_refused_key_tells_about_the_clock() {
    assert_eq!(
        check(401, "", &ErrorKind::Auth).clock_skew_seconds(),
        Some(7)
    );
    assert_eq!(
        check(500, "", &ErrorKind::Service).clock_skew_seconds(),
        None
    );
}

#[test]
fn f07_waits_come_as_seconds_or_dates() {
    let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let cases = [
        ("0", Some(0)),
        ("7", Some(7)),
        (" 7 ", Some(7)),
        ("18446744073709551615", Some(u64::MAX)),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("Tue, 14 Nov 2023 22:13:50 GMT", Some(30)),
        ("Tue, 14 Nov 2023 22:13:00 GMT", Some(0)),
    ];
    for (text, expected) in cases {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        assert_eq!(
            retry_after(&headers, now).map(|wait| wait.as_secs()),
            expected,
            "{text}"
        );
    }
    assert_eq!(retry_after(&HeaderMap::new(), now), None);
}

#[test]
fn the_clock_is_compared_with_theirs() {
    let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    for (text, expected) in [
        ("Tue, 14 Nov 2023 22:13:10 GMT", Some(10)),
        ("Tue, 14 Nov 2023 22:13:50 GMT", Some(-30)),
        ("whenever", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, text.parse().unwrap());
        assert_eq!(clock_skew_seconds(&headers, now), expected, "{text}");
    }
}

#[test]
fn f20_lists_are_found_or_named() {
    let fields = |value: Value| value.as_object().unwrap().clone();
    for value in [
        json!({"tasklist": [1]}),
        json!({"tasklist": []}),
        json!({"tasklist": "[1]"}),
        json!({"data": {"tasklist": [1]}}),
    ] {
        require_list(&fields(value), "tasklist").unwrap();
    }
    for value in [
        json!({}),
        json!({"tasklist": null}),
        json!({"tasklist": {}}),
        json!({"tasklist": "none"}),
        json!({"data": []}),
    ] {
        let error = require_list(&fields(value), "tasklist").unwrap_err();
        assert!(error.message().contains("`tasklist`"), "{error}");
    }
}
