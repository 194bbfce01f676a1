//! Texts that mean something to a shell, a language, a form or a reader: each arrives as it is.

use serde_json::{Map, Value, json};
use wiro_client::export::ProjectKind;
use wiro_client::forms::{Part, RunBody};

use crate::stage::{ECHO, Stage, get};

/// Repeats of the longest text: more than Linux takes in one argument.
const LONG: usize = 30_000;

/// The table, its longest text of so many `repeats`. Without NUL, which no text of an operating system can hold.
pub(crate) fn texts(repeats: usize) -> Vec<String> {
    let controls: String = ('\u{1}'..='\u{1f}').chain('\u{7f}'..='\u{9f}').collect();
    let mut texts: Vec<String> = [
        "",
        " ",
        "'",
        "\"",
        "it's \"quoted\" `here`",
        "'''",
        "\"\"\"",
        "#\"\"\"\n\"\"\"#",
        "##\"\"\"##\n###",
        "#ff8800",
        "ends with a backslash\\",
        "\\n \\\\ \\' \\\" \\u0041 \\x41 \\#(x) \\##(x) \\(x)",
        "$HOME ${HOME} $(id) `id` $'x' {$x} ${x} #{x} %s %d {0} {{ x }} {% x %}",
        "a\nb\r\nc\rd\te\n",
        "JSON\nEOF\n  JSON;\n",
        "</script><!-- ]]> ?> */ // # -- --form-string",
        "@/etc/passwd",
        "</etc/passwd",
        "a=b;type=text/html;filename=\"x\"",
        "- --data @x & | > < ~ * ? [a] {a,b} !!",
        "👩‍🚀 🏴󠁧󠁢󠁥󠁮󠁧󠁿 naïve 東京 ﷽",
        "שלום \u{202e}abc\u{202c} \u{2066}x\u{2069} \u{200f}",
        "\u{feff}\u{2028}\u{2029}\u{85}\u{200b}",
        "null",
        "true",
        "1e5",
        "__proto__",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push(controls);
    texts.push(format!("long {}", "ä'\"$\\\n".repeat(repeats)));
    texts
}

/// Every text as a value, as a key and inside of lists and maps, beside every kind of number.
pub(crate) fn parameters(repeats: usize) -> Map<String, Value> {
    let mut fields = Map::new();
    for (index, text) in texts(repeats).into_iter().enumerate() {
        fields.insert(format!("text{index}"), text.into());
    }
    let keys: Map<String, Value> = texts(1)
        .into_iter()
        .map(|text| (text, Value::Null))
        .collect();
    fields.insert(
        "keys".to_owned(),
        json!([keys, [], {}, [[]], { "0": "a", "1": "b" }]),
    );
    fields.insert(
        "numbers".to_owned(),
        json!([
            0,
            -1,
            2.5,
            1e-7,
            1e300,
            true,
            false,
            null,
            9_007_199_254_740_991_i64
        ]),
    );
    fields
}

#[tokio::test]
async fn json_arrives_as_it_is() {
    let stage = Stage::new(ProjectKind::Signature);
    let fields = parameters(LONG);
    for outcome in stage
        .run_everywhere(ECHO, &RunBody::Json(fields.clone()))
        .await
    {
        let received = echoed(outcome.lines()[0]).await;
        assert_eq!(received["encoding"], "json", "{:?}", outcome.language);
        for (key, value) in &fields {
            let arrived = &received["parameters"][key];
            assert!(
                arrived == value,
                "{:?} {key}: {arrived:?}",
                outcome.language
            );
        }
    }
}

#[tokio::test]
async fn no_number_is_rounded_on_the_way() {
    let stage = Stage::new(ProjectKind::KeyOnly);
    let fields = json!({ "text": "a ` ${b} ''' c", "numbers": [u64::MAX, i64::MIN, i64::MAX] });
    let Value::Object(fields) = fields else {
        unreachable!("it is an object")
    };
    for outcome in stage
        .run_everywhere(ECHO, &RunBody::Json(fields.clone()))
        .await
    {
        let received = echoed(outcome.lines()[0]).await;
        let arrived = &received["parameters"];
        assert!(
            *arrived == Value::from(fields.clone()),
            "{:?} {arrived}",
            outcome.language
        );
    }
}

#[tokio::test]
async fn forms_arrive_as_they_are() {
    let stage = Stage::new(ProjectKind::KeyOnly);
    let file = stage.path("one & two; three, ü.txt");
    fs_err::write(&file, b"\0\xff\r\n--bytes").unwrap();
    let part = |name: &str, value: String| Part::Text {
        name: name.to_owned(),
        value,
    };
    let upload = || Part::File {
        name: "files".to_owned(),
        file_name: "one & two; three, ü.txt".to_owned(),
        bytes: 11,
        path: file.clone(),
    };
    let mut parts = vec![upload(), upload()];
    for (index, text) in texts(LONG).into_iter().enumerate() {
        parts.push(part(&format!("text{index}"), text));
    }
    parts.extend([
        part("twice", "one".to_owned()),
        part("twice", "two".to_owned()),
    ]);

    for outcome in stage.run_everywhere(ECHO, &RunBody::Multipart(parts)).await {
        let received = echoed(outcome.lines()[0]).await;
        assert_eq!(received["encoding"], "multipart", "{:?}", outcome.language);
        for (index, text) in texts(LONG).iter().enumerate() {
            let arrived = &received["parameters"][format!("text{index}")];
            assert!(
                arrived == text,
                "{:?} {text:?}: {arrived:?}",
                outcome.language
            );
        }
        assert_eq!(received["parameters"]["twice"], json!(["one", "two"]));
        let uploaded = json!({
            "field": "files", "name": "one___two__three___.txt", "contenttype": "text/plain", "size": "11",
        });
        assert_eq!(
            received["files"],
            json!([uploaded, uploaded]),
            "{:?}",
            outcome.language
        );
    }
}

/// The forms that a language's own library builds, which by-hand ones replace only where they must.
#[tokio::test]
async fn forms_of_the_library_arrive_as_they_are() {
    let stage = Stage::new(ProjectKind::KeyOnly);
    let file = stage.path("a,b.bin");
    fs_err::write(&file, b"bytes").unwrap();
    let texts: Vec<String> = texts(LONG)
        .into_iter()
        .filter(|text| !text.contains(['\n', '\r']))
        .collect();
    let mut parts = vec![Part::File {
        name: "file".to_owned(),
        file_name: "a,b.bin".to_owned(),
        bytes: 5,
        path: file,
    }];
    parts.extend(texts.iter().enumerate().map(|(index, text)| Part::Text {
        name: format!("text{index}"),
        value: text.clone(),
    }));
    for outcome in stage.run_everywhere(ECHO, &RunBody::Multipart(parts)).await {
        let received = echoed(outcome.lines()[0]).await;
        for (index, text) in texts.iter().enumerate() {
            let arrived = &received["parameters"][format!("text{index}")];
            assert!(
                arrived == text,
                "{:?} {text:?}: {arrived:?}",
                outcome.language
            );
        }
        let file = &received["files"][0];
        assert_eq!(
            (&file["name"], &file["size"]),
            (&json!("a_b.bin"), &json!("5"))
        );
    }
}

/// What the Sandbox understood.
async fn echoed(url: &str) -> Value {
    get(url).await.json().await.unwrap()
}
