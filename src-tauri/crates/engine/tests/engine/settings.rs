//! Settings: in force at once, and there after a restart.

use wiro_engine::dto::{
    AppError, ErrorCode, KeyState, Language, ProxyChoice, ProxyMode, RunState, SettingsChange,
    SuggestedAction, Theme,
};

use crate::stage::{Stage, pattern, run};

fn proxy(address: &str) -> SettingsChange {
    SettingsChange {
        proxy: Some(ProxyChoice {
            mode: ProxyMode::Custom,
            address: Some(address.to_owned()),
            user: None,
            password: None,
        }),
        ..SettingsChange::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_change_one_by_one_and_survive_a_restart() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let before = engine.app_state().settings;
    assert!(before.notify_when_done && before.theme == Theme::System);
    let theme = SettingsChange {
        theme: Some(Theme::Dark),
        ..SettingsChange::default()
    };
    engine.settings_update(theme).await.expect("changed");
    let language = SettingsChange {
        language: Some(Language::German),
        notify_when_done: Some(false),
        ..SettingsChange::default()
    };
    let changed = engine
        .settings_update(language)
        .await
        .expect("changed")
        .settings;
    assert_eq!(
        (changed.theme, changed.language),
        (Theme::Dark, Language::German)
    );
    engine.close().await.expect("closed");
    let again = stage.engine().await.app_state().settings;
    assert_eq!(again, changed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_cannot_be_used_is_refused_and_changes_nothing() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    for address in ["", "no address", "ftp://proxy.example:21"] {
        let error: AppError = engine
            .settings_update(proxy(address))
            .await
            .expect_err("no proxy")
            .into();
        assert_eq!(error.code, ErrorCode::NetworkProxy, "{address}");
        assert_eq!(error.action, SuggestedAction::CheckProxy, "{address}");
    }
    assert_eq!(engine.app_state().settings.proxy.mode, ProxyMode::System);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_proxy_reconnects_every_account_and_this_machine_is_reached_directly() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    // Nothing listens there: a call that went through it would fail.
    let state = engine
        .settings_update(proxy("http://127.0.0.1:9"))
        .await
        .expect("changed");
    assert_eq!(state.settings.proxy.password, None::<KeyState>);
    let done = run(&engine, pattern(41)).await;
    assert_eq!(done.summary.state, RunState::Succeeded);
}
