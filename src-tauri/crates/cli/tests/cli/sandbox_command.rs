//! `wiro sandbox`.

use serde_json::Value;

use crate::service::{Program, Service, wiro};
use crate::stage::folder;

#[test]
fn the_first_line_says_where_and_sigterm_ends_it() {
    let home = folder();
    let mut program = Program::start(wiro(home.path()).args(["sandbox", "--dir", "service"]));
    let line = program.next_line().expect("a first line");
    let told: Value = serde_json::from_str(&line).expect("JSON");
    let keys: Vec<_> = told.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["api", "socket", "api_key", "api_secret"]);
    assert!(
        keys.iter().all(|key| told[key.as_str()].is_string()),
        "a signature pair was made up: {told}"
    );
    program.signal("TERM");
    let ended = program.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
}

#[test]
fn a_key_without_a_secret_is_a_key_only_project() {
    let home = folder();
    let service = Service::start(
        home.path(),
        &home.path().join("service"),
        &["--api-key", "k"],
    );
    assert_eq!((service.key.as_str(), &service.secret), ("k", &None));
    service.stop();
}

#[test]
fn its_own_folder_lies_in_the_library() {
    let home = folder();
    let mut program =
        Program::start(wiro(home.path()).args(["--library", "library", "sandbox", "--json"]));
    program.next_line().expect("a first line");
    assert!(
        home.path()
            .join("library/sandbox-server/sandbox.lock")
            .is_file()
    );
    program.signal("INT");
    assert_eq!(program.end().code, Some(0));
}

#[test]
fn what_it_cannot_use_is_a_mistake_and_what_it_cannot_have_is_local() {
    let home = folder();
    fs_err::write(home.path().join("bad.json"), b"{\"rules\": 1}").expect("written");
    let start = |arguments: &[&str]| {
        Program::start(
            wiro(home.path())
                .args(["sandbox", "--json"])
                .args(arguments),
        )
        .end()
    };
    for arguments in [
        &["--fault-plan", "bad.json"] as &[&str],
        &["--fault-plan", "missing.json"],
        &["--catalogue", "bad.json"],
        &["--catalogue", "missing.json"],
    ] {
        start(arguments).expect_error(2, "usage.invalid");
    }
    let service = Service::start(home.path(), &home.path().join("taken"), &[]);
    start(&["--dir", "taken"]).expect_error(6, "sandbox.unavailable");
    let port = service
        .api
        .rsplit(':')
        .next()
        .and_then(|rest| rest.split('/').next())
        .expect("a port");
    start(&["--dir", "other", "--port", port]).expect_error(6, "sandbox.unavailable");
    service.stop();
}
