//! Shows that real payloads are understood and that nothing of them is lost: every file of a folder is decoded with the
//! type of its family, encoded again and compared. `cargo run -p wiro-client --example decode_samples -- DIR`
//!
//! Files are named `<area>.<endpoint-or-event>.<kind>.<nn>.json`. Lost and changed fields are listed; the last line is
//! `decoded N, raw N, lossy N, failed N`, and the exit code says whether the last two are zero.

mod compare;
mod family;
mod frame;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use compare::differences;
use family::{Outcome, pass_through};

#[derive(Default)]
struct Counts {
    decoded: usize,
    raw: usize,
    lossy: usize,
    failed: usize,
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("usage: decode_samples DIR")?;
    let mut out = io::stdout().lock();
    let mut counts = Counts::default();
    for file in files_of(&folder)? {
        examine(&mut out, &file, &mut counts)?;
    }
    let Counts {
        decoded,
        raw,
        lossy,
        failed,
    } = counts;
    writeln!(
        out,
        "decoded {decoded}, raw {raw}, lossy {lossy}, failed {failed}"
    )?;
    let is_whole = lossy == 0 && failed == 0;
    Ok(if is_whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The JSON files of a folder, by name.
fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn examine(out: &mut impl Write, file: &Path, counts: &mut Counts) -> io::Result<()> {
    let name = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let text = fs_err::read(file)?;
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text);
    let source = match serde_json::from_slice::<Value>(text) {
        Ok(source) => source,
        Err(error) => {
            counts.failed += 1;
            return writeln!(out, "{name}: failed: {error}");
        }
    };
    match pass_through(&name, &source) {
        Outcome::Failed(reason) => {
            counts.failed += 1;
            writeln!(out, "{name}: failed: {reason}")
        }
        Outcome::Raw => {
            counts.raw += 1;
            Ok(())
        }
        Outcome::Decoded(encoded) => {
            counts.decoded += 1;
            let differences = differences(&source, &encoded);
            counts.lossy += usize::from(!differences.is_empty());
            differences
                .iter()
                .try_for_each(|difference| writeln!(out, "{name}: lossy: {difference}"))
        }
    }
}
