//! Where the library is, and how it gets somewhere else.
//!
//! The place is written in one small file of the platform's configuration folder; without it the library is in the
//! platform's data folder. A move is only noted while the app runs. It is made at the next start, before anything is open,
//! so that it may be cut off at any moment: what is noted stays noted until the move is whole.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wiro_library::{Error as LibraryError, RunState as RowState};

use crate::dto::{AppNotice, LibraryInfo, LibraryMove, OutputFilter, RunFilter};
use crate::engine::Engine;
use crate::environment::{default_library_dir, library_dir, variable};
use crate::error::Error;
use crate::files::as_number;

const FOLDER: &str = "wiro-studio";
const FILE: &str = "location.json";
/// So long the app that asked for a move may take to end.
const LONGEST_END: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(100);

/// What the file says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Location {
    /// The library's folder, when it is not the usual one.
    library_dir: Option<PathBuf>,
    /// Where it shall be after the next start.
    move_to: Option<PathBuf>,
    /// Where it was; the leftovers there may be removed.
    moved_from: Option<PathBuf>,
}

impl Location {
    fn file() -> Option<PathBuf> {
        dirs::config_dir().map(|dir| dir.join(FOLDER).join(FILE))
    }

    fn read() -> Self {
        let Some(text) = Self::file().and_then(|path| fs_err::read_to_string(path).ok()) else {
            return Self::default();
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::error!(%error, "the file that says where the library is cannot be read");
            Self::default()
        })
    }

    /// Replaces the file in one step.
    fn write(&self) -> Result<(), Error> {
        let path = Self::file().ok_or_else(|| {
            Error::NotMoved("This system has no folder for configuration.".to_owned())
        })?;
        let dir = path.parent().unwrap_or(&path).to_owned();
        fs_err::create_dir_all(&dir)?;
        let mut file = tempfile::NamedTempFile::new_in(&dir)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// The folder that was chosen for the library, when one was.
pub(crate) fn chosen_dir() -> Option<PathBuf> {
    Location::read().library_dir
}

/// Where the library is after a move that was asked for, and what the person should be told of it.
#[derive(Debug)]
pub struct Settled {
    /// The folder to open; none when the system has no place for one.
    pub library_dir: Option<PathBuf>,
    /// How the move went, when there was one.
    pub notice: Option<AppNotice>,
}

/// Makes a move that was asked for before the last end of the app. Called before anything of the library is open.
///
/// A move that cannot be made is given up and leaves everything where it is.
pub fn settle() -> Settled {
    let here = |notice| Settled {
        library_dir: library_dir(),
        notice,
    };
    if variable("WIRO_LIBRARY").is_some() {
        return here(None);
    }
    let mut location = Location::read();
    let Some(to) = location.move_to.clone() else {
        clear_leftovers(&mut location);
        return here(None);
    };
    match move_library(&location, &to) {
        Ok(from) => settle_at(&mut location, from, to),
        Err(error) => {
            tracing::error!(%error, "the library was not moved");
            location.move_to = None;
            if let Err(error) = location.write() {
                tracing::error!(%error, "the move stays noted");
            }
            here(Some(AppNotice::LibraryNotMoved {
                error: error.into(),
            }))
        }
    }
}

/// Notes the new place. When that cannot be written the move stays noted: the next start finds it made.
fn settle_at(location: &mut Location, from: PathBuf, to: PathBuf) -> Settled {
    let before = location.clone();
    location.library_dir = Some(to.clone());
    location.move_to = None;
    location.moved_from = Some(from);
    match location.write() {
        Ok(()) => clear_leftovers(location),
        Err(error) => {
            tracing::error!(%error, "the library's new place could not be noted");
            *location = before;
        }
    }
    Settled {
        notice: Some(AppNotice::LibraryMoved {
            dir: to.display().to_string(),
        }),
        library_dir: Some(to),
    }
}

/// Moves the library and says where it was. The app that asked for it may still be on its way out.
fn move_library(location: &Location, to: &Path) -> Result<PathBuf, Error> {
    let from = location
        .library_dir
        .clone()
        .or_else(default_library_dir)
        .ok_or_else(|| Error::NotMoved("There is no library to move.".to_owned()))?;
    let started = Instant::now();
    loop {
        match wiro_library::relocate(&from, to, |_| ()) {
            Err(LibraryError::InUse) if started.elapsed() < LONGEST_END => {
                std::thread::sleep(PAUSE);
            }
            moved => return moved.map(|()| from).map_err(not_moved),
        }
    }
}

fn clear_leftovers(location: &mut Location) {
    let (Some(from), Some(to)) = (location.moved_from.clone(), location.library_dir.clone()) else {
        return;
    };
    let cleared = wiro_library::finish_relocation(&from, &to).map_err(Error::from);
    location.moved_from = None;
    if let Err(error) = cleared.and_then(|()| location.write()) {
        tracing::warn!(%error, "what is left of the library in its old folder stays there");
    }
}

fn not_moved(error: LibraryError) -> Error {
    match error {
        // These have a code and an action of their own.
        LibraryError::Full { .. } => error.into(),
        error => Error::NotMoved(error.to_string()),
    }
}

impl Engine {
    /// The library folder in figures.
    pub async fn library_info(&self) -> Result<LibraryInfo, Error> {
        let dir = self.inner.library.root().to_owned();
        let measured = dir.clone();
        let (bytes, free_bytes) =
            tokio::task::spawn_blocking(move || (folder_bytes(&measured), free_bytes(&measured)))
                .await?;
        // Pages of one, for the counts beside them.
        let runs = self.run_list(&RunFilter::default()).await?.total;
        let outputs = self.output_list(&OutputFilter::default()).await?.total;
        Ok(LibraryInfo {
            dir: dir.display().to_string(),
            bytes: as_number(bytes),
            free_bytes: free_bytes.map(as_number),
            runs,
            outputs,
            is_fixed: variable("WIRO_LIBRARY").is_some(),
        })
    }

    /// Whether the library can be moved into this folder, and how much there is to move.
    pub async fn library_move_check(&self, to: PathBuf) -> Result<LibraryMove, Error> {
        let from = self.inner.library.root().to_owned();
        let shown = to.display().to_string();
        let busy = self.runs_in_transit().await?;
        let checked =
            tokio::task::spawn_blocking(move || wiro_library::check_destination(&from, &to))
                .await?;
        let problem = if busy > 0 {
            Some(Error::NotMoved(format!(
                "{busy} runs are being sent or fetched; try again when they are done"
            )))
        } else {
            None
        };
        Ok(match checked {
            Ok(plan) => LibraryMove {
                to: shown,
                bytes: as_number(plan.bytes),
                is_same_disk: plan.same_file_system,
                problem: problem.map(Into::into),
            },
            Err(error) => LibraryMove {
                to: shown,
                bytes: 0.0,
                is_same_disk: false,
                problem: Some(not_moved(error).into()),
            },
        })
    }

    /// Notes that the library shall be in this folder; the next start moves it.
    ///
    /// # Errors
    /// What [`Engine::library_move_check`] finds.
    pub async fn library_move(&self, to: PathBuf) -> Result<(), Error> {
        if variable("WIRO_LIBRARY").is_some() {
            return Err(Error::NotMoved(
                "The folder is given by WIRO_LIBRARY; change it there.".to_owned(),
            ));
        }
        if let Some(problem) = self.library_move_check(to.clone()).await?.problem {
            return Err(Error::NotMoved(problem.message));
        }
        let noted = Location {
            library_dir: Some(self.inner.library.root().to_owned()),
            move_to: Some(to),
            moved_from: None,
        };
        tokio::task::spawn_blocking(move || noted.write()).await?
    }

    /// Runs that a restart would cut off.
    async fn runs_in_transit(&self) -> Result<usize, Error> {
        let unfinished = self.inner.library.unfinished().await?;
        let in_transit = unfinished.iter().filter(|row| {
            matches!(
                row.state,
                RowState::Prepared | RowState::Sending | RowState::Waiting | RowState::Collecting
            )
        });
        Ok(in_transit.count())
    }
}

/// Bytes of everything in a folder; what cannot be read counts nothing.
fn folder_bytes(dir: &Path) -> u64 {
    let Ok(entries) = fs_err::read_dir(dir) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn free_bytes(dir: &Path) -> Option<u64> {
    fs4::available_space(dir).ok()
}
