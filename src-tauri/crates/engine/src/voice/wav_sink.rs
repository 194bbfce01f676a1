//! A text that is read into a file: every sample as it came, whatever the clock and the machine are doing.

use std::borrow::Cow;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use fs_err::File;
use wiro_audio::pcm::{Encoding, WireFormat};

/// Before the samples of a WAV file of one format.
const HEADER_BYTES: u32 = 44;
const SAMPLE_BYTES: u32 = 2;

/// A WAV file of one channel and 16 bits, readable after a crash to within a second.
#[derive(Debug)]
pub(super) struct WavSink {
    file: BufWriter<File>,
    format: WireFormat,
    samples: u32,
    /// How many the header tells of.
    told: u32,
}

impl WavSink {
    pub(super) fn create(path: &Path, format: WireFormat) -> std::io::Result<Self> {
        let mut sink = Self {
            file: BufWriter::new(File::create(path)?),
            format,
            samples: 0,
            told: 0,
        };
        sink.write_header()?;
        Ok(sink)
    }

    /// Appends whole samples as they are on the wire.
    pub(super) fn write(&mut self, wire_bytes: &[u8]) -> std::io::Result<()> {
        let linear = self.linear(wire_bytes)?;
        self.file.write_all(&linear)?;
        let count = u32::try_from(linear.len()).unwrap_or(u32::MAX) / SAMPLE_BYTES;
        self.samples = self.samples.saturating_add(count);
        if self.samples - self.told >= self.format.sample_rate_hz() {
            self.write_header()?;
        }
        Ok(())
    }

    /// The same sound as linear PCM; what is that already stays to the bit.
    fn linear<'bytes>(&self, wire_bytes: &'bytes [u8]) -> std::io::Result<Cow<'bytes, [u8]>> {
        let mut samples = Vec::new();
        self.format
            .decode(wire_bytes, &mut samples)
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))?;
        if self.format.encoding() == Encoding::Pcm16 {
            return Ok(wire_bytes.into());
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "G.711 has whole 16-bit values"
        )]
        let value = |sample: f32| (sample * 32_768.0) as i16;
        Ok(samples
            .into_iter()
            .flat_map(|sample| value(sample).to_le_bytes())
            .collect())
    }

    /// Makes the file whole.
    pub(super) fn finish(mut self) -> std::io::Result<()> {
        self.write_header()?;
        self.file.get_ref().sync_all()
    }

    /// Tells of all samples so far.
    fn write_header(&mut self) -> std::io::Result<()> {
        let rate_hz = self.format.sample_rate_hz();
        let bytes = self.samples.saturating_mul(SAMPLE_BYTES);
        let riff_bytes = bytes.saturating_add(HEADER_BYTES - 8);
        let mut header = Vec::with_capacity(HEADER_BYTES as usize);
        header.extend(b"RIFF");
        header.extend(riff_bytes.to_le_bytes());
        header.extend(b"WAVEfmt ");
        header.extend(16_u32.to_le_bytes());
        // Linear PCM, one channel.
        header.extend([1, 0, 1, 0]);
        header.extend(rate_hz.to_le_bytes());
        header.extend((rate_hz * SAMPLE_BYTES).to_le_bytes());
        header.extend([2, 0, 16, 0]);
        header.extend(b"data");
        header.extend(bytes.to_le_bytes());
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header)?;
        self.file.seek(SeekFrom::End(0))?;
        self.file.flush()?;
        self.told = self.samples;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiro_audio::device::{Backend as _, DeviceKind};
    use wiro_audio::file::FileBackend;

    #[test]
    fn samples_are_kept_as_they_came_and_a_crash_leaves_a_readable_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("said.wav");
        let mut sink = WavSink::create(&path, WireFormat::default()).unwrap();
        let second: Vec<u8> = (0..24_000_i16).flat_map(i16::to_le_bytes).collect();
        sink.write(&second).unwrap();
        sink.write(&[1, 0]).unwrap();
        // As a crash would leave it: what came in the last second may be missing.
        let found = fs_err::read(&path).unwrap();
        assert_eq!(found[44..44 + 48_000], second);
        assert_eq!(found[40..44], 48_000_u32.to_le_bytes());
        sink.finish().unwrap();
        let found = fs_err::read(&path).unwrap();
        assert_eq!(found.len(), 44 + 48_002);
        assert_eq!(found[40..44], 48_002_u32.to_le_bytes());
        let reader = FileBackend::new(1).with_microphone(&path).unwrap();
        let id = path.to_string_lossy();
        let spec = reader.spec(DeviceKind::Input, &id).unwrap();
        assert_eq!((spec.sample_rate_hz, spec.channels), (24_000, 1));
    }

    #[test]
    fn phone_sound_becomes_linear_and_half_a_sample_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("said.wav");
        let phone = WireFormat::new(Encoding::MuLaw, 8000).unwrap();
        let mut sink = WavSink::create(&path, phone).unwrap();
        // The loudest below and above nothing, and nothing, by the tables of G.711.
        sink.write(&[0x00, 0x80, 0xff]).unwrap();
        sink.finish().unwrap();
        let found = fs_err::read(&path).unwrap();
        assert_eq!(found[24..28], 8000_u32.to_le_bytes());
        let samples = found[44..].chunks_exact(2);
        let samples: Vec<_> = samples
            .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        assert_eq!(samples, [-32_124, 32_124, 0]);
        let mut sink = WavSink::create(&path, WireFormat::default()).unwrap();
        assert!(sink.write(&[1]).is_err());
    }
}
