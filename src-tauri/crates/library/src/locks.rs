//! One operating-system lock for each process, so that others can tell whether it lives; and one to open the library by turns.

use std::path::{Path, PathBuf};

use fs_err::File;

use crate::{Error, platform};

const EXTENSION: &str = "lock";
/// The file to open the library by turns.
pub(crate) const OPENING: &str = "opening";

/// Held for as long as this process uses the library. A file left behind without its lock means an unclean end.
#[derive(Debug)]
pub(crate) struct OwnLock {
    path: PathBuf,
    _file: File,
}

impl OwnLock {
    /// Makes and locks the file of `owner`. Call it under [`opening`].
    pub(crate) fn acquire(dir: &Path, owner: &str) -> Result<Self, Error> {
        let path = lock_path(dir, owner);
        let file = platform::private_file()
            .create_new(true)
            .write(true)
            .open(&path)?;
        file.lock()?;
        Ok(Self { path, _file: file })
    }
}

impl Drop for OwnLock {
    fn drop(&mut self) {
        // Left behind, it only costs the next start an integrity check.
        if let Err(error) = fs_err::remove_file(&self.path) {
            tracing::warn!(%error, "the lock file stays behind");
        }
    }
}

fn lock_path(dir: &Path, owner: &str) -> PathBuf {
    dir.join(owner).with_extension(EXTENSION)
}

/// Waits for the turn to open the library; the turn ends when the file is dropped.
pub(crate) fn opening(dir: &Path) -> Result<File, Error> {
    let file = platform::private_file()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join(OPENING))?;
    file.lock()?;
    Ok(file)
}

/// Leaves what an unclean end would leave.
pub(crate) fn leave_trace(dir: &Path) -> Result<(), Error> {
    platform::private_file()
        .create(true)
        .truncate(false)
        .write(true)
        .open(lock_path(dir, "damaged"))?;
    Ok(())
}

/// Takes the turn to open the library for something that nobody may see half done; [`Error::InUse`] while any process uses
/// it.
pub(crate) fn exclusive(dir: &Path) -> Result<File, Error> {
    let file = platform::private_file()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join(OPENING))?;
    if file.file().try_lock().is_err() || in_use(dir)? {
        return Err(Error::InUse);
    }
    Ok(file)
}

/// Whether a living process has the library open. Call it under [`opening`].
pub(crate) fn in_use(dir: &Path) -> Result<bool, Error> {
    for entry in fs_err::read_dir(dir)? {
        let path = entry?.path();
        let is_lock = path
            .extension()
            .is_some_and(|extension| extension == EXTENSION);
        if is_lock && !is_unlocked(&path) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether nobody holds this lock file. Asked with a shared lock, so that two who ask do not see each other.
fn is_unlocked(path: &Path) -> bool {
    match File::open(path) {
        Ok(file) => file.try_lock_shared().is_ok(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// Whether the process behind `owner` has gone, as far as its lock tells.
pub(crate) fn is_gone(dir: &Path, owner: &str) -> bool {
    is_unlocked(&lock_path(dir, owner))
}

/// Lock files whose processes ended without removing them. Call it under [`opening`].
pub(crate) fn abandoned(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(dir)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == EXTENSION)
            && is_unlocked(&path)
            // Asked last: a clean end removes the file before it unlocks it.
            && path.exists()
        {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_seen_by_others_and_its_file_goes_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let held = OwnLock::acquire(dir.path(), "one").unwrap();
        assert!(!is_gone(dir.path(), "one"));
        assert!(abandoned(dir.path()).unwrap().is_empty());
        drop(held);
        assert!(is_gone(dir.path(), "one"));
        assert!(fs_err::read_dir(dir.path()).unwrap().next().is_none());
    }

    #[test]
    fn a_file_without_its_lock_is_abandoned() {
        let dir = tempfile::tempdir().unwrap();
        let path = lock_path(dir.path(), "two");
        fs_err::write(&path, "").unwrap();
        assert_eq!(abandoned(dir.path()).unwrap(), [path]);
        assert!(is_gone(dir.path(), "two"));
    }
}
