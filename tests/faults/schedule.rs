//! What is wanted, what goes wrong and when the engine is cut off: all from one number.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

/// One random story.
#[derive(Debug)]
pub(crate) struct Schedule {
    pub(crate) seed: u64,
    /// Rules of the Sandbox's fault plan.
    pub(crate) rules: Vec<Value>,
    pub(crate) wishes: Vec<Wish>,
    /// Milliseconds after the start, in order.
    pub(crate) steps: Vec<(u64, Step)>,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Somebody presses Run for this wish; twice is a double click.
    Press(usize),
    /// The process ends without a farewell and another one starts.
    Restart,
}

/// One run that somebody wants, once.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) model: Model,
    /// What the service can be asked for it by. Two wishes may want the same.
    pub(crate) mark: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    /// Words in, a picture out.
    Pattern,
    /// A file in, a picture out.
    Upscale,
    /// A computation that fails.
    Failing,
}

impl Model {
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Pattern => "sandbox/pattern",
            Self::Upscale => "sandbox/upscale",
            Self::Failing => "sandbox/failing",
        }
    }

    /// The parameter that carries the mark.
    pub(crate) const fn marked(self) -> &'static str {
        match self {
            Self::Pattern => "seed",
            Self::Upscale => "scale",
            Self::Failing => "message",
        }
    }
}

const STAGES: [&str; 10] = [
    "connected",
    "task_queue",
    "task_accept",
    "task_preprocess_start",
    "task_assign",
    "task_start",
    "task_output",
    "task_end",
    "task_postprocess_start",
    "task_postprocess_end",
];

/// Every so many stories are about one run whose answer is certainly lost: no slice of the seeds is
/// without something to find.
const LOST_EVERY: u64 = 6;

impl Schedule {
    pub(crate) fn plan(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut wishes = wishes(&mut rng);
        let mut rules: Vec<Value> = (0..rng.random_range(1..=6))
            .map(|_| rule(&mut rng, wishes.len()))
            .collect();
        if seed.is_multiple_of(LOST_EVERY) {
            wishes.truncate(1);
            let lost = one_of(
                &mut rng,
                &[
                    json!({"close": "answer", "when": "after"}),
                    json!({"status": 502, "when": "after"}),
                ],
            );
            // The first rule that acts wins.
            rules.insert(0, json!({"on": {"path": "Run/*", "nth": [1]}, "do": lost}));
        }
        let mut steps: Vec<(u64, Step)> = Vec::new();
        for wish in 0..wishes.len() {
            let at = rng.random_range(0..400);
            steps.push((at, Step::Press(wish)));
            if rng.random_ratio(1, 5) {
                steps.push((at + rng.random_range(0..150), Step::Press(wish)));
            }
        }
        for _ in 0..*[0, 0, 1, 1, 2].choose(&mut rng).unwrap_or(&0) {
            steps.push((rng.random_range(0..1_200), Step::Restart));
        }
        let silent = rules
            .iter()
            .any(|rule| rule["do"]["stall"] == "headers" && rule["on"]["path"] == "Run/*");
        if silent {
            // A silent service would keep its client waiting for minutes; this one does not wait.
            steps.push((rng.random_range(700..1_500), Step::Restart));
        }
        steps.sort_by_key(|(at, _)| *at);
        Self {
            seed,
            rules,
            wishes,
            steps,
        }
    }

    pub(crate) fn restarts(&self) -> u64 {
        let restarts = self.steps.iter().filter(|(_, step)| *step == Step::Restart);
        restarts.count() as u64
    }

    pub(crate) fn presses(&self) -> u64 {
        self.steps.len() as u64 - self.restarts()
    }
}

fn wishes(rng: &mut StdRng) -> Vec<Wish> {
    let alike = rng.random_ratio(1, 4);
    (0..rng.random_range(1..=4))
        .map(|index: usize| {
            let model = *[
                Model::Pattern,
                Model::Pattern,
                Model::Pattern,
                Model::Upscale,
                Model::Failing,
            ]
            .choose(rng)
            .unwrap_or(&Model::Pattern);
            // The first two may ask for the very same thing.
            let (model, number) = if alike && index < 2 {
                (Model::Pattern, 0)
            } else {
                (model, index)
            };
            let mark = match model {
                Model::Pattern => format!("mark-{number}"),
                Model::Upscale => format!("1.{:02}", number + 1),
                Model::Failing => format!("told to fail, {number}"),
            };
            Wish { model, mark }
        })
        .collect()
}

fn rule(rng: &mut StdRng, wishes: usize) -> Value {
    let (path, nth, action) = match rng.random_range(0..20) {
        0..=7 => ("Run/*", several(rng, wishes as u64, 2), send_fault(rng)),
        8..=10 => ("Task/Detail", several(rng, 6, 3), read_fault(rng)),
        11..=12 => ("Task/List", several(rng, 4, 2), read_fault(rng)),
        13..=15 => ("files/*", several(rng, 4, 2), file_fault(rng)),
        16..=17 => ("socket", several(rng, 3, 2), socket_fault(rng)),
        18 => ("Tool/Detail", several(rng, 2, 1), read_fault(rng)),
        _ => (
            "output",
            several(rng, 3, 2),
            json!({"name": "../../evil.png", "contenttype": "text/html"}),
        ),
    };
    json!({"on": {"path": path, "nth": nth}, "do": action})
}

/// At most `most` different numbers from 1 to `last`.
fn several(rng: &mut StdRng, last: u64, most: usize) -> Vec<u64> {
    let mut all: Vec<u64> = (1..=last).collect();
    let count = rng.random_range(1..=most).min(all.len());
    while all.len() > count {
        let index = rng.random_range(0..all.len());
        all.remove(index);
    }
    all
}

fn one_of(rng: &mut StdRng, choices: &[Value]) -> Value {
    choices.choose(rng).cloned().unwrap_or_default()
}

/// What becomes of a request that may charge.
fn send_fault(rng: &mut StdRng) -> Value {
    let when = one_of(rng, &[json!("before"), json!("after")]);
    let status = one_of(rng, &[json!(500), json!(502), json!(503), json!(504)]);
    let delay_ms = rng.random_range(50..700);
    one_of(
        rng,
        &[
            json!({"close": "answer", "when": when}),
            json!({"close": "answer", "when": "after"}),
            json!({"close": "upload", "after_bytes": 600}),
            json!({"status": status, "when": when}),
            json!({"status": status, "when": "after"}),
            // These two say by themselves that nothing was taken: only before.
            json!({"status": 429, "retry_after": "1"}),
            json!({"status": 403}),
            json!({"truncate": 12, "when": "after"}),
            json!({"body": "<html>busy</html>", "when": "after"}),
            json!({"body": "{\"result\":true,\"errors\":[]}", "when": "after"}),
            json!({"delay_ms": delay_ms}),
            json!({"delay_ms": delay_ms, "close": "answer", "when": when}),
            json!({"stall": "headers", "when": when}),
        ],
    )
}

/// What becomes of a question.
fn read_fault(rng: &mut StdRng) -> Value {
    let status = one_of(rng, &[json!(500), json!(502), json!(503)]);
    let delay_ms = rng.random_range(50..600);
    one_of(
        rng,
        &[
            json!({"status": status}),
            json!({"status": 429, "retry_after": "0"}),
            json!({"status": 503, "retry_after": "1"}),
            json!({"close": "answer"}),
            json!({"truncate": 40}),
            json!({"body": "no JSON at all"}),
            json!({"body": "{\"result\":true,\"errors\":[],\"tasklist\":[],\"total\":\"0\"}"}),
            json!({"delay_ms": delay_ms}),
        ],
    )
}

/// What becomes of a download.
fn file_fault(rng: &mut StdRng) -> Value {
    let (kept, delay_ms) = (rng.random_range(0..2_000), rng.random_range(50..400));
    one_of(
        rng,
        &[
            json!({"status": 500}),
            json!({"status": 503}),
            json!({"truncate": kept}),
            json!({"close": "answer"}),
            json!({"delay_ms": delay_ms}),
        ],
    )
}

/// What becomes of a connection.
fn socket_fault(rng: &mut StdRng) -> Value {
    let stage = *STAGES.choose(rng).unwrap_or(&"connected");
    let foreign =
        json!({"type": "task_postprocess_end", "id": "1", "tasktoken": "another's", "message": []});
    one_of(
        rng,
        &[
            json!({"drop_after": stage}),
            json!({"drop_after": stage}),
            json!({"status": 503}),
            json!({"stall": "headers"}),
            json!({"inject": {"after": stage, "frames": ["garbage {", foreign, {"type": "task_dreams"}]}}),
        ],
    )
}
