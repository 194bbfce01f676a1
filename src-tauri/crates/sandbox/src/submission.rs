//! A `Run` body, however it came: read, then held against the model's parameters (`PROTOCOL.md` section 6).

mod body;
pub(crate) mod training;
mod validate;

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::identity;
use crate::store::Store;
use crate::task::{Input, InputList, StoredFile};

pub(crate) use body::{Problem, TooLarge, object, read, read_form};
pub(crate) use validate::{Origin, is_loopback, validate, with_defaults};

/// What a refusal says when nothing more precise is documented.
pub(crate) const INVALID: &str = "Request parameters are invalid.";

/// Everything a request brought, in its order.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) encoding: &'static str,
    pub(crate) fields: Vec<(String, Entry)>,
    /// Where its files lie until a task takes them; removed with this value.
    _folder: Option<Folder>,
}

#[derive(Debug)]
pub(crate) enum Entry {
    Value(Value),
    File(Upload),
}

/// A file that was received but belongs to no task yet.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: u64,
}

/// One value of a file parameter.
#[derive(Debug, Clone)]
pub(crate) enum Given {
    File(Upload),
    Url(String),
}

/// A file parameter and what it was given.
#[derive(Debug, Clone)]
pub(crate) struct GivenList {
    pub(crate) field: String,
    pub(crate) many: bool,
    pub(crate) values: Vec<Given>,
}

/// A request that may run.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) parameters: Map<String, Value>,
    pub(crate) inputs: Vec<GivenList>,
    pub(crate) callback: Option<String>,
}

/// A folder that goes away with its owner.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs_err::remove_dir_all(&self.0) {
            tracing::warn!(%error, "received files stay until the next start");
        }
    }
}

/// Moves the files to their task.
pub(crate) fn place(
    inputs: &[GivenList],
    store: &Store,
    task: u64,
) -> Result<Vec<InputList>, Error> {
    let lists = inputs.iter().map(|list| {
        let values = list.values.iter().map(|given| match given {
            Given::Url(url) => Ok(Input::Url(url.clone())),
            Given::File(upload) => place_file(upload, store, task).map(Input::Stored),
        });
        Ok(InputList {
            field: list.field.clone(),
            many: list.many,
            values: values.collect::<Result<_, Error>>()?,
        })
    });
    lists.collect()
}

fn place_file(upload: &Upload, store: &Store, task: u64) -> Result<StoredFile, Error> {
    let file = StoredFile {
        key: identity::file_key()?,
        file: plain_name(&upload.name),
        content_type: upload.content_type.clone(),
        bytes: upload.bytes,
        lies: Map::new(),
    };
    fs_err::create_dir_all(store.file_dir(task, &file.key))?;
    fs_err::rename(&upload.path, store.file_path(task, &file))?;
    Ok(file)
}

/// A file name with nothing in it that any system or URL treats specially.
pub(crate) fn plain_name(raw: &str) -> String {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |symbol: char| {
        if symbol.is_ascii_alphanumeric() || "._-".contains(symbol) {
            symbol
        } else {
            '_'
        }
    };
    let name: String = last.chars().map(plain).collect();
    let name = name.trim_start_matches('.');
    // Keep the end, where the extension is.
    let name = &name[name.len().saturating_sub(100)..];
    if name.is_empty() {
        "input".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_plain() {
        assert_eq!(plain_name("../../etc/passwd"), "passwd");
        assert_eq!(plain_name("C:\\x\\mé y.png"), "m__y.png");
        assert_eq!(plain_name("..."), "input");
        assert!(plain_name(&format!("{}.png", "a".repeat(300))).ends_with("a.png"));
    }
}
