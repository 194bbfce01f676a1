//! Processes that end with their owner.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::deadline::until;
use crate::{Failure, Outcome};

/// How long a process may take to end after SIGTERM before it is killed.
const END_WITHIN: Duration = Duration::from_secs(5);

/// A child process; dropped, it is asked to end, then killed. Only ever by its id.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
}

impl Running {
    /// Starts the command; its streams are as the caller set them.
    pub fn start(command: &mut Command) -> Outcome<Self> {
        let name = command.get_program().display().to_string();
        let child = command
            .spawn()
            .map_err(|error| Failure::from(format!("{name} did not start: {error}")))?;
        Ok(Self { name, child })
    }

    /// Starts the command and gives the lines of its standard output as they come.
    pub fn with_lines(command: &mut Command) -> Outcome<(Self, Lines)> {
        let mut running = Self::start(command.stdout(Stdio::piped()))?;
        let stdout = running.child.stdout.take().ok_or("no standard output")?;
        let (sender, receiver) = channel();
        // The thread ends with the pipe. It reads on when nobody listens any more: a full pipe
        // would block the process under test.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let lines = Lines {
            of: running.name.clone(),
            receiver,
        };
        Ok((running, lines))
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The exit status once the process is gone.
    pub fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for the end.
    pub fn wait(&mut self, within: Duration) -> Outcome<ExitStatus> {
        let what = format!("the end of {}", self.name);
        until(&what, within, || self.ended())
    }

    /// Ends the process as a power cut would: SIGKILL, no warning.
    pub fn kill(&mut self) -> Outcome<ExitStatus> {
        self.child.kill()?;
        Ok(self.child.wait()?)
    }

    /// SIGTERM, and SIGKILL when that does not help.
    pub fn stop(&mut self) -> Outcome {
        if self.ended()?.is_some() {
            return Ok(());
        }
        signal(self.id(), "TERM");
        if self.wait(END_WITHIN).is_err() {
            self.kill()?;
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A drop has nobody to report to; the id is gone either way.
        let _ = self.stop();
    }
}

/// Lines of a process's standard output.
#[derive(Debug)]
pub struct Lines {
    of: String,
    receiver: Receiver<String>,
}

impl Lines {
    /// The next line.
    pub fn next(&self, within: Duration) -> Outcome<String> {
        self.receiver
            .recv_timeout(within)
            .map_err(|error| format!("no line from {}: {error}", self.of).into())
    }

    /// Reads on until this very line comes; what came before it.
    pub fn until_line(&self, wanted: &str, within: Duration) -> Outcome<Vec<String>> {
        let deadline = Instant::now() + within;
        let mut before = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.next(left).map_err(|error| {
                Failure::from(format!("waiting for {wanted:?} after {before:?}: {error}"))
            })?;
            if line == wanted {
                return Ok(before);
            }
            before.push(line);
        }
    }
}

/// Sends a signal to a process by its id; whether it was there to take it. For processes that are
/// not our children, such as the window that the driver starts.
pub fn signal(id: u32, name: &str) -> bool {
    Command::new("kill")
        .args([format!("-{name}"), id.to_string()])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether a process of this id runs (a zombie does not).
pub fn is_alive(id: u32) -> bool {
    fs_err::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| {
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    })
}

/// All processes that a process started, and what these started. A dead process has none: ask before
/// its end.
pub fn descendants(id: u32) -> Vec<u32> {
    let mut found = children(id);
    let mut looked = 0;
    while let Some(next) = found.get(looked).copied() {
        found.extend(children(next));
        looked += 1;
    }
    found
}

/// The direct children of a process.
pub fn children(id: u32) -> Vec<u32> {
    let Ok(entries) = fs_err::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|child| {
            fs_err::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|stat| {
                stat.rsplit_once(") ").is_some_and(|(_, rest)| {
                    rest.split(' ').nth(1) == Some(id.to_string().as_str())
                })
            })
        })
        .collect()
}
