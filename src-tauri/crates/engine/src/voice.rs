//! Voice: talking with a realtime model, having a text read, dictating (`PROTOCOL.md` section 12).
//!
//! - **No money without a microphone**: the devices are opened once before the run is sent, and closed again.
//! - **The microphone is open only inside a session**: from the moment the service is ready until it is over.
//! - **It always ends well**: by whoever and whatever it is ended, the service is asked to finish, late words and costs are
//!   taken for a bounded time, and the run goes to the tracker.
//! - What is said and paid is in the library a moment after it came.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use tokio::sync::{broadcast, oneshot};
use wiro_audio::device::Backend;

mod format;
mod hub;
mod kept;
mod machine;
mod session;
mod sound;
mod transcript;
mod trial;
mod uplink;
mod wav_sink;
mod words;

pub(crate) use hub::VoiceHub;

use crate::dto::{
    RunSubmission, VoiceControl, VoiceEnd, VoiceEvent, VoiceKind, VoiceModel, VoicePhase,
    VoiceSessionView, VoiceSettings, VoiceStart, VoiceState,
};
use crate::engine::Engine;
use crate::error::Error;
use crate::models::KnownModel;
use crate::runs::{LiveRun, RunOptions, Submitted};
use crate::view::now_ms;
use format::Formats;
use machine::{END_WAIT, Terms, VoiceMachine};
use session::{Begin, Session};
use sound::{Places, Sound};

/// What closing the devices and writing down takes beside the service's time to finish.
const CLOSING: Duration = Duration::from_secs(5);

/// How a session is started, beside what a person chose.
#[derive(Clone, Default)]
pub struct VoiceOptions {
    /// Who asked: `app` or `cli`.
    pub origin: String,
    /// Where results of the run are put, too.
    pub output_dir: Option<PathBuf>,
    /// A WAV file that is heard instead of a microphone.
    pub input_wav: Option<PathBuf>,
    /// A WAV file that is written instead of playing.
    pub output_wav: Option<PathBuf>,
    /// Other devices than this machine's.
    pub devices: Option<Arc<dyn Backend>>,
}

impl std::fmt::Debug for VoiceOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VoiceOptions")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// A session that was checked and may be sent.
struct Prepared {
    submission: RunSubmission,
    kind: VoiceKind,
    formats: Formats,
    sound: Sound,
    terms: Terms,
    record: bool,
}

impl Engine {
    /// A realtime model with its form.
    ///
    /// # Errors
    /// [`Error::VoiceNotRealtime`] for any other.
    pub async fn voice_model(&self, model: &str) -> Result<VoiceModel, Error> {
        let mut detail = self.model_show(model).await?;
        let kind = format::kind_of(&detail.summary.categories, &detail.form)
            .ok_or_else(|| Error::VoiceNotRealtime(model.to_owned()))?;
        detail.form = format::with_usable_options(&detail.form);
        Ok(VoiceModel { detail, kind })
    }

    /// Starts a session with the account in use. Returns as soon as its run is written down; events tell the rest.
    ///
    /// The same intent id twice is the same session: the second call sends nothing.
    ///
    /// # Errors
    /// Nothing was sent: another session is live, the model is not realtime, its sound cannot be made, a device does not
    /// open, or an input does not fit.
    pub async fn voice_start(
        &self,
        start: VoiceStart,
        options: VoiceOptions,
    ) -> Result<VoiceSessionView, Error> {
        let place = match VoiceHub::take_place(self) {
            Err(Error::VoiceBusySession) => return self.same_intent(&start.intent_id).await,
            place => place?,
        };
        let account_id = self.active_account()?.summary.id.clone();
        let account = self.with_key(&account_id).await?;
        let model = self.known_model(&account, &start.model).await?;
        let prepared = self.prepare_voice(&model, &start, &options).await?;
        let run_options = RunOptions {
            output_dir: options.output_dir,
            origin: options.origin,
            retry_of: None,
        };
        let (answer, accepted) = oneshot::channel();
        let live = LiveRun {
            kind: words::word(prepared.kind),
            records: prepared.record,
            answer,
        };
        let submission = prepared.submission.clone();
        let submitted = self
            .submit_live(&account_id, submission, run_options, live)
            .await?;
        let run_id = match submitted {
            Submitted::New(run_id) => run_id,
            // It was started before, and is over by now.
            Submitted::Existing(_) => return Err(Error::VoiceNoSession),
        };
        let state = state_of(&run_id, &model, &start, &prepared);
        let (desk, orders) = place.open(state.clone());
        let view = VoiceSessionView {
            state: state.clone(),
            lines: Vec::new(),
        };
        let (session, accepted) = Session::new(Begin {
            engine: self.clone(),
            account,
            machine: VoiceMachine::new(prepared.terms),
            formats: prepared.formats,
            sound: prepared.sound,
            state,
            accepted,
            desk,
        });
        // Not among the engine's own work: closing the engine ends it well and waits for it.
        tokio::spawn(session.run(accepted, orders));
        Ok(view)
    }

    /// The live session, when this intent started it.
    async fn same_intent(&self, intent_id: &str) -> Result<VoiceSessionView, Error> {
        let view = self.voice_session().ok_or(Error::VoiceBusySession)?;
        let row = self.run_row(&view.state.run_id).await?;
        if row.intent_id == intent_id {
            Ok(view)
        } else {
            Err(Error::VoiceBusySession)
        }
    }

    async fn prepare_voice(
        &self,
        model: &KnownModel,
        start: &VoiceStart,
        options: &VoiceOptions,
    ) -> Result<Prepared, Error> {
        let kind = format::kind_of(model.categories(), &model.form)
            .ok_or_else(|| Error::VoiceNotRealtime(start.model.clone()))?;
        let mut answers = start.answers.clone();
        let formats = format::agree(&model.form, &mut answers)?;
        let settings = self.inner.settings.shown().voice;
        let places = self.places(start, options, &settings)?;
        let devices = match &options.devices {
            Some(devices) => Arc::clone(devices),
            None => self.devices_backend().await?,
        };
        let sound = Sound::new(devices, kind, formats, &places, &settings)?;
        let trial = sound.clone();
        tokio::task::spawn_blocking(move || trial.probe()).await??;
        Ok(Prepared {
            submission: RunSubmission {
                model: start.model.clone(),
                answers,
                intent_id: start.intent_id.clone(),
            },
            terms: Terms {
                kind,
                mode: start.mode,
                from_file: sound.hears_file(),
                idle: Duration::from_secs(u64::from(settings.idle_minutes) * 60),
                cost_cap_usd: cost_cap(start)?,
            },
            kind,
            formats,
            sound,
            record: start.record,
        })
    }

    fn places(
        &self,
        start: &VoiceStart,
        options: &VoiceOptions,
        settings: &VoiceSettings,
    ) -> Result<Places, Error> {
        let staged = match &start.input_file {
            Some(id) => Some(self.inner.staged.get(id).ok_or(Error::FileNotStaged)?.path),
            None => None,
        };
        let or_chosen = |wanted: &Option<String>, chosen: &Option<String>| {
            wanted.clone().or_else(|| chosen.clone())
        };
        Ok(Places {
            input_device: or_chosen(&start.input_device, &settings.input_device),
            output_device: or_chosen(&start.output_device, &settings.output_device),
            input_wav: options.input_wav.clone().or(staged),
            output_wav: options.output_wav.clone(),
        })
    }

    /// Does something in the live session; says how it stands then.
    ///
    /// # Errors
    /// [`Error::VoiceNoSession`] when that session is not live; what keeps a device from being opened.
    pub async fn voice_control(
        &self,
        run_id: &str,
        control: VoiceControl,
    ) -> Result<VoiceState, Error> {
        let seat = self.inner.voice.seat().ok_or(Error::VoiceNoSession)?;
        if seat.run_id != run_id {
            return Err(Error::VoiceNoSession);
        }
        seat.order(control, None).await
    }

    /// The live session of this process.
    pub fn voice_session(&self) -> Option<VoiceSessionView> {
        self.inner.voice.seat().map(|seat| seat.view())
    }

    /// What happens in live sessions and in trials of devices.
    pub fn voice_events(&self) -> broadcast::Receiver<VoiceEvent> {
        self.inner.voice.events().subscribe()
    }

    /// Whether this session is live in this process.
    pub(crate) fn is_live(&self, run_id: &str) -> bool {
        self.inner
            .voice
            .seat()
            .is_some_and(|seat| seat.run_id == run_id)
    }

    /// Ends the live session well, in bounded time.
    pub(crate) async fn close_voice(&self) {
        let Some(seat) = self.inner.voice.seat() else {
            return;
        };
        let ending = async {
            // One that is over by now needs no order.
            let _ = seat.order(VoiceControl::End, Some(VoiceEnd::Closed)).await;
            seat.over().await;
        };
        if tokio::time::timeout(END_WAIT + CLOSING, ending)
            .await
            .is_err()
        {
            tracing::warn!("a voice session did not end in time");
        }
    }
}

fn cost_cap(start: &VoiceStart) -> Result<Option<Decimal>, Error> {
    let Some(text) = start.cost_cap_usd.as_deref().map(str::trim) else {
        return Ok(None);
    };
    let cap: Option<Decimal> = text.parse().ok();
    match cap.filter(|cap| *cap > Decimal::ZERO) {
        Some(cap) => Ok(Some(cap)),
        None => Err(Error::CostCap(text.to_owned())),
    }
}

fn state_of(
    run_id: &str,
    model: &KnownModel,
    start: &VoiceStart,
    prepared: &Prepared,
) -> VoiceState {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds, far below 2^53")]
    let started_at_ms = now_ms() as f64;
    VoiceState {
        run_id: run_id.to_owned(),
        model: model.slug.to_string(),
        title: model.title.clone(),
        kind: prepared.kind,
        phase: VoicePhase::Connecting,
        pause: None,
        end: None,
        mode: start.mode,
        muted: false,
        talking: false,
        record: prepared.record,
        cost_usd: None,
        last_turn_usd: None,
        cost_cap_usd: start.cost_cap_usd.clone(),
        latency_ms: None,
        turns: 0,
        started_at_ms,
        ready_at_ms: None,
        ended_at_ms: None,
        input_name: None,
        output_name: None,
        trouble: None,
    }
}
