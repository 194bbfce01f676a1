//! Looks over the shoulder of every process of the machine: what anybody can read of its arguments and environment.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use e2e::Outcome;

/// Short enough that no `wiro` lives between two looks.
const PACE: Duration = Duration::from_millis(5);

/// Looks again and again until it is told to finish.
pub(crate) struct Sampler {
    ended: Arc<AtomicBool>,
    thread: JoinHandle<Sampled>,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Sampled {
    /// Where a secret stood: file of `/proc` and program, without the secret.
    pub(crate) found: BTreeSet<String>,
    /// The programs that were looked at.
    pub(crate) names: BTreeSet<String>,
}

impl Sampled {
    /// Whether a program of this name was looked at.
    pub(crate) fn saw(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

impl Sampler {
    /// Looks for these from now on.
    pub(crate) fn start(secrets: &[&str]) -> Self {
        let secrets: Vec<Vec<u8>> = secrets
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect();
        let ended = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            let mut sampled = Sampled::default();
            while !flag.load(Ordering::Relaxed) {
                look(&secrets, &mut sampled);
                std::thread::sleep(PACE);
            }
            sampled
        });
        Self { ended, thread }
    }

    /// Ends the looking; what was seen.
    pub(crate) fn finish(self) -> Outcome<Sampled> {
        self.ended.store(true, Ordering::Relaxed);
        self.thread
            .join()
            .map_err(|_| "the sampler broke off".into())
    }
}

fn look(secrets: &[Vec<u8>], sampled: &mut Sampled) {
    let Ok(entries) = fs_err::read_dir("/proc") else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let folder = entry.path();
        // Whatever is not a process has no such file; a process may end between two looks.
        let Ok(arguments) = fs_err::read(folder.join("cmdline")) else {
            continue;
        };
        let mut words = arguments
            .split(|byte| *byte == 0)
            .map(String::from_utf8_lossy);
        let program = words.next().unwrap_or_default();
        let mut name = program.rsplit('/').next().unwrap_or_default().to_owned();
        // The pretend service is told its pretend keys by arguments.
        if words.next().is_some_and(|word| word == "sandbox") {
            name.push_str(" sandbox");
        }
        let environment = fs_err::read(folder.join("environ")).unwrap_or_default();
        for (place, bytes) in [("cmdline", arguments.as_slice()), ("environ", &environment)] {
            if secrets.iter().any(|secret| holds(bytes, secret)) {
                sampled.found.insert(format!("{place} of {name}"));
            }
        }
        sampled.names.insert(name);
    }
}

/// Whether these bytes hold those.
pub(crate) fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
