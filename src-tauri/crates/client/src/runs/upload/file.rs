//! A file that must still be what it was when it was chosen, at the first byte and at the last.

use std::fs::Metadata;
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use bytes::Bytes;
use fs_err::File;
use fs_err::tokio as fs;
use tokio::sync::mpsc;

use crate::error::{Error, ErrorKind};
use crate::forms::Part;

/// Size of a piece: 100 MB are some 1,600 reads, memory stays flat, and slow networks still show progress.
const PIECE_BYTES: u64 = 64 * 1024;
/// Pieces that are read ahead, so that the disk works while the network does.
const PIECES_AHEAD: usize = 8;
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

/// The pieces of a file in their order; the last one only when the file is still the one that was opened.
pub(super) type Pieces = mpsc::Receiver<Result<Bytes, Error>>;

impl LocalFile {
    /// Opens a file, if it is one and has the expected size.
    pub(super) async fn open(path: &Path, label: &str, expected: u64) -> Result<Self, Error> {
        let (path, label) = (path.to_owned(), label.to_owned());
        let opened = tokio::task::spawn_blocking(move || Self::open_now(&path, label, expected));
        opened.await.map_err(|error| {
            Error::new(ErrorKind::Local, "a file could not be opened").with_source(error)
        })?
    }

    fn open_now(path: &Path, label: String, expected: u64) -> Result<Self, Error> {
        // Asked before it is opened: opening a pipe would wait for somebody to write into it.
        let metadata = fs_err::metadata(path).map_err(|error| unreadable(&label, error))?;
        check(&label, &metadata, expected)?;
        let file = File::open(path).map_err(|error| unreadable(&label, error))?;
        let metadata = file.metadata().map_err(|error| unreadable(&label, error))?;
        check(&label, &metadata, expected)?;
        Ok(Self {
            file,
            label,
            remaining: expected,
            bytes: expected,
            modified: metadata.modified().ok(),
        })
    }

    /// Reads it on a thread that may block, a little ahead of whoever takes the pieces and no longer than they do.
    pub(super) fn into_pieces(mut self) -> Pieces {
        let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
        tokio::task::spawn_blocking(move || {
            while let Some(piece) = self.next_piece().transpose() {
                let failed = piece.is_err();
                if sender.blocking_send(piece).is_err() || failed {
                    return;
                }
            }
        });
        pieces
    }

    fn next_piece(&mut self) -> Result<Option<Bytes>, Error> {
        if self.remaining == 0 {
            return Ok(None);
        }
        let wanted = self.remaining.min(PIECE_BYTES);
        let mut piece = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
        let read = (&mut self.file).take(wanted).read_to_end(&mut piece);
        read.map_err(|error| unreadable(&self.label, error))?;
        if (piece.len() as u64) < wanted {
            return Err(changed(&self.label, "it became shorter while it was sent"));
        }
        self.remaining -= wanted;
        if self.remaining == 0 {
            let metadata = self.file.metadata();
            let metadata = metadata.map_err(|error| unreadable(&self.label, error))?;
            if metadata.len() != self.bytes || metadata.modified().ok() != self.modified {
                return Err(changed(&self.label, "it was written to while it was sent"));
            }
        }
        Ok(Some(piece.into()))
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
