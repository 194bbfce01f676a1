use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{KEY, Lab, SECRET, lab, sign};

async fn list_tasks(lab: &Lab, headers: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut request = lab.http.post(lab.url("Task/List")).json(&json!({}));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

fn denied(message: &str) -> (StatusCode, Value) {
    let body = json!({ "result": false, "errors": [{ "code": 0, "message": message }] });
    (StatusCode::UNAUTHORIZED, body)
}

#[tokio::test]
async fn signature_projects_want_all_three_headers() {
    let lab = lab(|config| config.signature(KEY, SECRET));
    let documented = "3ff0fdcbc9ed57d1c2300e929c3b9ba2c1af1a215cafb5131caec3237a2b2299";
    let signed = sign("any text");
    let with = |nonce, signature| {
        [
            ("x-api-key", KEY),
            ("x-nonce", nonce),
            ("x-signature", signature),
        ]
    };
    assert_eq!(
        list_tasks(&lab, &with("1700000000123", documented)).await.0,
        StatusCode::OK
    );
    assert_eq!(
        list_tasks(&lab, &with("any text", &signed)).await.0,
        StatusCode::OK
    );
    let wrong = list_tasks(&lab, &with("1700000000124", documented)).await;
    assert_eq!(wrong, denied("Project authorization is not valid."));
    let bare = list_tasks(&lab, &[("x-api-key", KEY)]).await;
    let wording =
        "Project requires signature authentication. x-signature and x-nonce headers are required.";
    assert_eq!(bare, denied(wording));
}

#[tokio::test]
async fn key_only_projects_want_the_key() {
    let lab = lab(|config| config);
    assert_eq!(
        list_tasks(&lab, &[("x-api-key", KEY)]).await.0,
        StatusCode::OK
    );
    let unknown = denied("Project authorization is not founded.");
    assert_eq!(list_tasks(&lab, &[("x-api-key", "other")]).await, unknown);
    assert_eq!(list_tasks(&lab, &[]).await, unknown);
    assert_eq!(
        (lab.sandbox.api_key(), lab.sandbox.api_secret()),
        (KEY, None)
    );
}

#[tokio::test]
async fn the_catalogue_needs_no_key_but_not_a_wrong_one() {
    let lab = lab(|config| config);
    let ask = |path: &str, key: Option<&str>| {
        let request = lab
            .http
            .post(lab.url(path))
            .json(&json!({"slugowner": "sandbox", "slugproject": "slow"}));
        key.map_or(request.try_clone().unwrap(), |key| {
            request.header("x-api-key", key)
        })
        .send()
    };
    for path in ["Tool/List", "Tool/Detail"] {
        assert_eq!(ask(path, None).await.unwrap().status(), StatusCode::OK);
        assert_eq!(
            ask(path, Some("other")).await.unwrap().status(),
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn a_refused_upload_still_gets_its_answer() {
    let lab = lab(|config| config);
    let body = vec![0_u8; 8 * 1024 * 1024];
    let answer = lab
        .http
        .post(lab.url("Run/sandbox/upscale"))
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_so() {
    let lab = lab(|config| config);
    let body =
        json!({ "result": false, "errors": [{ "code": 0, "message": "Error parsing url." }] });
    let answers = [
        lab.post("Nope/Nothing").send().await.unwrap(),
        lab.post("task/detail").send().await.unwrap(),
        lab.http.get(lab.url("Task/List")).send().await.unwrap(),
    ];
    for answer in answers {
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.json::<Value>().await.unwrap(), body);
    }
}

#[tokio::test]
async fn bearer_tokens_are_no_keys() {
    let lab = lab(|config| config);
    let cases = [
        (
            "Bearer wk_test_4f1c9a20",
            "Authorization bearer token is invalid.",
        ),
        (
            "Basic abc",
            "Authorization bearer token is not founded in headers.",
        ),
    ];
    for (header, message) in cases {
        let body = json!({ "result": false, "errors": [{ "code": 99, "message": message }] });
        let answer = list_tasks(&lab, &[("authorization", header)]).await;
        assert_eq!(answer, (StatusCode::UNAUTHORIZED, body), "{header}");
    }
}

#[tokio::test]
async fn addresses_that_are_not_listed_are_refused() {
    let elsewhere = lab(|config| config.allowed_ips(["203.0.113.9"]));
    let refused = denied("Requested ip 127.0.0.1 is not allowed.");
    assert_eq!(list_tasks(&elsewhere, &[("x-api-key", KEY)]).await, refused);
    // Who does not know the key learns nothing of the list.
    let unknown = denied("Project authorization is not founded.");
    assert_eq!(
        list_tasks(&elsewhere, &[("x-api-key", "other")]).await,
        unknown
    );
    for allowed in [vec!["*"], vec!["203.0.113.9", "127.0.0.1"]] {
        let lab = lab(|config| config.allowed_ips(allowed));
        let answer = list_tasks(&lab, &[("x-api-key", KEY)]).await;
        assert_eq!(answer.0, StatusCode::OK);
    }
}
