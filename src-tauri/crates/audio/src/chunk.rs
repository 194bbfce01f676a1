//! Cuts the microphone's samples into the chunks that go on the wire.

use crate::pcm::WireFormat;

/// One chunk, encoded for the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// The encoded samples.
    pub bytes: &'a [u8],
    /// Position of its first sample, counted over all samples pushed since construction.
    pub first_sample: u64,
    /// How many samples it holds.
    pub samples: usize,
    /// Whether a flush cut it: nothing follows until more is pushed.
    pub last: bool,
}

/// Collects samples into chunks of 200 ms.
#[derive(Debug)]
pub struct Chunker {
    format: WireFormat,
    chunk_samples: usize,
    pending_samples: usize,
    /// Position after the last sample that went into `bytes` or was discarded.
    position: u64,
    bytes: Vec<u8>,
}

impl Chunker {
    /// The length of a whole chunk (section 12.2): 4,800 samples at 24 kHz.
    pub const CHUNK_MS: u32 = 200;

    /// Chunks of [`Self::CHUNK_MS`] in `format`.
    pub fn new(format: WireFormat) -> Self {
        let chunk_samples = format.samples_in_ms(Self::CHUNK_MS);
        Self {
            format,
            chunk_samples,
            pending_samples: 0,
            position: 0,
            bytes: Vec::with_capacity(chunk_samples * format.encoding().bytes_per_sample()),
        }
    }

    /// Takes any number of samples and hands over each chunk that is whole.
    pub fn push(&mut self, samples: &[f32], mut on_chunk: impl FnMut(Chunk<'_>)) {
        let mut rest = samples;
        while !rest.is_empty() {
            let room = self.chunk_samples - self.pending_samples;
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.format.encode(now, &mut self.bytes);
            self.pending_samples += now.len();
            self.position += now.len() as u64;
            rest = later;
            if self.pending_samples == self.chunk_samples {
                on_chunk(self.chunk(false));
                self.clear();
            }
        }
    }

    /// Hands over what waits, shorter than a chunk and perhaps empty, as the last chunk.
    pub fn flush(&mut self, on_chunk: impl FnOnce(Chunk<'_>)) {
        on_chunk(self.chunk(true));
        self.clear();
    }

    /// Forgets what waits; positions go on.
    pub fn discard(&mut self) {
        self.clear();
    }

    /// Samples that wait for a whole chunk.
    pub fn pending_samples(&self) -> usize {
        self.pending_samples
    }

    fn chunk(&self, last: bool) -> Chunk<'_> {
        Chunk {
            bytes: &self.bytes,
            first_sample: self.position - self.pending_samples as u64,
            samples: self.pending_samples,
            last,
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.pending_samples = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pcm::Encoding;

    /// What one chunk was, to keep it.
    #[derive(Debug, PartialEq, Eq)]
    struct Seen {
        bytes: Vec<u8>,
        first_sample: u64,
        samples: usize,
        last: bool,
    }

    fn keep(seen: &mut Vec<Seen>) -> impl FnMut(Chunk<'_>) {
        |chunk| {
            seen.push(Seen {
                bytes: chunk.bytes.to_vec(),
                first_sample: chunk.first_sample,
                samples: chunk.samples,
                last: chunk.last,
            });
        }
    }

    fn shape(seen: &[Seen]) -> Vec<(u64, usize, bool)> {
        seen.iter()
            .map(|chunk| (chunk.first_sample, chunk.samples, chunk.last))
            .collect()
    }

    #[test]
    fn whole_chunks_then_the_rest_at_once() {
        let mut chunker = Chunker::new(WireFormat::default());
        let mut seen = Vec::new();
        chunker.push(&vec![0.5; 10_000], keep(&mut seen));
        assert_eq!(chunker.pending_samples(), 400);
        chunker.flush(keep(&mut seen));
        chunker.flush(keep(&mut seen));
        let expected = [
            (0, 4_800, false),
            (4_800, 4_800, false),
            (9_600, 400, true),
            (10_000, 0, true),
        ];
        assert_eq!(shape(&seen), expected);
        assert_eq!(seen[0].bytes.len(), 9_600);
        assert_eq!(seen[2].bytes.len(), 800);
    }

    #[test]
    fn what_is_discarded_keeps_its_place() {
        let mut chunker = Chunker::new(WireFormat::default());
        let mut seen = Vec::new();
        chunker.push(&[0.5; 100], keep(&mut seen));
        chunker.discard();
        chunker.push(&[0.5; 30], keep(&mut seen));
        chunker.flush(keep(&mut seen));
        assert_eq!(shape(&seen), [(100, 30, true)]);
    }

    #[test]
    fn cutting_allocates_nothing() {
        let mut chunker = Chunker::new(WireFormat::default());
        let counted = allocation_counter::measure(|| {
            for _ in 0..100 {
                chunker.push(&[0.5; 977], |_| {});
            }
            chunker.flush(|_| {});
        });
        assert_eq!(counted.count_total, 0);
    }

    proptest! {
        #[test]
        fn any_blocks_in_are_the_same_samples_out(
            blocks in prop::collection::vec(0_usize..3_000, 0..24),
            encoding in prop::sample::select(vec![Encoding::Pcm16, Encoding::MuLaw, Encoding::ALaw]),
            rate in prop::sample::select(WireFormat::RATES_HZ.to_vec()),
        ) {
            let format = WireFormat::new(encoding, rate).unwrap();
            let total: usize = blocks.iter().sum();
            let samples: Vec<f32> = (0_u16..).take(total).map(|n| f32::from(n % 997) / 997.0 - 0.4).collect();
            let mut chunker = Chunker::new(format);
            let mut seen = Vec::new();
            let mut rest = samples.as_slice();
            for block in blocks {
                let (now, later) = rest.split_at(block);
                chunker.push(now, keep(&mut seen));
                rest = later;
            }
            chunker.flush(keep(&mut seen));

            let mut expected = Vec::new();
            format.encode(&samples, &mut expected);
            let joined: Vec<u8> = seen.iter().flat_map(|chunk| chunk.bytes.clone()).collect();
            prop_assert_eq!(joined, expected);
            let whole = format.samples_in_ms(Chunker::CHUNK_MS);
            let (last, before) = seen.split_last().unwrap();
            prop_assert!(before.iter().all(|chunk| chunk.samples == whole && !chunk.last));
            prop_assert!(last.last && last.samples < whole);
        }
    }
}
