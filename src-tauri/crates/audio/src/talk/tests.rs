use proptest::prelude::*;

use super::Effect::{FlushPlayback, Interrupt, StartCapture, StopCapture};
use super::Input::{Lost, Press, Release, Tick};
use super::Mode::{Hold, Toggle};
use super::*;

const BARGE_IN: [Effect; 3] = [FlushPlayback, Interrupt, StartCapture];

/// Inputs at their milliseconds, each with the effects it must have.
type Story<'a> = &'a [(u64, Input, &'a [Effect])];

fn tell(name: &str, story: Story<'_>) -> Stage {
    let mut stage = Stage::default();
    for &(at_ms, input, expected) in story {
        let (next, effects) = step(stage, input, Duration::from_millis(at_ms));
        assert_eq!(effects, expected, "{name}: {input:?} at {at_ms} ms");
        stage = next;
    }
    stage
}

fn tell_all(stories: &[(&str, Story<'_>)]) {
    for (name, story) in stories {
        tell(name, story);
    }
}

#[test]
fn a_key_that_behaves() {
    tell_all(&[
        (
            "held and released",
            &[
                (1_000, Press(Hold), &BARGE_IN),
                (3_000, Release, &[]),
                (3_049, Tick, &[]),
                (3_050, Tick, &[StopCapture]),
                (3_100, Tick, &[]),
            ],
        ),
        (
            "a tap",
            &[
                (0, Press(Hold), &BARGE_IN),
                (10, Release, &[]),
                (60, Tick, &[StopCapture]),
            ],
        ),
        (
            "toggled on and off",
            &[
                (0, Press(Toggle), &BARGE_IN),
                (90, Release, &[]),
                (5_000, Tick, &[]),
                (9_000, Press(Toggle), &[StopCapture]),
                (9_090, Release, &[]),
                (9_500, Press(Toggle), &BARGE_IN),
            ],
        ),
        (
            "a held key takes over what was latched",
            &[
                (0, Press(Toggle), &BARGE_IN),
                (90, Release, &[]),
                (1_000, Press(Hold), &[]),
                (1_500, Release, &[]),
                (1_550, Tick, &[StopCapture]),
            ],
        ),
    ]);
}

#[test]
fn repeats_and_bounces_are_one_press() {
    tell_all(&[
        (
            "repeats of a held key on X11, and the release in the end",
            &[
                (0, Press(Hold), &BARGE_IN),
                (500, Release, &[]),
                (500, Press(Hold), &[]),
                (533, Release, &[]),
                (534, Press(Hold), &[]),
                (566, Release, &[]),
                (615, Press(Hold), &[]),
                (616, Release, &[]),
                (666, Tick, &[StopCapture]),
            ],
        ),
        (
            "repeats of a toggle key on X11 toggle nothing",
            &[
                (0, Press(Toggle), &BARGE_IN),
                (500, Release, &[]),
                (501, Press(Toggle), &[]),
                (533, Release, &[]),
                (534, Press(Toggle), &[]),
                (600, Release, &[]),
                (700, Press(Toggle), &[StopCapture]),
                (1_200, Release, &[]),
                (1_201, Press(Toggle), &[]),
            ],
        ),
        (
            "repeats elsewhere are presses alone",
            &[
                (0, Press(Hold), &BARGE_IN),
                (500, Press(Hold), &[]),
                (533, Press(Hold), &[]),
                (600, Release, &[]),
                (650, Tick, &[StopCapture]),
            ],
        ),
        (
            "contacts bounce",
            &[
                (0, Press(Hold), &BARGE_IN),
                (3, Release, &[]),
                (5, Press(Hold), &[]),
                (8, Release, &[]),
                (9, Press(Hold), &[]),
                (400, Release, &[]),
                (403, Press(Hold), &[]),
                (405, Release, &[]),
                (455, Tick, &[StopCapture]),
            ],
        ),
        (
            "two listeners tell one key",
            &[
                (0, Press(Toggle), &BARGE_IN),
                (2, Press(Toggle), &[]),
                (80, Release, &[]),
                (82, Release, &[]),
                (500, Press(Toggle), &[StopCapture]),
                (501, Press(Toggle), &[]),
            ],
        ),
    ]);
}

#[test]
fn what_gets_lost_or_comes_late() {
    tell_all(&[
        (
            "a lost release is made up for by the next one",
            &[
                (0, Press(Hold), &BARGE_IN),
                (8_000, Press(Hold), &[]),
                (8_100, Release, &[]),
                (8_150, Tick, &[StopCapture]),
            ],
        ),
        (
            "the window is gone while the key is down",
            &[
                (0, Press(Hold), &BARGE_IN),
                (700, Lost, &[StopCapture]),
                (701, Lost, &[]),
                (900, Release, &[]),
                (950, Tick, &[]),
                (2_000, Press(Hold), &BARGE_IN),
            ],
        ),
        (
            "the press that came with the loss does not start again",
            &[
                (0, Press(Hold), &BARGE_IN),
                (10, Lost, &[StopCapture]),
                (25, Press(Hold), &[]),
            ],
        ),
        (
            "lost while latched",
            &[
                (0, Press(Toggle), &BARGE_IN),
                (90, Release, &[]),
                (700, Lost, &[StopCapture]),
                (800, Press(Toggle), &BARGE_IN),
            ],
        ),
        (
            "a tick that is late",
            &[
                (0, Press(Hold), &BARGE_IN),
                (300, Release, &[]),
                (
                    800,
                    Press(Hold),
                    &[StopCapture, FlushPlayback, Interrupt, StartCapture],
                ),
            ],
        ),
        (
            "a release out of nowhere",
            &[(0, Release, &[]), (60, Tick, &[]), (70, Lost, &[])],
        ),
    ]);
}

#[test]
fn the_deadline_is_the_end_of_the_grace() {
    let millis = Duration::from_millis;
    assert_eq!(Stage::default().deadline(), None);
    let held = tell("held", &[(0, Press(Hold), &BARGE_IN)]);
    assert_eq!((held.is_talking(), held.deadline()), (true, None));
    let released = tell(
        "released",
        &[(0, Press(Hold), &BARGE_IN), (300, Release, &[])],
    );
    assert_eq!(
        (released.is_talking(), released.deadline()),
        (true, Some(millis(350)))
    );
    let latched = tell(
        "latched",
        &[(0, Press(Toggle), &BARGE_IN), (300, Release, &[])],
    );
    assert_eq!((latched.is_talking(), latched.deadline()), (true, None));
}

fn inputs() -> impl Strategy<Value = Vec<(u64, Input)>> {
    let input = prop::sample::select(vec![Press(Hold), Press(Toggle), Release, Tick, Lost]);
    prop::collection::vec((0_u64..120, input), 0..60)
}

proptest! {
    #[test]
    fn starts_and_stops_alternate_and_tell_the_stage(inputs in inputs()) {
        let mut stage = Stage::default();
        let mut open = false;
        let mut now = Duration::ZERO;
        for (gap_ms, input) in inputs {
            now += Duration::from_millis(gap_ms);
            let (next, effects) = step(stage, input, now);
            for effect in effects {
                match effect {
                    StartCapture => {
                        prop_assert!(!open);
                        open = true;
                    }
                    StopCapture => {
                        prop_assert!(open);
                        open = false;
                    }
                    FlushPlayback | Interrupt => prop_assert!(!open),
                }
            }
            prop_assert_eq!(next.is_talking(), open);
            prop_assert!(next.deadline().is_none_or(|due| due > now));
            stage = next;
        }
        let (stage, _) = step(stage, Lost, now);
        prop_assert!(!stage.is_talking());
    }
}
