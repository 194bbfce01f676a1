//! The inputs of a run, from `-p` and `-f`.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use wiro_engine::Engine;
use wiro_engine::dto::{AnswerInput, Answers, AppError, FileInput};

use crate::exit::usage;

/// The most that is read of a text: no model takes more, and not every path ends.
const MAX_TEXT_BYTES: u64 = 16 * 1_048_576;

/// What was given, before any file was looked at.
#[derive(Debug, Default)]
pub(crate) struct Given {
    values: Answers,
    files: Vec<(String, Source)>,
}

#[derive(Debug, PartialEq, Eq)]
enum Source {
    Path(PathBuf),
    Url(String),
}

/// Reads the arguments and the texts they name.
pub(crate) fn read(parameters: &[String], files: &[String]) -> Result<Given, AppError> {
    let mut given = Given::default();
    for parameter in parameters {
        let (id, value) = split(parameter, "-p")?;
        let value = match value.strip_prefix('@') {
            Some(path) => read_text(path)?,
            None => value.to_owned(),
        };
        add_value(&mut given.values, id, value);
    }
    for file in files {
        let (id, source) = split(file, "-f")?;
        if given.values.contains_key(id) {
            return Err(usage(format!(
                "`{id}` is given both as a value and as a file"
            )));
        }
        given.files.push((id.to_owned(), source_of(id, source)?));
    }
    Ok(given)
}

/// Looks at the files: one that cannot be used ends it here.
pub(crate) async fn stage(engine: &Engine, given: Given) -> Result<Answers, AppError> {
    let mut answers = given.values;
    let mut files: BTreeMap<String, Vec<FileInput>> = BTreeMap::new();
    for (id, source) in given.files {
        let file = match source {
            Source::Url(url) => FileInput::Url { url },
            Source::Path(path) => stage_one(engine, path).await?,
        };
        files.entry(id).or_default().push(file);
    }
    for (id, files) in files {
        answers.insert(id, AnswerInput::Files { files });
    }
    Ok(answers)
}

async fn stage_one(engine: &Engine, path: PathBuf) -> Result<FileInput, AppError> {
    let staged = engine.file_stage(vec![path]).await?.into_iter().next();
    let file = staged.ok_or_else(|| usage("the file cannot be used"))?;
    match file.problem {
        Some(problem) => Err(wiro_engine::Error::File {
            name: file.name,
            problem,
        }
        .into()),
        None => Ok(FileInput::Staged { id: file.id }),
    }
}

fn split<'a>(argument: &'a str, flag: &str) -> Result<(&'a str, &'a str), AppError> {
    match argument.split_once('=') {
        Some((id, value)) if !id.is_empty() => Ok((id, value)),
        _ => Err(usage(format!(
            "`{flag} {argument}` is not of the form `{flag} id=value`"
        ))),
    }
}

fn read_text(path: &str) -> Result<String, AppError> {
    let mut text = String::new();
    let read = fs_err::File::open(path)
        .and_then(|file| file.take(MAX_TEXT_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| usage(error.to_string()))?;
    if read as u64 > MAX_TEXT_BYTES {
        return Err(usage(format!("`{path}` is too long for a text")));
    }
    Ok(text)
}

/// The same parameter twice is a choice of several.
fn add_value(answers: &mut Answers, id: &str, value: String) {
    let answer = match answers.remove(id) {
        Some(AnswerInput::Text { value: first }) => AnswerInput::List {
            values: vec![first, value],
        },
        Some(AnswerInput::List { mut values }) => {
            values.push(value);
            AnswerInput::List { values }
        }
        Some(AnswerInput::Files { .. }) | None => AnswerInput::Text { value },
    };
    answers.insert(id.to_owned(), answer);
}

fn source_of(id: &str, source: &str) -> Result<Source, AppError> {
    let scheme = source.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        _ if source.is_empty() => Err(usage(format!("`-f {id}=` names no file"))),
        Some(scheme)
            if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") =>
        {
            Ok(Source::Url(source.to_owned()))
        }
        _ => Ok(Source::Path(PathBuf::from(source))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(parameters: &[&str], files: &[&str]) -> Result<Given, AppError> {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        read(&owned(parameters), &owned(files))
    }

    #[test]
    fn values_keep_their_equal_signs_and_emptiness() {
        let given = given(&["a=1=2", "b="], &[]).unwrap();
        let text = |value: &str| AnswerInput::Text {
            value: value.to_owned(),
        };
        assert_eq!(given.values.get("a"), Some(&text("1=2")));
        assert_eq!(given.values.get("b"), Some(&text("")));
    }

    #[test]
    fn a_repeated_parameter_is_a_list_in_order() {
        let given = given(&["a=3", "a=1", "a=2"], &[]).unwrap();
        let values = ["3", "1", "2"].map(str::to_owned).to_vec();
        assert_eq!(given.values.get("a"), Some(&AnswerInput::List { values }));
    }

    #[test]
    fn files_are_paths_or_addresses() {
        let check = |text: &str, expected: Source| {
            assert_eq!(source_of("a", text).unwrap(), expected, "{text}");
        };
        check("photo.jpg", Source::Path("photo.jpg".into()));
        check("http.jpg", Source::Path("http.jpg".into()));
        check("ftp://x/y.png", Source::Path("ftp://x/y.png".into()));
        check("HTTPS://x/y.png", Source::Url("HTTPS://x/y.png".to_owned()));
        check(
            "http://127.0.0.1/y.png?a=b",
            Source::Url("http://127.0.0.1/y.png?a=b".to_owned()),
        );
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for (parameters, files) in [
            (&["a"] as &[&str], &[] as &[&str]),
            (&["=a"], &[]),
            (&["a=@/no/such/file"], &[]),
            (&["a=@/"], &[]),
            (&["a=@/dev/zero"], &[]),
            (&[], &["a"]),
            (&[], &["a="]),
            (&["a=1"], &["a=x.png"]),
        ] {
            assert!(
                given(parameters, files).is_err(),
                "{parameters:?} {files:?}"
            );
        }
    }
}
