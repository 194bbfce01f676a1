//! Sound in and out: microphone to wire chunks, wire frames to speaker.
//!
//! ```text
//! microphone -> CaptureResampler -> EchoCanceller -> ActivityDetector -> Chunker -> wire
//! wire -> JitterBuffer -> PlaybackResampler (DriftController) -> Fader -> speaker -> reference of the EchoCanceller
//! ```
//!
//! [`session::AudioSession`] joins both to the devices of a [`device::Backend`]: the machine's own
//! ([`cpal_backend::CpalBackend`]), WAV files ([`file::FileBackend`]), or made-up ones for tests ([`fake::FakeBackend`]).
//!
//! Invariants:
//! - The callbacks of a sound system convert, mix and move samples through lock-free rings; they allocate nothing, lock
//!   nothing, log nothing. A counting allocator proves it on every format and on a real sound server.
//! - A monitor of speakers is never a microphone unless a person chose it by id. Where a sound server moves the stream of
//!   an unplugged microphone without a word, what was captured goes no further than a queue until the device was seen
//!   after it.
//! - What was played is what the device took, never what was queued.
//! - Samples are mono `f32` in -1.0..=1.0 everywhere between device and wire; the wire is a [`pcm::WireFormat`].
//! - Signal code takes slices and, the echo canceller apart, allocates only when it is made.
//! - This crate knows no network, no async runtime and no other crate of the product.

pub mod activity;
mod callback;
pub mod chunk;
pub mod cpal_backend;
pub mod device;
pub mod drift;
pub mod echo;
pub mod error;
pub mod fade;
pub mod fake;
pub mod file;
pub mod jitter;
pub mod level;
#[cfg(test)]
mod measure;
pub mod pcm;
pub mod recorder;
pub mod resample;
pub mod session;
pub mod talk;
pub mod tone;
pub mod transcript;
mod worker;
