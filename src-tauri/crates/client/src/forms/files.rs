//! What a person gave to a field that takes files, and what is wrong with it.

use url::Url;

use super::definition::{Control, Field, FileMode};
use super::problem::{FieldProblem, ProblemKind};
use super::request::{Answer, Answers, FileSource};
use super::values::Sent;

impl Field {
    /// All files and addresses of this field: its own answer, then what was given under the key of its twin.
    pub(super) fn given_files(&self, answers: &Answers) -> Vec<FileSource> {
        let Control::Files { mode, .. } = &self.control else {
            return Vec::new();
        };
        let twin = self.url_key().and_then(|twin| answers.get(twin));
        answers
            .get(&self.id)
            .into_iter()
            .chain(twin)
            .flat_map(|answer| given(answer, *mode))
            .collect()
    }

    /// Refuses more files than fit and addresses nobody can fetch.
    pub(super) fn files(
        &self,
        given: Vec<FileSource>,
        mode: FileMode,
        max_files: Option<u32>,
    ) -> Result<Sent, FieldProblem> {
        let limit = if mode == FileMode::Single {
            1
        } else {
            max_files.map_or(usize::MAX, |count| count as usize)
        };
        if given.len() > limit {
            let noun = if limit == 1 {
                "file or address"
            } else {
                "files or addresses"
            };
            let message = format!("{} takes {limit} {noun}, not {}.", self.label, given.len());
            return Err(self.problem(ProblemKind::TooManyFiles, message));
        }
        let is_bad = |file: &FileSource| match file {
            FileSource::Url(address) => !is_web_address(address),
            FileSource::Path(_) => false,
        };
        if given.iter().any(is_bad) {
            let message = format!(
                "{}: only http and https addresses can be fetched.",
                self.label
            );
            return Err(self.problem(ProblemKind::BadAddress, message));
        }
        Ok(if given.is_empty() {
            Sent::Omitted
        } else {
            Sent::Files(given)
        })
    }
}

/// The files and addresses of one answer, without blanks. A text is one address, or several where several fit.
pub(super) fn given(answer: &Answer, mode: FileMode) -> Vec<FileSource> {
    let url = |address: &str| FileSource::Url(address.to_owned());
    match answer {
        Answer::Files(files) => without_blanks(files),
        Answer::List(addresses) => {
            let addresses: Vec<FileSource> = addresses.iter().map(|address| url(address)).collect();
            without_blanks(&addresses)
        }
        Answer::Text(address) if mode == FileMode::Single => without_blanks(&[url(address)]),
        Answer::Text(list) => addresses_in(list).into_iter().map(url).collect(),
    }
}

/// How many files and addresses an answer holds when nothing is known about its field.
pub(super) fn count_of(answer: &Answer) -> usize {
    given(answer, FileMode::Combined).len()
}

/// Files and addresses as one text, for comparing; empty only when there are none.
pub(super) fn text_of(files: &[FileSource]) -> String {
    let texts: Vec<String> = files
        .iter()
        .map(|file| match file {
            FileSource::Url(address) => address.clone(),
            FileSource::Path(path) => path.to_string_lossy().into_owned(),
        })
        .collect();
    texts.join(",")
}

/// The files that are any: blank addresses and paths are left out, blanks around an address too.
pub(super) fn without_blanks(files: &[FileSource]) -> Vec<FileSource> {
    let trimmed = |file: &FileSource| match file {
        FileSource::Url(address) => {
            let address = address.trim();
            (!address.is_empty()).then(|| FileSource::Url(address.to_owned()))
        }
        FileSource::Path(path) => {
            (!path.as_os_str().is_empty()).then(|| FileSource::Path(path.clone()))
        }
    };
    files.iter().filter_map(trimmed).collect()
}

/// The addresses of a text that lists several. The documents join them by commas, some of the service's own nodes by
/// semicolons (`PROTOCOL.md` section 31), people by lines; an address may hold the first two itself, so a mark parts
/// only in front of another address.
fn addresses_in(text: &str) -> Vec<&str> {
    const MARKS: [char; 3] = [',', ';', '\n'];
    let starts_address = |text: &str| {
        let text = text.trim_start().as_bytes();
        ["http://", "https://"].iter().any(|scheme| {
            text.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
        })
    };
    let mut addresses = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(MARKS) {
        if starts_address(&text[at + 1..]) {
            addresses.push(&text[start..at]);
            start = at + 1;
        }
    }
    addresses.push(&text[start..]);
    addresses
        .into_iter()
        .map(|address| address.trim_matches(|c: char| c.is_whitespace() || MARKS.contains(&c)))
        .filter(|address| !address.is_empty())
        .collect()
}

fn is_web_address(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_parted_however_they_were_joined() {
        let cases: [(&str, &[&str]); 9] = [
            ("", &[]),
            (" , ", &[]),
            ("https://a.example/1", &["https://a.example/1"]),
            ("https://a.example/1,2", &["https://a.example/1,2"]),
            (
                "https://a.example/1,2, https://a.example/3",
                &["https://a.example/1,2", "https://a.example/3"],
            ),
            (
                "https://a.example/1;HTTP://a.example/2;",
                &["https://a.example/1", "HTTP://a.example/2"],
            ),
            (
                "https://a.example/1\n\n https://a.example/2\n",
                &["https://a.example/1", "https://a.example/2"],
            ),
            (
                "https://a.example/?u=https://b.example/1",
                &["https://a.example/?u=https://b.example/1"],
            ),
            ("a.png,b.png", &["a.png,b.png"]),
        ];
        for (text, expected) in cases {
            assert_eq!(addresses_in(text), expected, "{text:?}");
        }
    }
}
