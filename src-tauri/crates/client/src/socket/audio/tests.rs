use super::*;

fn token(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

#[test]
fn a_frame_is_what_the_protocol_shows() {
    let token = token("eDcCm5yyUfIvMFspTwww49OUfgXkQt");
    let pcm: Vec<u8> = [0_i16, 1, -1, 32767, -32768]
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    let frame = AudioFrame::encode(&token, &pcm);
    assert_eq!(
        hex::encode(&frame),
        "654463436d357979556649764d4673705477777734394f556667586b51747c00000100ffffff7f0080"
    );
    let read = AudioFrame::decode(&frame).unwrap();
    assert!(read.is_for(&token));
    assert_eq!(read.pcm(), &pcm);
    assert!(!format!("{read:?}").contains("eDcC"));
}

#[test]
fn only_the_first_separator_separates() {
    let read = |bytes: &'static [u8]| AudioFrame::decode(&Bytes::from_static(bytes));
    assert_eq!(read(b"no separator"), None);
    assert_eq!(read(b""), None);
    for (bytes, name, pcm) in [
        (&b"t|"[..], "t", &b""[..]),
        (b"|ab", "", b"ab"),
        (b"t||a|", "t", b"|a|"),
    ] {
        let frame = read(bytes).unwrap();
        assert!(frame.is_for(&token(name)));
        assert_eq!(&frame.pcm()[..], pcm);
    }
    for other in ["T", "", "tt", " t"] {
        assert!(!read(b"t|ab").unwrap().is_for(&token(other)), "{other}");
    }
}

#[test]
fn samples_cut_in_two_are_put_together_within_a_turn() {
    let mut joiner = SampleJoiner::default();
    let mut join = |bytes: &'static [u8]| joiner.join(&Bytes::from_static(bytes));
    for (frame, whole) in [
        (&b"abcd"[..], &b"abcd"[..]),
        (b"abc", b"ab"),
        (b"", b""),
        (b"def", b"cdef"),
        (b"g", b""),
        (b"h", b"gh"),
        (b"ijk", b"ij"),
    ] {
        assert_eq!(join(frame), whole);
    }
    joiner.end_turn();
    assert_eq!(joiner.join(&Bytes::from_static(b"lm")), &b"lm"[..]);
}

proptest::proptest! {
    #[test]
    fn what_is_encoded_is_decoded(name in "[A-Za-z0-9]{0,40}", pcm in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
        let token = token(&name);
        let frame = AudioFrame::decode(&AudioFrame::encode(&token, &pcm)).unwrap();
        assert!(frame.is_for(&token));
        assert_eq!(frame.pcm(), &pcm);
    }

    /// However the service cuts a turn into frames, the same bytes come out.
    #[test]
    fn cuts_change_nothing(pieces in proptest::collection::vec(proptest::collection::vec(proptest::num::u8::ANY, 0..5), 0..20)) {
        let mut joiner = SampleJoiner::default();
        let mut joined = Vec::new();
        for piece in &pieces {
            let whole = joiner.join(&Bytes::copy_from_slice(piece));
            assert_eq!(whole.len() % SAMPLE_BYTES, 0);
            joined.extend_from_slice(&whole);
        }
        let all = pieces.concat();
        assert_eq!(joined, all[..all.len() / SAMPLE_BYTES * SAMPLE_BYTES]);
    }
}
