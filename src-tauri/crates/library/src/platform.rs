//! What differs between systems: private modes, the boot id, syncing a folder, paths as bytes.

use std::path::{Path, PathBuf};

use rusqlite::types::{Value, ValueRef};

use crate::Error;

/// Names the running system until it is started again; a lease of another boot is void.
pub(crate) fn boot_id() -> String {
    #[cfg(target_os = "linux")]
    if let Ok(text) = fs_err::read_to_string("/proc/sys/kernel/random/boot_id") {
        return text.trim().to_owned();
    }
    // The lock file alone tells whether a holder lives.
    "unknown".to_owned()
}

/// Makes a folder, and its parents, for this person only. One that exists keeps its mode.
pub(crate) fn create_private_dir(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path);
        made.map_err(|error| {
            std::io::Error::new(
                error.kind(),
                format!("failed to create {}: {error}", path.display()),
            )
        })?;
    }
    #[cfg(not(unix))]
    fs_err::create_dir_all(path)?;
    Ok(())
}

/// How files of the library are opened: readable by this person only.
pub(crate) fn private_file() -> fs_err::OpenOptions {
    let mut options = fs_err::OpenOptions::new();
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Takes a file away from everybody but this person.
pub(crate) fn make_private(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs_err::metadata(path)?.permissions().mode() & 0o777 != 0o600 {
            fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Makes names in a folder outlive a power cut.
pub(crate) fn sync_dir(path: &Path) -> Result<(), Error> {
    // Windows cannot open a folder for this and journals names itself.
    #[cfg(unix)]
    fs_err::File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Where [`replace_file`] writes before the file has its name.
pub(crate) fn partial_of(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// Replaces a private file in one step, on the disk when this returns.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    use std::io::Write as _;
    let partial = partial_of(path);
    let mut file = private_file()
        .create(true)
        .truncate(true)
        .write(true)
        .open(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs_err::rename(&partial, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Whether a folder can be moved from one place to the other by a new name alone. May say yes where it turns out otherwise.
pub(crate) fn same_file_system(one: &Path, other: &Path) -> Result<bool, Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Ok(fs_err::metadata(one)?.dev() == fs_err::metadata(other)?.dev())
    }
    #[cfg(not(unix))]
    {
        // The drive.
        Ok(fs_err::canonicalize(one)?.components().next()
            == fs_err::canonicalize(other)?.components().next())
    }
}

/// Makes a copy of a link, not of what it leads to.
pub(crate) fn copy_link(from: &Path, to: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    if fs_err::symlink_metadata(from)?.is_symlink() {
        let leads_to = fs_err::read_link(from)?;
        if fs_err::read_link(to).is_ok_and(|found| found == leads_to) {
            return Ok(());
        }
        crate::files::remove_stale(to)?;
        return Ok(fs_err::os::unix::fs::symlink(leads_to, to)?);
    }
    let _ = to;
    Err(Error::Path {
        path: from.to_owned(),
        problem: "a link, which cannot be copied here",
    })
}

/// A path as text, or as bytes where it is no UTF-8.
pub(crate) fn path_to_value(path: &Path) -> Value {
    if let Some(text) = path.to_str() {
        return Value::Text(text.to_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Value::Blob(path.as_os_str().as_bytes().to_vec())
    }
    #[cfg(not(unix))]
    Value::Text(path.to_string_lossy().into_owned())
}

/// The reverse of [`path_to_value`].
pub(crate) fn path_from_value(value: ValueRef<'_>) -> Option<PathBuf> {
    match value {
        ValueRef::Text(text) => std::str::from_utf8(text).ok().map(PathBuf::from),
        #[cfg(unix)]
        ValueRef::Blob(bytes) => {
            use std::os::unix::ffi::OsStringExt as _;
            Some(std::ffi::OsString::from_vec(bytes.to_vec()).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn paths_survive_the_database_whatever_their_bytes() {
        use std::os::unix::ffi::OsStringExt as _;
        let odd = PathBuf::from(std::ffi::OsString::from_vec(vec![b'/', 0xff, b'a']));
        for path in [odd, PathBuf::from("/plain/ü.png")] {
            let value = path_to_value(&path);
            assert_eq!(path_from_value((&value).into()), Some(path));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_boot_id_is_the_kernels() {
        assert_eq!(boot_id().len(), 36);
        assert_eq!(boot_id(), boot_id());
    }
}
