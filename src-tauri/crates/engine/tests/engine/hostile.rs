//! A service that lies: files stay inside the library and nothing false is published.

use serde_json::json;
use wiro_engine::dto::{OutputState, RunDetail, RunState};

use crate::stage::{Stage, pattern, run};

async fn run_with(fault: serde_json::Value) -> (Stage, RunDetail) {
    let stage = Stage::with_faults(&json!([{"on": {"path": "output"}, "do": fault}]));
    let engine = stage.engine().await;
    let detail = run(&engine, pattern(21)).await;
    (stage, detail)
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_names_that_lead_elsewhere_are_labels_only() {
    for name in [
        "../../evil.png",
        "C:\\Windows\\x",
        "/etc/passwd",
        "a\0b.png",
        "safe\u{202e}gnp.exe",
        "CON",
        "",
    ] {
        let (stage, detail) = run_with(json!({ "name": name })).await;
        assert_eq!(
            detail.summary.state,
            RunState::Succeeded,
            "{name:?}: {:?}",
            detail.error
        );
        let output = &detail.outputs[0];
        assert_eq!(output.state, OutputState::Published, "{name:?}");
        let path = fs_err::canonicalize(output.path.as_deref().expect("a path")).expect("on disk");
        let outputs =
            fs_err::canonicalize(stage.path("library").join("outputs")).expect("the folder");
        assert!(
            path.starts_with(&outputs),
            "{name:?} lies at {}",
            path.display()
        );
        let harmless = |letter: char| {
            !letter.is_control() && !matches!(letter, '/' | '\\' | '\u{202a}'..='\u{202e}')
        };
        assert!(
            !output.label.is_empty() && output.label.chars().all(harmless),
            "{name:?} is shown as {:?}",
            output.label
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t07_a_false_type_is_found_in_the_bytes() {
    let (_stage, detail) = run_with(json!({"contenttype": "video/mp4"})).await;
    let output = &detail.outputs[0];
    assert_eq!(
        (output.content_type.as_str(), output.type_differs),
        ("image/png", true)
    );
    assert!(
        output
            .path
            .as_deref()
            .is_some_and(|path| std::path::Path::new(path).extension() == Some("png".as_ref()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f41_a_short_body_or_a_false_size_is_never_published() {
    for rules in [
        json!([{"on": {"path": "files/*"}, "do": {"truncate": 100}}]),
        json!([{"on": {"path": "output"}, "do": {"size": "7"}}]),
    ] {
        let stage = Stage::with_faults(&rules);
        let engine = stage.engine().await;
        let detail = run(&engine, pattern(22)).await;
        let output = &detail.outputs[0];
        assert_eq!(output.state, OutputState::Failed, "{rules}");
        assert!(output.path.is_none() && output.problem.is_some(), "{rules}");
        let left: Vec<_> = walk(&stage.path("library").join("outputs"));
        assert!(
            left.is_empty(),
            "{rules}: nothing is published, found {left:?}"
        );
        assert!(
            walk(&stage.path("library").join("partial")).is_empty(),
            "{rules}: no partial is left"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f41b_an_address_that_leads_elsewhere_is_not_followed() {
    for address in [
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
        "not an address",
        "ftp://127.0.0.1/x",
    ] {
        let (_stage, detail) = run_with(json!({ "url": address })).await;
        assert_eq!(detail.outputs[0].state, OutputState::Failed, "{address}");
    }
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs_err::read_dir(dir) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}
