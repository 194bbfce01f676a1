//! `wiro voice`.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use wiro_engine::dto::{
    AppError, RunDetail, VoiceControl, VoiceEnd, VoiceEvent, VoiceExport, VoiceLine, VoiceMode,
    VoiceSpeaker, VoiceStart, VoiceState,
};
use wiro_engine::{Engine, VoiceOptions};

use super::follow::Follower;
use super::{inputs, report};
use crate::args::VoiceCommand;
use crate::context::Context;
use crate::exit::{Exit, disk, internal, usage};
use crate::printer::Printer;
use crate::session::Need;

mod places;
mod toggle;

/// The word in the place of a model that talks in the session of the running app.
const TOGGLE: &str = "toggle";

/// How a session went.
struct Told {
    state: VoiceState,
    detail: RunDetail,
}

pub(crate) async fn run(context: &Context, command: VoiceCommand) -> Result<Exit, AppError> {
    let printer = context.printer;
    if command.model.as_deref() == Some(TOGGLE) {
        return toggle::toggle(context);
    }
    if command.devices {
        let session = context.open(Need::Library).await?;
        return places::list(&session.engine, printer).await;
    }
    // Not on this thread: a pipe that is named as a text may never end.
    let reading = tokio::task::spawn_blocking(move || {
        let given = inputs::read(&command.parameters, &command.files)?;
        Ok::<_, AppError>((command, given))
    });
    let (command, given) = reading.await.map_err(|error| internal(&error))??;
    let model = command.model.clone().unwrap_or_default();
    let session = context.open(Need::Model(&model)).await?;
    let engine = &session.engine;
    let places = places::of(engine, command.input.clone(), command.output.clone()).await?;
    let start = VoiceStart {
        model,
        answers: inputs::stage(engine, given).await?,
        intent_id: uuid::Uuid::now_v7().to_string(),
        input_device: places.input_device,
        output_device: places.output_device,
        mode: VoiceMode::HandsFree,
        record: command.record,
        cost_cap_usd: command.cap.clone(),
        input_file: None,
    };
    let options = VoiceOptions {
        origin: "cli".to_owned(),
        input_wav: places.input_wav,
        output_wav: places.output_wav,
        ..VoiceOptions::default()
    };
    let told = Box::pin(talk(engine, printer, (start, options), command.seconds)).await?;
    if let Some(path) = &command.transcript {
        write_transcript(engine, &told.state.run_id, path).await?;
    }
    close(engine, printer, told).await
}

/// Starts the session and tells of it until it is over and its run is settled.
async fn talk(
    engine: &Engine,
    printer: Printer,
    (start, options): (VoiceStart, VoiceOptions),
    seconds: Option<u32>,
) -> Result<Told, AppError> {
    let mut presses = presses();
    let mut events = engine.voice_events();
    let mut follower = Follower::new(engine, printer);
    let view = Box::pin(engine.voice_start(start, options)).await?;
    let run_id = view.state.run_id;
    let summary = engine.run_show(&run_id).await?.summary;
    follower.add(&summary, false);
    let mut settled = pin!(follower.next());
    let (mut is_settled, mut ended) = (false, None);
    let mut is_ready = false;
    let mut until: Option<Instant> = None;
    while !is_settled || ended.is_none() {
        tokio::select! {
            through = &mut settled, if !is_settled => {
                through?;
                is_settled = true;
            }
            event = events.recv() => match event {
                Ok(VoiceEvent::Ended { state }) => ended = Some(*state),
                Ok(event) => {
                    if !is_ready && has_begun(&event) {
                        is_ready = true;
                        printer.step(&json!({"event": "ready"}), || "ready".to_owned());
                        until = seconds.map(|seconds| Instant::now() + Duration::from_secs(u64::from(seconds)));
                    }
                    print(&event, printer);
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Err(internal(&"the session is gone")),
            },
            () = sleep(until) => {
                until = None;
                end(engine, &run_id).await;
            }
            Some(()) = presses.recv() => {
                printer.note("ending the session");
                end(engine, &run_id).await;
            }
        }
    }
    let detail = engine.run_show(&run_id).await?;
    let state = ended.ok_or_else(|| internal(&"the session did not end"))?;
    Ok(Told { state, detail })
}

/// Every Ctrl-C from now on. One listener for all of it: what is pressed while something else is done is not lost.
fn presses() -> mpsc::UnboundedReceiver<()> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(()).is_ok() {}
    });
    receiver
}

/// One that is over by now needs no word.
async fn end(engine: &Engine, run_id: &str) {
    let _ = engine.voice_control(run_id, VoiceControl::End).await;
}

fn has_begun(event: &VoiceEvent) -> bool {
    matches!(event, VoiceEvent::State { state } if state.ready_at_ms.is_some())
}

async fn sleep(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

fn print(event: &VoiceEvent, printer: Printer) {
    match event {
        VoiceEvent::Transcript { line } if line.is_final => {
            let object = json!({
                "event": "transcript",
                "speaker": line.speaker,
                "text": line.text,
                "at_ms": line.at_ms,
            });
            printer.result(&object, || in_words(line));
        }
        VoiceEvent::Cost {
            turn_usd,
            session_usd,
        } => {
            let object = json!({"event": "cost", "turn_usd": turn_usd, "session_usd": session_usd});
            printer.step(&object, || {
                format!("${} so far", session_usd.as_deref().unwrap_or("?"))
            });
        }
        VoiceEvent::Trouble { error } => printer.note(&error.message),
        _ => {}
    }
}

fn in_words(line: &VoiceLine) -> String {
    let speaker = match line.speaker {
        VoiceSpeaker::Person => "you",
        VoiceSpeaker::Model => "model",
    };
    format!("{speaker}: {}", line.text)
}

async fn write_transcript(engine: &Engine, run_id: &str, path: &Path) -> Result<(), AppError> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("srt") => Ok(engine
            .voice_session_export(run_id, VoiceExport::Srt, path)
            .await?),
        Some("json") => Ok(engine
            .voice_session_export(run_id, VoiceExport::Json, path)
            .await?),
        _ => {
            let session = engine.voice_session_show(run_id).await?;
            let lines: Vec<_> = session.lines.iter().map(in_words).collect();
            let text = lines.join("\n") + "\n";
            fs_err::write(path, text).map_err(|error| disk(&error))
        }
    }
}

/// The result, and how the program ends because of it.
async fn close(engine: &Engine, printer: Printer, told: Told) -> Result<Exit, AppError> {
    let Told { state, detail } = told;
    let recording = match engine.voice_session_show(&state.run_id).await {
        Ok(session) => session.recording_path,
        Err(_) => None,
    };
    if detail.summary.state.is_settled() && state.ready_at_ms.is_some() {
        let mut result = report::result(&detail);
        result["ended_by"] = json!(state.end);
        result["recording"] = json!(recording);
        printer.result(&result, || recording.clone().unwrap_or_default());
    }
    let broke = matches!(
        state.end,
        Some(VoiceEnd::ConnectionLost | VoiceEnd::DeviceLost | VoiceEnd::Failed)
    );
    match state.trouble.filter(|_| broke) {
        Some(trouble) => Err(trouble),
        None => report::verdict(&detail, printer),
    }
}
