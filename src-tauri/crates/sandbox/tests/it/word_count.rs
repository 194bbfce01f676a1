//! The model that counts the words of documents.

use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{Lab, download, file, lab, output_url};

fn documents(list: &[(&str, &[u8])]) -> Form {
    list.iter().fold(Form::new(), |form, (name, bytes)| {
        form.part(
            "inputDocuments",
            file(bytes.to_vec(), name, "application/octet-stream"),
        )
    })
}

/// Runs to a good end and returns the output's name, type and text.
async fn counted(lab: &Lab, form: Form) -> (String, String, String) {
    let detail = lab
        .ended(&lab.run_form("sandbox/word-count", form).await)
        .await;
    assert_eq!(detail["pexit"], "0", "{detail}");
    let output = &detail["outputs"][0];
    let text = |key: &str| output[key].as_str().unwrap().to_owned();
    let (_, bytes) = download(&output_url(&detail)).await;
    (
        text("name"),
        text("contenttype"),
        String::from_utf8(bytes).unwrap(),
    )
}

#[tokio::test]
async fn files_and_addresses_of_every_kind_are_counted_together() {
    let lab = lab(|config| config);
    let upload = Form::new().part(
        "file",
        file(b"Sent before. It was.".to_vec(), "before.txt", "text/plain"),
    );
    let answer: Value = lab
        .post("File/Upload")
        .multipart(upload)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let url = answer["list"][0]["url"].as_str().unwrap().to_owned();
    let form = documents(&[
        ("a.md", b"# Was it\n\nIt was."),
        ("b.csv", b"name,size\nit,1\n"),
        ("c.html", b"<p>It <i>was</i></p><script>no</script>"),
        ("d.json", br#"{"it": ["was", 2]}"#),
        ("e.txt", b"\xff\xfei\0t\0"),
        ("f.txt", b"caf\xe9"),
    ])
    .text("inputDocumentsUrl", url);
    let (name, kind, text) = counted(&lab, form).await;
    assert_eq!((&*name, &*kind), ("counts.json", "application/json"));
    let counts: Value = serde_json::from_str(&text).unwrap();
    let told: Vec<_> = counts["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|document| {
            let text = |key: &str| document[key].as_str().unwrap();
            let words = document["words"].as_u64().unwrap();
            (text("name"), text("kind"), text("encoding"), words)
        })
        .collect();
    let expected = [
        ("a.md", "markdown", "UTF-8", 4),
        ("b.csv", "csv", "UTF-8", 4),
        ("c.html", "html", "UTF-8", 2),
        ("d.json", "json", "UTF-8", 3),
        ("e.txt", "text", "UTF-16LE", 1),
        ("f.txt", "text", "windows-1252", 1),
        ("before.txt", "text", "UTF-8", 4),
    ];
    assert_eq!(told, expected);
    assert_eq!(counts["documents"][5]["encodingGuessed"], true);
    let totals = &counts["totals"];
    assert_eq!(
        (&totals["documents"], &totals["words"]),
        (&json!(7), &json!(19))
    );
    assert_eq!(
        totals["frequent"][0],
        json!({ "word": "it", "count": 7 }),
        "{totals}"
    );
}

#[tokio::test]
async fn markdown_is_a_document_of_its_own() {
    let lab = lab(|config| config);
    let form = documents(&[("a.txt", b"one two")]).text("outputType", "markdown");
    let (name, kind, text) = counted(&lab, form).await;
    assert_eq!((&*name, &*kind), ("counts.md", "text/markdown"));
    assert!(
        text.contains("| a.txt | text | UTF-8 | 7 | 7 | 2 | 1 | 1 |"),
        "{text}"
    );
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_named() {
    let lab = lab(|config| config);
    let bad: [(&str, &[u8], &str); 2] = [
        (
            "paper.pdf",
            b"%PDF-1.7",
            "PDF documents cannot be read by this model.",
        ),
        (
            "photo.png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            "It is not text.",
        ),
    ];
    for (name, bytes, problem) in bad {
        let form = documents(&[("a.txt", b"one"), (name, bytes)]);
        let task = lab.run_form("sandbox/word-count", form).await;
        let detail = lab.ended(&task).await;
        assert_eq!(
            (&detail["pexit"], &detail["totalcost"], &detail["outputs"]),
            (&json!("1"), &json!("0"), &json!([]))
        );
        assert_eq!(
            detail["debugerror"],
            format!("Document 2, {name}: {problem}")
        );
    }
    let refusal = lab.refusal("Run/sandbox/word-count", json!({})).await;
    let message = "Request files [inputDocuments] required";
    assert_eq!(refusal, (0, message.to_owned()));
}

#[tokio::test]
async fn nothing_of_a_killed_one_stays() {
    let lab = lab(|config| config.workers(1));
    let long = "All work and no play. ".repeat(500_000).into_bytes();
    let start = async || {
        let form = documents(&[("long.txt", &long)]);
        lab.run_form("sandbox/word-count", form).await
    };
    let task = lab.killed_while_computing(start).await;
    let next = lab.run("sandbox/failing", json!({})).await;
    assert_eq!(lab.ended(&next).await["pexit"], "1", "the worker is free");
    lab.files_left(&task, 1).await;
    assert_eq!(lab.detail(&task).await["outputs"], json!([]));
}
