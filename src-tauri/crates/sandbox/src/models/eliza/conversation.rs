//! How ELIZA answers: keywords by rank, a rule that fits, the reply whose turn it is; else something kept from earlier;
//! else a phrase that always fits. The same prompts in the same order get the same answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::script::{Key, NONE, Reply, Rule, Script, Word};

/// How much of a prompt is read.
const MAX_PROMPT_CHARS: usize = 20_000;
/// Words of a clause that are looked at, and letters of a word.
const MAX_CLAUSE_WORDS: usize = 40;
const MAX_WORD_CHARS: usize = 60;
/// How many remarks are kept for later.
const MAX_MEMORY: usize = 8;
/// Replies may send to other keys, but not in circles.
const MAX_DETOURS: usize = 8;

/// What a conversation has left behind: nothing else makes one answer differ from another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// How often each rule has answered, by key and place.
    used: BTreeMap<String, usize>,
    /// Remarks kept for a prompt without keywords, oldest first.
    memory: Vec<String>,
}

/// An answer, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) thoughts: String,
}

/// A prompt as ELIZA hears it: its clauses, in the words that the script knows.
#[derive(Debug, Default)]
pub(super) struct Heard(Vec<Vec<Word>>);

impl Heard {
    pub(super) fn new(script: &Script, prompt: &str) -> Self {
        let clauses = clauses(prompt);
        Self(
            clauses
                .iter()
                .map(|clause| script.pre.applied(clause))
                .collect(),
        )
    }
}

/// Answers one prompt.
pub(super) fn answer(script: &Script, prompt: &Heard, state: &mut State) -> Said {
    for words in &prompt.0 {
        let keys = woken(script, words);
        if keys.is_empty() {
            continue;
        }
        let mut answering = Answering {
            script,
            words,
            state,
            thoughts: vec![seen(words, &keys)],
        };
        if let Some(text) = answering.by_keys(&keys) {
            return Said {
                text,
                thoughts: answering.thoughts.join("\n"),
            };
        }
    }
    without_keys(script, state)
}

/// Nothing fits: what was kept longest, or a phrase that always fits.
fn without_keys(script: &Script, state: &mut State) -> Said {
    if !state.memory.is_empty() {
        return Said {
            text: state.memory.remove(0),
            thoughts: "Nothing here tells me anything. I kept a remark from earlier for this."
                .to_owned(),
        };
    }
    let mut answering = Answering {
        script,
        words: &[],
        state,
        thoughts: vec!["Nothing here tells me anything. I keep the talk going.".to_owned()],
    };
    let text = script.key(NONE).and_then(|key| answering.by_key(key));
    Said {
        text: text.unwrap_or_default(),
        thoughts: answering.thoughts.join("\n"),
    }
}

/// The prompt cut at punctuation and at "but", as far as it is read.
fn clauses(prompt: &str) -> Vec<Vec<Word>> {
    let mut clauses = vec![Vec::new()];
    let mut word = String::new();
    let end_word = |word: &mut String, clauses: &mut Vec<Vec<Word>>| {
        let plain: String = word
            .trim_matches(['\'', '-'])
            .chars()
            .take(MAX_WORD_CHARS)
            .collect();
        word.clear();
        if plain.eq_ignore_ascii_case("but") {
            clauses.push(Vec::new());
        } else if !plain.is_empty()
            && let Some(clause) = clauses.last_mut()
            && clause.len() < MAX_CLAUSE_WORDS
        {
            clause.push(Word::new(&plain));
        }
    };
    for symbol in prompt.chars().take(MAX_PROMPT_CHARS) {
        match symbol {
            '\u{2019}' => word.push('\''),
            '\'' | '-' => word.push(symbol),
            symbol if symbol.is_alphanumeric() => word.push(symbol),
            symbol => {
                end_word(&mut word, &mut clauses);
                if symbol == '\n' || !(symbol.is_whitespace() || symbol == '"') {
                    clauses.push(Vec::new());
                }
            }
        }
    }
    end_word(&mut word, &mut clauses);
    clauses.retain(|clause| !clause.is_empty());
    for clause in &mut clauses {
        calm(clause);
    }
    clauses
}

/// Takes away capitals that only mean a beginning or a loud voice.
fn calm(clause: &mut [Word]) {
    let loud = clause
        .iter()
        .all(|word| !word.shown.chars().any(char::is_lowercase));
    let count = if loud { clause.len() } else { 1 };
    for word in &mut clause[..count] {
        word.shown.clone_from(&word.lower);
    }
}

/// The keys of a clause, the highest rank first, equals as they come.
fn woken<'a>(script: &'a Script, words: &[Word]) -> Vec<&'a Key> {
    let mut keys: Vec<&Key> = Vec::new();
    for key in words.iter().filter_map(|word| script.woken_by(&word.lower)) {
        if !keys.iter().any(|known| known.name == key.name) {
            keys.push(key);
        }
    }
    keys.sort_by_key(|key| std::cmp::Reverse(key.rank));
    keys
}

fn seen(words: &[Word], keys: &[&Key]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|key| format!("{} (rank {})", key.name, key.rank))
        .collect();
    format!("In \"{}\" I see: {}.", shown(words), keys.join(", "))
}

/// One clause on its way to an answer.
struct Answering<'a> {
    script: &'a Script,
    words: &'a [Word],
    state: &'a mut State,
    thoughts: Vec<String>,
}

impl Answering<'_> {
    fn by_keys(&mut self, keys: &[&Key]) -> Option<String> {
        keys.iter().find_map(|key| self.by_key(key))
    }

    /// What a key says, or the keys it sends to. `None` leaves it to the next key of the clause.
    fn by_key(&mut self, first: &Key) -> Option<String> {
        let script = self.script;
        let mut key = first;
        for _ in 0..MAX_DETOURS {
            self.remember(key);
            let (rule, pieces) = self.fitting_rule(key)?;
            let place = place(key, rule);
            match self.next_reply(&place, rule, &pieces)? {
                Reply::Next => return None,
                Reply::Go(name) => {
                    self.thoughts.push(format!(
                        "\"{}\" fits and sends me to {name}.",
                        rule.pattern.text
                    ));
                    key = script.key(name)?;
                }
                Reply::Say(template) => {
                    self.thoughts.push(format!(
                        "\"{}\" of {} fits, and I answer by it for the {} time.",
                        rule.pattern.text,
                        key.name,
                        ordinal(self.state.used.get(&place).copied().unwrap_or(1))
                    ));
                    return assembled(template, &pieces);
                }
            }
        }
        None
    }

    /// The first rule that takes the clause apart and has something to say about its pieces.
    fn fitting_rule<'k>(&self, key: &'k Key) -> Option<(&'k Rule, Vec<String>)> {
        let rules = key.rules.iter().filter(|rule| !rule.remembers);
        rules
            .filter_map(|rule| {
                let pieces = self.script.taken_apart(self.words, &rule.pattern)?;
                Some((rule, self.reflected(&pieces)))
            })
            .find(|(rule, pieces)| rule.replies.iter().any(|reply| reply.fits(pieces)))
    }

    /// Keeps a remark for later when a rule of the key says so.
    fn remember(&mut self, key: &Key) {
        for rule in key.rules.iter().filter(|rule| rule.remembers) {
            let Some(pieces) = self.script.taken_apart(self.words, &rule.pattern) else {
                continue;
            };
            let pieces = self.reflected(&pieces);
            if let Some(Reply::Say(template)) = self.next_reply(&place(key, rule), rule, &pieces)
                && let Some(remark) = assembled(template, &pieces)
                && !self.state.memory.contains(&remark)
            {
                if self.state.memory.len() >= MAX_MEMORY {
                    self.state.memory.remove(0);
                }
                self.thoughts.push("I keep a remark for later.".to_owned());
                self.state.memory.push(remark);
            }
        }
    }

    /// The reply of a rule whose turn it is, passing over those that want a piece which is empty.
    fn next_reply<'r>(
        &mut self,
        place: &str,
        rule: &'r Rule,
        pieces: &[String],
    ) -> Option<&'r Reply> {
        let fitting: Vec<&Reply> = rule
            .replies
            .iter()
            .filter(|reply| reply.fits(pieces))
            .collect();
        let used = self.state.used.entry(place.to_owned()).or_default();
        let reply = fitting.get(used.checked_rem(fitting.len())?).copied();
        *used = used.wrapping_add(1);
        reply
    }

    /// The pieces as the listener would say them.
    fn reflected(&self, pieces: &[&[Word]]) -> Vec<String> {
        let reflected = pieces.iter().map(|piece| {
            let (last, others) = match piece.split_last() {
                Some((last, others)) if self.is_last_special(last) => {
                    (self.script.last.applied(std::slice::from_ref(last)), others)
                }
                _ => (Vec::new(), *piece),
            };
            let mut words = self.script.post.applied(others);
            words.extend(last);
            shown(&words)
        });
        reflected.collect()
    }

    fn is_last_special(&self, word: &Word) -> bool {
        let replaced = self.script.last.applied(std::slice::from_ref(word));
        replaced.first().map(|word| &word.lower) != Some(&word.lower)
    }
}

impl Reply {
    /// Whether every piece it wants has words in it.
    fn fits(&self, pieces: &[String]) -> bool {
        match self {
            Self::Say(template) => assembled(template, pieces).is_some(),
            Self::Go(_) | Self::Next => true,
        }
    }
}

/// Where a rule's turns are counted.
fn place(key: &Key, rule: &Rule) -> String {
    let kept = if rule.remembers { " kept" } else { "" };
    format!("{}: {}{kept}", key.name, rule.pattern.text)
}

fn shown(words: &[Word]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.shown.as_str()).collect();
    words.join(" ")
}

fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// The reply with `(1)`, `(2)` ... replaced. `None` if one of them is empty.
fn assembled(template: &str, pieces: &[String]) -> Option<String> {
    let mut said = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('(') {
        let (number, after) = after.split_once(')')?;
        let piece = pieces.get(number.parse::<usize>().ok()?.checked_sub(1)?)?;
        if piece.is_empty() {
            return None;
        }
        said.push_str(before);
        said.push_str(piece);
        rest = after;
    }
    said.push_str(rest);
    let mut symbols = said.chars();
    let first = symbols.next()?;
    Some(first.to_uppercase().chain(symbols).collect())
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
