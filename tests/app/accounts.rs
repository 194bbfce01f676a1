//! Projects of one's own: their keys in the keychain, and every way in which that can go wrong.

use e2e::Outcome;
use e2e::driver::{SHOWN_WITHIN, Window};
use e2e::flows::open_model;
use serde_json::Value;

use crate::desk::{
    Desk, Project, assert_page_without, begin_with, choose, in_use, open_accounts, run_pattern,
};
use crate::sampling::Sampler;
use crate::steps::{fill_and_run, open_run, run_that, shows_state};

/// What the service says to a key it does not know (`PROTOCOL.md` section 3.4).
const UNKNOWN_KEY: &str = "Project authorization is not founded.";
/// What it says to a signature made with another secret.
const WRONG_SIGNATURE: &str = "Project authorization is not valid.";

#[tokio::test]
async fn f56_a_project_is_checked_kept_in_the_keychain_and_there_after_a_restart() -> Outcome {
    let desk = Desk::open()?;
    let service = desk.service("service", &[])?;
    let project = Project::of(&service, "Studio one");
    let window = desk.window().await?;

    window.click("first-start-project").await?;
    project.fill_in(&window).await?;
    window.type_into("account-key", "not-the-key").await?;
    window.click("account-submit").await?;
    window
        .says("account-error", UNKNOWN_KEY, SHOWN_WITHIN)
        .await?;
    window.type_into("account-key", project.key).await?;
    window.type_into("account-secret", "not-the-secret").await?;
    window.click("account-submit").await?;
    window
        .says("account-error", WRONG_SIGNATURE, SHOWN_WITHIN)
        .await?;
    assert_eq!(
        desk.account(project.name)?,
        None,
        "a wrong key adds nothing"
    );
    assert_eq!(
        desk.keyring.item_count()?,
        0,
        "nor does it reach the keychain"
    );

    project.fill_in_key(&window).await?;
    window.click("account-submit").await?;
    window.shown("nav-models").await?;
    in_use(&window, project.name).await?;
    let id = desk.account_id(project.name)?;
    assert!(desk.stored(&id)? == Some(project.pair()), "another pair");
    assert_page_without(&window, &project.secrets()).await?;
    open_accounts(&window).await?;
    window
        .has(&format!("account-row-{id}"), "data-key", "ready")
        .await?;
    window.click(&format!("account-more-{id}")).await?;
    window.shown("account-test").await?;
    assert_page_without(&window, &project.secrets()).await?;
    let run = run_pattern(&window, &desk, "with a key of my own").await?;
    assert_eq!(desk.account_of(&run)?.as_deref(), Some(id.as_str()));
    window.terminate().await?;

    let window = desk.window().await?;
    in_use(&window, project.name).await?;
    window.gone("status-key-problem").await?;
    run_pattern(&window, &desk, "with the key from the keychain").await?;
    assert_eq!(service.asked("Run").await?, 2, "one POST a run");
    assert_page_without(&window, &project.secrets()).await?;
    window.close().await
}

#[tokio::test]
async fn two_projects_side_by_side_keep_their_runs_and_their_keys() -> Outcome {
    let desk = Desk::open()?;
    let (one, two) = (desk.service("one", &[])?, desk.service("two", &[])?);
    let first = Project::of(&one, "Studio one");
    let second = Project::of(&two, "Studio two");
    let window = desk.window().await?;
    begin_with(&window, &first).await?;
    open_accounts(&window).await?;
    window.click("account-add").await?;
    second.fill_in(&window).await?;
    window.click("account-submit").await?;
    in_use(&window, second.name).await?;
    let ids = [desk.account_id(first.name)?, desk.account_id(second.name)?];

    let of_second = run_pattern(&window, &desk, "the second project").await?;
    choose(&window, first.name).await?;
    let of_first = run_pattern(&window, &desk, "the first project").await?;
    assert_eq!(desk.account_of(&of_first)?.as_deref(), Some(&*ids[0]));
    assert_eq!(desk.account_of(&of_second)?.as_deref(), Some(&*ids[1]));
    assert_eq!((one.asked("Run").await?, two.asked("Run").await?), (1, 1));
    assert!(desk.stored(&ids[0])? == Some(first.pair()), "mixed up");
    assert!(desk.stored(&ids[1])? == Some(second.pair()), "mixed up");

    // The one that is not in use goes; its run stays and can be looked at.
    open_accounts(&window).await?;
    window.click(&format!("account-more-{}", ids[1])).await?;
    window.click("account-tool-remove").await?;
    window.click("account-remove-yes").await?;
    window.gone(&format!("account-row-{}", ids[1])).await?;
    assert_eq!(desk.keyring.item_count()?, 1, "its key is deleted");
    assert!(desk.stored(&ids[1])?.is_none(), "its key is deleted");
    assert!(desk.stored(&ids[0])? == Some(first.pair()), "and no other");
    in_use(&window, first.name).await?;
    open_run(&window, &of_second).await?;
    shows_state(&window, "succeeded").await?;
    window.shown("run-output-1").await?;
    run_pattern(&window, &desk, "the first project again").await?;
    assert_eq!((one.asked("Run").await?, two.asked("Run").await?), (2, 1));
    window.close().await
}

#[tokio::test]
async fn f56_a_keychain_that_comes_late_takes_the_key_without_a_restart() -> Outcome {
    let mut desk = Desk::without_keychain()?;
    let service = desk.service("service", &[])?;
    let project = Project::of(&service, "Studio one");
    let window = Window::open(&desk.display, &desk.studio).await?;

    window.click("first-start-project").await?;
    let absent = "no keychain that works";
    window
        .says("keychain-problem", absent, SHOWN_WITHIN)
        .await?;
    project.fill_in(&window).await?;
    window.click("account-submit").await?;
    window.shown("account-session-only").await?;
    let account = desk.account(project.name)?;
    assert_eq!(account, None, "a key that cannot be stored adds nothing");

    desk.keyring.start_daemon()?;
    window.click("account-ask-keychain").await?;
    window.shown("nav-models").await?;
    in_use(&window, project.name).await?;
    let id = desk.account_id(project.name)?;
    assert!(desk.stored(&id)? == Some(project.pair()), "another pair");
    assert_page_without(&window, &project.secrets()).await?;
    window.close().await
}

#[tokio::test]
async fn f56_a_key_kept_until_quitting_says_so_and_is_asked_for_again() -> Outcome {
    let desk = Desk::without_keychain()?;
    let service = desk.service("service", &[])?;
    let project = Project::of(&service, "Studio one");
    let window = desk.window().await?;
    window.click("first-start-project").await?;
    project.fill_in(&window).await?;
    window.click("account-session-only").await?;
    let note = "kept only until you quit";
    window.says("session-note", note, SHOWN_WITHIN).await?;
    window.click("account-submit").await?;
    window.shown("nav-models").await?;
    in_use(&window, project.name).await?;
    let id = desk.account_id(project.name)?;
    open_accounts(&window).await?;
    window
        .says(&format!("account-key-state-{id}"), note, SHOWN_WITHIN)
        .await?;
    run_pattern(&window, &desk, "until I quit").await?;
    window.terminate().await?;

    let window = desk.window().await?;
    in_use(&window, project.name).await?;
    window.click("status-key-problem").await?;
    let problem = window.text_of(&format!("account-problem-{id}")).await?;
    assert!(!problem.is_empty(), "the account says what it lacks");
    window
        .has(&format!("account-row-{id}"), "data-key", "missing")
        .await?;
    window.click("account-tool-key").await?;
    project.fill_in_key(&window).await?;
    window.click("account-session-only").await?;
    window.shown("session-note").await?;
    window.click("account-submit").await?;
    window
        .has(&format!("account-row-{id}"), "data-key", "session_only")
        .await?;
    run_pattern(&window, &desk, "entered again").await?;
    assert_page_without(&window, &project.secrets()).await?;
    window.close().await
}

#[tokio::test]
async fn f56_a_locked_keychain_holds_a_run_back_until_it_is_unlocked() -> Outcome {
    let desk = Desk::open()?;
    let service = desk.service("service", &[])?;
    let project = Project::of(&service, "Studio one");
    let window = desk.window().await?;
    begin_with(&window, &project).await?;
    let id = desk.account_id(project.name)?;
    open_model(&window, "sandbox/slow").await?;
    fill_and_run(&window, &desk.library, ("seconds", "3")).await?;
    run_that(&desk.library, "the run to be taken", |run| {
        run.state == "running"
    })
    .await?;
    window.kill().await?;
    desk.keyring.lock()?;

    let window = desk.window().await?;
    let locked = "The keychain is locked";
    window
        .says("status-key-problem", locked, SHOWN_WITHIN)
        .await?;
    open_accounts(&window).await?;
    window
        .says(&format!("account-problem-{id}"), locked, SHOWN_WITHIN)
        .await?;
    let run = desk.library.runs()?.pop().ok_or("the run is gone")?;
    assert_eq!(run.state, "running", "it waits");
    open_run(&window, &run).await?;
    let words = window.says("run-trouble", locked, SHOWN_WITHIN).await?;
    assert!(words.contains("once its key is here"), "{words}");

    // Asked while it is still locked, it says so again and nothing is lost.
    window.click("status-key-problem").await?;
    window
        .says("status-key-problem", locked, SHOWN_WITHIN)
        .await?;
    desk.keyring.unlock()?;
    window.click("status-key-problem").await?;
    window.gone("status-key-problem").await?;
    shows_state(&window, "succeeded").await?;
    window.shown("run-output-1").await?;
    assert_eq!(service.asked("Run").await?, 1, "one POST");
    window.close().await
}

#[tokio::test]
async fn f56_a_key_deleted_behind_the_apps_back_is_entered_again() -> Outcome {
    let desk = Desk::open()?;
    let service = desk.service("service", &[])?;
    let project = Project::of(&service, "Studio one");
    let window = desk.window().await?;
    begin_with(&window, &project).await?;
    let id = desk.account_id(project.name)?;
    window.terminate().await?;
    assert_eq!(desk.keyring.delete(&id)?, 1);

    let window = desk.window().await?;
    let gone = "does not have this key any more";
    window
        .says("status-key-problem", gone, SHOWN_WITHIN)
        .await?;
    window.click("status-key-problem").await?;
    let words = window
        .says(&format!("account-problem-{id}"), gone, SHOWN_WITHIN)
        .await?;
    assert!(words.contains("Enter the key again"), "{words}");
    window.click("account-tool-key").await?;
    project.fill_in_key(&window).await?;
    window.click("account-submit").await?;
    window.gone("status-key-problem").await?;
    assert!(desk.stored(&id)? == Some(project.pair()), "another pair");
    assert_page_without(&window, &project.secrets()).await?;
    run_pattern(&window, &desk, "entered again").await?;
    window.close().await
}

#[tokio::test]
async fn t12_wiro_shares_the_accounts_of_the_app_and_takes_no_key_as_an_argument() -> Outcome {
    let desk = Desk::open()?;
    let (one, two) = (desk.service("one", &[])?, desk.service("two", &[])?);
    let of_app = Project::of(&one, "From the window");
    let of_wiro = Project::of(&two, "From the shell");
    let secrets = [of_app.secrets(), of_wiro.secrets()].concat();
    let sampler = Sampler::start(&secrets);
    let window = desk.window().await?;
    begin_with(&window, &of_app).await?;

    let pair = format!("{}\n{}\n", of_wiro.key, of_wiro.secret.unwrap_or_default());
    let mut said = String::new();
    let mut wiro = |arguments: &[&str], input: &str, expected: i32| -> Outcome<Vec<Value>> {
        let (code, out, err) = desk.wiro_fed(arguments, input)?;
        assert_eq!(code, expected, "{arguments:?}: {out}{err}");
        let lines = out
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?;
        said = format!("{said}{out}{err}");
        Ok(lines)
    };
    let at = ["--api-url", of_wiro.api, "--socket-url", of_wiro.socket];
    let add = [&["account", "add", of_wiro.name], &at[..]].concat();
    wiro(&add, "not-the-key\n", 3)?;
    wiro(&add, &pair, 0)?;
    let id = desk.account_id(of_wiro.name)?;
    assert!(desk.stored(&id)? == Some(of_wiro.pair()), "another pair");
    let listed = wiro(&["account", "list"], "", 0)?;
    let keys: Vec<_> = [of_app.name, of_wiro.name]
        .iter()
        .map(|name| listed.iter().find(|line| line["account"] == **name))
        .map(|line| line.map(|line| line["key"].clone()))
        .collect();
    assert_eq!(keys, vec![Some("ready".into()); 2], "{listed:?}");
    for (name, asked) in [(of_app.name, &one), (of_wiro.name, &two)] {
        let before = asked.asked("Run").await?;
        wiro(&["account", "test", name], "", 0)?;
        let prompt = format!("prompt=as {name}");
        let run = ["--account", name, "run", "sandbox/pattern", "-p", &prompt];
        let lines = wiro(&run, "", 0)?;
        assert_eq!(
            lines.last().map(|line| line["success"].clone()),
            Some(true.into())
        );
        assert_eq!(asked.asked("Run").await?, before + 1, "{name}");
    }
    wiro(&["--account", "nobody", "run", "sandbox/pattern"], "", 2)?;

    // What was added beside the open window is in it at the next start, and can be removed from the shell.
    window.terminate().await?;
    let window = desk.window().await?;
    choose(&window, of_wiro.name).await?;
    run_pattern(&window, &desk, "in the window").await?;
    window.terminate().await?;
    wiro(&["account", "remove", of_wiro.name], "", 0)?;
    assert!(desk.stored(&id)?.is_none(), "its key is deleted");
    assert_eq!(desk.account(of_wiro.name)?, None);
    let states: Vec<_> = desk
        .library
        .runs()?
        .into_iter()
        .map(|run| run.state)
        .collect();
    assert_eq!(states, ["succeeded"; 3], "its runs stay");
    assert!(
        secrets.iter().all(|secret| !said.contains(secret)),
        "wiro printed a key"
    );
    let sampled = sampler.finish()?;
    assert!(sampled.found.is_empty(), "{:?}", sampled.found);
    assert!(
        sampled.saw("wiro") && sampled.saw("wiro-studio"),
        "{:?}",
        sampled.names
    );
    Ok(())
}
