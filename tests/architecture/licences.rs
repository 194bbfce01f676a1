//! The licences of everything that is compiled in.

use serde_json::Value;

use crate::assert_none;
use crate::crates::{metadata, text};

/// What an MIT program may ship with. MPL-2.0 binds only changes to its own files.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression can be satisfied with allowed licences alone.
fn acceptable(expression: &str) -> bool {
    // Old manifests write a slash for OR.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let answer = any_of(&mut rest);
    answer && rest.is_empty()
}

fn any_of(words: &mut &[&str]) -> bool {
    let mut answer = all_of(words);
    while let Some((&"OR", rest)) = words.split_first() {
        *words = rest;
        // Not `||` alone: the right side must be read either way.
        let right = all_of(words);
        answer = answer || right;
    }
    answer
}

fn all_of(words: &mut &[&str]) -> bool {
    let mut answer = one(words);
    while let Some((&"AND", rest)) = words.split_first() {
        *words = rest;
        let right = one(words);
        answer = answer && right;
    }
    answer
}

fn one(words: &mut &[&str]) -> bool {
    match **words {
        ["(", ref rest @ ..] => {
            *words = rest;
            let answer = any_of(words);
            match words.split_first() {
                Some((&")", rest)) => {
                    *words = rest;
                    answer
                }
                _ => false,
            }
        }
        [licence, "WITH", exception, ref rest @ ..] => {
            *words = rest;
            ALLOWED.contains(&format!("{licence} WITH {exception}").as_str())
        }
        [licence, ref rest @ ..] => {
            *words = rest;
            ALLOWED.contains(&licence)
        }
        [] => false,
    }
}

#[test]
fn every_licence_is_allowed() {
    let metadata = metadata();
    let packages = metadata.get("packages").and_then(Value::as_array).unwrap();
    assert!(packages.len() > 100, "the whole tree is in the metadata");
    let others: Vec<String> = packages
        .iter()
        .filter(|package| !acceptable(text(package, "license")))
        .map(|package| {
            format!(
                "{} {}: {:?}",
                text(package, "name"),
                text(package, "version"),
                text(package, "license")
            )
        })
        .collect();
    assert_none("licences that need a decision", &others);
}

#[test]
fn expressions_are_understood() {
    for good in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0 OR MIT",
        "(MIT OR GPL-2.0) AND Unicode-3.0",
        "ISC AND (Apache-2.0 OR ISC)",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(acceptable(good), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT",
        "MIT Apache-2.0",
        "GPL-2.0 WITH Classpath-exception-2.0",
    ] {
        assert!(!acceptable(bad), "{bad}");
    }
}
