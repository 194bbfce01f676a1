//! Callbacks allocate nothing: on made-up devices of every shape, and on a real sound server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use allocation_counter::measure;
use wiro_audio::cpal_backend::CpalBackend;
use wiro_audio::device::{
    Backend, Device, DeviceKind, ErrorCallback, InputBlock, InputCallback, OutputBlock,
    OutputCallback, SampleFormat, StreamHandle, StreamSpec,
};
use wiro_audio::error::AudioError;
use wiro_audio::fake::{FakeBackend, FakeDevice};
use wiro_audio::session::{CaptureOptions, PlaybackOptions, SessionOptions};

use crate::pulse::{wait_until, with_private_pulse};
use crate::rig::Rig;
use crate::signal::{sine, tone_pcm16};

/// Counts what the callbacks of another backend do to the heap.
struct Counting<B> {
    inner: B,
    input: Arc<Count>,
    output: Arc<Count>,
}

#[derive(Debug, Default)]
struct Count {
    calls: AtomicU64,
    touches: AtomicU64,
}

impl Count {
    fn during(&self, callback: impl FnOnce()) {
        let info = measure(callback);
        // Bytes freed count like bytes taken: both lock the heap.
        let touches = info.count_total
            + info.count_current.unsigned_abs()
            + info.bytes_current.unsigned_abs();
        self.touches.fetch_add(touches, Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    fn seen(&self) -> (u64, u64) {
        (
            self.calls.load(Ordering::Relaxed),
            self.touches.load(Ordering::Relaxed),
        )
    }
}

impl<B: Backend> Counting<B> {
    fn new(inner: B) -> Self {
        Self {
            inner,
            input: Arc::default(),
            output: Arc::default(),
        }
    }
}

impl<B: Backend> Backend for Counting<B> {
    fn devices(&self) -> Result<Vec<Device>, AudioError> {
        self.inner.devices()
    }

    fn spec(&self, kind: DeviceKind, device_id: &str) -> Result<StreamSpec, AudioError> {
        self.inner.spec(kind, device_id)
    }

    fn open_input(
        &self,
        spec: &StreamSpec,
        mut callback: InputCallback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        let count = Arc::clone(&self.input);
        let counted = move |block: InputBlock<'_>| count.during(|| callback(block));
        self.inner.open_input(spec, Box::new(counted), on_error)
    }

    fn open_output(
        &self,
        spec: &StreamSpec,
        mut callback: OutputCallback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        let count = Arc::clone(&self.output);
        let counted = move |block: OutputBlock<'_>| count.during(|| callback(block));
        self.inner.open_output(spec, Box::new(counted), on_error)
    }

    fn now(&self) -> Instant {
        self.inner.now()
    }

    fn moves_streams(&self) -> bool {
        self.inner.moves_streams()
    }
}

fn both_sides() -> SessionOptions {
    SessionOptions {
        capture: Some(CaptureOptions::default()),
        playback: Some(PlaybackOptions::default()),
        record: None,
    }
}

#[test]
fn the_counter_counts() {
    let count = Count::default();
    count.during(|| ());
    assert_eq!(count.seen(), (1, 0));
    count.during(|| drop(std::hint::black_box(vec![0_u8; 1])));
    assert_eq!(count.seen().0, 2);
    assert!(count.seen().1 > 0);
}

#[test]
fn callbacks_of_every_shape_allocate_nothing() {
    let formats = [
        SampleFormat::U8,
        SampleFormat::I16,
        SampleFormat::I24,
        SampleFormat::I32,
        SampleFormat::F32,
    ];
    let shapes: [(u32, &[usize]); 4] = [
        (8_000, &[80]),
        (44_100, &[1, 24, 7]),
        (48_000, &[333, 480]),
        (96_000, &[2_048]),
    ];
    for sample_format in formats {
        for channels in [1, 2] {
            for (sample_rate_hz, blocks) in shapes {
                let fake = FakeBackend::new();
                for (kind, id) in [(DeviceKind::Input, "mic"), (DeviceKind::Output, "spk")] {
                    let block_frames = blocks.to_vec();
                    fake.plug(FakeDevice {
                        sample_rate_hz,
                        sample_format,
                        channels,
                        block_frames,
                        ..FakeDevice::new(kind, id)
                    });
                }
                fake.hear(move |frame, _| sine(frame, 440.0, sample_rate_hz));
                let counting = Arc::new(Counting::new(fake.clone()));
                let rig =
                    Rig::open_on(Arc::<Counting<_>>::clone(&counting), fake, both_sides()).unwrap();
                rig.session.start_talking();
                rig.session.play(1, &tone_pcm16(400, 440.0)).unwrap();
                rig.run(150);
                rig.session.set_paused(true);
                rig.run(50);
                rig.session.set_paused(false);
                rig.session.interrupt();
                rig.session.play(2, &tone_pcm16(100, 440.0)).unwrap();
                rig.run(250);
                // Nobody takes what comes now: the rings run over and run dry.
                rig.fake.advance(std::time::Duration::from_millis(900));
                rig.settle();
                let (inputs, input_touches) = counting.input.seen();
                let (outputs, output_touches) = counting.output.seen();
                let case = format!(
                    "{sample_rate_hz} Hz, {channels} channels, {sample_format:?}, blocks {blocks:?}"
                );
                assert!(
                    inputs > 20 && outputs > 20,
                    "{case}: {inputs} and {outputs} callbacks"
                );
                assert_eq!((input_touches, output_touches), (0, 0), "{case}");
            }
        }
    }
}

#[test]
fn callbacks_of_a_real_server_allocate_nothing() {
    with_private_pulse(
        "allocations::callbacks_of_a_real_server_allocate_nothing",
        |_| {
            let counting = Arc::new(Counting::new(CpalBackend::new()));
            let session = wiro_audio::session::AudioSession::open(
                Arc::<Counting<_>>::clone(&counting),
                both_sides(),
                Box::new(|_| ()),
            )
            .unwrap();
            session.start_talking();
            session.play(1, &tone_pcm16(3_000, 440.0)).unwrap();
            session.end_turn(1);
            wait_until("a second was played", || {
                session.counters().turn_played_samples > 24_000
            });
            session.interrupt();
            session.play(2, &tone_pcm16(1_000, 440.0)).unwrap();
            wait_until("and some of the next turn", || {
                let counters = session.counters();
                counters.turn == Some(2) && counters.turn_played_samples > 12_000
            });
            let counters = session.counters();
            session.close().unwrap();
            let (inputs, input_touches) = counting.input.seen();
            let (outputs, output_touches) = counting.output.seen();
            println!(
                "{inputs} input callbacks, p99.9 {:?}; {outputs} output callbacks, p99.9 {:?}",
                counters.capture_callback_p999, counters.playback_callback_p999
            );
            assert!(
                inputs > 100 && outputs > 100,
                "{inputs} and {outputs} callbacks"
            );
            assert_eq!((input_touches, output_touches), (0, 0));
        },
    );
}
