//! A large file to the service, beside what curl needs for the very same.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use e2e::process::Running;
use e2e::sandbox::Sandbox;
use e2e::studio::Studio;
use e2e::{Failure, Outcome};
use rand::Rng as _;

use crate::report::{Limit, Row, median, say, told};

const KEY: &str = "key-of-a-bench";
const LARGE_BYTES: usize = 100_000_000;
const SMALL_BYTES: usize = 1_000_000;
const ROUNDS: usize = 5;
/// How often the memory of the process is looked at; the kernel keeps the highest.
const LOOK: Duration = Duration::from_millis(2);
const WITHIN: Duration = Duration::from_mins(2);

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let sandbox = Sandbox::start(&folder.path().join("sandbox"), &["--api-key", KEY])?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let large = file(folder.path(), "large.txt", LARGE_BYTES)?;
    let small = file(folder.path(), "small.txt", SMALL_BYTES)?;
    let (mut seconds, mut curls) = (Vec::new(), Vec::new());
    let (mut small_mb, mut large_mb) = (0.0_f64, 0.0_f64);
    for round in 0..=ROUNDS {
        let (begun, little) = ours(&studio, &small)?;
        let (took, much) = ours(&studio, &large)?;
        let peers = (curl(&sandbox, &small)?, curl(&sandbox, &large)?);
        say(&format!(
            "  1 MB {begun:.3} s, 100 MB {took:.3} s | 1 MB {:.3} s, 100 MB {:.3} s",
            peers.0, peers.1
        ));
        if round > 0 {
            // What a program needs to start is not the speed of its upload.
            seconds.push(took - begun);
            curls.push(peers.1 - peers.0);
            (small_mb, large_mb) = (small_mb.max(little), large_mb.max(much));
        }
    }
    let milliseconds = |all: &[f64]| all.iter().map(|one| one * 1_000.0).collect::<Vec<f64>>();
    Ok(vec![
        Row {
            what: "100 MB upload beyond 1 MB, speed beside curl".to_owned(),
            figure: told(&milliseconds(&seconds), "ms"),
            peer: told(&milliseconds(&curls), "ms"),
            value: median(&curls) / median(&seconds),
            limit: Limit::AtLeast(0.9),
        },
        Row {
            what: "memory of a 100 MB upload beside 1 MB".to_owned(),
            figure: format!("{large_mb:.1} MB"),
            peer: format!("{small_mb:.1} MB"),
            value: large_mb - small_mb,
            limit: Limit::AtMost(16.0),
        },
    ])
}

/// Text, because every service takes it; random, because nothing shall shrink.
fn file(folder: &Path, name: &str, bytes: usize) -> Outcome<PathBuf> {
    let path = folder.join(name);
    let mut file = std::io::BufWriter::new(fs_err::File::create(&path)?);
    let mut random = rand::rng();
    let mut line = [0_u8; 100];
    for _ in 0..bytes / line.len() {
        line.fill_with(|| random.random_range(b'!'..=b'~'));
        line[99] = b'\n';
        file.write_all(&line)?;
    }
    file.flush()?;
    Ok(path)
}

/// Seconds from start to end of the program, and the most memory it had.
fn ours(studio: &Studio, path: &Path) -> Outcome<(f64, f64)> {
    let path = path.to_str().ok_or("a path that is no text")?;
    let mut command = studio.wiro(&["upload", path, "--json"])?;
    command.stdout(Stdio::null());
    let started = Instant::now();
    let mut program = Running::start(&mut command)?;
    let mut highest = 0.0;
    loop {
        // Gone between two looks is the usual end.
        if let Ok(status) = fs_err::read_to_string(format!("/proc/{}/status", program.id()))
            && let Some(megabytes) = high_water_mb(&status)
        {
            highest = megabytes;
        }
        if let Some(status) = program.ended()? {
            let took = started.elapsed().as_secs_f64();
            if status.success() {
                return Ok((took, highest));
            }
            return Err(Failure::from(format!("wiro upload: {status}")));
        }
        if started.elapsed() > WITHIN {
            return Err(Failure::from("wiro upload does not end"));
        }
        std::thread::sleep(LOOK);
    }
}

fn high_water_mb(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes / 1_024.0)
}

fn curl(sandbox: &Sandbox, path: &Path) -> Outcome<f64> {
    let started = Instant::now();
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--noproxy", "*"])
        .args(["--header", &format!("x-api-key: {KEY}"), "--form"])
        .arg(format!("file=@{}", path.display()))
        .arg(format!("{}/File/Upload", sandbox.api))
        .output()?;
    let took = started.elapsed().as_secs_f64();
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    if output.status.success() && answer["result"] == true {
        return Ok(took);
    }
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("curl: {}, {words}, {answer}", output.status).into())
}
