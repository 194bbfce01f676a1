//! A sound server of a test's own.
//!
//! The address of the server is read from the environment, which a test must not change in itself: it runs itself again
//! as a child with the environment set, and the child starts the server.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const FOLDER: &str = "WIRO_AUDIO_TEST_PULSE";

/// A running server with a speaker `spk` and a microphone `vmic` that hears what is played into `micsink`.
pub struct PrivatePulse {
    folder: PathBuf,
    server: Child,
    /// Streams that keep the sinks from falling asleep: the first sound after that is seconds late.
    warmers: Vec<Child>,
}

/// Runs `body` with a private server; `test` is the test's own full name.
pub fn with_private_pulse(test: &str, body: impl FnOnce(&mut PrivatePulse)) {
    if let Some(folder) = env::var_os(FOLDER) {
        let mut pulse = PrivatePulse::start(Path::new(&folder));
        body(&mut pulse);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder.path())
        .env(
            "PULSE_SERVER",
            format!("unix:{}", folder.path().join("socket").display()),
        )
        .env("PULSE_COOKIE", folder.path().join("cookie"))
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("HOME", folder.path())
        .status()
        .unwrap();
    assert!(status.success(), "{test} failed with its own sound server");
}

impl PrivatePulse {
    fn start(folder: &Path) -> Self {
        let socket = folder.join("socket");
        let modules = [
            format!(
                "module-native-protocol-unix auth-anonymous=1 socket={}",
                socket.display()
            ),
            "module-null-sink sink_name=spk rate=48000 channels=2".to_owned(),
            "module-null-sink sink_name=micsink rate=48000 channels=1".to_owned(),
            "module-remap-source master=micsink.monitor source_name=vmic".to_owned(),
        ];
        let mut command = Command::new("pulseaudio");
        command.args([
            "-n",
            "--system=false",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
        ]);
        for module in modules {
            command.args(["-L", &module]);
        }
        let server = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pulseaudio");
        let mut pulse = Self {
            folder: folder.to_owned(),
            server,
            warmers: Vec::new(),
        };
        wait_until("the server answers", || pactl(&["info"]).is_some());
        pactl(&["set-default-sink", "spk"]).unwrap();
        pactl(&["set-default-source", "vmic"]).unwrap();
        for sink in ["spk", "micsink"] {
            let silence = Command::new("pacat")
                .args([
                    "--playback",
                    "--raw",
                    "--latency-msec=20",
                    "--device",
                    sink,
                    "/dev/zero",
                ])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            pulse.warmers.push(silence);
        }
        wait_until("both sinks run", || {
            let sinks = pactl(&["list", "short", "sinks"]).unwrap_or_default();
            sinks
                .lines()
                .filter(|line| line.contains("RUNNING"))
                .count()
                == 2
        });
        pulse
    }

    /// Speaks `samples` (48 kHz, one channel) into the microphone; until what is returned is dropped.
    pub fn speak(&self, name: &str, samples: &[f32]) -> Voice {
        let path = self.folder.join(name);
        let bytes: Vec<u8> = samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        fs_err::write(&path, bytes).unwrap();
        let child = Command::new("pacat")
            .args([
                "--playback",
                "--raw",
                "--format=float32le",
                "--rate=48000",
                "--channels=1",
                "--latency-msec=500",
            ])
            .args(["--device", "micsink"])
            .arg(path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Voice(child)
    }

    /// Records what the speaker plays, as 48 kHz of one channel, until it is stopped.
    pub fn record_speaker(&self) -> Recording {
        let path = self.folder.join("heard.raw");
        let child = Command::new("parec")
            .args([
                "--raw",
                "--format=float32le",
                "--rate=48000",
                "--channels=1",
                "--latency-msec=500",
            ])
            .args(["--device", "spk.monitor"])
            .stdout(fs_err::File::create(&path).unwrap().into_parts().0)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let recording = Recording { child, path };
        wait_until("the recording runs", || recording.samples().len() > 4_800);
        recording
    }

    /// Stops the server without ending it: its sockets stay and nobody answers.
    pub fn stop_server(&self) {
        let stopped = Command::new("kill")
            .args(["-STOP", &self.server.id().to_string()])
            .status()
            .unwrap();
        assert!(stopped.success());
    }

    /// Ends the server as a crash would.
    pub fn kill_server(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

impl Drop for PrivatePulse {
    fn drop(&mut self) {
        for child in self.warmers.iter_mut().chain([&mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits for the world outside of this process, at most forty seconds.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(40);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Somebody who speaks until dropped.
pub struct Voice(Child);

impl Drop for Voice {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a speaker plays, on its way to a file.
pub struct Recording {
    child: Child,
    path: PathBuf,
}

impl Recording {
    /// Everything so far.
    pub fn samples(&self) -> Vec<f32> {
        let bytes = fs_err::read(&self.path).unwrap();
        bytes
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
            .collect()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks the server something.
pub fn server_name() -> String {
    pactl(&["info"]).unwrap()
}

/// Takes the microphone away.
pub fn unplug_microphone() {
    pactl(&["unload-module", "module-remap-source"]).unwrap();
}

/// Plugs it in again.
pub fn plug_microphone() {
    pactl(&[
        "load-module",
        "module-remap-source",
        "master=micsink.monitor",
        "source_name=vmic",
    ])
    .unwrap();
}

/// What `pactl` says, if it succeeds.
fn pactl(arguments: &[&str]) -> Option<String> {
    let output = Command::new("pactl")
        .args(arguments)
        .output()
        .expect("pactl");
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
