//! Words as they come become lines. Pure.
//!
//! Parts of a sentence add up (`PROTOCOL.md` section 12.3, C-13): a part is put behind the line of its speaker with one space,
//! unless it brings its own or begins with a mark that stands close. Speakers do not wait for each other: the words of the
//! person may come while the model answers, so each has a line of its own that grows.

use crate::dto::{VoiceLine, VoiceSpeaker};

/// A pause this long ends a line.
const PAUSE_MS: f64 = 2500.0;
/// A line of a subtitle is not longer than this; the next part begins a new one.
const LINE_CHARS: usize = 240;

/// The lines of one session.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    lines: Vec<VoiceLine>,
    /// The line each speaker goes on with: the person's, the model's.
    growing: [Option<usize>; 2],
}

impl Lines {
    pub(crate) fn all(&self) -> &[VoiceLine] {
        &self.lines
    }

    /// Takes a part; gives the line it made or made longer, after one that it ended.
    pub(crate) fn take(
        &mut self,
        speaker: VoiceSpeaker,
        text: &str,
        turn: u32,
        now_ms: f64,
    ) -> Vec<VoiceLine> {
        if text.trim().is_empty() {
            return Vec::new();
        }
        let mut changed = Vec::new();
        if let Some(line) = self.goes_on(speaker, text, turn, now_ms) {
            line.text = joined(&line.text, text);
            line.end_ms = now_ms;
            changed.push(line.clone());
            return changed;
        }
        changed.extend(self.end_line(speaker));
        let index = self.lines.len();
        let line = VoiceLine {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            speaker,
            text: text.trim().to_owned(),
            at_ms: now_ms,
            end_ms: now_ms,
            turn,
            is_final: false,
        };
        self.lines.push(line.clone());
        *self.slot(speaker) = Some(index);
        changed.push(line);
        changed
    }

    fn goes_on(
        &mut self,
        speaker: VoiceSpeaker,
        text: &str,
        turn: u32,
        now_ms: f64,
    ) -> Option<&mut VoiceLine> {
        let at = (*self.slot(speaker))?;
        let line = self.lines.get_mut(at)?;
        let fits = line.turn == turn
            && now_ms - line.end_ms < PAUSE_MS
            && line.text.chars().count() + text.chars().count() <= LINE_CHARS;
        fits.then_some(line)
    }

    /// Nothing is added to the line of a speaker any more.
    fn end_line(&mut self, speaker: VoiceSpeaker) -> Option<VoiceLine> {
        let at = self.slot(speaker).take()?;
        let line = self.lines.get_mut(at)?;
        line.is_final = true;
        Some(line.clone())
    }

    /// A turn is over: both lines are whole.
    pub(crate) fn end_turn(&mut self) -> Vec<VoiceLine> {
        [VoiceSpeaker::Person, VoiceSpeaker::Model]
            .into_iter()
            .filter_map(|speaker| self.end_line(speaker))
            .collect()
    }

    fn slot(&mut self, speaker: VoiceSpeaker) -> &mut Option<usize> {
        let [person, model] = &mut self.growing;
        match speaker {
            VoiceSpeaker::Person => person,
            VoiceSpeaker::Model => model,
        }
    }
}

fn joined(line: &str, part: &str) -> String {
    let stands_close =
        part.starts_with(|mark: char| mark.is_whitespace() || ".,;:!?)]}%\u{2026}".contains(mark));
    if stands_close || line.ends_with(char::is_whitespace) {
        format!("{line}{part}")
    } else {
        format!("{line} {part}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use VoiceSpeaker::{Model, Person};

    fn said(parts: &[(VoiceSpeaker, &str, u32, f64)]) -> Vec<(VoiceSpeaker, String, bool)> {
        let mut lines = Lines::default();
        for (speaker, text, turn, at_ms) in parts {
            lines.take(*speaker, text, *turn, *at_ms);
        }
        let lines = lines.all().iter();
        lines
            .map(|line| (line.speaker, line.text.clone(), line.is_final))
            .collect()
    }

    #[test]
    fn parts_of_a_sentence_add_up() {
        for (parts, text) in [
            (&["Hello", "world"][..], "Hello world"),
            (&["Hello", " world"], "Hello world"),
            (&["Hello ", "world", ".", "Yes"], "Hello world. Yes"),
            (&[" Hi", "", "  ", "there"], "Hi there"),
        ] {
            let parts: Vec<_> = parts.iter().map(|part| (Model, *part, 0, 0.0)).collect();
            assert_eq!(said(&parts), [(Model, text.to_owned(), false)]);
        }
    }

    #[test]
    fn the_words_of_the_person_may_come_while_the_model_answers() {
        let lines = said(&[
            (Model, "I am", 0, 0.0),
            (Person, "How are", 0, 10.0),
            (Model, "fine", 0, 20.0),
            (Person, "you?", 0, 30.0),
        ]);
        let expected = [(Model, "I am fine"), (Person, "How are you?")];
        assert_eq!(
            lines,
            expected.map(|(speaker, text)| (speaker, text.to_owned(), false))
        );
    }

    #[test]
    fn a_pause_another_turn_and_a_full_line_begin_a_new_one() {
        let long = "x".repeat(LINE_CHARS);
        for next in [
            (Person, "b", 0, PAUSE_MS),
            (Person, "b", 1, 1.0),
            (Person, long.as_str(), 0, 1.0),
        ] {
            let lines = said(&[(Person, "a", 0, 0.0), next]);
            assert_eq!(lines.len(), 2, "{next:?}");
            assert!(lines[0].2 && !lines[1].2, "only the last may grow");
        }
    }

    #[test]
    fn the_end_of_a_turn_makes_lines_whole_once() {
        let mut lines = Lines::default();
        lines.take(Person, "a", 0, 0.0);
        let ended = lines.end_turn();
        assert_eq!(ended.len(), 1);
        assert!(ended[0].is_final);
        assert!(lines.end_turn().is_empty());
        assert!(lines.all()[0].is_final);
    }
}
