//! The script: what ELIZA knows. The program below knows only how to follow it, as in Weizenbaum's paper.
//!
//! The format is told at the head of `doctor.script`. Lines that cannot be read are passed over; a test sees that there are
//! none.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The one script there is.
pub(super) static DOCTOR: LazyLock<Script> =
    LazyLock::new(|| Script::read(include_str!("doctor.script")));

/// The key that answers when nothing else does.
pub(super) const NONE: &str = "none";

/// A word as it was written, and in the small letters in which words are compared.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) shown: String,
    pub(super) lower: String,
}

impl Word {
    pub(super) fn new(shown: &str) -> Self {
        Self {
            shown: shown.to_owned(),
            lower: shown.to_lowercase(),
        }
    }

    pub(super) fn list(text: &str) -> Vec<Self> {
        text.split_whitespace().map(Self::new).collect()
    }
}

/// Keys, and what words become on their way in and out.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) pre: Substitutions,
    pub(super) post: Substitutions,
    /// For the last word of a piece.
    pub(super) last: Substitutions,
    classes: HashMap<String, Vec<String>>,
    pub(super) keys: Vec<Key>,
    /// Which key a word wakes.
    words: HashMap<String, usize>,
}

/// What a word of the prompt wakes.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: String,
    /// Higher is tried first.
    pub(super) rank: u32,
    pub(super) rules: Vec<Rule>,
}

/// A decomposition and its reassemblies.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    /// What is said is kept for later instead.
    pub(super) remembers: bool,
    pub(super) replies: Vec<Reply>,
}

#[derive(Debug)]
pub(super) enum Reply {
    Say(String),
    /// What another key would say.
    Go(String),
    /// What the next key of the prompt would say.
    Next,
}

/// A decomposition: how a clause is taken apart.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) text: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Any,
    Class(String),
    Word(String),
}

impl Script {
    fn read(text: &str) -> Self {
        let mut script = Self::default();
        for line in text.lines() {
            let (command, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
            script.obey(command, rest.trim());
        }
        script
    }

    fn obey(&mut self, command: &str, rest: &str) {
        match command {
            "pre" => self.pre.add(rest),
            "post" => self.post.add(rest),
            "last" => self.last.add(rest),
            "class" => {
                let mut words = rest.split(' ').map(str::to_owned);
                if let Some(name) = words.next() {
                    self.classes.insert(name, words.collect());
                }
            }
            "key" => self.add_key(rest),
            "match" => self.add_rule(rest, false),
            "remember" => self.add_rule(rest, true),
            "say" => self.add_reply(Reply::Say(rest.to_owned())),
            "go" => self.add_reply(Reply::Go(rest.to_owned())),
            "next" => self.add_reply(Reply::Next),
            _ => {}
        }
    }

    fn add_key(&mut self, rest: &str) {
        let mut words = rest.split(' ');
        let rank = words.next().and_then(|rank| rank.parse().ok());
        let names: Vec<&str> = words.collect();
        let (Some(rank), Some(name)) = (rank, names.first()) else {
            return;
        };
        for word in &names {
            // A word wakes the first key that names it.
            let key = self.keys.len();
            self.words.entry((*word).to_owned()).or_insert(key);
        }
        self.keys.push(Key {
            name: (*name).to_owned(),
            rank,
            rules: Vec::new(),
        });
    }

    fn add_rule(&mut self, pattern: &str, remembers: bool) {
        if let Some(key) = self.keys.last_mut() {
            key.rules.push(Rule {
                pattern: Pattern::read(pattern),
                remembers,
                replies: Vec::new(),
            });
        }
    }

    fn add_reply(&mut self, reply: Reply) {
        if let Some(rule) = self.keys.last_mut().and_then(|key| key.rules.last_mut()) {
            rule.replies.push(reply);
        }
    }

    /// The key a word wakes. Nothing wakes the one that answers when nothing else does.
    pub(super) fn woken_by(&self, word: &str) -> Option<&Key> {
        let key = self.keys.get(*self.words.get(word)?)?;
        (key.name != NONE).then_some(key)
    }

    pub(super) fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The pieces of a clause that the pattern counts, if it fits.
    pub(super) fn taken_apart<'a>(
        &self,
        words: &'a [Word],
        pattern: &Pattern,
    ) -> Option<Vec<&'a [Word]>> {
        let mut pieces = Vec::new();
        self.fits(words, &pattern.parts, &mut pieces)
            .then_some(pieces)
    }

    /// Tries the shortest piece for each `*` first, so that the first fitting words count.
    fn fits<'a>(&self, words: &'a [Word], parts: &[Part], pieces: &mut Vec<&'a [Word]>) -> bool {
        let Some((part, rest)) = parts.split_first() else {
            return words.is_empty();
        };
        match part {
            Part::Any if rest.is_empty() => {
                pieces.push(words);
                true
            }
            Part::Any => (0..=words.len()).any(|length| {
                let known = pieces.len();
                pieces.push(&words[..length]);
                let fits = self.fits(&words[length..], rest, pieces);
                if !fits {
                    pieces.truncate(known);
                }
                fits
            }),
            Part::Class(name) => {
                let Some((word, others)) = words.split_first() else {
                    return false;
                };
                let known = self.classes.get(name);
                if !known.is_some_and(|known| known.contains(&word.lower)) {
                    return false;
                }
                pieces.push(std::slice::from_ref(word));
                self.fits(others, rest, pieces)
            }
            Part::Word(wanted) => words.split_first().is_some_and(|(word, others)| {
                word.lower == *wanted && self.fits(others, rest, pieces)
            }),
        }
    }
}

impl Pattern {
    fn read(text: &str) -> Self {
        let parts = text.split(' ').map(|part| match part {
            "*" => Part::Any,
            part => match part.strip_prefix('@') {
                Some(class) => Part::Class(class.to_owned()),
                None => Part::Word(part.to_owned()),
            },
        });
        Self {
            text: text.to_owned(),
            parts: parts.collect(),
        }
    }
}

/// Words and phrases that become others.
#[derive(Debug, Default)]
pub(super) struct Substitutions {
    /// Longer phrases first; equals in the script's order.
    entries: Vec<(Vec<Word>, Vec<Word>)>,
}

impl Substitutions {
    fn add(&mut self, rest: &str) {
        let Some((from, to)) = rest.split_once(" = ") else {
            return;
        };
        let (from, to) = (Word::list(from), Word::list(to));
        let longer = |entry: &(Vec<Word>, Vec<Word>)| entry.0.len() >= from.len();
        let place = self.entries.partition_point(longer);
        self.entries.insert(place, (from, to));
    }

    /// The words with every known phrase replaced, from the left. What was put in is not looked at again.
    pub(super) fn applied(&self, words: &[Word]) -> Vec<Word> {
        let mut result = Vec::with_capacity(words.len());
        let mut rest = words;
        while let Some(first) = rest.first() {
            let entry = self.entries.iter().find(|(from, _)| {
                rest.len() >= from.len()
                    && from
                        .iter()
                        .zip(rest)
                        .all(|(from, word)| word.lower == from.lower)
            });
            if let Some((from, to)) = entry {
                result.extend(to.iter().cloned());
                rest = &rest[from.len()..];
            } else {
                result.push(first.clone());
                rest = &rest[1..];
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn shown(words: &[Word]) -> String {
        let words: Vec<&str> = words.iter().map(|word| word.shown.as_str()).collect();
        words.join(" ")
    }

    #[test]
    fn every_line_of_the_script_is_understood() {
        let text = include_str!("doctor.script");
        let known = "pre post last class key match remember say go next";
        let known: HashSet<&str> = known.split(' ').collect();
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut replies = 0;
        for line in lines {
            let command = line.split(' ').next().unwrap();
            assert!(known.contains(command), "{line}");
            assert_eq!(line, line.trim());
            assert!(!line.contains("  "), "{line}");
            if ["pre", "post", "last"].contains(&command) {
                assert!(line.contains(" = "), "{line}");
            }
            replies += usize::from(["say", "go", "next"].contains(&command));
        }
        let rules = DOCTOR.keys.iter().flat_map(|key| &key.rules);
        let read: usize = rules.map(|rule| rule.replies.len()).sum();
        assert_eq!(read, replies);
        assert!(DOCTOR.keys.len() >= 40);
    }

    #[test]
    fn keys_classes_and_pieces_that_are_named_are_there() {
        let mut names = HashSet::new();
        for key in &DOCTOR.keys {
            assert!(names.insert(&key.name), "{} twice", key.name);
            for rule in &key.rules {
                let text = &rule.pattern.text;
                assert!(!rule.replies.is_empty(), "{}: {text}", key.name);
                let counted = |part: &&Part| !matches!(part, Part::Word(_));
                let pieces = rule.pattern.parts.iter().filter(counted).count();
                for part in &rule.pattern.parts {
                    if let Part::Class(class) = part {
                        assert!(DOCTOR.classes.contains_key(class), "@{class}");
                    }
                }
                for reply in &rule.replies {
                    match reply {
                        Reply::Say(said) => {
                            let used = (1..10).filter(|n| said.contains(&format!("({n})")));
                            assert!(used.max() <= Some(pieces), "{text}: {said}");
                        }
                        Reply::Go(name) => {
                            assert!(DOCTOR.key(name).is_some(), "go {name}");
                            assert!(!rule.remembers, "only what is said can be kept");
                        }
                        Reply::Next => assert!(!rule.remembers),
                    }
                }
            }
        }
        let none = &DOCTOR.key(NONE).unwrap().rules[0];
        assert_eq!(none.pattern.text, "*");
        assert!(
            none.replies
                .iter()
                .all(|reply| matches!(reply, Reply::Say(said) if !said.contains('(')))
        );
    }

    #[test]
    fn patterns_take_clauses_apart() {
        let cases: [(&str, &str, Option<&[&str]>); 7] = [
            ("* my *", "well My dog barks", Some(&["well", "dog barks"])),
            ("* my *", "my", Some(&["", ""])),
            ("* my *", "your dog", None),
            (
                "* my * @family *",
                "my old Mother is here",
                Some(&["", "old", "Mother", "is here"]),
            ),
            ("yes *", "oh yes", None),
            (
                "* i * you *",
                "i i know you and you",
                Some(&["", "i know", "and you"]),
            ),
            ("*", "", Some(&[""])),
        ];
        for (pattern, clause, expected) in cases {
            let clause = Word::list(clause);
            let pieces = DOCTOR.taken_apart(&clause, &Pattern::read(pattern));
            let pieces: Option<Vec<String>> =
                pieces.map(|pieces| pieces.into_iter().map(shown).collect());
            let expected =
                expected.map(|pieces| pieces.iter().map(|piece| (*piece).to_owned()).collect());
            assert_eq!(pieces, expected, "{pattern}");
        }
    }

    #[test]
    fn longer_phrases_are_replaced_first_and_nothing_twice() {
        let post = |text: &str| shown(&DOCTOR.post.applied(&Word::list(text)));
        assert_eq!(post("I am what you are"), "you are what I am");
        assert_eq!(post("you gave me my hat"), "I gave you your hat");
        let pre = |text: &str| shown(&DOCTOR.pre.applied(&Word::list(text)));
        assert_eq!(pre("I'm sure Mom dont know"), "i am sure mother don't know");
    }
}
