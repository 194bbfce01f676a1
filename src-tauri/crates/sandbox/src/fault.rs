//! Fault plans: what to do wrong, and when, as data. `FAULTS.md` beside this crate's manifest tells it to testers.

mod action;
pub(crate) mod edit;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::error::Error;
pub use action::{Close, FaultAction, Injection, PlannedError, Stall, When, Withholding};
pub use edit::{Edit, Replacement};

#[doc = include_str!("../FAULTS.md")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    /// Looked at in order.
    pub rules: Vec<FaultRule>,
}

/// One thing to do wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// When.
    pub on: Trigger,
    /// What.
    #[serde(rename = "do")]
    pub action: FaultAction,
}

/// When a rule acts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// A path, or `socket` or `output`; `*` stands for anything.
    pub path: String,
    /// Which of the rule's matches, from 1; absent is every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<Nth>,
}

/// One match or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Nth {
    /// This one only.
    One(u64),
    /// Each of these.
    Several(Vec<u64>),
    /// All from one to another.
    Span(Span),
}

/// Neighbouring matches, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first; 1 unless given.
    #[serde(default = "first_match")]
    pub from: u64,
    /// The last; absent is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
}

fn first_match() -> u64 {
    1
}

impl Nth {
    fn includes(&self, count: u64) -> bool {
        match self {
            Self::One(nth) => *nth == count,
            Self::Several(several) => several.contains(&count),
            Self::Span(span) => count >= span.from && span.to.is_none_or(|to| count <= to),
        }
    }
}

impl FaultPlan {
    /// Reads a plan from a JSON file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        serde_json::from_slice(&fs::read(path)?).map_err(|source| Error::parse(path, source))
    }

    /// A plan of one rule, which acts on the `nth` match.
    pub fn once(path: &str, nth: u64, action: FaultAction) -> Self {
        let on = Trigger {
            path: path.to_owned(),
            nth: Some(Nth::One(nth)),
        };
        Self {
            rules: vec![FaultRule { on, action }],
        }
    }
}

/// A plan and how often each of its rules matched.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<(FaultRule, AtomicU64)>,
}

impl Faults {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        Self {
            rules: plan
                .rules
                .into_iter()
                .map(|rule| (rule, AtomicU64::new(0)))
                .collect(),
        }
    }

    /// Counts this event and says what to do wrong about it.
    pub(crate) fn next(&self, path: &str) -> Option<&FaultAction> {
        let mut acting = None;
        for (rule, seen) in &self.rules {
            if !glob(&rule.on.path, path) {
                continue;
            }
            let count = seen.fetch_add(1, Ordering::Relaxed) + 1;
            let due = rule.on.nth.as_ref().is_none_or(|nth| nth.includes(count));
            if due && acting.is_none() {
                acting = Some(&rule.action);
            }
        }
        acting
    }
}

/// `*` stands for any text, slashes included.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            let mut starts = tail
                .char_indices()
                .map(|(index, _)| index)
                .chain([tail.len()]);
            starts.any(|start| glob(rest, &tail[start..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn globs_match_anything_in_between() {
        assert!(
            glob("Run/*", "Run/sandbox/pattern")
                && glob("*", "")
                && glob("files/*/0.png", "files/1/k/0.png")
        );
        assert!(
            !glob("Run/*", "Tool/List")
                && !glob("files/*/0.png", "files/1/k/1.png")
                && !glob("Run", "Run/x")
        );
    }

    #[test]
    fn rules_count_their_own_matches() {
        let plan = json!({"rules": [
            {"on": {"path": "Task/Detail", "nth": [2, 3]}, "do": {"status": 429}},
            {"on": {"path": "Task/*", "nth": 2}, "do": {"status": 500}},
        ]});
        let faults = Faults::new(serde_json::from_value(plan).unwrap());
        let status = |path: &str| faults.next(path).and_then(|action| action.status);
        assert_eq!(status("Task/List"), None);
        assert_eq!(status("Task/Detail"), Some(500));
        assert_eq!(status("Task/Detail"), Some(429));
        assert_eq!(status("Task/Detail"), Some(429));
        assert_eq!(status("Task/Detail"), None);
    }

    #[test]
    fn spans_have_both_ends_in_them() {
        let cases = [
            (json!(2), vec![2]),
            (json!([1, 4]), vec![1, 4]),
            (json!({"to": 3}), vec![1, 2, 3]),
            (json!({"from": 4}), vec![4, 5]),
            (json!({"from": 2, "to": 3}), vec![2, 3]),
            (json!({}), vec![1, 2, 3, 4, 5]),
        ];
        for (nth, expected) in cases {
            let span: Nth = serde_json::from_value(nth.clone()).unwrap();
            let due: Vec<u64> = (1..=5).filter(|count| span.includes(*count)).collect();
            assert_eq!(due, expected, "{nth}");
        }
    }

    #[test]
    fn documented_plans_are_plans() {
        let blocks: Vec<&str> = include_str!("../FAULTS.md")
            .split("```json\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        assert!(blocks.len() > 1, "{blocks:?}");
        for block in blocks {
            let plan = serde_json::from_str::<FaultPlan>(block);
            assert!(plan.is_ok_and(|plan| !plan.rules.is_empty()), "{block}");
        }
    }

    /// Each row's last cell holds the members of a `do`.
    #[test]
    fn documented_actions_are_actions() {
        let rows = include_str!("../FAULTS.md").lines();
        let actions: Vec<&str> = rows
            .filter_map(|row| row.strip_suffix("` |")?.rsplit_once("| `"))
            .map(|(_, action)| action)
            .collect();
        assert!(actions.len() > 40, "{actions:?}");
        for members in actions {
            let action = serde_json::from_str::<FaultAction>(&format!("{{{members}}}"));
            assert!(action.is_ok(), "{members}: {action:?}");
            assert_ne!(action.unwrap(), FaultAction::default(), "{members}");
        }
    }

    #[test]
    fn mistyped_plans_are_refused() {
        let plans = [
            json!({"rules": [{"on": {"path": "*"}, "do": {"statuz": 500}}]}),
            json!({"rules": [{"on": {"path": "*", "nth": {"till": 3}}, "do": {"status": 500}}]}),
        ];
        for plan in plans {
            assert!(
                serde_json::from_value::<FaultPlan>(plan.clone()).is_err(),
                "{plan}"
            );
        }
    }
}
