//! A file that must still be what it was when it was chosen, at the first byte and at the last.

use std::fs::Metadata;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use fs_err::tokio::{self as fs, File};
use tokio::io::AsyncReadExt;

use crate::error::{Error, ErrorKind};
use crate::forms::Part;

/// Size of a piece: 100 MB are some 1,600 reads, and memory stays flat.
const PIECE_BYTES: u64 = 64 * 1024;
/// Largest file the service takes (`PROTOCOL.md` D-19).
const MAX_BYTES: u64 = 100 * 1024 * 1024;

/// An open file of known size.
pub(super) struct LocalFile {
    file: File,
    label: String,
    remaining: u64,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl LocalFile {
    /// Opens a file, if it is one and has the expected size.
    pub(super) async fn open(path: &Path, label: &str, expected: u64) -> Result<Self, Error> {
        // Asked before it is opened: opening a pipe would wait for somebody to write into it.
        let metadata = fs::metadata(path)
            .await
            .map_err(|error| unreadable(label, error))?;
        check(label, &metadata, expected)?;
        let file = File::open(path)
            .await
            .map_err(|error| unreadable(label, error))?;
        let metadata = file
            .metadata()
            .await
            .map_err(|error| unreadable(label, error))?;
        check(label, &metadata, expected)?;
        let modified = metadata.modified().ok();
        Ok(Self {
            file,
            label: label.to_owned(),
            remaining: expected,
            bytes: expected,
            modified,
        })
    }

    /// The next piece; the last one only when the file is still the one that was opened.
    pub(super) async fn next_piece(&mut self) -> Result<Option<Bytes>, Error> {
        if self.remaining == 0 {
            return Ok(None);
        }
        let wanted = usize::try_from(self.remaining.min(PIECE_BYTES)).unwrap_or(usize::MAX);
        let mut piece = BytesMut::with_capacity(wanted);
        while piece.len() < wanted {
            let mut rest = (&mut self.file).take((wanted - piece.len()) as u64);
            if rest
                .read_buf(&mut piece)
                .await
                .map_err(|error| unreadable(&self.label, error))?
                == 0
            {
                return Err(changed(&self.label, "it became shorter while it was sent"));
            }
        }
        self.remaining -= wanted as u64;
        if self.remaining == 0 {
            let metadata = self
                .file
                .metadata()
                .await
                .map_err(|error| unreadable(&self.label, error))?;
            if metadata.len() != self.bytes || metadata.modified().ok() != self.modified {
                return Err(changed(&self.label, "it was written to while it was sent"));
            }
        }
        Ok(Some(piece.freeze()))
    }
}

/// A file as the part of a body, with the size it has now.
pub(crate) async fn measured(part: &str, path: &Path) -> Result<Part, Error> {
    let file_name = path.file_name().map_or_else(
        || "file".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let metadata = fs::metadata(path).await.map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "does not exist".to_owned(),
            kind => format!("cannot be read: {kind}"),
        };
        Error::new(ErrorKind::Local, format!("{file_name} {why}")).with_source(error)
    })?;
    check(&file_name, &metadata, metadata.len())?;
    Ok(Part::File {
        name: part.to_owned(),
        path: path.to_owned(),
        file_name,
        bytes: metadata.len(),
    })
}

fn check(label: &str, metadata: &Metadata, expected: u64) -> Result<(), Error> {
    let problem = |text: &str| Err(Error::new(ErrorKind::Local, format!("{label} {text}")));
    let bytes = metadata.len();
    if !metadata.is_file() {
        return problem("is not a file");
    }
    if bytes != expected {
        return Err(changed(
            label,
            &format!("it had {expected} bytes then and has {bytes} now"),
        ));
    }
    match bytes {
        0 => problem("is empty"),
        bytes if bytes > MAX_BYTES => problem("is larger than 100 MB, the most the service takes"),
        _ => Ok(()),
    }
}

fn changed(label: &str, how: &str) -> Error {
    Error::new(
        ErrorKind::Local,
        format!("{label} changed since it was chosen: {how}"),
    )
    .file_changed()
}

fn unreadable(label: &str, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::new(ErrorKind::Local, format!("{label} is gone"))
            .with_source(error)
            .file_changed();
    }
    Error::new(
        ErrorKind::Local,
        format!("{label} cannot be read: {}", error.kind()),
    )
    .with_source(error)
}
