//! What is known of one task, for any number of readers.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Ending, TaskUpdate};
use crate::llm::{AccumulatedText, LlmText, TextCursor};
use crate::socket::TaskEvent;
use crate::tasks::TaskStatus;

/// Updates that wait for slow readers; the oldest goes first.
const MOST_UPDATES: usize = 512;
/// What these may weigh together; the newest stays whatever it weighs.
const MOST_BYTES: usize = 256 * 1024;

/// The statuses in the order a task passes them (`PROTOCOL.md` section 7.1).
const LIFECYCLE: [&str; 9] = [
    "task_queue",
    "task_accept",
    "task_preprocess_start",
    "task_preprocess_end",
    "task_assign",
    "task_start",
    "task_end",
    "task_postprocess_start",
    "task_postprocess_end",
];
/// `task_accept` to `task_assign`.
const PREPARING: std::ops::RangeInclusive<usize> = 1..=4;
/// Statuses this version does not know are kept, but not without end.
const MOST_UNKNOWN_STATUSES: u32 = 100;

#[derive(Debug, PartialEq)]
enum Entry {
    Update(TaskUpdate),
    /// Here the text changed; the reader is told the newest.
    Text,
}

/// Where a reader stands.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    next: u64,
    text: TextCursor,
    has_ended: bool,
}

impl Cursor {
    pub(super) const fn has_ended(&self) -> bool {
        self.has_ended
    }
}

/// The last updates, the newest text and the end.
#[derive(Debug, Default)]
pub(super) struct Board {
    entries: VecDeque<Entry>,
    /// The number of the first entry that is still there.
    first: u64,
    bytes: usize,
    text: AccumulatedText,
    status: Option<TaskStatus>,
    /// How far along [`LIFECYCLE`] the task is known to be.
    place: Option<usize>,
    unknown_statuses: u32,
    ending: Option<Arc<Ending>>,
}

impl Board {
    pub(super) const fn text(&self) -> &LlmText {
        self.text.text()
    }

    pub(super) const fn ending(&self) -> Option<&Arc<Ending>> {
        self.ending.as_ref()
    }

    /// Whether the task is between the queue and its start: a failure there is told by `Task/Detail` alone
    /// (`PROTOCOL.md` section 10.5).
    pub(super) fn is_preparing(&self) -> bool {
        self.place.is_some_and(|place| PREPARING.contains(&place))
    }

    /// Takes a status unless the task is known to be there or further; whether it was news.
    pub(super) fn note_status(&mut self, status: TaskStatus) -> bool {
        let place = LIFECYCLE.iter().position(|known| *known == status.as_str());
        let is_old = place.is_some() && place <= self.place;
        if status.as_str().is_empty() || is_old || self.status.as_ref() == Some(&status) {
            return false;
        }
        if place.is_none() {
            self.unknown_statuses += 1;
            if self.unknown_statuses > MOST_UNKNOWN_STATUSES {
                return false;
            }
        }
        self.place = place.max(self.place);
        self.status = Some(status.clone());
        self.push(TaskUpdate::Event(TaskEvent::Status(status)));
        true
    }

    /// Takes a text that was heard; whether it was news.
    pub(super) fn hear_text(&mut self, text: LlmText) -> bool {
        let changed = self.text.hear(text);
        self.mark_text(changed)
    }

    /// Takes a text that is the last word.
    pub(super) fn settle_text(&mut self, text: LlmText) -> bool {
        let changed = self.text.settle(text);
        self.mark_text(changed)
    }

    fn mark_text(&mut self, changed: bool) -> bool {
        if changed && self.entries.back() != Some(&Entry::Text) {
            self.add(Entry::Text);
        }
        changed
    }

    pub(super) fn push(&mut self, update: TaskUpdate) {
        self.add(Entry::Update(update));
    }

    pub(super) fn end(&mut self, ending: Ending) {
        self.ending = Some(Arc::new(ending));
    }

    fn add(&mut self, entry: Entry) {
        self.bytes += weight(&entry);
        self.entries.push_back(entry);
        while self.entries.len() > 1
            && (self.entries.len() > MOST_UPDATES || self.bytes > MOST_BYTES)
        {
            self.bytes -= self.entries.pop_front().as_ref().map_or(0, weight);
            self.first += 1;
        }
    }

    /// What the reader is to be told next.
    pub(super) fn read(&self, cursor: &mut Cursor) -> Option<TaskUpdate> {
        if cursor.has_ended {
            return None;
        }
        if cursor.next < self.first {
            let updates = self.first - cursor.next;
            cursor.next = self.first;
            return Some(TaskUpdate::Missed {
                updates,
                status: self.status.clone(),
            });
        }
        while let Some(entry) = usize::try_from(cursor.next - self.first)
            .ok()
            .and_then(|index| self.entries.get(index))
        {
            cursor.next += 1;
            match entry {
                Entry::Update(update) => return Some(update.clone()),
                Entry::Text => {
                    if let Some(change) = self.text.untold(&mut cursor.text) {
                        return Some(TaskUpdate::Text(change));
                    }
                }
            }
        }
        // Its mark was read before the text grew, or went with the oldest entries.
        if let Some(change) = self.text.untold(&mut cursor.text) {
            return Some(TaskUpdate::Text(change));
        }
        let ending = self.ending.clone()?;
        cursor.has_ended = true;
        Some(TaskUpdate::Ended(ending))
    }
}

/// About what an entry holds in memory.
fn weight(entry: &Entry) -> usize {
    let told = match entry {
        Entry::Update(TaskUpdate::Event(event)) => match event {
            TaskEvent::Log { text, .. } => text.len(),
            TaskEvent::ErrorFull { raw } => raw.len(),
            TaskEvent::OutputFull {
                raw,
                answer,
                thinking,
            } => {
                raw.len()
                    + answer
                        .iter()
                        .chain(thinking)
                        .map(String::len)
                        .sum::<usize>()
            }
            TaskEvent::Cost { usage, .. } => usage.to_string().len(),
            _ => 0,
        },
        Entry::Update(TaskUpdate::Unknown { fields, .. }) => fields
            .iter()
            .map(|(name, value)| name.len() + value.to_string().len())
            .sum(),
        Entry::Update(_) | Entry::Text => 0,
    };
    told + size_of::<Entry>()
}
