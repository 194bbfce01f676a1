//! No secret reaches a log: everything that is written passes here.
//!
//! Two nets. What is known to be secret (keys, secrets, passwords of this process) is masked by value wherever it stands.
//! What only looks like a secret (task and agent tokens, signatures) is masked by shape: a long word of letters and digits.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;
use wiro_client::auth::Credentials;
use wiro_client::secret::Secret;

/// What stands in the place of a secret.
const MASK: &str = "[redacted]";
/// A word of letters and digits of at least this length is taken for a token. Ids of the library have hyphens within.
const TOKEN_CHARS: usize = 24;
/// Shorter values would mask ordinary words.
const SHORTEST_SECRET_BYTES: usize = 4;

/// The secrets of this process.
static KNOWN: Mutex<Vec<Secret<String>>> = Mutex::new(Vec::new());

/// Masks these from now on, for as long as the process lives: an old key may still be quoted by a late answer.
pub(crate) fn keep_secret(credentials: &Credentials) {
    let (key, secret) = credentials.expose();
    for value in [Some(key), secret].into_iter().flatten() {
        keep_value(value);
    }
}

/// The same for a password.
pub(crate) fn keep_value(value: &str) {
    if value.len() < SHORTEST_SECRET_BYTES {
        return;
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if !known.iter().any(|secret| secret.expose() == value) {
        known.push(Secret::new(value.to_owned()));
    }
}

/// The text without secrets.
pub fn redact(text: &str) -> String {
    let mut text = text.to_owned();
    for secret in KNOWN.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        if text.contains(secret.expose().as_str()) {
            text = text.replace(secret.expose().as_str(), MASK);
        }
    }
    without_tokens(&text)
}

fn without_tokens(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut word = String::new();
    for character in text.chars().chain(std::iter::once('\n')) {
        if character.is_ascii_alphanumeric() || character == '_' {
            word.push(character);
            continue;
        }
        masked.push_str(if is_token(&word) { MASK } else { &word });
        word.clear();
        masked.push(character);
    }
    // The one that was added to end the last word.
    masked.pop();
    masked
}

fn is_token(word: &str) -> bool {
    word.len() >= TOKEN_CHARS
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Makes writers for log lines; each line is one write.
#[derive(Debug, Clone)]
pub struct Redacting<M>(pub M);

/// A writer that masks what it is given.
#[derive(Debug)]
pub struct RedactingWriter<W>(W);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Redacting<M> {
    type Writer = RedactingWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactingWriter(self.0.make_writer())
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = redact(&String::from_utf8_lossy(line));
        self.0.write_all(text.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t12_masks_known_values_and_what_looks_like_a_token() {
        keep_secret(&Credentials::new(
            "wk-live-ab".to_owned(),
            Some("s p a c e".to_owned()),
        ));
        for (text, expected) in [
            ("key wk-live-ab.", "key [redacted]."),
            ("secret=s p a c e;", "secret=[redacted];"),
            (
                "token eDcCm5yyUfIvMFspTwww49OUfgXkQt gone",
                "token [redacted] gone",
            ),
            (
                "run 019373c0-8e2f-7cc1-b2d4-0a1b2c3d4e5f started",
                "run 019373c0-8e2f-7cc1-b2d4-0a1b2c3d4e5f started",
            ),
            (
                "an_ordinary_word_of_thirty_letters",
                "an_ordinary_word_of_thirty_letters",
            ),
            ("", ""),
        ] {
            assert_eq!(redact(text), expected, "{text}");
        }
    }

    #[test]
    fn a_writer_masks_every_line() {
        let mut written = RedactingWriter(Vec::new());
        written
            .write_all(b"token=eDcCm5yyUfIvMFspTwww49OUfgXkQt\n")
            .unwrap();
        assert_eq!(String::from_utf8(written.0).unwrap(), "token=[redacted]\n");
    }
}
