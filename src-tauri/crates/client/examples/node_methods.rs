//! The ten methods of the official Node client, done with this library against a running service, such as a Sandbox:
//! `WIRO_API_BASE_URL=http://127.0.0.1:PORT/v1 WIRO_API_KEY=... WIRO_API_SECRET=... cargo run -p wiro-client --example
//! node_methods`. Runs models of the Sandbox; it ends with an error at the first thing that is not as it should be.

use std::env;
use std::error::Error;
use std::io::Write;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;
use wiro_client::auth::Credentials;
use wiro_client::client::Client;
use wiro_client::download::Downloader;
use wiro_client::endpoints::Endpoints;
use wiro_client::files::UploadedFile;
use wiro_client::forms::RunBody;
use wiro_client::models::ModelQuery;
use wiro_client::slug::ModelSlug;
use wiro_client::tasks::{Task, TaskOutcome, TaskQuery, TaskRef, Wait};

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let client = client()?;
    let mut out = std::io::stdout().lock();

    // searchModels({search})
    let query = ModelQuery {
        search: "pattern".to_owned(),
        ..ModelQuery::default()
    };
    writeln!(
        out,
        "searchModels  {} found",
        client.models(&query).await?.total
    )?;

    // explore()
    writeln!(
        out,
        "explore       {} sections",
        client.explore().await?.len()
    )?;

    // getModelSchema("owner/model")
    let slug: ModelSlug = "sandbox/pattern".parse()?;
    let schema = client.model(&slug).await?.parameters.unwrap_or_default();
    writeln!(out, "getModelSchema {} groups", schema.len())?;

    // runModel("owner/model", params)
    let made = json!({"prompt": "warm dunes", "width": 64, "height": 64, "seed": 7});
    let task = run(&client, &slug, made).await?;
    writeln!(
        out,
        "runModel      task {}",
        task.id.as_deref().unwrap_or("?")
    )?;

    // waitForTask(reference, timeout, {onPoll, ...})
    let ended = client.wait(&task, &Wait::default()).await?;
    if ended.outcome() != TaskOutcome::Succeeded {
        return Err(format!("the run ended as {}", ended.status).into());
    }
    writeln!(out, "waitForTask   {} outputs", ended.outputs.len())?;

    // getTask({tasktoken?, taskid?})
    let detail = client.task(&task).await?.ok_or("the task is gone")?;
    writeln!(out, "getTask       {}", detail.status)?;

    // listTasks({start?, limit?, model?})
    let page = client.tasks(&TaskQuery::default()).await?;
    writeln!(out, "listTasks     {} of {}", page.tasks.len(), page.total)?;

    // uploadFile(fileUrl, name?)
    let uploaded = upload_from(&client, &ended).await?;
    writeln!(out, "uploadFile    {}", uploaded.url)?;

    // cancelTask(reference) while it waits, killTask(reference) once it runs
    let slow: ModelSlug = "sandbox/slow".parse()?;
    let mut started = Vec::new();
    for _ in 0..3 {
        started.push(run(&client, &slow, json!({"seconds": 30})).await?);
    }
    let waiting = started.pop().ok_or("nothing was started")?;
    client.cancel_task(&waiting).await?;
    writeln!(
        out,
        "cancelTask    {}",
        ended_status(&client, &waiting).await?
    )?;
    for running in &started {
        until_it_runs(&client, running).await?;
        client.kill_task(running).await?;
        writeln!(
            out,
            "killTask      {}",
            ended_status(&client, running).await?
        )?;
    }
    Ok(())
}

/// A client for the service that the environment names.
fn client() -> Outcome<Client> {
    let api = env::var("WIRO_API_BASE_URL")?;
    // Nothing here uses the socket; a Sandbox has it beside its API.
    let socket = env::var("WIRO_SOCKET_URL").unwrap_or_else(|_| api.replacen("http", "ws", 1));
    let credentials = Credentials::new(env::var("WIRO_API_KEY")?, env::var("WIRO_API_SECRET").ok());
    let endpoints = Endpoints::parse(&api, &socket)?;
    Ok(Client::new(endpoints, Some(credentials))?)
}

async fn run(client: &Client, slug: &ModelSlug, parameters: Value) -> Outcome<TaskRef> {
    let fields: Map<String, Value> = serde_json::from_value(parameters)?;
    let accepted = client.run(slug, &RunBody::Json(fields), None).await?;
    Ok(TaskRef {
        id: accepted.task_id,
        token: accepted.token,
    })
}

/// What the Node client does for an address: fetches it, then sends the file.
async fn upload_from(client: &Client, task: &Task) -> Outcome<UploadedFile> {
    let output = task.outputs.first().ok_or("no output")?;
    let url = Url::parse(output.url.as_deref().ok_or("no address")?)?;
    let folder = env::temp_dir().join(format!("node-methods-{}", std::process::id()));
    fs_err::create_dir_all(&folder)?;
    let file = folder.join("pattern.png");
    let never = CancellationToken::new();
    let downloader = Downloader::new(client.endpoints().is_loopback())?;
    let fetched = downloader.download(&url, &file, None, &never).await;
    let sent = match fetched {
        Ok(_) => Ok(client.upload(&file, None, None, &never).await?),
        Err(error) => Err(error.into()),
    };
    fs_err::remove_dir_all(&folder)?;
    sent
}

async fn ended_status(client: &Client, task: &TaskRef) -> Outcome<String> {
    let ended = client.wait(task, &Wait::default()).await?;
    Ok(ended.status.to_string())
}

async fn until_it_runs(client: &Client, task: &TaskRef) -> Outcome<()> {
    loop {
        let now = client.task(task).await?.ok_or("the task is gone")?;
        if matches!(now.status.as_str(), "task_start" | "task_output") {
            return Ok(());
        }
        if now.status.is_terminal_polled() {
            return Err(format!("it ended as {} before it was killed", now.status).into());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
