//! Values that must not be read in a log, a panic or a file.

use std::fmt;

use zeroize::Zeroize;

/// A key, a secret or a token.
///
/// It prints as `<redacted>`, is wiped when dropped, and can neither be displayed nor serialised: whoever needs the
/// value says so with [`Secret::expose`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes the value in.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Never pass it to anything that keeps or prints it.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<String> for Secret<String> {
    fn from(value: String) -> Self {
        Self(value)
    }
}

/// What must not be quoted from a text that somebody else wrote.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Vec<Secret<String>>);

impl Secrets {
    /// Shorter ones would blank out ordinary words, and are no secrets.
    const SHORTEST: usize = 6;

    pub(crate) fn add(&mut self, secret: &str) {
        if secret.len() >= Self::SHORTEST {
            self.0.push(Secret::new(secret.to_owned()));
        }
    }

    /// Blanks them out.
    pub(crate) fn scrub(&self, text: &mut String) {
        for secret in &self.0 {
            if text.contains(secret.expose()) {
                *text = text.replace(secret.expose(), "***");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_and_expose_shows_all() {
        let secret = Secret::new("canary".to_owned());
        assert_eq!(format!("{secret:?}"), "<redacted>");
        assert_eq!(format!("{:?}", Some(&secret)), "Some(<redacted>)");
        assert_eq!(secret.expose(), "canary");
        assert_eq!(secret.clone(), secret);
    }
}
