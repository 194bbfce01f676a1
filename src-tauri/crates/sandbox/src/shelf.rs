//! Folders and files that were uploaded by themselves (`PROTOCOL.md` section 9), to be used by any number of runs.
//!
//! Each has a record `uploads/<id>.json`; a file's bytes lie in `uploads/<id>/<name>`. The bytes come first, so that a
//! record never promises what is not there; bytes without a record are removed at the next start.

pub(crate) mod archive;
pub(crate) mod kinds;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fs_err as fs;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Error;
use crate::identity;
use crate::store::{Keep, read_json, write_json};
use crate::submission::plain_name;
use crate::task::now_ms;

/// Above all folders.
const ROOT: &str = "folder-root";
/// Where uploads go that name no folder. It is always there.
const DEFAULT: &str = "folder-default";
const UPLOADS: &str = "uploads";

/// Every folder and file there is, by id.
pub(crate) struct Shelf {
    dir: PathBuf,
    entries: Mutex<BTreeMap<String, Entry>>,
}

/// A folder or a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    id: String,
    name: String,
    parent: String,
    added_ms: u64,
    /// `None` for a folder.
    file: Option<Kept>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    /// Unguessable segment of its URL.
    key: String,
    content_type: String,
    bytes: u64,
}

/// A received file that is to be kept.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: u64,
}

impl Entry {
    /// The entry as the service lists it: all values are text.
    pub(crate) fn wire(&self, origin: &str) -> Value {
        let added = (self.added_ms / 1000).to_string();
        match &self.file {
            None => json!({
                "id": self.id,
                "name": self.name,
                "parentid": self.parent,
                "size": "0",
                "contenttype": "",
                "addedtime": added,
            }),
            Some(file) => json!({
                "id": self.id,
                "name": self.name,
                "contenttype": file.content_type,
                "size": file.bytes.to_string(),
                "parentid": self.parent,
                // Plain names need no escaping.
                "url": format!("{origin}/{UPLOADS}/{}/{}/{}", self.id, file.key, self.name),
                "addedtime": added,
                "accesskey": file.key,
            }),
        }
    }
}

impl Shelf {
    /// Reads what was uploaded before, and removes what is only half there.
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let dir = dir.join(UPLOADS);
        fs::create_dir_all(&dir)?;
        let mut entries = BTreeMap::new();
        let mut folders = Vec::new();
        for found in fs::read_dir(&dir)? {
            let path = found?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
                && let Some(entry) = read_json::<Entry>(&path)?
                && path
                    .file_stem()
                    .is_some_and(|stem| stem == entry.id.as_str())
            {
                entries.insert(entry.id.clone(), entry);
            }
        }
        for folder in folders {
            let name = folder.file_name().and_then(|name| name.to_str());
            if !name.is_some_and(|name| entries.contains_key(name)) {
                fs::remove_dir_all(&folder)?;
            }
        }
        Ok(Self {
            dir,
            entries: Mutex::new(entries),
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder that a request means by this id: a blank one stands for `otherwise`. `None` if there is no such folder.
    fn folder(&self, id: &str, otherwise: &str) -> Option<String> {
        let id = if id.is_empty() { otherwise } else { id };
        let known = [ROOT, DEFAULT].contains(&id)
            || self
                .lock()
                .get(id)
                .is_some_and(|entry| entry.file.is_none());
        known.then(|| id.to_owned())
    }

    /// The folder an upload goes to.
    pub(crate) fn upload_folder(&self, id: &str) -> Option<String> {
        self.folder(id, DEFAULT)
    }

    /// The folder a new folder goes to.
    pub(crate) fn parent_folder(&self, id: &str) -> Option<String> {
        self.folder(id, ROOT)
    }

    /// Adds a folder. Two of the same name are two folders: that names are unique is not documented.
    pub(crate) fn create_folder(&self, name: String, parent: String) -> Result<Entry, Error> {
        let entry = Entry {
            id: format!("folder-{}", identity::alphanumeric(12)?),
            name,
            parent,
            added_ms: now_ms(),
            file: None,
        };
        self.record(&entry)?;
        Ok(entry)
    }

    /// Takes a received file over.
    pub(crate) fn keep(&self, arrival: &Arrival, parent: &str) -> Result<Entry, Error> {
        let entry = Entry {
            id: format!("file-{}", identity::alphanumeric(12)?),
            name: plain_name(&arrival.name),
            parent: parent.to_owned(),
            added_ms: now_ms(),
            file: Some(Kept {
                key: identity::file_key()?,
                content_type: arrival.content_type.to_owned(),
                bytes: arrival.bytes,
            }),
        };
        fs::create_dir_all(self.dir.join(&entry.id))?;
        fs::rename(&arrival.path, self.path(&entry))?;
        self.record(&entry)?;
        Ok(entry)
    }

    fn record(&self, entry: &Entry) -> Result<(), Error> {
        let path = self.dir.join(format!("{}.json", entry.id));
        write_json(&path, entry, Keep::Durably)?;
        self.lock().insert(entry.id.clone(), entry.clone());
        Ok(())
    }

    fn path(&self, entry: &Entry) -> PathBuf {
        self.dir.join(&entry.id).join(&entry.name)
    }

    /// The file behind `/uploads/{id}/{key}/{name}`, and its type.
    pub(crate) fn file(&self, id: &str, key: &str, name: &str) -> Option<(PathBuf, String)> {
        let entries = self.lock();
        let entry = entries.get(id).filter(|entry| entry.name == name)?;
        let file = entry.file.as_ref().filter(|file| file.key == key)?;
        Some((self.path(entry), file.content_type.clone()))
    }
}
