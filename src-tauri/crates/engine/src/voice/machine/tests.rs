use rust_decimal::Decimal;

use super::*;
use crate::dto::{VoicePause, VoicePhase};

const HOLD: Input = Input::Talk(talk::Input::Press(talk::Mode::Hold));
const RELEASE: Input = Input::Talk(talk::Input::Release);

fn terms(kind: VoiceKind, mode: VoiceMode) -> Terms {
    Terms {
        kind,
        mode,
        from_file: false,
        idle: Duration::from_mins(5),
        cost_cap_usd: None,
    }
}

/// A session with its clock.
struct Scene {
    machine: VoiceMachine,
    now: Duration,
}

impl Scene {
    fn of(terms: Terms) -> Self {
        let mut scene = Self {
            machine: VoiceMachine::new(terms),
            now: Duration::from_secs(1),
        };
        assert_eq!(scene.machine.phase(), VoicePhase::Connecting);
        scene.take(Input::Ready);
        scene
    }

    fn conversation(mode: VoiceMode) -> Self {
        Self::of(terms(VoiceKind::Conversation, mode))
    }

    fn take(&mut self, input: Input) -> Vec<Effect> {
        self.now += Duration::from_millis(100);
        self.machine.take(input, self.now)
    }

    fn all(&mut self, inputs: &[Input]) {
        for input in inputs {
            self.take(*input);
        }
    }

    fn phase(&self) -> VoicePhase {
        self.machine.phase()
    }

    /// Waits for what is due next and lets it happen; says how long it took.
    fn wait(&mut self) -> (Duration, Vec<Effect>) {
        let at = self.machine.deadline().expect("something is due");
        let waited = at.saturating_sub(self.now);
        self.now = self.now.max(at);
        (waited, self.machine.take(Input::Tick, self.now))
    }

    /// Lets the key come up for good.
    fn let_go(&mut self) -> Vec<Effect> {
        self.take(RELEASE);
        self.wait().1
    }
}

#[test]
fn a_held_key_is_a_turn_of_the_person_and_the_answer_is_timed() {
    let mut scene = Scene::conversation(VoiceMode::HoldToTalk);
    assert_eq!(scene.phase(), VoicePhase::Ready);
    assert_eq!(
        scene.take(HOLD),
        [Effect::FlushPlayback, Effect::StartCapture],
        "nobody speaks: there is nothing to interrupt"
    );
    assert_eq!(scene.phase(), VoicePhase::Listening);
    assert_eq!(scene.let_go(), [Effect::StopCapture]);
    assert_eq!(scene.phase(), VoicePhase::Thinking);
    scene.all(&[Input::LastChunk, Input::PersonQuoted, Input::Audio(0)]);
    let effects = scene.take(Input::Sounding(0));
    let waited = Duration::from_millis(400);
    assert_eq!(effects, [Effect::Latency { turn: 0, waited }]);
    assert_eq!(scene.phase(), VoicePhase::Speaking);
    scene.all(&[Input::TurnEnded, Input::Sounded(0)]);
    assert_eq!(scene.phase(), VoicePhase::Ready);
}

#[test]
fn pressing_while_the_model_speaks_cuts_it_off_in_order_and_late_sound_is_not_wanted() {
    let mut scene = Scene::conversation(VoiceMode::HoldToTalk);
    scene.all(&[Input::Audio(0), Input::Sounding(0)]);
    assert_eq!(
        scene.take(HOLD),
        [
            Effect::FlushPlayback,
            Effect::Interrupt,
            Effect::StartCapture
        ]
    );
    assert!(!scene.machine.wants(0) && scene.machine.wants(1));
    scene.all(&[Input::Audio(0), Input::TurnEnded]);
    scene.let_go();
    assert_eq!(
        scene.phase(),
        VoicePhase::Thinking,
        "the late sound is no answer"
    );
    scene.all(&[Input::Audio(1), Input::Sounding(1)]);
    assert_eq!(scene.phase(), VoicePhase::Speaking);
}

#[test]
fn a_turn_that_the_service_has_ended_is_only_silenced_here() {
    let mut scene = Scene::conversation(VoiceMode::HoldToTalk);
    scene.all(&[Input::Audio(0), Input::Sounding(0), Input::TurnEnded]);
    assert_eq!(scene.take(Input::Interrupt), [Effect::FlushPlayback]);
    assert_eq!(scene.phase(), VoicePhase::Ready);
}

#[test]
fn without_a_key_speaking_up_cuts_the_model_off() {
    let mut scene = Scene::of(terms(VoiceKind::Conversation, VoiceMode::HandsFree));
    assert!(scene.machine.is_talking(), "the gate is open by itself");
    assert_eq!(scene.take(Input::SpeechStarted), []);
    assert_eq!(scene.phase(), VoicePhase::Listening);
    scene.take(Input::SpeechStopped);
    assert_eq!(scene.phase(), VoicePhase::Thinking);
    scene.all(&[Input::Audio(0), Input::Sounding(0)]);
    assert_eq!(
        scene.take(Input::SpeechStarted),
        [Effect::FlushPlayback, Effect::Interrupt]
    );
    scene.take(Input::Muted(true));
    assert!(!scene.machine.is_talking());
    assert_eq!(scene.take(HOLD), [], "there is no key in this mode");
}

#[test]
fn dictation_neither_thinks_nor_interrupts_and_reading_does_not_listen() {
    let mut scene = Scene::of(terms(VoiceKind::Dictate, VoiceMode::HoldToTalk));
    scene.take(HOLD);
    scene.let_go();
    assert_eq!(scene.phase(), VoicePhase::Ready);
    let mut scene = Scene::of(terms(VoiceKind::ReadAloud, VoiceMode::HandsFree));
    assert!(!scene.machine.is_talking());
    assert_eq!(scene.take(HOLD), []);
}

#[test]
fn an_end_waits_for_the_last_words_then_for_the_service_then_for_nobody() {
    let mut scene = Scene::conversation(VoiceMode::HoldToTalk);
    scene.take(HOLD);
    assert_eq!(
        scene.take(Input::End(VoiceEnd::Person)),
        [Effect::StopCapture, Effect::FlushPlayback]
    );
    assert_eq!(scene.phase(), VoicePhase::Ending);
    assert_eq!(scene.take(Input::LastChunk), [Effect::EndSession]);
    assert!(!scene.machine.wants(0), "whoever ended it hears no more");
    assert_eq!(scene.take(Input::End(VoiceEnd::Closed)), []);
    let (waited, effects) = scene.wait();
    assert_eq!(
        (waited, effects),
        (
            END_WAIT.saturating_sub(Duration::from_millis(100)),
            vec![Effect::Finish]
        )
    );
    assert_eq!(scene.phase(), VoicePhase::Ended);
    assert_eq!(scene.machine.end(), Some(VoiceEnd::Person));
    assert_eq!(scene.machine.deadline(), None);
}

#[test]
fn last_words_that_never_come_do_not_keep_the_session_open() {
    let mut scene = Scene::conversation(VoiceMode::HandsFree);
    scene.take(Input::End(VoiceEnd::Person));
    assert_eq!(scene.wait(), (LAST_CHUNK_WAIT, vec![Effect::EndSession]));
    assert_eq!(
        scene.take(Input::Over(VoiceEnd::Service)),
        [Effect::Finish],
        "what the service said last does not change who ended it"
    );
    assert_eq!(scene.machine.end(), Some(VoiceEnd::Person));
}

#[test]
fn what_was_said_is_heard_to_its_end_when_the_service_is_done() {
    let mut scene = Scene::of(terms(VoiceKind::ReadAloud, VoiceMode::HoldToTalk));
    scene.all(&[Input::Audio(0), Input::Sounding(0), Input::TurnEnded]);
    assert_eq!(scene.take(Input::Over(VoiceEnd::Done)), []);
    assert_eq!(scene.phase(), VoicePhase::Speaking);
    assert_eq!(scene.take(Input::Sounded(0)), [Effect::Finish]);
    // Whoever has heard enough ends it at once.
    let mut scene = Scene::of(terms(VoiceKind::ReadAloud, VoiceMode::HoldToTalk));
    scene.all(&[Input::Audio(0), Input::Over(VoiceEnd::Done)]);
    assert_eq!(
        scene.take(Input::End(VoiceEnd::Person)),
        [Effect::FlushPlayback, Effect::Finish]
    );
}

#[test]
fn it_ends_by_itself_for_each_reason_and_says_which() {
    let idle = Duration::from_mins(5);
    let mut scene = Scene::conversation(VoiceMode::HoldToTalk);
    scene.all(&[Input::Audio(0), Input::Sounding(0)]);
    assert_eq!(
        scene.machine.deadline(),
        None,
        "while it speaks it is not idle"
    );
    scene.all(&[Input::TurnEnded, Input::Sounded(0)]);
    assert_eq!(scene.wait().0, idle);
    assert_eq!(scene.machine.end(), Some(VoiceEnd::Idle));

    let mut scene = Scene::of(Terms {
        cost_cap_usd: Some(Decimal::new(5, 2)),
        ..terms(VoiceKind::Conversation, VoiceMode::HoldToTalk)
    });
    assert_eq!(scene.take(Input::Cost(Decimal::new(499, 4))), []);
    assert_eq!(
        scene.take(Input::Cost(Decimal::new(5, 2))),
        [Effect::FlushPlayback, Effect::EndSession]
    );
    assert_eq!(scene.machine.end(), Some(VoiceEnd::CostCap));

    let mut scene = Scene::conversation(VoiceMode::HandsFree);
    assert_eq!(
        scene.take(Input::Lost(Side::Microphone)),
        [Effect::StopCapture, Effect::PausePlayback(true)]
    );
    assert_eq!(scene.machine.pause(), Some(VoicePause::InputLost));
    assert_eq!(scene.wait().0, LOST_WAIT);
    assert_eq!(scene.machine.end(), Some(VoiceEnd::DeviceLost));

    let mut scene = Scene::conversation(VoiceMode::HoldToTalk);
    assert_eq!(
        scene.take(Input::Over(VoiceEnd::ConnectionLost)),
        [Effect::Finish]
    );
    assert_eq!(scene.machine.end(), Some(VoiceEnd::ConnectionLost));
}

#[test]
fn a_device_that_is_back_ends_the_pause_but_not_the_persons_own() {
    let mut scene = Scene::conversation(VoiceMode::HandsFree);
    scene.take(Input::Lost(Side::Speaker));
    assert_eq!(
        scene.take(Input::Back(Side::Speaker)),
        [Effect::PausePlayback(false), Effect::StartCapture]
    );
    scene.all(&[Input::Paused(true), Input::Lost(Side::Microphone)]);
    scene.take(Input::Back(Side::Microphone));
    assert_eq!(scene.machine.pause(), Some(VoicePause::Person));
    assert!(!scene.machine.is_talking());
    assert_eq!(
        scene.take(Input::Paused(false)),
        [Effect::PausePlayback(false), Effect::StartCapture]
    );
}

#[test]
fn a_file_is_heard_answered_and_the_session_ends() {
    let mut scene = Scene::of(Terms {
        from_file: true,
        ..terms(VoiceKind::Conversation, VoiceMode::HoldToTalk)
    });
    assert!(scene.machine.is_talking(), "nobody holds a key for a file");
    assert_eq!(scene.take(Input::FileHeard), [Effect::StopCapture]);
    assert_eq!(scene.phase(), VoicePhase::Thinking);
    let answer_due = scene
        .machine
        .deadline()
        .map(|at| at.saturating_sub(scene.now));
    assert_eq!(answer_due, Some(ANSWER_WAIT));
    scene.all(&[
        Input::Audio(0),
        Input::Sounding(0),
        Input::TurnEnded,
        Input::Sounded(0),
    ]);
    assert_eq!(scene.wait(), (QUIET, vec![Effect::EndSession]));
    assert_eq!(scene.machine.end(), Some(VoiceEnd::Done));

    let mut scene = Scene::of(Terms {
        from_file: true,
        ..terms(VoiceKind::Dictate, VoiceMode::HoldToTalk)
    });
    assert_eq!(scene.take(Input::FileHeard), [Effect::StopCapture]);
    assert_eq!(scene.take(Input::LastChunk), [Effect::EndSession]);
}

#[test]
fn a_text_is_read_when_nothing_comes_after_a_segment() {
    let mut scene = Scene::of(terms(VoiceKind::ReadAloud, VoiceMode::HoldToTalk));
    scene.all(&[
        Input::Audio(0),
        Input::Sounding(0),
        Input::TurnEnded,
        Input::Sounded(0),
    ]);
    assert_eq!(scene.wait(), (SEGMENT_WAIT, vec![Effect::EndSession]));
}

#[test]
fn an_end_before_it_began_is_an_end() {
    let mut machine = VoiceMachine::new(terms(VoiceKind::Conversation, VoiceMode::HoldToTalk));
    let effects = machine.take(Input::End(VoiceEnd::Person), Duration::ZERO);
    assert_eq!(effects, [Effect::FlushPlayback, Effect::EndSession]);
    assert_eq!(machine.take(Input::Ready, Duration::ZERO), [], "too late");
    assert_eq!(
        machine.take(Input::Over(VoiceEnd::Failed), Duration::ZERO),
        [Effect::Finish]
    );
    assert_eq!(machine.end(), Some(VoiceEnd::Person));
}

#[test]
fn another_mode_lets_go_of_the_key() {
    let mut scene = Scene::conversation(VoiceMode::HoldToTalk);
    scene.take(HOLD);
    assert_eq!(
        scene.take(Input::Mode(VoiceMode::HandsFree)),
        [Effect::StopCapture, Effect::StartCapture]
    );
    assert_eq!(
        scene.take(Input::Mode(VoiceMode::HoldToTalk)),
        [Effect::StopCapture]
    );
    assert_eq!(scene.phase(), VoicePhase::Ready);
}
