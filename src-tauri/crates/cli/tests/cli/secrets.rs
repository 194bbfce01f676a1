//! Key and secret stay in memory.

use std::path::{Path, PathBuf};

use crate::service::Program;
use crate::stage::Stage;

const KEY: &str = "canary-key-5f1d0c7b2e";
const SECRET: &str = "canary-secret-93ab64d1f0";

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn no_secret_is_printed_or_written() {
    let stage = Stage::with(&["--api-key", KEY, "--api-secret", SECRET]);
    let picture = format!("inputImage={}", stage.picture("in.png", 8, 8));
    let check_output = |arguments: &[&str], key: &str| {
        let mut command = stage.command(arguments);
        command
            .arg("--json")
            .env("WIRO_LOG", "trace")
            .env("WIRO_API_KEY", key);
        let ended = Program::start(&mut command).end();
        for text in [&ended.stdout, &ended.stderr] {
            assert!(
                !text.contains(KEY) && !text.contains(SECRET),
                "{arguments:?} printed a secret"
            );
        }
        assert!(!ended.stderr.is_empty(), "the log was on");
    };
    for arguments in [
        &["models", "search"] as &[&str],
        &["run", "sandbox/upscale", "-f", &picture],
        &["run", "sandbox/slow", "-p", "seconds=0", "--no-wait"],
        &["tasks", "resume"],
        &["tasks", "list", "--remote"],
    ] {
        check_output(arguments, KEY);
    }
    check_output(&["run", "sandbox/slow"], &format!("{KEY}-wrong"));

    // A process that was killed leaves the log of its database behind.
    let mut killed = stage.start(&["run", "sandbox/slow", "-p", "seconds=30"]);
    killed.until("status");
    killed.kill();
    killed.wait();
    let files = files_below(&stage.library());
    assert!(
        files.iter().any(|path| path.ends_with("library.db-wal")),
        "{files:?}"
    );
    for path in files {
        let bytes = fs_err::read(&path).expect("readable");
        assert!(
            !contains(&bytes, KEY) && !contains(&bytes, SECRET),
            "{path:?} holds a secret"
        );
    }
}
