//! Projects added by the person, with keys kept in memory: what needs a keychain is tested on a real one elsewhere.

use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;
use wiro_engine::Engine;
use wiro_engine::dto::{
    AccountAddress, AccountChange, AccountKey, AppError, AppState, EngineEvent, ErrorCode,
    KeyState, NewAccount, RunState, SuggestedAction,
};

use crate::stage::{Stage, pattern, run, settled, submission, submit, texts, wait_for};

fn key_of(stage: &Stage) -> AccountKey {
    AccountKey {
        key: stage.sandbox.api_key().to_owned(),
        secret: stage.sandbox.api_secret().map(str::to_owned),
    }
}

fn project(name: &str, stage: &Stage, key: AccountKey) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        key,
        address: AccountAddress {
            api_url: Some(stage.sandbox.api_url()),
            socket_url: Some(stage.sandbox.socket_url()),
        },
        session_only: true,
        unchecked: false,
    }
}

async fn refused(engine: &Engine, account: NewAccount) -> AppError {
    engine
        .account_add(account)
        .await
        .expect_err("it cannot be added")
        .into()
}

fn id_of(state: &AppState, name: &str) -> String {
    let found = state.accounts.iter().find(|account| account.name == name);
    found.expect("the account").id.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_checked_added_used_and_removed() {
    let stage = Stage::new();
    let engine = stage.engine_alone().await;
    let state = engine
        .account_add(project("Studio", &stage, key_of(&stage)))
        .await
        .expect("added");
    let account = state.account.expect("it is in use at once");
    assert_eq!(
        (account.name.as_str(), account.key),
        ("Studio", KeyState::SessionOnly)
    );
    assert!(account.signs && account.has_own_address);
    assert_eq!(
        stage.requests("Task/List").await,
        1,
        "one question checks the key"
    );

    let done = run(&engine, pattern(1)).await;
    assert_eq!(done.summary.state, RunState::Succeeded);
    assert_eq!(done.summary.account_id, account.id);

    engine
        .account_test(&account.id)
        .await
        .expect("the key is taken");
    let state = engine.account_remove(&account.id).await.expect("removed");
    assert!(state.accounts.is_empty() && state.account.is_none());
    let kept = engine
        .run_show(&done.summary.id)
        .await
        .expect("the run stays");
    assert_eq!(
        kept.summary.account_id, account.id,
        "runs keep their account"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f04a_a_wrong_key_is_refused_in_the_words_of_the_service_and_nothing_is_added() {
    let stage = Stage::new();
    let engine = stage.engine_alone().await;
    let right = key_of(&stage);
    let table = [
        (
            AccountKey {
                key: "wk_wrong".to_owned(),
                secret: None,
            },
            "Project authorization is not founded.",
        ),
        (
            AccountKey {
                key: right.key.clone(),
                secret: None,
            },
            "Project requires signature authentication. x-signature and x-nonce headers are required.",
        ),
        (
            AccountKey {
                key: right.key.clone(),
                secret: Some("ws_wrong".to_owned()),
            },
            "Project authorization is not valid.",
        ),
    ];
    for (key, words) in table {
        let error = refused(&engine, project("Wrong", &stage, key)).await;
        assert_eq!(error.code, ErrorCode::AuthRejected, "{words}");
        assert_eq!(error.message, words);
        assert_eq!(error.action, SuggestedAction::CheckCredentials, "{words}");
    }
    assert!(engine.app_state().accounts.is_empty());
    assert!(
        stage.engine_alone().await.app_state().accounts.is_empty(),
        "nor after a restart"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_keys_and_addresses_that_cannot_be_are_refused_before_anything_is_asked() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let with = |change: &dyn Fn(&mut NewAccount)| {
        let mut account = project("Fine", &stage, key_of(&stage));
        change(&mut account);
        account
    };
    let table = [
        (with(&|account| account.name = "  ".to_owned()), "name"),
        (with(&|account| account.name = "SANDBOX".to_owned()), "name"),
        (with(&|account| account.name = "n".repeat(61)), "name"),
        (
            with(&|account| {
                account.key = AccountKey {
                    key: " ".to_owned(),
                    secret: None,
                }
            }),
            "key",
        ),
        (
            with(&|account| {
                account.key = AccountKey {
                    key: "a\nb".to_owned(),
                    secret: None,
                }
            }),
            "key",
        ),
        (
            with(&|account| account.address.api_url = Some("http://example.com/v1".to_owned())),
            "address",
        ),
        (
            with(&|account| account.address.socket_url = Some("no address".to_owned())),
            "address",
        ),
    ];
    for (account, field) in table {
        let shown = format!("{account:?}");
        let error = refused(&engine, account).await;
        assert_eq!(error.code, ErrorCode::AccountInvalid, "{shown}");
        assert_eq!(error.field.as_deref(), Some(field), "{shown}");
    }
    assert_eq!(stage.requests("Task/List").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn t11_another_address_asks_for_the_key_again() {
    let (stage, other) = (Stage::new(), Stage::new());
    let engine = stage.engine_alone().await;
    let state = engine
        .account_add(project("Moving", &stage, key_of(&stage)))
        .await
        .expect("added");
    let account_id = id_of(&state, "Moving");
    let address = AccountAddress {
        api_url: Some(other.sandbox.api_url()),
        socket_url: Some(other.sandbox.socket_url()),
    };
    let change = AccountChange {
        address: Some(address.clone()),
        ..AccountChange::default()
    };
    let error: AppError = engine
        .account_update(&account_id, change)
        .await
        .expect_err("a key goes where it was given for")
        .into();
    assert_eq!(
        (error.code, error.field.as_deref()),
        (ErrorCode::AccountInvalid, Some("key"))
    );
    assert_eq!(
        other.requests("Task/List").await,
        0,
        "the other service saw nothing"
    );

    let change = AccountChange {
        address: Some(address),
        key: Some(key_of(&other)),
        session_only: true,
        ..AccountChange::default()
    };
    engine
        .account_update(&account_id, change)
        .await
        .expect("with a key it moves");
    let done = run(&engine, pattern(2)).await;
    assert_eq!(done.summary.state, RunState::Succeeded);
    assert_eq!(
        (stage.requests("Run").await, other.requests("Run").await),
        (0, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_kept_in_memory_is_gone_after_a_restart_and_its_runs_go_on_when_it_is_entered_again()
{
    let stage = Stage::new();
    let (run_id, account_id) = {
        let engine = stage.engine_alone().await;
        let state = engine
            .account_add(project("Session", &stage, key_of(&stage)))
            .await
            .expect("added");
        let slow = submission("sandbox/slow", texts(&[("seconds", "2")]));
        let run_id = submit(&engine, slow).await;
        wait_for(&engine, &run_id, "to run", |state| {
            state == RunState::Running
        })
        .await;
        engine.close().await.expect("closed");
        (run_id, id_of(&state, "Session"))
    };
    let engine = stage.engine_alone().await;
    engine.resume().await.expect("resumed");
    let account = engine.app_state().account.expect("still the one in use");
    assert_eq!(account.key, KeyState::Missing);
    let problem = account.key_problem.expect("it says why");
    assert_eq!(
        (problem.code, problem.action),
        (ErrorCode::AuthMissing, SuggestedAction::CheckCredentials)
    );
    let waiting = engine.run_show(&run_id).await.expect("the run");
    assert_eq!(
        waiting.summary.state,
        RunState::Running,
        "it is not given up"
    );
    assert_eq!(
        waiting.error.map(|error| error.code),
        Some(ErrorCode::AuthMissing)
    );

    let change = AccountChange {
        key: Some(key_of(&stage)),
        session_only: true,
        ..AccountChange::default()
    };
    engine
        .account_update(&account_id, change)
        .await
        .expect("entered again");
    assert_eq!(
        settled(&engine, &run_id).await.summary.state,
        RunState::Succeeded
    );
    assert_eq!(stage.requests("Run").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_unfinished_runs_is_not_removed_and_renaming_keeps_them_going() {
    let stage = Stage::new();
    let engine = stage.engine_alone().await;
    let state = engine
        .account_add(project("Busy", &stage, key_of(&stage)))
        .await
        .expect("added");
    let account_id = id_of(&state, "Busy");
    let slow = submission("sandbox/slow", texts(&[("seconds", "2")]));
    let run_id = submit(&engine, slow).await;
    wait_for(&engine, &run_id, "to run", |state| {
        state == RunState::Running
    })
    .await;
    let error: AppError = engine
        .account_remove(&account_id)
        .await
        .expect_err("a run needs it")
        .into();
    assert_eq!(error.code, ErrorCode::AccountInvalid);
    let change = AccountChange {
        name: Some("Renamed".to_owned()),
        ..AccountChange::default()
    };
    let state = engine
        .account_update(&account_id, change)
        .await
        .expect("renamed");
    assert_eq!(id_of(&state, "Renamed"), account_id);
    assert_eq!(
        settled(&engine, &run_id).await.summary.state,
        RunState::Succeeded
    );
    engine
        .account_remove(&account_id)
        .await
        .expect("now it can go");
}

/// Reads on for as long as events come one upon the other.
async fn until_quiet(events: &mut Receiver<EngineEvent>) {
    let quiet = Duration::from_millis(500);
    while timeout(quiet, events.recv()).await.is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn that_another_account_is_in_use_is_told_to_every_window() {
    let stage = Stage::new();
    let engine = stage.engine_alone().await;
    let first = project("First", &stage, key_of(&stage));
    let state = engine.account_add(first).await.expect("added");
    let first = id_of(&state, "First");
    let second = project("Second", &stage, key_of(&stage));
    engine.account_add(second).await.expect("added");
    let mut events = engine.events();
    until_quiet(&mut events).await;

    engine.account_choose(&first).await.expect("chosen");
    let told = timeout(Duration::from_secs(20), events.recv()).await;
    assert_eq!(told.expect("an event"), Ok(EngineEvent::StateChanged));
}

#[tokio::test(flavor = "multi_thread")]
async fn f01d_without_a_network_an_account_can_be_added_unchecked() {
    let stage = Stage::new();
    let account = project("Offline", &stage, key_of(&stage));
    let engine = stage.engine_alone().await;
    stage.sandbox.shutdown().await;
    let error = refused(&engine, account.clone()).await;
    assert_eq!(error.code, ErrorCode::NetworkOffline);
    let unchecked = NewAccount {
        unchecked: true,
        ..account
    };
    let state = engine.account_add(unchecked).await.expect("added");
    assert_eq!(state.accounts.len(), 1);
}
