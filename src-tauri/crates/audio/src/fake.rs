//! A sound system for tests: devices made up, time moved by hand.
//!
//! Nothing happens until [`FakeBackend::advance`]: then every open stream's callback runs, in the order of virtual time,
//! as often as its device's clock says. Devices may be skewed against each other, deliver blocks of odd sizes, fail,
//! and be unplugged; what a speaker plays can be heard by a microphone.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::device::{
    Backend, Device, DeviceKind, ErrorCallback, InputCallback, OutputCallback, SampleFormat,
    StreamHandle, StreamSpec,
};
use crate::error::AudioError;

mod buffer;
mod room;

use buffer::FormatBuffer;
use room::{Callback, FakeStream, Loopback, Room};

/// What a microphone hears: the sample of a frame, counted from the device's start, and a channel.
pub type Sound = Box<dyn FnMut(u64, u16) -> f32 + Send>;

/// A device to be made up.
#[derive(Debug, Clone)]
pub struct FakeDevice {
    /// How it is listed.
    pub device: Device,
    /// Its nominal rate.
    pub sample_rate_hz: u32,
    /// Samples in a frame.
    pub channels: u16,
    /// How its samples are stored.
    pub sample_format: SampleFormat,
    /// How much faster its clock runs than the virtual one.
    pub skew_ppm: f64,
    /// Frames of its callbacks, in turn; empty for 10 ms each.
    pub block_frames: Vec<usize>,
}

impl FakeDevice {
    /// A default device at 48 kHz, one channel, `f32`, on time.
    pub fn new(kind: DeviceKind, id: &str) -> Self {
        let device = Device {
            id: id.to_owned(),
            name: id.to_owned(),
            kind,
            is_default: true,
            is_monitor: false,
        };
        Self {
            device,
            sample_rate_hz: 48_000,
            channels: 1,
            sample_format: SampleFormat::F32,
            skew_ppm: 0.0,
            block_frames: Vec::new(),
        }
    }

    fn spec(&self) -> StreamSpec {
        StreamSpec {
            device_id: self.device.id.clone(),
            sample_rate_hz: self.sample_rate_hz,
            channels: self.channels,
            sample_format: self.sample_format,
            block_frames: self.sample_rate_hz / 100,
        }
    }

    fn frames_per_second(&self) -> f64 {
        f64::from(self.sample_rate_hz) * (1.0 + self.skew_ppm * 1e-6)
    }

    fn block(&self, number: usize) -> usize {
        match self.block_frames.len() {
            0 => self.sample_rate_hz as usize / 100,
            sizes => self.block_frames[number % sizes],
        }
    }
}

/// The made-up sound system. Clones share everything.
#[derive(Clone)]
pub struct FakeBackend {
    started: Instant,
    moves_streams: bool,
    room: Arc<Mutex<Room>>,
}

impl fmt::Debug for FakeBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeBackend")
            .field("moves_streams", &self.moves_streams)
            .finish_non_exhaustive()
    }
}

impl Default for FakeBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeBackend {
    /// No devices yet; a lost device breaks its stream with an error.
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            moves_streams: false,
            room: Arc::default(),
        }
    }

    /// Like [`Self::new`], but the stream of a lost microphone goes on with full-scale noise and no error, as a sound
    /// server does that moves it to a monitor.
    pub fn moving_streams() -> Self {
        Self {
            moves_streams: true,
            ..Self::new()
        }
    }

    /// Plugs a device in.
    pub fn plug(&self, device: FakeDevice) {
        self.room().devices.push(device);
    }

    /// Takes a device away. Its streams break, or go on with noise ([`Self::moving_streams`]).
    pub fn unplug(&self, id: &str) {
        let mut room = self.room();
        room.devices.retain(|device| device.device.id != id);
        for stream in room
            .streams
            .iter_mut()
            .filter(|stream| stream.device.device.id == id)
        {
            if self.moves_streams {
                stream.moved = true;
            } else {
                stream.fail(AudioError::Gone {
                    detail: "unplugged".to_owned(),
                });
            }
        }
    }

    /// Breaks the device's streams with `error`; it stays listed.
    pub fn fail(&self, id: &str, error: &AudioError) {
        for stream in self
            .room()
            .streams
            .iter_mut()
            .filter(|stream| stream.device.device.id == id)
        {
            stream.fail(error.clone());
        }
    }

    /// Makes the next `open` fail with `error`.
    pub fn refuse_next(&self, error: AudioError) {
        self.room().refusal = Some(error);
    }

    /// What every microphone hears from now on, beside the loopback.
    pub fn hear(&self, sound: impl FnMut(u64, u16) -> f32 + Send + 'static) {
        self.room().sound = Some(Box::new(sound));
    }

    /// Lets the microphones hear what the speakers played `delay` ago, scaled by `gain`.
    pub fn loop_back(&self, delay: Duration, gain: f32) {
        self.room().loopback = Some(Loopback {
            delay_s: delay.as_secs_f64(),
            gain,
        });
    }

    /// Keeps from now on what the speakers play, for [`Self::take_played`].
    pub fn keep_played(&self) {
        self.room().kept = Some(Vec::new());
    }

    /// What the speakers played since the last call, first channel.
    pub fn take_played(&self) -> Vec<f32> {
        self.room()
            .kept
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// How many streams are open.
    pub fn open_streams(&self) -> usize {
        self.room().streams.len()
    }

    /// Moves virtual time on and runs the callbacks that fall due, on this thread.
    pub fn advance(&self, by: Duration) {
        let mut room = self.room();
        let until = room.elapsed_s + by.as_secs_f64();
        while let Some((index, due_s)) = room.next_due().filter(|(_, due_s)| *due_s <= until) {
            room.elapsed_s = room.elapsed_s.max(due_s);
            let at = self.started + Duration::from_secs_f64(due_s);
            room.run(index, at);
        }
        room.elapsed_s = until;
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(
        &self,
        spec: &StreamSpec,
        callback: Callback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        let kind = callback.kind();
        let mut room = self.room();
        if let Some(error) = room.refusal.take() {
            return Err(error);
        }
        let device = room.device(kind, &spec.device_id)?.clone();
        let id = room.next_stream;
        room.next_stream += 1;
        let opened_s = room.elapsed_s;
        let buffer = FormatBuffer::new(spec.sample_format);
        room.streams.push(FakeStream {
            id,
            device,
            callback,
            on_error,
            buffer,
            opened_s,
            frames: 0,
            blocks: 0,
            moved: false,
            broken: false,
        });
        Ok(StreamHandle::new(Open {
            id,
            room: Arc::clone(&self.room),
        }))
    }
}

impl Backend for FakeBackend {
    fn devices(&self) -> Result<Vec<Device>, AudioError> {
        Ok(self
            .room()
            .devices
            .iter()
            .map(|device| device.device.clone())
            .collect())
    }

    fn spec(&self, kind: DeviceKind, device_id: &str) -> Result<StreamSpec, AudioError> {
        Ok(self.room().device(kind, device_id)?.spec())
    }

    fn open_input(
        &self,
        spec: &StreamSpec,
        callback: InputCallback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        self.open(spec, Callback::Input(callback), on_error)
    }

    fn open_output(
        &self,
        spec: &StreamSpec,
        callback: OutputCallback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        self.open(spec, Callback::Output(callback), on_error)
    }

    fn now(&self) -> Instant {
        self.started + Duration::from_secs_f64(self.room().elapsed_s)
    }

    fn moves_streams(&self) -> bool {
        self.moves_streams
    }
}

/// Ends its stream when dropped.
struct Open {
    id: u64,
    room: Arc<Mutex<Room>>,
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        room.streams.retain(|stream| stream.id != self.id);
    }
}
