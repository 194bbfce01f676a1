//! A sound server of a test's own: a speaker, and a microphone that hears what the test says.

use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::Outcome;
use crate::deadline::until;
use crate::process::Running;

const STARTS_WITHIN: Duration = Duration::from_secs(20);
const SPOKEN_WITHIN: Duration = Duration::from_mins(1);
const SAMPLE_RATE_HZ: u32 = 48_000;

/// A running sound server whose microphone `vmic` hears what is played into `micsink`.
#[derive(Debug)]
pub struct SoundServer {
    folder: TempDir,
    _server: Running,
    /// Streams that keep the sinks from falling asleep: the first sound after that is seconds late.
    warmers: Vec<Running>,
}

impl SoundServer {
    /// Starts one, away from every other on this machine.
    pub fn start() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let socket = folder.path().join("socket");
        let mut command = Command::new("pulseaudio");
        command
            .args(["-n", "--system=false", "--daemonize=no"])
            .args(["--exit-idle-time=-1", "--use-pid-file=no"]);
        for module in [
            format!(
                "module-native-protocol-unix auth-anonymous=1 socket={}",
                socket.display()
            ),
            "module-null-sink sink_name=spk rate=48000 channels=2".to_owned(),
            "module-null-sink sink_name=micsink rate=48000 channels=1".to_owned(),
            "module-remap-source master=micsink.monitor source_name=vmic".to_owned(),
        ] {
            command.args(["-L", &module]);
        }
        let server = Running::start(quiet(&mut command).env("HOME", folder.path()))?;
        let mut server = Self {
            folder,
            _server: server,
            warmers: Vec::new(),
        };
        until("the sound server to answer", STARTS_WITHIN, || {
            Ok(server.tells(&["info"])?.map(drop))
        })?;
        for sink in ["spk", "micsink"] {
            let mut silence = server.client("pacat");
            silence.args(["--playback", "--raw", "--latency-msec=20"]);
            silence.args(["--device", sink, "/dev/zero"]);
            server.warmers.push(Running::start(quiet(&mut silence))?);
        }
        until("both sinks to run", STARTS_WITHIN, || {
            let sinks = server.tells(&["list", "short", "sinks"])?;
            Ok(sinks.filter(|sinks| sinks.matches("RUNNING").count() == 2))
        })?;
        Ok(server)
    }

    /// What a program needs in `PULSE_SERVER` to use it.
    pub fn address(&self) -> String {
        format!("unix:{}", self.folder.path().join("socket").display())
    }

    /// Says a tone that swells like syllables into the microphone; returns when it was said.
    pub fn speak(&self, seconds: u32) -> Outcome {
        let file = self.folder.path().join("said.raw");
        let samples = (0..seconds * SAMPLE_RATE_HZ).map(sample);
        let bytes: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
        fs_err::write(&file, bytes)?;
        let mut said = self.client("pacat");
        said.args(["--playback", "--raw", "--format=s16le", "--channels=1"]);
        said.args(["--rate=48000", "--latency-msec=100", "--device=micsink"]);
        let status = Running::start(quiet(said.arg(file)))?.wait(SPOKEN_WITHIN)?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("pacat: {status}").into())
        }
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("PULSE_SERVER", self.address())
            .env("HOME", self.folder.path());
        command
    }

    /// What `pactl` says, if the server answers.
    fn tells(&self, arguments: &[&str]) -> Outcome<Option<String>> {
        let told = self.client("pactl").args(arguments).output()?;
        Ok(told
            .status
            .success()
            .then(|| String::from_utf8_lossy(&told.stdout).into_owned()))
    }
}

fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

/// 220 Hz and its octave, four swells a second.
#[expect(clippy::cast_possible_truncation, reason = "far below full scale")]
fn sample(index: u32) -> i16 {
    let phase =
        |hz: f64| (f64::from(index) / f64::from(SAMPLE_RATE_HZ) * hz * std::f64::consts::TAU).sin();
    let swell = 0.6 + 0.4 * phase(4.0);
    (9_000.0 * swell * (phase(220.0) + 0.5 * phase(440.0))) as i16
}
