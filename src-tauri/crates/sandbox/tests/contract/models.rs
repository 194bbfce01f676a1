//! What the Sandbox's own models take and give.

use crate::support::{Sandbox, part, png};
use reqwest::multipart::Form;
use serde_json::{Value, json};

/// Slug, and its parameters with their types.
const PARAMETERS: [(&str, &[(&str, &str)]); 10] = [
    (
        "upscale",
        &[("inputImage", "fileinput"), ("scale", "range")],
    ),
    (
        "filters",
        &[("inputImages", "combinefileinput"), ("filter", "select")],
    ),
    ("contact-sheet", &[("inputImages", "multifileinput")]),
    ("pattern", &[("prompt", "textarea")]),
    ("relief", &[("inputImage", "fileinput")]),
    ("eliza", &[("prompt", "")]),
    (
        "word-count",
        &[
            ("inputDocuments", "multifileinput"),
            ("outputType", "select"),
        ],
    ),
    ("slow", &[("seconds", "range")]),
    ("parrot", &[("voice", "select")]),
    ("morse-tts", &[("text", "textarea")]),
];

/// Parameters that are there, of whatever type.
const ALSO: [(&str, &[&str]); 7] = [
    ("contact-sheet", &["columns"]),
    ("pattern", &["width", "height", "seed"]),
    ("relief", &["height"]),
    ("eliza", &["session_id", "user_id"]),
    ("failing", &["exitcode", "message"]),
    ("parrot", &["system_instructions"]),
    ("morse-tts", &["speed"]),
];

async fn items(sandbox: &Sandbox, slug: &str) -> Vec<Value> {
    let body = json!({"slugowner": "sandbox", "slugproject": slug});
    let answer = sandbox.post("/Tool/Detail", body).await;
    let groups = answer.success()["tool"][0]["parameters"]
        .as_array()
        .unwrap();
    groups
        .iter()
        .flat_map(|group| group["items"].as_array().unwrap().clone())
        .collect()
}

#[tokio::test]
async fn the_models_have_the_parameters_that_scripts_stand_on() {
    let sandbox = Sandbox::start().await;
    for (slug, parameters) in PARAMETERS {
        let items = items(&sandbox, slug).await;
        for (id, kind) in parameters {
            let item = items.iter().find(|item| item["id"] == *id);
            let item = item.unwrap_or_else(|| panic!("{slug} lacks {id}"));
            assert!(kind.is_empty() || item["type"] == *kind, "{slug}: {item:#}");
        }
    }
    for (slug, ids) in ALSO {
        let items = items(&sandbox, slug).await;
        for id in ids {
            assert!(
                items.iter().any(|item| item["id"] == *id),
                "{slug} lacks {id}"
            );
        }
    }
    let scale = &items(&sandbox, "upscale").await[1];
    let text = |name: &str| scale[name].to_string().replace('"', "");
    assert_eq!(
        (text("min"), text("max"), text("default")),
        ("1".into(), "8".into(), "2".into())
    );
}

#[tokio::test]
async fn options_of_the_selects() {
    let sandbox = Sandbox::start().await;
    let cases = [
        (
            "filters",
            "filter",
            vec!["grayscale", "blur", "sharpen", "sepia", "invert"],
        ),
        ("word-count", "outputType", vec!["json", "markdown"]),
    ];
    for (slug, id, expected) in cases {
        let items = items(&sandbox, slug).await;
        let item = items.iter().find(|item| item["id"] == id).unwrap();
        let options = item["options"].as_array().unwrap();
        let values: Vec<_> = options
            .iter()
            .map(|option| option["value"].as_str().unwrap())
            .collect();
        assert_eq!(values, expected, "{slug}");
    }
}

#[tokio::test]
async fn failing_fails_with_its_defaults_and_as_asked() {
    let sandbox = Sandbox::start().await;
    let cases = [
        (json!({}), None, None),
        (
            json!({"exitcode": 7, "message": "No paper."}),
            Some("7"),
            Some("No paper."),
        ),
    ];
    for (body, exit, words) in cases {
        let run = sandbox.run("sandbox/failing", body).await;
        let task = sandbox.finished(&run).await;
        assert_eq!(task["status"], "task_postprocess_end");
        assert!(
            task["pexit"]
                .as_str()
                .is_some_and(|exit| !exit.is_empty() && exit != "0"),
            "{task:#}"
        );
        assert!(exit.is_none_or(|exit| task["pexit"] == exit), "{task:#}");
        let said = task["debugerror"].as_str().unwrap();
        assert!(words.is_none_or(|words| said.contains(words)), "{task:#}");
        assert_eq!(task["totalcost"], "0");
    }
}

#[tokio::test]
async fn a_pattern_depends_on_words_and_seed_alone() {
    let sandbox = Sandbox::start().await;
    let draw = async |seed: u32, prompt: &str| {
        let body = json!({"prompt": prompt, "width": 64, "height": 64, "seed": seed});
        let run = sandbox.run("sandbox/pattern", body).await;
        sandbox
            .bytes(&sandbox.succeeded(&run).await["outputs"][0]["url"])
            .await
    };
    let first = draw(7, "calm sea").await;
    assert_eq!(first, draw(7, "calm sea").await);
    assert_ne!(first, draw(8, "calm sea").await);
    assert_ne!(first, draw(7, "rough sea").await);
}

#[tokio::test]
async fn relief_gives_a_glb_mesh() {
    let sandbox = Sandbox::start().await;
    let form = Form::new()
        .part("inputImage", part("hill.png", png(32, 24)))
        .text("inputImageUrl", "");
    let run = sandbox.run_form("sandbox/relief", form).await;
    let task = sandbox.succeeded(&run).await;
    assert_eq!(task["outputs"].as_array().unwrap().len(), 1);
    let mesh = sandbox.bytes(&task["outputs"][0]["url"]).await;
    assert_eq!(&mesh[..4], b"glTF");
    assert_eq!(
        mesh.len(),
        u32::from_le_bytes(mesh[8..12].try_into().unwrap()) as usize
    );
}

#[tokio::test]
async fn word_count_counts_words_in_both_forms() {
    let sandbox = Sandbox::start().await;
    for (form, begins_like) in [("json", "{["), ("markdown", "#|*")] {
        let body = Form::new()
            .part("inputDocuments", part("a.txt", b"one two two".to_vec()))
            .part(
                "inputDocuments",
                part("b.md", b"# three\n\nthree three".to_vec()),
            )
            .text("inputDocumentsUrl", "")
            .text("outputType", form);
        let run = sandbox.run_form("sandbox/word-count", body).await;
        let task = sandbox.succeeded(&run).await;
        let bytes = sandbox.bytes(&task["outputs"][0]["url"]).await;
        let text = String::from_utf8(bytes).unwrap();
        let first = text.trim_start().chars().next().unwrap();
        assert!(begins_like.contains(first), "{text}");
        assert!(text.contains('3'), "{text}");
    }
}
