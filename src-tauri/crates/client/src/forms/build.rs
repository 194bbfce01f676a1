//! From answers to the body of a run (`PROTOCOL.md` sections 6.2 to 6.4).

use std::path::Path;

use serde_json::{Map, Value};

use super::definition::{Control, Field, FileMode, FormDefinition, OPEN_SELECT_MULTIPLE};
use super::file_size;
use super::problem::{FieldProblem, ProblemKind};
use super::request::{Answer, Answers, FileSource, Part, RunBody};
use super::values::{COMMON_FIELDS, Sent};

/// Largest file that is sent: 100 x 1,048,576 bytes (D-19).
pub const MAX_FILE_BYTES: u64 = 100 * 1_048_576;

/// One key's worth of the request.
struct Entry<'a> {
    key: &'a str,
    travel: Travel<'a>,
    sent: Sent,
    /// The largest file it takes.
    max_bytes: u64,
}

/// How files of an entry travel.
#[derive(Clone, Copy)]
enum Travel<'a> {
    /// `combinefileinput` and whatever may be several: all under the own key, in JSON always an array.
    Mixed,
    /// All under the own key, in JSON a bare text when it is one: fields whose type is not known.
    Bare,
    /// Files under the own key, addresses under this one; each has an empty counterpart in multipart (D-06).
    Twin {
        key: &'a str,
        /// Whether the service splits the addresses at commas.
        splits: bool,
    },
}

impl FormDefinition {
    /// The body these answers make, or all that is wrong with them.
    ///
    /// JSON unless a local file is attached (C-15). Looks at each local file once for its size; reads none.
    pub fn request(&self, answers: &Answers) -> Result<RunBody, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let mut entries = Vec::new();
        for field in self.fields() {
            match entry(field, answers) {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        for (key, answer) in answers.iter().filter(|(key, _)| self.field(key).is_none()) {
            match self.entry_without_field(key, answer) {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        let has_local = entries.iter().any(|entry| {
            matches!(&entry.sent, Sent::Files(files) if files.iter().any(|file| matches!(file, FileSource::Path(_))))
        });
        let body = if has_local {
            multipart(&entries, &mut problems)
        } else {
            RunBody::Json(json(entries))
        };
        if problems.is_empty() {
            Ok(body)
        } else {
            Err(problems)
        }
    }

    /// Answers no field stands for: twins were merged into their field, the common parameters are always taken, anything
    /// else only when there is no schema to judge by.
    fn entry_without_field<'a>(
        &self,
        key: &'a str,
        answer: &Answer,
    ) -> Result<Option<Entry<'a>>, FieldProblem> {
        if self.field_of_url_key(key).is_some() {
            return Ok(None);
        }
        let common = COMMON_FIELDS.contains(&key);
        if self.has_schema && !common {
            let message = format!("This model has no input called {key}.");
            return Err(FieldProblem::new(key, ProblemKind::UnknownField, message));
        }
        let sent = match answer {
            Answer::Text(text) if common && text.trim().is_empty() => Sent::Omitted,
            Answer::Text(text) => Sent::One(Value::from(text.as_str())),
            Answer::List(_) | Answer::Files(_) if common => {
                return Err(FieldProblem::new(
                    key,
                    ProblemKind::WrongKind,
                    format!("{key} takes text."),
                ));
            }
            Answer::List(values) => Sent::Many(values.clone()),
            Answer::Files(files) if files.is_empty() => Sent::Omitted,
            Answer::Files(files) => Sent::Files(files.clone()),
        };
        Ok((sent != Sent::Omitted).then_some(Entry {
            key,
            travel: Travel::Bare,
            sent,
            max_bytes: MAX_FILE_BYTES,
        }))
    }
}

/// The entry of one field, if it is sent at all.
fn entry<'a>(field: &'a Field, answers: &Answers) -> Result<Option<Entry<'a>>, FieldProblem> {
    let has_twin = field
        .url_key()
        .is_some_and(|twin| answers.contains_key(twin));
    let merged = has_twin.then(|| Answer::Files(field.given_files(answers)));
    let sent = field.sent(merged.as_ref().or_else(|| answers.get(&field.id)))?;
    if field.required && is_blank(field, &sent) {
        return Err(field.required_problem());
    }
    let travel = match &field.control {
        Control::Files {
            mode: FileMode::Combined,
            ..
        } => Travel::Mixed,
        Control::Raw { type_name } if type_name == OPEN_SELECT_MULTIPLE => Travel::Mixed,
        Control::Files {
            mode,
            url_key: Some(key),
            ..
        } => Travel::Twin {
            key,
            splits: *mode == FileMode::Separate,
        },
        _ => Travel::Bare,
    };
    Ok((sent != Sent::Omitted).then_some(Entry {
        key: &field.id,
        travel,
        sent,
        max_bytes: max_bytes(field),
    }))
}

/// The limit the help text of a field states, where that is the smaller one.
fn max_bytes(field: &Field) -> u64 {
    let stated = field.help.as_deref().and_then(file_size::from_prose);
    stated.map_or(MAX_FILE_BYTES, |bytes| bytes.min(MAX_FILE_BYTES))
}

/// Whether a required field counts as not filled in. An empty option that was chosen is a value.
fn is_blank(field: &Field, sent: &Sent) -> bool {
    match sent {
        Sent::Omitted => true,
        Sent::One(Value::String(text)) => {
            text.trim().is_empty() && !matches!(field.control, Control::Select { .. })
        }
        Sent::One(_) => false,
        Sent::Many(values) => values.is_empty(),
        Sent::Files(files) => files.is_empty(),
    }
}

fn json(entries: Vec<Entry<'_>>) -> Map<String, Value> {
    let mut body = Map::new();
    for Entry {
        key, travel, sent, ..
    } in entries
    {
        match sent {
            Sent::Omitted => {}
            Sent::One(value) => {
                body.insert(key.to_owned(), value);
            }
            Sent::Many(values) => {
                body.insert(key.to_owned(), Value::from(values));
            }
            Sent::Files(files) => {
                let addresses = addresses(&files);
                match (travel, addresses.as_slice()) {
                    (Travel::Twin { key, splits }, _) => {
                        body.insert(key.to_owned(), twin_text(&addresses, splits).into())
                    }
                    (Travel::Bare, [only]) => body.insert(key.to_owned(), Value::from(*only)),
                    (Travel::Bare | Travel::Mixed, _) => {
                        body.insert(key.to_owned(), Value::from(addresses))
                    }
                };
            }
        }
    }
    body
}

fn multipart(entries: &[Entry<'_>], problems: &mut Vec<FieldProblem>) -> RunBody {
    let mut parts = Vec::new();
    for part in entries.iter().flat_map(Entry::parts) {
        match part {
            Ok(part) => parts.push(part),
            Err(problem) => problems.push(problem),
        }
    }
    RunBody::Multipart(parts)
}

fn text_part(name: &str, value: impl Into<String>) -> Part {
    Part::Text {
        name: name.to_owned(),
        value: value.into(),
    }
}

impl Entry<'_> {
    /// The parts of this entry, and a problem for each file that cannot be sent.
    fn parts(&self) -> Vec<Result<Part, FieldProblem>> {
        let key = self.key;
        match (&self.sent, self.travel) {
            (Sent::Omitted, _) => Vec::new(),
            (Sent::One(Value::String(value)), _) => vec![Ok(text_part(key, value))],
            (Sent::One(value), _) => vec![Ok(text_part(key, value.to_string()))],
            (Sent::Many(values), _) => values
                .iter()
                .map(|value| Ok(text_part(key, value)))
                .collect(),
            (Sent::Files(files), Travel::Mixed | Travel::Bare) => files
                .iter()
                .map(|file| match file {
                    FileSource::Url(address) => Ok(text_part(key, address)),
                    FileSource::Path(path) => self.file_part(path),
                })
                .collect(),
            (Sent::Files(files), Travel::Twin { key: twin, splits }) => {
                let local = files.iter().filter_map(local_path);
                let mut parts: Vec<_> = local.map(|path| self.file_part(path)).collect();
                if parts.is_empty() {
                    parts.push(Ok(text_part(key, "")));
                }
                parts.push(Ok(text_part(twin, twin_text(&addresses(files), splits))));
                parts
            }
        }
    }

    fn file_part(&self, path: &Path) -> Result<Part, FieldProblem> {
        file_part(self.key, path, self.max_bytes)
    }
}

fn local_path(file: &FileSource) -> Option<&Path> {
    match file {
        FileSource::Path(path) => Some(path),
        FileSource::Url(_) => None,
    }
}

fn addresses(files: &[FileSource]) -> Vec<&str> {
    files
        .iter()
        .filter_map(|file| match file {
            FileSource::Url(address) => Some(address.as_str()),
            FileSource::Path(_) => None,
        })
        .collect()
}

/// Addresses in one text. Where the service splits at commas, one inside an address would make two of it
/// (`PROTOCOL.md` section 6.3).
fn twin_text(addresses: &[&str], splits: bool) -> String {
    let safe = |address: &&str| {
        if splits {
            address.replace(',', "%2C")
        } else {
            (*address).to_owned()
        }
    };
    addresses.iter().map(safe).collect::<Vec<_>>().join(",")
}

/// A limit in the words of the help text it came from: `4.7`, `100`.
fn megabytes_text(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10).saturating_add(524_288) / 1_048_576;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}

fn file_part(key: &str, path: &Path, max_bytes: u64) -> Result<Part, FieldProblem> {
    let file_name: String = path.file_name().map_or_else(
        || "file".to_owned(),
        |name| {
            name.to_string_lossy()
                .chars()
                .map(|c| if c.is_control() { '_' } else { c })
                .collect()
        },
    );
    let unusable = |what: &str| {
        FieldProblem::new(
            key,
            ProblemKind::FileUnusable,
            format!("{file_name} {what}."),
        )
    };
    let metadata = fs_err::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => unusable("is not there"),
        _ => unusable("cannot be read"),
    })?;
    if metadata.is_dir() {
        return Err(unusable("is a folder"));
    }
    if !metadata.is_file() {
        return Err(unusable("is not a plain file"));
    }
    match metadata.len() {
        0 => Err(unusable("is empty")),
        bytes if bytes > max_bytes => Err(unusable(&format!(
            "is over {} MB",
            megabytes_text(max_bytes)
        ))),
        bytes => Ok(Part::File {
            name: key.to_owned(),
            path: path.to_owned(),
            file_name,
            bytes,
        }),
    }
}
