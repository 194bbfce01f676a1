//! Binary frames: audio of a realtime session, both ways (`PROTOCOL.md` sections 10.6 and 12.2).

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use crate::secret::Secret;

/// Between token and audio. The audio may hold it as well.
const SEPARATOR: u8 = b'|';
/// A sample is a signed 16-bit integer, little-endian.
const SAMPLE_BYTES: usize = 2;

/// Audio of one session: `token|pcm`.
#[derive(Clone, PartialEq, Eq)]
pub struct AudioFrame {
    token: Bytes,
    pcm: Bytes,
}

impl AudioFrame {
    /// Takes a frame apart at the first separator; `None` when there is none.
    pub fn decode(frame: &Bytes) -> Option<Self> {
        let at = frame.iter().position(|byte| *byte == SEPARATOR)?;
        Some(Self {
            token: frame.slice(..at),
            pcm: frame.slice(at + 1..),
        })
    }

    /// The frame as it is sent.
    pub fn encode(token: &Secret<String>, pcm: &[u8]) -> Bytes {
        let token = token.expose().as_bytes();
        let mut frame = BytesMut::with_capacity(token.len() + 1 + pcm.len());
        frame.put_slice(token);
        frame.put_u8(SEPARATOR);
        frame.put_slice(pcm);
        frame.freeze()
    }

    /// Whether it belongs to the session, byte for byte.
    pub fn is_for(&self, token: &Secret<String>) -> bool {
        self.token == token.expose().as_bytes()
    }

    /// The audio: whole samples, unless the service cut one in two.
    pub const fn pcm(&self) -> &Bytes {
        &self.pcm
    }
}

impl fmt::Debug for AudioFrame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AudioFrame")
            .field("pcm_bytes", &self.pcm.len())
            .finish_non_exhaustive()
    }
}

/// Puts samples together that the service cut in two: an odd byte waits for the next frame of its turn.
#[derive(Debug, Default)]
pub struct SampleJoiner {
    odd: Option<u8>,
}

impl SampleJoiner {
    /// The whole samples of this frame, the waiting byte before them. Empty when there is none.
    pub fn join(&mut self, pcm: &Bytes) -> Bytes {
        let odd = if pcm.is_empty() {
            None
        } else {
            self.odd.take()
        };
        let bytes = usize::from(odd.is_some()) + pcm.len();
        let whole = match odd {
            None => pcm.clone(),
            Some(odd) => {
                let mut joined = BytesMut::with_capacity(bytes);
                joined.put_u8(odd);
                joined.put_slice(pcm);
                joined.freeze()
            }
        };
        if bytes.is_multiple_of(SAMPLE_BYTES) {
            return whole;
        }
        self.odd = whole.last().copied();
        whole.slice(..bytes - 1)
    }

    /// Forgets the waiting byte: at the end of a turn nothing completes it.
    pub fn end_turn(&mut self) {
        self.odd = None;
    }
}

#[cfg(test)]
mod tests;
