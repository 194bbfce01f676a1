//! Services that do not answer as they should, and what the app has to tell after its start.

use e2e::Outcome;
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

use crate::Stage;

pub(crate) async fn play(stage: &Stage) -> Outcome {
    let unknown = json!({"result": false, "errors": [{"code": 0, "message": "Project authorization is not founded."}]});
    let answers = [
        ("models-loading", json!({ "stall": "headers" })),
        (
            "models-401",
            json!({ "status": 401, "body": unknown.to_string() }),
        ),
        ("models-500", json!({ "status": 500 })),
    ];
    for (screen, answer) in answers {
        let service = service(stage, screen, &answer)?;
        models(stage, screen, &service).await?;
    }
    let gone = service(stage, "models-offline", &json!({}))?;
    // Its address is known, nobody is there.
    let studio = stage.studio("library-offline").against(&gone);
    gone.kill()?;
    let window = stage.open(&studio).await?;
    window.shown("nav-models").await?;
    window.gone("models-loading").await?;
    stage.camera.take(&window, "models-offline").await?;
    window.close().await?;
    notices(stage).await
}

fn service(stage: &Stage, name: &str, answer: &Value) -> Outcome<Sandbox> {
    let plan = stage.path(&format!("{name}.json"));
    let rule = json!({ "on": { "path": "Tool/*" }, "do": answer });
    fs_err::write(&plan, json!({ "rules": [rule] }).to_string())?;
    let plan = plan.display().to_string();
    Sandbox::start(
        &stage.path(name),
        &["--api-key", "screens", "--fault-plan", &plan],
    )
}

async fn models(stage: &Stage, screen: &str, service: &Sandbox) -> Outcome {
    let studio = stage.studio(&format!("library-{screen}")).against(service);
    let window = stage.open(&studio).await?;
    window.shown("nav-models").await?;
    if screen == "models-loading" {
        window.shown("models-loading").await?;
    } else {
        window.gone("models-loading").await?;
    }
    stage.camera.take(&window, screen).await?;
    window.close().await
}

/// A database that cannot be read, another service by the environment, and a proxy of the system.
async fn notices(stage: &Stage) -> Outcome {
    let studio = stage
        .studio("library-notices")
        .with("WIRO_API_BASE_URL", "https://staging.wiro.example.org/v1")
        .with("https_proxy", "http://proxy.example.org:3128");
    fs_err::create_dir(studio.library())?;
    fs_err::write(
        studio.library().join("library.db"),
        "not a database ".repeat(500),
    )?;
    let window = stage.open(&studio).await?;
    window.shown("notices").await?;
    stage.camera.take(&window, "notices").await?;
    window.close().await
}
