//! ZIP uploads: `PROTOCOL.md` section 9.2 says that the server unpacks them, and not how they appear in the reply.
//!
//! Here the reply lists the archive itself first, as uploaded, and behind it every file in it that could have been
//! uploaded alone, in the archive's order and in the same folder. So a client that reads the first entry finds what it
//! sent, and one that reads all finds the contents. Paths inside the archive are dropped and names made plain; folders,
//! links, encrypted files, archives in archives and kinds that are not taken are passed over. An archive with too many
//! entries, or one that unpacks to too much, is refused whole: sizes are counted while unpacking, not believed.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;

use fs_err as fs;
use zip::ZipArchive;

use super::{Arrival, kinds};

/// Entries of an archive, whatever they are.
const ENTRIES_LIMIT: usize = 1000;
/// Bytes of all unpacked files together.
const TOTAL_LIMIT: u64 = 512 * 1_048_576;
/// Bytes of one of them: as many as an upload may have.
const FILE_LIMIT: u64 = 100 * 1_048_576;

/// Why an archive is refused; only logged.
pub(crate) type Problem = Box<dyn std::error::Error + Send + Sync>;

/// Unpacks what may be kept into `folder`, which is the caller's to remove.
pub(crate) fn unpack(path: &Path, folder: &Path) -> Result<Vec<Arrival>, Problem> {
    let mut archive = ZipArchive::new(fs::File::open(path)?)?;
    if archive.len() > ENTRIES_LIMIT {
        return Err("the archive has too many entries".into());
    }
    fs::create_dir_all(folder)?;
    let mut arrivals = Vec::new();
    let mut left = TOTAL_LIMIT;
    for index in 0..archive.len() {
        let (name, content_type) = {
            let entry = archive.by_index_raw(index)?;
            let Ok(name) = entry.name().map(Cow::into_owned) else {
                continue;
            };
            if !entry.is_file() || entry.encrypted() {
                continue;
            }
            match kinds::content_type(base(&name), "") {
                Some(content_type) if content_type != kinds::ZIP => (name, content_type),
                _ => continue,
            }
        };
        let limit = left.min(FILE_LIMIT);
        let path = folder.join(index.to_string());
        let mut bounded = archive.by_index(index)?.take(limit + 1);
        let bytes = io::copy(&mut bounded, &mut fs::File::create(&path)?)?;
        if bytes > limit {
            return Err("the archive unpacks to too much".into());
        }
        left -= bytes;
        arrivals.push(Arrival {
            path,
            name: base(&name).to_owned(),
            content_type,
            bytes,
        });
    }
    Ok(arrivals)
}

/// The last part of a path of either kind.
fn base(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn archive(path: &Path, entries: &[(&str, &[u8])]) {
        let mut writer = ZipWriter::new(fs::File::create(path).unwrap());
        for (name, bytes) in entries {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
    }

    #[test]
    fn only_what_could_be_uploaded_alone_comes_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.zip");
        let entries: [(&str, &[u8]); 6] = [
            ("../../evil.txt", b"one"),
            ("deep\\er\\b.CSV", b"two,2"),
            ("run.exe", b"no"),
            ("inner.zip", b"no"),
            ("folder/", b""),
            ("noextension", b"no"),
        ];
        archive(&path, &entries);
        let folder = dir.path().join("out");
        let found: Vec<_> = unpack(&path, &folder)
            .unwrap()
            .into_iter()
            .map(|arrival| (arrival.name, arrival.content_type, arrival.bytes))
            .collect();
        let expected = [
            ("evil.txt".to_owned(), "text/plain", 3),
            ("b.CSV".to_owned(), "text/csv", 5),
        ];
        assert_eq!(found, expected);
        let names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 2, "nothing lies outside: {names:?}");
    }

    #[test]
    fn bombs_and_nonsense_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.zip");
        let zeros = vec![0; usize::try_from(FILE_LIMIT).unwrap() + 1];
        archive(&path, &[("a.txt", &zeros)]);
        assert!(fs::metadata(&path).unwrap().len() < 1_048_576);
        let refused = unpack(&path, &dir.path().join("bomb")).unwrap_err();
        assert_eq!(refused.to_string(), "the archive unpacks to too much");

        let names: Vec<String> = (0..=ENTRIES_LIMIT)
            .map(|index| format!("{index}.txt"))
            .collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        archive(&path, &many);
        let refused = unpack(&path, &dir.path().join("many")).unwrap_err();
        assert_eq!(refused.to_string(), "the archive has too many entries");

        fs::write(&path, b"PK, but not really").unwrap();
        assert!(unpack(&path, &dir.path().join("none")).is_err());
    }
}
