//! Sample formats of the wire: linear PCM and G.711.

use audio_codec_algorithms::{decode_alaw, decode_ulaw, encode_alaw, encode_ulaw};

/// How one sample is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// Signed 16-bit little-endian linear PCM.
    #[default]
    Pcm16,
    /// G.711 mu-law, one byte a sample.
    MuLaw,
    /// G.711 A-law, one byte a sample.
    ALaw,
}

impl Encoding {
    /// Bytes one sample takes on the wire.
    pub const fn bytes_per_sample(self) -> usize {
        match self {
            Self::Pcm16 => 2,
            Self::MuLaw | Self::ALaw => 1,
        }
    }
}

/// Why a format is none, or bytes are no samples of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The rate is none that the wire carries ([`WireFormat::RATES_HZ`]).
    #[error("no wire format has {0} Hz")]
    UnsupportedRate(u32),
    /// Bytes that end in the middle of a sample.
    #[error("{bytes} bytes are no whole number of samples")]
    OddLength {
        /// How many bytes there were.
        bytes: usize,
    },
}

/// Mono samples on the wire: encoding and rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WireFormat {
    encoding: Encoding,
    sample_rate_hz: u32,
}

impl WireFormat {
    /// Rates the wire carries.
    pub const RATES_HZ: [u32; 5] = [8_000, 16_000, 24_000, 44_100, 48_000];

    /// # Errors
    /// [`FormatError::UnsupportedRate`] for a rate outside [`Self::RATES_HZ`].
    pub fn new(encoding: Encoding, sample_rate_hz: u32) -> Result<Self, FormatError> {
        if !Self::RATES_HZ.contains(&sample_rate_hz) {
            return Err(FormatError::UnsupportedRate(sample_rate_hz));
        }
        Ok(Self {
            encoding,
            sample_rate_hz,
        })
    }

    /// How a sample is written.
    pub const fn encoding(self) -> Encoding {
        self.encoding
    }

    /// Samples a second.
    pub const fn sample_rate_hz(self) -> u32 {
        self.sample_rate_hz
    }

    /// Samples that last `milliseconds`, rounded down.
    pub const fn samples_in_ms(self, milliseconds: u32) -> usize {
        (self.sample_rate_hz as usize * milliseconds as usize) / 1_000
    }

    /// Appends `samples` to `bytes`, clamped to -1.0..=1.0. Allocates only when `bytes` has no room left.
    pub fn encode(self, samples: &[f32], bytes: &mut Vec<u8>) {
        let linear = samples.iter().map(|&sample| f32_to_i16(sample));
        match self.encoding {
            Encoding::Pcm16 => bytes.extend(linear.flat_map(i16::to_le_bytes)),
            Encoding::MuLaw => bytes.extend(linear.map(encode_ulaw)),
            Encoding::ALaw => bytes.extend(linear.map(encode_alaw)),
        }
    }

    /// Appends the samples of one frame to `samples`. Allocates only when `samples` has no room left.
    ///
    /// # Errors
    /// [`FormatError::OddLength`] when `bytes` end inside a sample; nothing is appended then.
    pub fn decode(self, bytes: &[u8], samples: &mut Vec<f32>) -> Result<(), FormatError> {
        match self.encoding {
            Encoding::Pcm16 => {
                let (pairs, rest) = bytes.as_chunks::<2>();
                if !rest.is_empty() {
                    return Err(FormatError::OddLength { bytes: bytes.len() });
                }
                samples.extend(
                    pairs
                        .iter()
                        .map(|&pair| i16_to_f32(i16::from_le_bytes(pair))),
                );
            }
            Encoding::MuLaw => {
                samples.extend(bytes.iter().map(|&byte| i16_to_f32(decode_ulaw(byte))));
            }
            Encoding::ALaw => {
                samples.extend(bytes.iter().map(|&byte| i16_to_f32(decode_alaw(byte))));
            }
        }
        Ok(())
    }
}

impl Default for WireFormat {
    /// 24 kHz PCM16, what the service speaks (section 12.2).
    fn default() -> Self {
        Self {
            encoding: Encoding::Pcm16,
            sample_rate_hz: 24_000,
        }
    }
}

/// The official rule (section 12.2): clamp, negative x 32768, else x 32767, truncate. Not a number is silence.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the rule truncates, and the clamp keeps it in range"
)]
pub fn f32_to_i16(sample: f32) -> i16 {
    let sample = sample.clamp(-1.0, 1.0);
    let scale = if sample < 0.0 { 32_768.0 } else { 32_767.0 };
    (sample * scale) as i16
}

/// The way back (section 12.2): / 32768.
pub fn i16_to_f32(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn format(encoding: Encoding) -> WireFormat {
        WireFormat::new(encoding, 24_000).unwrap()
    }

    fn encoded(encoding: Encoding, samples: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        format(encoding).encode(samples, &mut bytes);
        bytes
    }

    fn decoded(encoding: Encoding, bytes: &[u8]) -> Vec<f32> {
        let mut samples = Vec::new();
        format(encoding).decode(bytes, &mut samples).unwrap();
        samples
    }

    #[test]
    fn samples_follow_the_official_rule() {
        let cases = [
            (0.0, 0),
            (0.5, 16_383),
            (-0.5, -16_384),
            (1.0, 32_767),
            (-1.0, -32_768),
            (1.5, 32_767),
            (-7.0, -32_768),
            (f32::INFINITY, 32_767),
            (f32::NAN, 0),
        ];
        for (sample, expected) in cases {
            assert_eq!(f32_to_i16(sample), expected, "{sample}");
        }
        for (sample, expected) in [(-32_768, -1.0), (16_384, 0.5), (0, 0.0)] {
            assert!(
                (i16_to_f32(sample) - expected).abs() < f32::EPSILON,
                "{sample}"
            );
        }
    }

    #[test]
    fn known_bytes_of_each_encoding() {
        // G.711: zero is 0xFF in mu-law and 0xD5 in A-law; full scale is 0x80/0x00 and 0xAA/0x2A.
        let samples = [0.0, 1.0, -1.0];
        assert_eq!(
            encoded(Encoding::Pcm16, &samples),
            [0, 0, 0xFF, 0x7F, 0, 0x80]
        );
        assert_eq!(encoded(Encoding::MuLaw, &samples), [0xFF, 0x80, 0x00]);
        assert_eq!(encoded(Encoding::ALaw, &samples), [0xD5, 0xAA, 0x2A]);
    }

    #[test]
    fn every_g711_byte_means_itself() {
        for encoding in [Encoding::MuLaw, Encoding::ALaw] {
            for byte in 0..=u8::MAX {
                let samples = decoded(encoding, &[byte]);
                let linear = f32::round(samples[0] * 32_768.0);
                // The official rule shrinks positive samples by one part in 32,768: undo it, the code is what counts.
                let sample = if linear > 0.0 {
                    (linear + 0.5) / 32_767.0
                } else {
                    samples[0]
                };
                let again = encoded(encoding, &[sample])[0];
                // Mu-law has two zeros.
                let same =
                    again == byte || (encoding == Encoding::MuLaw && byte == 0x7F && again == 0xFF);
                assert!(same, "{encoding:?} {byte:#04x} came back as {again:#04x}");
            }
        }
    }

    #[test]
    fn half_a_sample_is_refused_and_leaves_no_trace() {
        let mut samples = vec![0.25];
        let refused = format(Encoding::Pcm16).decode(&[1, 2, 3], &mut samples);
        assert_eq!(refused, Err(FormatError::OddLength { bytes: 3 }));
        assert_eq!(samples, [0.25]);
        assert_eq!(decoded(Encoding::ALaw, &[1, 2, 3]).len(), 3);
    }

    #[test]
    fn only_the_rates_of_the_wire() {
        for rate in WireFormat::RATES_HZ {
            assert_eq!(
                WireFormat::new(Encoding::ALaw, rate)
                    .unwrap()
                    .sample_rate_hz(),
                rate
            );
        }
        for rate in [0, 11_025, 96_000] {
            let refused = WireFormat::new(Encoding::Pcm16, rate);
            assert_eq!(refused, Err(FormatError::UnsupportedRate(rate)));
        }
        assert_eq!(WireFormat::default(), format(Encoding::Pcm16));
        assert_eq!(WireFormat::default().samples_in_ms(200), 4_800);
        assert_eq!(
            WireFormat::new(Encoding::Pcm16, 44_100)
                .unwrap()
                .samples_in_ms(5),
            220
        );
    }

    proptest! {
        #[test]
        fn any_linear_sample_comes_back_within_one_step(sample: i16) {
            let bytes = encoded(Encoding::Pcm16, &[i16_to_f32(sample)]);
            let back = i16::from_le_bytes([bytes[0], bytes[1]]);
            prop_assert!((i32::from(sample) - i32::from(back)).abs() <= 1);
        }

        #[test]
        fn g711_keeps_every_sample_within_its_step(sample in -1.0_f32..=1.0) {
            for encoding in [Encoding::MuLaw, Encoding::ALaw] {
                let back = decoded(encoding, &encoded(encoding, &[sample]))[0];
                // Half a step is at most 1/31 of a magnitude or 16 of 32,768; mu-law clips at 32,635.
                let step = (sample.abs() / 31.0).max(16.0 / 32_768.0) + 2.0 / 32_768.0;
                prop_assert!((sample - back).abs() <= step, "{encoding:?} {sample} {back}");
            }
        }
    }
}
