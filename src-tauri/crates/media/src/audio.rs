//! How long sound is, by its headers.

use std::path::Path;
use std::time::Duration;

use lofty::config::ParseOptions;
use lofty::file::AudioFile;
use lofty::probe::Probe;

/// How long a sound file plays; `None` when its headers do not say. Its name counts for nothing, and neither its tags nor
/// its pictures are read.
pub fn audio_length(path: &Path) -> Option<Duration> {
    let options = ParseOptions::new().read_tags(false).read_cover_art(false);
    let audio = Probe::open(path)
        .ok()?
        .options(options)
        .guess_file_type()
        .ok()?
        .read()
        .ok()?;
    let length = audio.properties().duration();
    (!length.is_zero()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Silence: 16-bit mono, as its header says.
    fn wav(sample_rate_hz: u32, frames: u32) -> Vec<u8> {
        let bytes = frames * 2;
        let mut wav = Vec::new();
        wav.extend_from_slice(b"RIFF");
        wav.extend_from_slice(&(36 + bytes).to_le_bytes());
        wav.extend_from_slice(b"WAVEfmt ");
        wav.extend_from_slice(&16_u32.to_le_bytes());
        wav.extend_from_slice(&1_u16.to_le_bytes());
        wav.extend_from_slice(&1_u16.to_le_bytes());
        wav.extend_from_slice(&sample_rate_hz.to_le_bytes());
        wav.extend_from_slice(&(sample_rate_hz * 2).to_le_bytes());
        wav.extend_from_slice(&2_u16.to_le_bytes());
        wav.extend_from_slice(&16_u16.to_le_bytes());
        wav.extend_from_slice(b"data");
        wav.extend_from_slice(&bytes.to_le_bytes());
        wav.resize(wav.len() + bytes as usize, 0);
        wav
    }

    fn length_of(bytes: &[u8]) -> Option<Duration> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sound.bin");
        fs_err::write(&path, bytes).unwrap();
        audio_length(&path)
    }

    #[test]
    fn sound_is_measured_by_its_headers_alone() {
        assert_eq!(
            length_of(&wav(8_000, 12_000)),
            Some(Duration::from_millis(1500))
        );
    }

    #[test]
    fn what_is_no_whole_sound_has_no_length() {
        let whole = wav(8_000, 800);
        for bytes in [&b""[..], b"RIFF", b"just words", &whole[..30], &whole[..44]] {
            assert_eq!(length_of(bytes), None, "{} bytes", bytes.len());
        }
        assert_eq!(audio_length(Path::new("/nowhere")), None);
    }
}
