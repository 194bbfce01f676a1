//! `wiro account` where there is no keychain; with a real one it is tested beside the window.

use std::process::Stdio;

use serde_json::json;

use crate::service::{Program, wiro};
use crate::stage::{Stage, folder};

/// A command whose standard input holds this, with no session bus to find a keychain on.
fn fed(stage: &Stage, arguments: &[&str], input: &str) -> crate::service::Ended {
    let mut command = stage.command(arguments);
    command
        .arg("--json")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("XDG_RUNTIME_DIR")
        .env_remove("WIRO_API_KEY")
        .env_remove("WIRO_API_SECRET")
        .stdin(Stdio::piped());
    Program::start_fed(&mut command, input).end()
}

#[test]
fn f56a_without_a_keychain_an_account_is_refused_with_the_way_out_and_nothing_is_kept() {
    let stage = Stage::key_only();
    let added = fed(&stage, &["account", "add", "studio"], "key-of-a-test\n");
    let error = added.expect_error(6, "keychain.unavailable");
    assert_eq!(error["action"], "ask_keychain");
    let listed = fed(&stage, &["account", "list"], "");
    let kinds: Vec<_> = listed.lines.iter().map(|line| &line["kind"]).collect();
    assert_eq!(kinds, ["environment"], "only what the environment names");
}

#[test]
fn a_wrong_key_is_told_before_any_keychain_is_asked() {
    let stage = Stage::key_only();
    let added = fed(&stage, &["account", "add", "studio"], "wrong-key\n");
    let error = added.expect_error(3, "auth.rejected");
    assert_eq!(error["message"], "Project authorization is not founded.");
}

#[test]
fn mistakes_are_usage() {
    let stage = Stage::key_only();
    for (arguments, input) in [
        (&["account", "add", "sandbox"] as &[&str], "key-of-a-test\n"),
        (&["account", "add", " "], "key-of-a-test\n"),
        (&["account", "add", "studio"], "\n"),
    ] {
        let ended = fed(&stage, arguments, input);
        ended.expect_error(2, "account.invalid");
    }
    for arguments in [
        &["account", "add", "studio"] as &[&str],
        &["account", "remove", "nobody"],
        &["account", "test", "nobody"],
    ] {
        fed(&stage, arguments, "").expect_error(2, "usage.invalid");
    }
}

#[test]
fn a_key_is_never_an_argument() {
    let home = folder();
    for arguments in [
        &["account", "add", "studio", "some-key"] as &[&str],
        &["account", "add", "studio", "--key", "some-key"],
        &["account", "add", "studio", "--secret", "some-secret"],
    ] {
        let ended = Program::start(wiro(home.path()).args(arguments)).end();
        assert_eq!(ended.code, Some(2), "{arguments:?}");
    }
    let help = Program::start(wiro(home.path()).args(["account", "add", "--help"])).end();
    assert_ne!(
        json!(help.stdout),
        json!(""),
        "help tells where the key comes from"
    );
    assert!(help.stdout.contains("standard input"), "{}", help.stdout);
}
