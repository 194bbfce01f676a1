//! Results put into a folder of the person's choice, under safe names.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Files are compared in pieces of this size.
const COMPARED_BYTES: usize = 64 * 1024;
/// How many names are tried before giving up on a crowded folder.
const NAMES_TRIED: u32 = 1000;

/// Copies a published file into `dir` and returns where it lies.
///
/// Never overwrites: `name.png` becomes `name-2.png` when another file has the name. The same bytes under the name count
/// as done, so that a run taken up after a crash exports once.
pub(crate) fn export(source: &Path, label: &str, dir: &Path) -> Result<PathBuf, Error> {
    fs_err::create_dir_all(dir)?;
    let extension = source
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or("bin");
    let name = wiro_media::safe_file_name(label, extension);
    for number in 1..=NAMES_TRIED {
        let target = dir.join(numbered(&name, number));
        if same_bytes(source, &target)? {
            return Ok(target);
        }
        if target.symlink_metadata().is_ok() {
            continue;
        }
        match copy_new(source, &target) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::Io(error)),
            Ok(()) => return Ok(target),
        }
    }
    let crowded = format!("`{}` holds too many files called `{name}`", dir.display());
    Err(Error::Io(std::io::Error::new(
        ErrorKind::AlreadyExists,
        crowded,
    )))
}

fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.to_owned();
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{number}.{extension}"),
        None => format!("{name}-{number}"),
    }
}

fn same_bytes(left: &Path, right: &Path) -> std::io::Result<bool> {
    let Ok(metadata) = fs_err::symlink_metadata(right) else {
        return Ok(false);
    };
    if !metadata.is_file() || metadata.len() != fs_err::metadata(left)?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (fs_err::File::open(left)?, fs_err::File::open(right)?);
    let (mut ours, mut theirs) = (vec![0; COMPARED_BYTES], vec![0; COMPARED_BYTES]);
    loop {
        let read = left.read(&mut ours)?;
        if read == 0 {
            return Ok(true);
        }
        // The other may have been cut since: then it is not the same.
        if right.read_exact(&mut theirs[..read]).is_err() || ours[..read] != theirs[..read] {
            return Ok(false);
        }
    }
}

/// Copies beside and links into place: a half-written file never has the name, and an existing one is never replaced.
fn copy_new(source: &Path, target: &Path) -> std::io::Result<()> {
    // Named by the output, not by chance: what a crash leaves is replaced when the export is taken up.
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let partial = target.with_file_name(format!(".{stem}.partial"));
    match fs_err::remove_file(&partial) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs_err::copy(source, &partial)?;
    fs_err::File::open(&partial)?.sync_all()?;
    match fs_err::hard_link(&partial, target) {
        Ok(()) => fs_err::remove_file(&partial),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs_err::remove_file(&partial)?;
            Err(error)
        }
        // Sticks and network folders often know no links: the name is taken first, then the whole file gets it.
        Err(_) => fs_err::File::create_new(target).and_then(|_| fs_err::rename(&partial, target)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_under_a_safe_name_and_never_overwrites() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("source.png");
        fs_err::write(&source, b"first").unwrap();
        let target = dir.path().join("out");
        let first = export(&source, "../../evil.exe", &target).unwrap();
        assert_eq!(first, target.join("evil.png"));
        assert_eq!(
            export(&source, "../../evil.exe", &target).unwrap(),
            first,
            "the same bytes are exported once"
        );
        fs_err::write(&source, b"other").unwrap();
        assert_eq!(
            export(&source, "evil.png", &target).unwrap(),
            target.join("evil-2.png")
        );
        assert_eq!(fs_err::read(&first).unwrap(), b"first");
    }
}
