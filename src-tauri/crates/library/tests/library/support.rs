//! What the tests share: runs to write down, and this test binary as a second process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use wiro_library::{Inserted, Library, NewInput, NewOutput, NewRun, Outcome, Published};

pub(crate) type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

const CHILD: &str = "WIRO_LIBRARY_TEST_CHILD";
const PART: &str = "WIRO_LIBRARY_TEST_PART";

pub(crate) const ACCOUNT: &str = "account";
pub(crate) const TOKEN: &str = "token-that-nobody-may-see";

/// A run with one input; everything in it is named after `id`.
pub(crate) fn new_run(id: &str) -> NewRun {
    NewRun {
        id: id.to_owned(),
        intent_id: format!("intent-{id}"),
        account_id: ACCOUNT.to_owned(),
        model: "sandbox/upscale".to_owned(),
        title: "Upscale".to_owned(),
        caption: format!("caption of {id}"),
        answers_json: r#"{"scale":"2"}"#.to_owned(),
        request_json: r#"{"scale":2}"#.to_owned(),
        output_dir: Some(PathBuf::from("/somewhere")),
        origin: "test".to_owned(),
        retry_of: None,
        inputs: vec![NewInput {
            id: format!("input-{id}"),
            field: "inputImage".to_owned(),
            position: 0,
            source_path: PathBuf::from("/pictures/cat.png"),
            label: "cat.png".to_owned(),
            bytes: 1234,
            modified_ms: Some(5),
            sha256: Some("ab".repeat(32)),
            stored_name: Some(format!("input-{id}.png")),
            content_type: "image/png".to_owned(),
        }],
    }
}

/// An outcome that names `count` outputs.
pub(crate) fn outcome(run_id: &str, count: u32) -> Outcome {
    Outcome {
        pexit: Some("0".to_owned()),
        cost_usd: Some("0.0125".to_owned()),
        seconds: Some(2.5),
        reason: None,
        text: Some("an answer".to_owned()),
        outputs: (0..count)
            .map(|position| NewOutput {
                id: format!("{run_id}-{position}"),
                position,
                label: format!("{position}.png"),
                declared_type: Some("image/png".to_owned()),
                declared_bytes: Some(5),
                url: format!("http://127.0.0.1/{run_id}/{position}?secret=x"),
            })
            .collect(),
    }
}

/// Writes the bytes of an output and gives them their name, without noting it.
pub(crate) async fn land(library: &Library, output_id: &str) -> TestResult<Published> {
    let partial = library.fresh_partial(output_id).await?;
    fs_err::write(&partial, "bytes")?;
    let file_name = library
        .publish_file(&partial, &format!("{output_id}.png"))
        .await?;
    Ok(Published {
        file_name,
        content_type: "image/png".to_owned(),
        type_differs: false,
        bytes: 5,
        width: Some(2),
        height: Some(3),
    })
}

/// A run that the service has, as task `task-{id}`.
pub(crate) async fn running(library: &Library, id: &str) -> TestResult {
    assert_eq!(library.insert_run(new_run(id)).await?, Inserted::New);
    library.mark_sending(id).await?;
    library
        .accept_run(id, Some(&format!("task-{id}")), Some(TOKEN))
        .await?;
    Ok(())
}

/// In the second process: the library's folder and which part to play.
pub(crate) fn as_child() -> Option<(PathBuf, String)> {
    Some((
        PathBuf::from(std::env::var_os(CHILD)?),
        std::env::var(PART).ok()?,
    ))
}

/// This test binary once more, running only `test`, where [`as_child`] then tells it what to do.
pub(crate) fn child(test: &str, root: &Path, part: &str) -> TestResult<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, root)
        .env(PART, part)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(command)
}
