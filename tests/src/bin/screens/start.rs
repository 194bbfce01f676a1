//! The first start, and everything that is still empty after it.

use e2e::Outcome;
use e2e::driver::Window;
use e2e::flows::choose_sandbox;
use e2e::keyring::Keyring;
use e2e::sandbox::Sandbox;

use crate::Stage;

pub(crate) async fn play(stage: &Stage) -> Outcome {
    let keyring = Keyring::start()?;
    let service = Sandbox::start(&stage.path("service"), &[])?;
    let studio = keyring
        .env()
        .into_iter()
        .fold(stage.studio("library"), |studio, (name, value)| {
            studio.with(name, value)
        });
    let window = stage.open(&studio).await?;
    let camera = &stage.camera;

    window.shown("first-start-sandbox").await?;
    camera.take(&window, "first-start").await?;
    window.click("first-start-project").await?;
    camera
        .take_at(&window, "project-form", "account-submit")
        .await?;
    window.type_into("account-key", "not-a-key").await?;
    fill_address(&window, &service).await?;
    window.click("account-submit").await?;
    camera
        .take_at(&window, "wrong-key", "account-error")
        .await?;
    window.click("account-cancel").await?;

    choose_sandbox(&window).await?;
    window.shown("model-card-sandbox/upscale").await?;
    camera.take(&window, "models").await?;
    window.type_into("model-search", "portrait").await?;
    window.gone("model-card-sandbox/upscale").await?;
    camera.take(&window, "models-nothing-found").await?;
    window.click("nav-runs").await?;
    camera.take(&window, "runs-empty").await?;
    window.click("nav-library").await?;
    camera.take(&window, "library-empty").await?;
    window.close().await
}

/// Points the form at a service of one's own.
pub(crate) async fn fill_address(window: &Window<'_>, service: &Sandbox) -> Outcome {
    window.click("account-own-address").await?;
    window.type_into("account-api-url", &service.api).await?;
    window
        .type_into("account-socket-url", &service.socket)
        .await
}
