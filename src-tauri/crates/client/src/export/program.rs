//! The program around the call: what the templates of all languages fill in.

use std::collections::BTreeSet;
use std::path::Path;

use askama::Template;

use super::literal::literal;
use super::parameters::expression;
use super::{ExportRequest, FilePaths, Language, ProjectKind};
use crate::forms::{Part, RunBody};

/// Longest text that travels as an argument of curl. Linux takes 128 KiB in one.
const MAX_ARGUMENT_BYTES: usize = 64 * 1024;

/// What differs between two programs of one language, as expressions of that language where nothing else is said.
struct Program {
    /// The model's slug, as it is: a clean one means nothing in any language.
    model: String,
    /// Base address of the calls, without a trailing slash.
    base_url: String,
    /// Whether calls are signed.
    signed: bool,
    /// The JSON to send; `None` for a form.
    json: Option<String>,
    /// The parts of the form to send; none for JSON.
    parts: Vec<Piece>,
    /// Whether the language's own form would change a part or lose one.
    by_hand: bool,
}

/// A part of a form.
struct Piece {
    name: String,
    content: Content,
    /// The same as an argument of curl.
    argument: String,
}

enum Content {
    Text(String),
    File { path: String, content_type: String },
}

/// Declares the template of each language.
macro_rules! templates {
    ($($language:ident, $path:literal;)+) => {
        $(
            #[derive(Template)]
            #[template(path = $path, escape = "none")]
            struct $language<'a> {
                p: &'a Program,
            }
        )+

        fn render(p: &Program, language: Language) -> Result<String, askama::Error> {
            match language {
                $(Language::$language => $language { p }.render(),)+
            }
        }
    };
}

templates! {
    Curl, "curl.sh.jinja";
    Python, "python.py.jinja";
    NodeJs, "nodejs.mjs.jinja";
    Php, "php.php.jinja";
    CSharp, "csharp.cs.jinja";
    Go, "go.go.jinja";
    Swift, "swift.swift.jinja";
    Kotlin, "kotlin.main.kts.jinja";
    Dart, "dart.dart.jinja";
}

pub(super) fn write(request: &ExportRequest<'_>, language: Language) -> String {
    let base_url = request.endpoints.api().as_str().trim_end_matches('/');
    let (json, parts) = match request.body {
        RunBody::Json(parameters) => (Some(expression(parameters, language)), [].as_slice()),
        RunBody::Multipart(parts) => (None, parts.as_slice()),
    };
    let program = Program {
        model: request.slug.to_string(),
        base_url: literal(base_url, language),
        signed: request.project == ProjectKind::Signature,
        json,
        parts: parts
            .iter()
            .map(|part| Piece::new(part, request.paths, language))
            .collect(),
        by_hand: by_hand(parts, language),
    };
    // Only writing can fail, and a String can always be written to. Templates lose their last line break.
    render(&program, language).unwrap_or_default() + "\n"
}

/// `FormData` of JavaScript makes every line break two characters; the form of PHP's curl has one part per name.
fn by_hand(parts: &[Part], language: Language) -> bool {
    match language {
        Language::NodeJs => parts
            .iter()
            .any(|part| matches!(part, Part::Text { value, .. } if value.contains(['\n', '\r']))),
        Language::Php => {
            let names: BTreeSet<&str> = parts.iter().map(Part::name).collect();
            names.len() < parts.len()
        }
        _ => false,
    }
}

impl Piece {
    fn new(part: &Part, paths: FilePaths, language: Language) -> Self {
        let content = match part {
            Part::Text { value, .. } => Content::Text(literal(value, language)),
            Part::File { file_name, .. } => Content::File {
                path: literal(&shown(part, paths), language),
                content_type: literal(content_type(file_name), language),
            },
        };
        Self {
            name: literal(part.name(), language),
            content,
            argument: argument(part, paths),
        }
    }
}

/// The path of a file as the program says it.
fn shown(part: &Part, paths: FilePaths) -> String {
    match (part, paths) {
        (Part::File { path, .. }, FilePaths::AsGiven) => lossy(path),
        (Part::File { file_name, .. }, FilePaths::NameOnly) => file_name.clone(),
        (Part::Text { .. }, _) => String::new(),
    }
}

fn lossy(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// What the service is told a file is, the same as when this crate sends it.
fn content_type(file_name: &str) -> &'static str {
    mime_guess::from_path(file_name)
        .first_raw()
        .unwrap_or("application/octet-stream")
}

/// A part as an option of curl, in the shell's words.
fn argument(part: &Part, paths: FilePaths) -> String {
    let shell = |text: &str| literal(text, Language::Curl);
    match part {
        Part::Text { name, value } if value.len() <= MAX_ARGUMENT_BYTES => {
            format!("--form-string {}", shell(&format!("{name}={value}")))
        }
        // As if from a file: what the shell writes itself may be of any length.
        Part::Text { name, value } => format!(
            "--form {}<(printf %s {})",
            shell(&format!("{name}=<")),
            shell(value)
        ),
        Part::File {
            name, file_name, ..
        } => {
            // In quotes of curl's own: a comma or semicolon in a path means something to it.
            let path = shown(part, paths)
                .replace('\\', "\\\\")
                .replace('"', "\\\"");
            let content_type = content_type(file_name);
            format!(
                "--form {}",
                shell(&format!("{name}=@\"{path}\";type={content_type}"))
            )
        }
    }
}
