//! Two tracks laid side by side by position, and the files they go to.

use std::collections::VecDeque;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use fs_err::File;
use hound::{SampleFormat, WavSpec, WavWriter};

use super::{Layout, RecordError, Recording, Track};
use crate::pcm::f32_to_i16;

/// WAV counts its bytes in 32 bits; the rest is for the header.
const MAX_DATA_BYTES: u64 = u32::MAX as u64 - 65_536;

type Writer = WavWriter<BufWriter<File>>;

/// The part of a recording that knows no thread.
pub(super) struct Tape {
    writers: Vec<Writer>,
    files: Vec<PathBuf>,
    /// Samples of each track from `written` on.
    waiting: [VecDeque<f32>; 2],
    /// Frames that went to the writers.
    written: u64,
    /// Frames of them that are known to be in the files.
    flushed: u64,
    /// How far one track runs ahead of the other before the other counts as silent, and how much is written between
    /// two flushes: half a second, so that a crash costs one at most.
    half_second: usize,
    max_frames: u64,
}

impl Tape {
    pub(super) fn create(
        folder: &Path,
        layout: Layout,
        sample_rate_hz: u32,
    ) -> Result<Self, RecordError> {
        let (names, channels): (&[&str], u16) = match layout {
            Layout::Stereo => (&["session.wav"], 2),
            Layout::TwoFiles => (&["person.wav", "model.wav"], 1),
        };
        let spec = WavSpec {
            channels,
            sample_rate: sample_rate_hz,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let files: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
        let writers = files.iter().map(|file| {
            let file = File::options().write(true).create_new(true).open(file);
            let writer = BufWriter::new(file.map_err(RecordError::Create)?);
            WavWriter::new(writer, spec).map_err(RecordError::Write)
        });
        Ok(Self {
            writers: writers.collect::<Result<_, _>>()?,
            files,
            waiting: [VecDeque::new(), VecDeque::new()],
            written: 0,
            flushed: 0,
            half_second: sample_rate_hz as usize / 2,
            max_frames: MAX_DATA_BYTES / u64::from(channels * 2),
        })
    }

    /// Lays samples down at their position and writes what both tracks have.
    pub(super) fn write(
        &mut self,
        track: Track,
        position: u64,
        samples: &[f32],
    ) -> Result<(), RecordError> {
        // However far ahead it is, no more than half a second waits.
        self.advance_to(position.saturating_sub(self.half_second as u64))?;
        let written = self.written;
        let waiting = match track {
            Track::Person => &mut self.waiting[0],
            Track::Model => &mut self.waiting[1],
        };
        let end = written + waiting.len() as u64;
        // What lies there already stays; what comes too late is left out.
        let overlap = usize::try_from(end.saturating_sub(position)).unwrap_or(usize::MAX);
        let gap = usize::try_from(position.saturating_sub(end)).unwrap_or_default();
        if let Some(new) = samples.get(overlap..) {
            waiting.extend(std::iter::repeat_n(0.0, gap));
            waiting.extend(new);
        }
        let [person, model] = self.waiting.each_ref().map(VecDeque::len);
        let due = person
            .min(model)
            .max(person.max(model).saturating_sub(self.half_second));
        self.advance(due)
    }

    /// Writes all that waits, and makes sure of it: nothing has come for a while.
    pub(super) fn settle(&mut self) -> Result<(), RecordError> {
        let [person, model] = self.waiting.each_ref().map(VecDeque::len);
        self.advance(person.max(model))?;
        self.flush()
    }

    /// Writes all that waits and ends the files.
    pub(super) fn finish(mut self) -> Result<Recording, RecordError> {
        self.settle()?;
        for writer in self.writers {
            writer.finalize().map_err(RecordError::Write)?;
        }
        Ok(Recording {
            files: self.files,
            samples: self.written,
        })
    }

    fn advance_to(&mut self, position: u64) -> Result<(), RecordError> {
        while self.written < position {
            let left = usize::try_from(position - self.written).unwrap_or(usize::MAX);
            self.advance(left.min(self.half_second))?;
        }
        Ok(())
    }

    /// Writes that many frames; a track that has none of them is silent.
    fn advance(&mut self, frames: usize) -> Result<(), RecordError> {
        for _ in 0..frames {
            if self.written == self.max_frames {
                self.flush()?;
                return Err(RecordError::TooLong);
            }
            for track in 0..2 {
                let sample = f32_to_i16(self.waiting[track].pop_front().unwrap_or(0.0));
                // Of one file, the frame is this sample and the next; of two, each has its own.
                let file = track.min(self.writers.len() - 1);
                self.writers[file]
                    .write_sample(sample)
                    .map_err(RecordError::Write)?;
            }
            self.written += 1;
            if self.written - self.flushed >= self.half_second as u64 {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), RecordError> {
        for writer in &mut self.writers {
            writer.flush().map_err(RecordError::Write)?;
        }
        self.flushed = self.written;
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn limit(&mut self, frames: u64) {
        self.max_frames = frames;
    }
}
