//! Flags, addresses, and mistakes on the command line.

use serde_json::json;

use crate::service::{Program, wiro};
use crate::stage::{Stage, folder};

#[test]
fn flags_stand_before_or_after_the_command() {
    let stage = Stage::new();
    let home = folder();
    let library = stage.library().display().to_string();
    let (api, socket) = (&stage.service.api, &stage.service.socket);
    let flags = [
        "--json",
        "--library",
        &library,
        "--api-url",
        api,
        "--socket-url",
        socket,
    ];
    let expected = stage.json(&["models", "search", "upscale"]).lines;
    assert_eq!(expected.len(), 1);
    for place in 0..3 {
        let mut arguments = vec!["models", "search", "upscale"];
        arguments.splice(place..place, flags);
        let ended = Program::start(wiro(home.path()).args(&arguments)).end();
        assert_eq!(
            (ended.code, &ended.lines),
            (Some(0), &expected),
            "{arguments:?}"
        );
        assert_eq!(ended.stderr, "", "an address in a flag is not announced");
    }
}

#[test]
fn a_mistake_ends_with_2_and_an_error_line() {
    let home = folder();
    for arguments in [
        &["frobnicate"] as &[&str],
        &["run"],
        &["models", "show"],
        &["models", "search", "--limit", "0"],
        &["models", "search", "--limit", "many"],
        &["tasks"],
        &["run", "sandbox/pattern", "--secret", "x"],
        &["sandbox", "--api-secret", "s"],
    ] {
        let ended = Program::start(wiro(home.path()).args(arguments).arg("--json")).end();
        ended.expect_error(2, "usage.invalid");
        let plain = Program::start(wiro(home.path()).args(arguments)).end();
        assert_eq!(
            (plain.code, plain.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert!(
            !plain.stderr.is_empty(),
            "{arguments:?}: people are told why"
        );
    }
    for arguments in [&["run", "pattern"] as &[&str], &["models", "show", "a/b/c"]] {
        let ended = Program::start(wiro(home.path()).args(arguments).arg("--json")).end();
        ended.expect_error(2, "model.unknown");
    }
    let named = ["--json", "--account", "nobody", "tasks", "list"];
    Program::start(wiro(home.path()).args(named))
        .end()
        .expect_error(2, "usage.invalid");
}

#[test]
fn help_and_version_are_no_mistakes() {
    let home = folder();
    for arguments in [
        &["--help"] as &[&str],
        &["run", "--help"],
        &["--version"],
        &["--json", "--version"],
    ] {
        let ended = Program::start(wiro(home.path()).args(arguments)).end();
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
        assert!(ended.stdout.contains("wiro"), "{arguments:?}");
    }
}

#[test]
fn plain_addresses_of_other_hosts_are_refused() {
    let home = folder();
    let plain = [
        "http://192.0.2.1/v1",
        "http://wiro.example/v1",
        "ftp://127.0.0.1/v1",
        "nonsense",
    ];
    for address in plain {
        for command in [
            &["run", "sandbox/pattern", "-p", "prompt=x"] as &[&str],
            &["tasks", "list"],
        ] {
            let mut by_flag = wiro(home.path());
            by_flag.args(command).args(["--json", "--api-url", address]);
            Program::start(&mut by_flag)
                .end()
                .expect_error(2, "usage.invalid");
            let mut by_environment = wiro(home.path());
            by_environment.args(command).arg("--json");
            by_environment.env("WIRO_API_BASE_URL", address);
            Program::start(&mut by_environment)
                .end()
                .expect_error(2, "usage.invalid");
        }
    }
    for (flag, address) in [
        ("--socket-url", "ws://192.0.2.1/v1"),
        ("--socket-url", "http://127.0.0.1/v1"),
        ("--api-url", "https://user:hunter2@127.0.0.1/v1"),
    ] {
        let mut command = wiro(home.path());
        command.args(["--json", flag, address, "models", "search"]);
        let ended = Program::start(&mut command).end();
        ended.expect_error(2, "usage.invalid");
        assert!(!ended.stdout.contains("hunter2") && !ended.stderr.contains("hunter2"));
    }
    assert!(!home.path().join("library").exists());
}

#[test]
fn an_address_from_the_environment_is_announced() {
    let stage = Stage::new();
    let ended = stage.json(&["models", "search"]);
    ended.expect_success();
    for address in [&stage.service.api, &stage.service.socket] {
        assert!(ended.stderr.contains(address), "{}", ended.stderr);
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let home = folder();
    let mut command = wiro(home.path());
    for name in [
        "WIRO_LIBRARY",
        "WIRO_API_BASE_URL",
        "WIRO_SOCKET_URL",
        "WIRO_API_KEY",
        "WIRO_API_SECRET",
    ] {
        command.env(name, "");
    }
    command.args(["--json", "tasks", "list"]);
    let ended = Program::start(&mut command).end();
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), ""),
        "{ended:?}"
    );
}

#[test]
fn sandbox_models_need_no_account_and_no_address() {
    let home = folder();
    let library = home.path().join("library").display().to_string();
    let run = [
        "--json",
        "--library",
        &library,
        "run",
        "sandbox/slow",
        "-p",
        "seconds=0",
    ];
    let ended = Program::start(wiro(home.path()).args(run)).end();
    assert_eq!(ended.expect_success()["success"], json!(true));
    // A project of one's own does not change where these run.
    let mut with_key = wiro(home.path());
    with_key.args(run).env("WIRO_API_KEY", "some-key");
    Program::start(&mut with_key).end().expect_success();
    // Other models do need one.
    let other = ["--json", "--library", &library, "run", "google/veo"];
    let ended = Program::start(wiro(home.path()).args(other)).end();
    assert_eq!(
        ended.expect_error(3, "auth.missing")["action"],
        "check_credentials"
    );
}

#[test]
fn the_account_of_the_sandbox_wins_over_the_environment_and_takes_no_address() {
    let stage = Stage::new();
    stage
        .json(&[
            "--account",
            "sandbox",
            "run",
            "sandbox/slow",
            "-p",
            "seconds=0",
        ])
        .expect_success();
    assert_eq!(
        stage.service.runs(),
        0,
        "it ran on the Sandbox of the library"
    );
    stage
        .json(&[
            "--account",
            "sandbox",
            "--api-url",
            "http://127.0.0.1:9/v1",
            "models",
            "search",
        ])
        .expect_error(2, "usage.invalid");
}
