//! Binary frames: the first byte says how the rest is cut into pieces.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use wiro_client::secret::Secret;
use wiro_client::socket::{AudioFrame, SampleJoiner};

fuzz_target!(|bytes: &[u8]| {
    let whole = Bytes::copy_from_slice(bytes);
    if let Some(frame) = AudioFrame::decode(&whole) {
        let token = &bytes[..bytes.len() - frame.pcm().len() - 1];
        if let Ok(token) = str::from_utf8(token) {
            let token = Secret::new(token.to_owned());
            assert!(frame.is_for(&token));
            assert_eq!(AudioFrame::encode(&token, frame.pcm()), whole);
        }
    }
    let Some((size, rest)) = bytes.split_first() else {
        return;
    };
    let mut joiner = SampleJoiner::default();
    let mut joined = Vec::new();
    for piece in rest.chunks(usize::from(*size).max(1)) {
        let samples = joiner.join(&Bytes::copy_from_slice(piece));
        assert!(samples.len() % 2 == 0);
        joined.extend_from_slice(&samples);
    }
    assert_eq!(joined, rest[..rest.len() / 2 * 2]);
});
