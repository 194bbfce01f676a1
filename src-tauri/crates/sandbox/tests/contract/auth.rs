//! Section 2: who may call what.

use crate::support::{Sandbox, part, png, signature};
use reqwest::multipart::Form;
use serde_json::json;

const KEY: &str = "wk_test_4f1c9a20";
const SECRET: &str = "ws_test_b7e3d815";

/// Nonce and signature of section 2.3.
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

/// Every call that needs the project (section 2.5), with a body that is otherwise fine.
fn guarded() -> Vec<(&'static str, serde_json::Value)> {
    vec![
        ("/Run/sandbox/pattern", json!({"prompt": "sea"})),
        ("/Task/Detail", json!({"taskid": "1"})),
        ("/Task/List", json!({})),
        ("/Task/Cancel", json!({"taskid": "1"})),
        ("/Task/Kill", json!({"taskid": "1"})),
        ("/Task/InputOutputDelete", json!({"tasktoken": "none"})),
        ("/File/FolderCreate", json!({"name": "folder"})),
    ]
}

fn signed(key: &str, nonce: &str, signature: &str) -> Vec<(&'static str, String)> {
    vec![
        ("x-api-key", key.to_owned()),
        ("x-nonce", nonce.to_owned()),
        ("x-signature", signature.to_owned()),
    ]
}

async fn signature_project() -> Sandbox {
    Sandbox::with(&["--api-key", KEY, "--api-secret", SECRET]).await
}

#[tokio::test]
async fn section_2_1_the_kind_of_project_follows_the_flags() {
    let pair = Sandbox::with(&[]).await;
    assert!(pair.secret.is_some());
    pair.post("/Task/List", json!({})).await.success();

    let key_only = Sandbox::start().await;
    assert_eq!((key_only.key.as_str(), &key_only.secret), ("a-key", &None));
    key_only.post("/Task/List", json!({})).await.success();
}

#[tokio::test]
async fn section_2_3_the_test_vectors_are_accepted() {
    let sandbox = signature_project().await;
    for (nonce, vector) in VECTORS {
        assert_eq!(signature(KEY, SECRET, nonce), vector);
        let headers = signed(KEY, nonce, vector);
        sandbox
            .call("/Task/List", &headers, &json!({}))
            .await
            .success();
    }
}

#[tokio::test]
async fn section_2_2_other_signatures_are_refused() {
    let sandbox = signature_project().await;
    let (nonce, good) = VECTORS[0];
    let swapped = signature(SECRET, KEY, nonce);
    let separated = signature(KEY, &format!("{SECRET}:"), nonce);
    let labelled = format!("SHA2-256(stdin)= {good}");
    let cases = [
        ("the secret as the key", nonce, swapped.as_str()),
        ("a separator", nonce, &separated),
        ("another nonce", "1700000000124", good),
        ("openssl's label", nonce, &labelled),
        ("half of it", nonce, &good[..32]),
        ("nothing of it", nonce, "00"),
    ];
    for (why, nonce, wrong) in cases {
        let headers = signed(KEY, nonce, wrong);
        let answer = sandbox.call("/Task/List", &headers, &json!({})).await;
        assert_eq!(answer.status, 401, "{why}");
        answer.failed(401, 0, "Project authorization is not valid.");
    }
}

#[tokio::test]
async fn section_3_4_a_signature_project_asks_for_its_headers_on_every_call() {
    let wording =
        "Project requires signature authentication. x-signature and x-nonce headers are required.";
    let sandbox = signature_project().await;
    let key = ("x-api-key", KEY.to_owned());
    let (nonce, vector) = VECTORS[0];
    for (path, body) in guarded() {
        let answer = sandbox.call(path, std::slice::from_ref(&key), &body).await;
        answer.failed(401, 0, wording);
    }
    for alone in [("x-nonce", nonce), ("x-signature", vector)] {
        let headers = [key.clone(), (alone.0, alone.1.to_owned())];
        let answer = sandbox.call("/Task/List", &headers, &json!({})).await;
        answer.failed(401, 0, wording);
    }
}

#[tokio::test]
async fn section_3_4_an_unknown_key_is_refused_on_every_call_of_both_kinds() {
    for sandbox in [Sandbox::start().await, signature_project().await] {
        let nonce = "1700000000123";
        let headers = signed("nobody", nonce, &signature("nobody", SECRET, nonce));
        for (path, body) in guarded() {
            let answer = sandbox.call(path, &headers, &body).await;
            answer.failed(401, 0, "Project authorization is not founded.");
        }
        let form = Form::new().part("file", part("a.png", png(1, 1)));
        let mut request = sandbox
            .http
            .post(format!("{}/File/Upload", sandbox.api))
            .multipart(form);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        crate::support::Answer::read(request).await.failed(
            401,
            0,
            "Project authorization is not founded.",
        );
    }
}

/// Which of the two wordings a call without any credential gets is open (sections 2.4 and 3.4).
#[tokio::test]
async fn section_3_2_no_credential_is_401() {
    let sandbox = Sandbox::start().await;
    let bearer = [("authorization", "Bearer nobody".to_owned())];
    for headers in [&[][..], &bearer[..]] {
        for (path, body) in guarded() {
            let answer = sandbox.call(path, headers, &body).await;
            assert_eq!(answer.status, 401, "{path}");
            let code = &answer.body["errors"][0]["code"];
            assert!(code == 0 || code == 99, "{answer:#?}");
            assert!(
                answer.message().contains("not founded") || answer.message().contains("invalid")
            );
        }
    }
}

#[tokio::test]
async fn section_2_5_the_catalogue_needs_no_credential() {
    let sandbox = signature_project().await;
    let cases = [
        ("/Tool/List", json!({})),
        (
            "/Tool/Detail",
            json!({"slugowner": "sandbox", "slugproject": "pattern"}),
        ),
        ("/Tool/Explore", json!({})),
    ];
    for (path, body) in cases {
        sandbox.call(path, &[], &body).await.success();
    }
}

/// A key-only project does not look at a signature (section 2.1: one header).
#[tokio::test]
async fn section_2_1_a_key_only_project_needs_one_header() {
    let sandbox = Sandbox::start().await;
    let headers = signed("a-key", "1", "00");
    sandbox
        .call("/Task/List", &headers, &json!({}))
        .await
        .success();
}
