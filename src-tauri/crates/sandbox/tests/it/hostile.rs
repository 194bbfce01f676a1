//! What no honest client sends.

use std::time::Duration;

use futures_util::stream;
use reqwest::StatusCode;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{file, lab};

const MIB: usize = 1_048_576;

fn invalid() -> Value {
    json!({ "result": false, "errors": [{ "code": 0, "message": "Request parameters are invalid." }] })
}

#[tokio::test]
async fn large_json_is_refused_and_still_answered() {
    let lab = lab(|config| config);
    let body = |bytes: usize| format!("{{\"search\":\"{}\"}}", " ".repeat(bytes));
    for path in ["Tool/List", "Tool/Detail"] {
        // Without a key, as anybody on this computer could.
        let answer = lab
            .http
            .post(lab.url(path))
            .body(body(16 * MIB))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.json::<Value>().await.unwrap(), invalid(), "{path}");
    }
    let run = lab.post("Run/sandbox/slow").body(body(16 * MIB)).send();
    assert_eq!(run.await.unwrap().json::<Value>().await.unwrap(), invalid());
    let small = lab.post("Tool/List").body(body(MIB / 2)).send();
    assert_eq!(
        small.await.unwrap().json::<Value>().await.unwrap()["result"],
        true
    );
}

#[tokio::test]
async fn forms_have_bounds() {
    let lab = lab(|config| config);
    let send = |form: Form| {
        let request = lab.post("Run/sandbox/upscale").multipart(form);
        async { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let many = (0..1001).fold(Form::new(), |form, index| {
        form.text(format!("p{index}"), "x")
    });
    assert_eq!(send(many).await, invalid());
    let large = file(vec![0; 101 * MIB], "a.png", "image/png");
    assert_eq!(send(Form::new().part("inputImage", large)).await, invalid());
    let wordy = file(vec![0], &"a".repeat(4 * MIB), "image/png");
    assert_eq!(send(Form::new().part("inputImage", wordy)).await, invalid());
    let fair = (0..900).fold(Form::new(), |form, index| {
        form.text(format!("p{index}"), "x")
    });
    let fair = fair.part("inputImage", file(vec![0; 100 * MIB], "a.png", "image/png"));
    assert_eq!(send(fair).await["result"], true);
    // Nothing of them stays.
    let left = fs_err::read_dir(lab.dir.path().join("incoming")).unwrap();
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn a_body_without_an_end_is_given_up() {
    let lab = lab(|config| config);
    let piece = bytes::Bytes::from(vec![b' '; MIB]);
    let endless = stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
    let sent = lab
        .http
        .post(lab.url("Tool/List"))
        .body(reqwest::Body::wrap_stream(endless))
        .send();
    // Answered or cut off: either way it ends.
    let ended = tokio::time::timeout(Duration::from_secs(40), sent).await;
    assert!(ended.is_ok());
}

#[tokio::test]
async fn paths_that_do_not_exist_are_counted_together() {
    let lab = lab(|config| config);
    for index in 0..20 {
        let answer = lab.post(&format!("Made/Up{index}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
    let stats = lab.stats().await;
    assert_eq!(
        stats["requests"],
        json!({ "other": 20, "sandbox/stats": 1 })
    );
}
