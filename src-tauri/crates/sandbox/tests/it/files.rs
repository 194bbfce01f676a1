use reqwest::StatusCode;
use reqwest::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, IF_RANGE, RANGE,
};
use serde_json::json;

use crate::support::{lab, output_url};

#[tokio::test]
async fn outputs_are_served_whole_and_in_parts_without_a_key() {
    let lab = lab(|config| config);
    let task = lab.run("sandbox/slow", json!({ "seconds": 0 })).await;
    let url = output_url(&lab.ended(&task).await);
    let get = |headers: &[(HeaderName, &str)]| {
        let request = lab.http.get(&url);
        headers
            .iter()
            .fold(request, |request, (name, value)| {
                request.header(name, *value)
            })
            .send()
    };
    let whole = get(&[]).await.unwrap();
    let headers = whole.headers().clone();
    assert_eq!(
        (whole.status(), &headers[CONTENT_TYPE]),
        (StatusCode::OK, &"text/plain".parse().unwrap())
    );
    let etag = headers[ETAG].to_str().unwrap().to_owned();
    let text = whole.text().await.unwrap();
    assert_eq!(headers[CONTENT_LENGTH], text.len().to_string());
    assert_eq!(headers[ACCEPT_RANGES], "bytes");

    let part = get(&[(RANGE, "bytes=6-8")]).await.unwrap();
    assert_eq!(
        (
            part.status(),
            part.headers()[CONTENT_RANGE].to_str().unwrap()
        ),
        (
            StatusCode::PARTIAL_CONTENT,
            format!("bytes 6-8/{}", text.len()).as_str()
        )
    );
    assert_eq!(part.text().await.unwrap(), text[6..9]);
    let tail = get(&[(RANGE, "bytes=-4"), (IF_RANGE, &etag)])
        .await
        .unwrap();
    assert_eq!(
        (tail.status(), tail.text().await.unwrap().as_str()),
        (StatusCode::PARTIAL_CONTENT, &text[text.len() - 4..])
    );
    let changed = get(&[(RANGE, "bytes=-4"), (IF_RANGE, "\"other\"")])
        .await
        .unwrap();
    assert_eq!(
        (changed.status(), changed.text().await.unwrap()),
        (StatusCode::OK, text.clone())
    );
    let beyond = get(&[(RANGE, "bytes=9999-")]).await.unwrap();
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(
        beyond.headers()[CONTENT_RANGE],
        format!("bytes */{}", text.len())
    );

    let head = lab.http.head(&url).send().await.unwrap();
    assert_eq!(
        (head.status(), &head.headers()[CONTENT_LENGTH]),
        (StatusCode::OK, &headers[CONTENT_LENGTH])
    );
    assert!(head.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn only_the_exact_address_gives_a_file() {
    let lab = lab(|config| config);
    let task = lab.run("sandbox/slow", json!({ "seconds": 0 })).await;
    let url = output_url(&lab.ended(&task).await);
    for other in [
        url.replace("0.txt", "1.txt"),
        url.replace("/files/", "/files/1"),
        url.replace("/0.txt", "/..%2f..%2f..%2fwallet.json"),
        url.replace("0.txt", "%00"),
    ] {
        assert_eq!(
            lab.http.get(&other).send().await.unwrap().status(),
            StatusCode::NOT_FOUND,
            "{other}"
        );
    }
}
