//! Sound as it is on the wire: signed 16-bit little-endian samples (`PROTOCOL.md` section 12.2).

/// The samples of these bytes. An odd number of bytes is no sound: guessing which one is missing would make noise of the rest.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<i16>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let samples = || pairs.iter().copied().map(i16::from_le_bytes);
    rest.is_empty().then(|| samples().collect())
}

/// Root mean square in decibels of full scale: a full square wave has 0 dB, a full sine -3 dB, silence -96 dB.
pub(super) fn level_db(samples: &[i16]) -> f64 {
    let squares: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum();
    #[expect(
        clippy::cast_precision_loss,
        reason = "an utterance has far fewer samples than 2^52"
    )]
    let power = squares / samples.len().max(1) as f64 / (32_768.0 * 32_768.0);
    (10.0 * power.log10()).max(-96.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_pairs() {
        let bytes = [0, 0, 1, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0x80];
        assert_eq!(decode(&bytes), Some(vec![0, 1, -1, 32_767, -32_768]));
        assert_eq!(decode(&bytes[..9]), None);
        assert_eq!(decode(&[]), Some(Vec::new()));
    }

    #[test]
    fn levels_are_those_of_full_scale() {
        for (samples, expected) in [
            (vec![-32_768; 9], 0.0),
            (vec![16_384, -16_384], -6.02),
            (vec![0; 9], -96.0),
            (Vec::new(), -96.0),
        ] {
            assert!((level_db(&samples) - expected).abs() < 0.01, "{samples:?}");
        }
    }
}
