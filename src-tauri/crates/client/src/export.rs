//! The call behind given answers as a program of its own, in the nine languages the service shows its examples in
//! (`PROTOCOL.md` section 26).
//!
//! Every program does the same: it starts the run once, asks `Task/Detail` until a final polled status (section 7.1),
//! and prints the addresses of the outputs or, for a language model, the text. Success is `pexit "0"`; everything else
//! ends with a reason on standard error and a status that is not zero. Reply paths are those of the reference tables,
//! not of the published samples (C-04).
//!
//! Invariants:
//! - **No key.** The programs read `WIRO_API_KEY` and, when the project signs, `WIRO_API_SECRET` from the environment.
//! - **The run is sent once.** Only the question how far it is is repeated, and redirects are not followed.
//! - **Texts arrive as they are.** Whatever a value holds, the program sends that value and does nothing else with it.
//!
//! Pure; no I/O. The programs themselves are the templates in `export/templates`.

mod literal;
mod parameters;
mod program;

use serde::{Deserialize, Serialize};

use crate::endpoints::Endpoints;
use crate::forms::RunBody;
use crate::slug::ModelSlug;

/// A language a call can be written in (`PROTOCOL.md` section 26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// A bash script around curl and jq.
    Curl,
    /// Python with `requests`, which readers expect: the standard library has no multipart.
    Python,
    /// An ES module for Node 20 or newer, without packages.
    NodeJs,
    /// PHP with its curl extension.
    Php,
    /// C# with top-level statements, without packages.
    CSharp,
    /// Go, standard library only.
    Go,
    /// Swift with `URLSession`, and `CryptoKit` when the project signs.
    Swift,
    /// A Kotlin script that names its two packages itself: the JVM has neither JSON nor multipart.
    Kotlin,
    /// Dart with the `http` and `crypto` packages of the Dart team.
    Dart,
}

impl Language {
    /// All of them, in the order the service lists its examples.
    pub const ALL: [Self; 9] = [
        Self::Curl,
        Self::Python,
        Self::NodeJs,
        Self::Php,
        Self::CSharp,
        Self::Go,
        Self::Swift,
        Self::Kotlin,
        Self::Dart,
    ];

    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Python => "Python",
            Self::NodeJs => "Node.js",
            Self::Php => "PHP",
            Self::CSharp => "C#",
            Self::Go => "Go",
            Self::Swift => "Swift",
            Self::Kotlin => "Kotlin",
            Self::Dart => "Dart",
        }
    }

    /// How a file of it ends, without the leading dot. Node.js and Kotlin go by it: a module, a script.
    pub const fn file_extension(self) -> &'static str {
        match self {
            Self::Curl => "sh",
            Self::Python => "py",
            Self::NodeJs => "mjs",
            Self::Php => "php",
            Self::CSharp => "cs",
            Self::Go => "go",
            Self::Swift => "swift",
            Self::Kotlin => "main.kts",
            Self::Dart => "dart",
        }
    }
}

/// How the project that will run the program proves who it is (`PROTOCOL.md` section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProjectKind {
    /// With its key alone.
    KeyOnly,
    /// With its key and a signature for each call.
    Signature,
}

/// How local files are named in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FilePaths {
    /// By the path they were chosen with. One that is not Unicode is written with replacement characters.
    AsGiven,
    /// By their name alone, so that nothing tells how this machine's folders are called.
    NameOnly,
}

/// What to write down.
#[derive(Debug, Clone, Copy)]
pub struct ExportRequest<'a> {
    /// The model.
    pub slug: &'a ModelSlug,
    /// Its validated inputs.
    pub body: &'a RunBody,
    /// Where the program calls: [`Endpoints::wiro`], or an own address.
    pub endpoints: &'a Endpoints,
    /// Which headers it sends.
    pub project: ProjectKind,
    /// How it names files.
    pub paths: FilePaths,
}

/// The call as a complete program.
pub fn export(request: &ExportRequest<'_>, language: Language) -> String {
    program::write(request, language)
}
