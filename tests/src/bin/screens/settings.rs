//! Every page of the settings, with a project, and what a key in trouble looks like everywhere.

use e2e::Outcome;
use e2e::driver::Window;
use e2e::flows::choose_sandbox;
use e2e::keyring::Keyring;
use e2e::sandbox::Sandbox;

use crate::start::fill_address;
use crate::{Stage, first};

const LONG_NAME: &str = "Atelier Müller & Söhne, shared project of the night shift 2";

pub(crate) async fn play(stage: &Stage) -> Outcome {
    let keyring = Keyring::start()?;
    let service = Sandbox::start(&stage.path("service"), &[])?;
    // The folder that the app chooses itself, so that it can be moved.
    let studio = stage.studio("library").with("WIRO_LIBRARY", "");
    let with_keyring = keyring
        .env()
        .into_iter()
        .fold(studio.clone(), |studio, (name, value)| {
            studio.with(name, value)
        });
    let window = stage.open(&with_keyring).await?;
    choose_sandbox(&window).await?;
    accounts(stage, &window, &service).await?;
    pages(stage, &window).await?;
    window.close().await?;

    // The same person on a day without a keychain.
    let nowhere = stage.path("no-keyring");
    fs_err::create_dir(&nowhere)?;
    let without = Keyring::env_of(&nowhere)
        .into_iter()
        .fold(studio, |studio, (name, value)| studio.with(name, value));
    let window = stage.open(&without).await?;
    window.shown("status-key-problem").await?;
    stage.camera.take(&window, "models-key-problem").await?;
    window.click("nav-settings").await?;
    first(&window, "account-problem-").await?;
    stage.camera.take(&window, "accounts-key-problem").await?;
    window.click("account-add").await?;
    stage
        .camera
        .take_at(&window, "accounts-add-no-keychain", "account-submit")
        .await?;
    window.click("account-session-only").await?;
    stage
        .camera
        .take_at(&window, "accounts-add-session-only", "account-submit")
        .await?;
    window.close().await
}

async fn accounts(stage: &Stage, window: &Window<'_>, service: &Sandbox) -> Outcome {
    let camera = &stage.camera;
    window.click("nav-settings").await?;
    camera.take(window, "accounts").await?;
    window.click("account-add").await?;
    camera
        .take_at(window, "accounts-add", "account-submit")
        .await?;
    window.type_into("account-name", LONG_NAME).await?;
    window.type_into("account-key", &service.api_key).await?;
    if let Some(secret) = &service.api_secret {
        window.type_into("account-secret", secret).await?;
    }
    fill_address(window, service).await?;
    camera
        .take_at(window, "accounts-own-address", "account-submit")
        .await?;
    window.click("account-submit").await?;
    window.gone("account-form").await?;
    let script = "return [...document.querySelectorAll('[data-testid^=account-more-]')].at(-1).dataset.testid";
    let more: String = window.web().execute(script, Vec::new()).await?.convert()?;
    window.click(&more).await?;
    window.click("account-test").await?;
    camera.take(window, "accounts-project").await?;
    window.click("account-tool-remove").await?;
    camera
        .take_at(window, "accounts-remove", "account-remove")
        .await?;
    window.click("status-account").await?;
    camera.take(window, "account-menu").await?;
    window.click("menu-manage-accounts").await
}

async fn pages(stage: &Stage, window: &Window<'_>) -> Outcome {
    let camera = &stage.camera;
    for page in ["library", "appearance", "network"] {
        window.click(&format!("settings-nav-{page}")).await?;
        window.shown(&format!("settings-{page}")).await?;
        if page == "library" {
            window.shown("library-dir").await?;
        }
        camera.take(window, page).await?;
    }
    window.click("settings-proxy-custom").await?;
    camera.take(window, "network-proxy").await?;
    window
        .type_into("proxy-address", "proxy.example.org")
        .await?;
    window.click("proxy-save").await?;
    camera
        .take_at(window, "network-error", "proxy-error")
        .await?;
    for page in ["notifications", "about"] {
        window.click(&format!("settings-nav-{page}")).await?;
        window.shown(&format!("settings-{page}")).await?;
        camera.take(window, page).await?;
    }
    window.click("diagnostics-show").await?;
    camera
        .take_at(window, "about-diagnostics", "diagnostics-copy")
        .await
}
