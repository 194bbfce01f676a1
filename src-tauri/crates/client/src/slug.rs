//! Model names: `owner/project`, in their clean form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The clean slug of a model, safe to put into a path (`PROTOCOL.md` sections 5.2 and 31).
///
/// Both halves start with a letter or digit and hold only letters, digits, `.`, `_` and `-`, so neither can be
/// `..`, be empty or carry a slash, a space or a query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelSlug {
    owner: String,
    project: String,
}

/// Why a text is not a model name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// There is no `/`.
    #[error("a model is named owner/model, such as sandbox/upscale")]
    NoSlash,
    /// A half is empty or holds a character that has no place in a clean slug.
    #[error(
        "`{0}` is not a clean name: letters, digits, `.`, `_` and `-` only, a letter or digit first"
    )]
    NotClean(String),
}

/// Longest half that is taken for a slug; real ones stay under 60.
const MAX_HALF: usize = 200;

impl ModelSlug {
    /// Puts a slug together from its two clean halves.
    pub fn new(owner: &str, project: &str) -> Result<Self, SlugError> {
        for half in [owner, project] {
            if !is_clean(half) {
                return Err(SlugError::NotClean(half.chars().take(80).collect()));
            }
        }
        Ok(Self {
            owner: owner.to_owned(),
            project: project.to_owned(),
        })
    }

    /// Who published the model.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The model's own name.
    pub fn project(&self) -> &str {
        &self.project
    }
}

fn is_clean(half: &str) -> bool {
    half.len() <= MAX_HALF
        && half.starts_with(|first: char| first.is_ascii_alphanumeric())
        && half
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

impl FromStr for ModelSlug {
    type Err = SlugError;

    /// Splits at the first `/`; the rest is the project.
    fn from_str(text: &str) -> Result<Self, SlugError> {
        let (owner, project) = text.trim().split_once('/').ok_or(SlugError::NoSlash)?;
        Self::new(owner, project)
    }
}

impl TryFrom<String> for ModelSlug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        text.parse()
    }
}

impl From<ModelSlug> for String {
    fn from(slug: ModelSlug) -> Self {
        slug.to_string()
    }
}

impl fmt::Display for ModelSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_names_are_taken() {
        for (text, owner, project) in [
            ("sandbox/upscale", "sandbox", "upscale"),
            ("klingai/kling-v2.6", "klingai", "kling-v2.6"),
            (" wiro/virtual-try-on\n", "wiro", "virtual-try-on"),
            ("A/b_c", "A", "b_c"),
        ] {
            let slug: ModelSlug = text.parse().unwrap();
            assert_eq!((slug.owner(), slug.project()), (owner, project));
            assert_eq!(slug.to_string(), text.trim());
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "/",
            "a",
            "a/",
            "/b",
            "a/../b",
            "../b",
            "a/.b",
            "wiro/Virtual Try-On",
            "a/b/c",
            "a/b?x",
            "a/ü",
            "a/-b",
        ] {
            assert!(text.parse::<ModelSlug>().is_err(), "{text:?}");
        }
        assert!(
            format!("a/{}", "x".repeat(201))
                .parse::<ModelSlug>()
                .is_err()
        );
    }

    #[test]
    fn it_is_a_string_in_json() {
        let slug: ModelSlug = serde_json::from_str("\"a/b\"").unwrap();
        assert_eq!(serde_json::to_string(&slug).unwrap(), "\"a/b\"");
        assert!(serde_json::from_str::<ModelSlug>("\"a\"").is_err());
    }
}
