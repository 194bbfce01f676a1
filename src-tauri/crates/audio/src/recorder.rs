//! Records a session as WAV, readable after a crash to within a second.

mod tape;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tape::Tape;

/// Whose voice it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Track {
    /// The person at the microphone: the left channel.
    Person,
    /// The model: the right channel.
    Model,
}

/// How the tracks are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One stereo file, `session.wav`.
    Stereo,
    /// Two mono files, `person.wav` and `model.wav`.
    TwoFiles,
}

/// Why there is no recording, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A file cannot be made; one that exists is never overwritten.
    #[error("cannot make the recording")]
    Create(#[source] std::io::Error),
    /// A file cannot be written.
    #[error("cannot write the recording")]
    Write(#[source] hound::Error),
    /// The thread cannot be started.
    #[error("cannot start recording")]
    Thread(#[source] std::io::Error),
    /// The disk is slower than the sound: these samples are left out as silence.
    #[error("the disk is too slow for the recording")]
    Behind,
    /// The recording has stopped with an earlier error, which [`Recorder::finish`] tells.
    #[error("the recording has stopped")]
    Stopped,
    /// The recording ended because WAV ends at 4 GiB; what was written stands.
    #[error("the recording is as long as a WAV file can be")]
    TooLong,
}

/// What [`Recorder::finish`] leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The files, the person's first.
    pub files: Vec<PathBuf>,
    /// Their length in samples.
    pub samples: u64,
}

/// Blocks that may wait for the disk: 2.5 seconds of two tracks in blocks of 10 ms.
const QUEUE_BLOCKS: usize = 512;

/// When nothing comes for so long, what waits is written.
const IDLE: Duration = Duration::from_millis(500);

/// Two tracks on their way to disk, on a thread of their own. Dropped without [`Self::finish`], it still ends its files.
#[derive(Debug)]
pub struct Recorder {
    /// Taken to end the thread.
    queue: Option<SyncSender<Block>>,
    thread: Option<JoinHandle<Result<Recording, RecordError>>>,
}

#[derive(Debug)]
struct Block {
    track: Track,
    position: u64,
    samples: Vec<f32>,
}

impl Recorder {
    /// Makes the files in `folder`, which exists, and starts the thread.
    ///
    /// # Errors
    /// [`RecordError::Create`], [`RecordError::Write`], [`RecordError::Thread`].
    pub fn start(folder: &Path, layout: Layout, sample_rate_hz: u32) -> Result<Self, RecordError> {
        let tape = Tape::create(folder, layout, sample_rate_hz)?;
        let (queue, blocks) = sync_channel(QUEUE_BLOCKS);
        let thread = std::thread::Builder::new()
            .name("voice-record".to_owned())
            .spawn(move || record(tape, &blocks))
            .map_err(RecordError::Thread)?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Hands over samples that belong at `position`, in samples since the start of the session; each track goes
    /// forward. Gaps become silence. Never waits.
    ///
    /// # Errors
    /// [`RecordError::Behind`], [`RecordError::Stopped`].
    pub fn write(&self, track: Track, position: u64, samples: Vec<f32>) -> Result<(), RecordError> {
        let block = Block {
            track,
            position,
            samples,
        };
        let queue = self.queue.as_ref().ok_or(RecordError::Stopped)?;
        queue.try_send(block).map_err(|error| match error {
            TrySendError::Full(_) => RecordError::Behind,
            TrySendError::Disconnected(_) => RecordError::Stopped,
        })
    }

    /// Writes what waits and ends the files.
    ///
    /// # Errors
    /// The first error of the recording.
    pub fn finish(mut self) -> Result<Recording, RecordError> {
        self.end().unwrap_or(Err(RecordError::Stopped))
    }

    fn end(&mut self) -> Option<Result<Recording, RecordError>> {
        self.queue = None;
        let thread = self.thread.take()?;
        Some(thread.join().unwrap_or(Err(RecordError::Stopped)))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // Whoever wants to know how it ended calls `finish`.
        let _ = self.end();
    }
}

/// The thread: until the queue is closed and empty.
fn record(mut tape: Tape, blocks: &Receiver<Block>) -> Result<Recording, RecordError> {
    loop {
        match blocks.recv_timeout(IDLE) {
            Ok(block) => tape.write(block.track, block.position, &block.samples)?,
            Err(RecvTimeoutError::Timeout) => tape.settle()?,
            Err(RecvTimeoutError::Disconnected) => return tape.finish(),
        }
    }
}
