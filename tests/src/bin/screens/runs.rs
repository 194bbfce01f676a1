//! What a run can come to, against a service that does on purpose what services do by accident.

use e2e::Outcome;
use e2e::deadline::eventually;
use e2e::driver::{SHOWN_WITHIN, Window};
use e2e::flows::open_model;
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{Stage, click_first};

/// One task at a time, so that the next has to wait.
const BALANCE_USD: &str = "9.99";

/// Counted by the steps of [`play`].
fn rules() -> Value {
    let refused =
        json!({"result": false, "errors": [{"code": 97, "message": "Insufficient balance"}]});
    json!({ "rules": [
        // A stop that the service does not answer.
        { "on": { "path": "Task/Kill" }, "do": { "stall": "headers" } },
        // The result of the second run of this model is gone.
        { "on": { "path": "files/*", "nth": { "from": 2 } }, "do": { "status": 404 } },
        { "on": { "path": "Run/sandbox/failing", "nth": 2 }, "do": { "close": "answer" } },
        { "on": { "path": "Run/sandbox/pattern", "nth": 3 }, "do": { "status": 200, "body": refused.to_string() } },
    ]})
}

fn wordy_model() -> Value {
    json!([{
        "title": "Photorealistic Portrait Relighting with Donaudampfschifffahrtsgesellschaftskapitänsmütze (Preview, Extended Context)",
        "slugowner": "an-owner-with-a-rather-long-name",
        "slugproject": "photorealistic-portrait-relighting-extended-context-preview-2026-08",
        "description": "Relights portraits from up to sixteen reference photographs, keeps hair, glasses and jewellery, and says in detail what it did. ".repeat(3),
        "computingtime": "2 seconds",
        "categories": ["tool", "image-to-image", "image-editing", "partner", "a-category-with-a-very-long-name"],
        "tags": ["portrait"],
        "dynamicprice": [{ "inputs": {}, "price": 0.01, "priceMethod": "cpr" }],
        "parameters": [{ "title": "Input", "items": [
            { "id": "prompt", "type": "textarea", "label": "What the light should look like, where it comes from, and what must not be changed under any circumstances", "required": true, "note": "Any words" },
        ]}],
    }])
}

pub(crate) async fn play(stage: &Stage) -> Outcome {
    let (plan, catalogue) = (stage.path("plan.json"), stage.path("models.json"));
    fs_err::write(&plan, rules().to_string())?;
    fs_err::write(&catalogue, wordy_model().to_string())?;
    let (plan, catalogue) = (plan.display().to_string(), catalogue.display().to_string());
    let options = [
        "--api-key",
        "screens",
        "--balance",
        BALANCE_USD,
        "--fault-plan",
        &plan,
        "--catalogue",
        &catalogue,
    ];
    let service = Sandbox::start(&stage.path("service"), &options)?;
    let window = stage
        .open(&stage.studio("library").against(&service))
        .await?;
    window.shown("nav-models").await?;
    stage.camera.take(&window, "models-long-names").await?;
    click_first(&window, "model-card-an-owner").await?;
    window.shown("run-button").await?;
    stage.camera.take(&window, "model-long-names").await?;

    results(stage, &window).await?;
    ends(stage, &window).await?;
    under_way(stage, &window).await?;
    window.close().await
}

/// Runs the model and opens the run's page.
async fn run(window: &Window<'_>, model: &str, field: (&str, &str), state: &str) -> Outcome {
    const NEWEST: &str =
        "return document.querySelector('[data-testid^=run-row-]')?.dataset.testid ?? null";
    window.click("nav-runs").await?;
    let newest = async || -> Outcome<Option<String>> {
        Ok(window.web().execute(NEWEST, Vec::new()).await?.convert()?)
    };
    let before = newest().await?;
    open_model(window, model).await?;
    window.fill(field.0, field.1).await?;
    window.click("run-button").await?;
    window.shown("run-state").await?;
    window.click("nav-runs").await?;
    let row = eventually("a new run in the list", SHOWN_WITHIN, async || {
        Ok(newest().await?.filter(|row| before.as_ref() != Some(row)))
    })
    .await?;
    window.click(&row).await?;
    window.has("run-state", "data-state", state).await
}

async fn results(stage: &Stage, window: &Window<'_>) -> Outcome {
    let camera = &stage.camera;
    run(
        window,
        "sandbox/pattern",
        ("prompt", "Slow tides under a copper sky"),
        "succeeded",
    )
    .await?;
    window.pictures_are_shown().await?;
    camera.take(window, "run-page").await?;
    window.click("run-delete-files").await?;
    camera
        .take_at(window, "run-delete-confirm", "run-delete-confirm")
        .await?;
    window.click("run-delete-confirm-yes").await?;
    window.shown("run-files-deleted").await?;
    camera
        .take_at(window, "run-files-deleted", "run-files-deleted")
        .await?;
    window.click("run-forget").await?;
    camera
        .take_at(window, "run-forget-confirm", "run-forget-confirm")
        .await?;

    let wordy = "A very long prompt about slow tides under a copper sky, seagulls, a lighthouse and its keeper's cat. ".repeat(8);
    run(window, "sandbox/pattern", ("prompt", &wordy), "succeeded").await?;
    window.shown("run-output-fetch-1").await?;
    camera.take(window, "run-result-lost").await
}

async fn ends(stage: &Stage, window: &Window<'_>) -> Outcome {
    let camera = &stage.camera;
    run(window, "sandbox/failing", ("exitcode", "137"), "failed").await?;
    camera.take(window, "run-failed").await?;
    run(window, "sandbox/failing", ("exitcode", "2"), "unconfirmed").await?;
    camera.take(window, "run-unconfirmed").await?;
    let prompt = ("prompt", "A wallet is empty");
    run(window, "sandbox/pattern", prompt, "refused").await?;
    camera.take(window, "run-refused").await
}

async fn under_way(stage: &Stage, window: &Window<'_>) -> Outcome {
    let camera = &stage.camera;
    run(window, "sandbox/slow", ("seconds", "600"), "running").await?;
    camera.take(window, "run-running").await?;
    let running = window.web().current_url().await?;
    run(window, "sandbox/slow", ("seconds", "599"), "waiting").await?;
    camera.take(window, "run-waiting").await?;
    open_model(window, "sandbox/slow").await?;
    camera.take_at(window, "model-waiting", "run-panel").await?;
    window.click("nav-runs").await?;
    camera.take(window, "runs").await?;
    window.ask_to_close()?;
    window.shown("quit-panel").await?;
    camera.take(window, "quit").await?;
    window.click("quit-stay").await?;
    window.gone("quit-panel").await?;
    window.web().goto(running.as_str()).await?;
    window.has("run-state", "data-state", "running").await?;
    window.click("run-stop").await?;
    camera.take(window, "run-stopping").await
}
