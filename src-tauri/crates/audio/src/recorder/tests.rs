use super::*;

const RATE_HZ: u32 = 24_000;
const SECOND: usize = RATE_HZ as usize;
/// 10 ms.
const BLOCK: usize = 240;

/// What a file holds: channels, and the samples of each.
fn read(file: &Path) -> Vec<Vec<i16>> {
    let mut reader = hound::WavReader::open(file).unwrap();
    let spec = reader.spec();
    assert_eq!((spec.sample_rate, spec.bits_per_sample), (RATE_HZ, 16));
    let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
    let channels = usize::from(spec.channels);
    (0..channels)
        .map(|channel| {
            samples[channel..]
                .iter()
                .copied()
                .step_by(channels)
                .collect()
        })
        .collect()
}

fn counts(samples: &[i16]) -> (usize, usize) {
    let silent = samples.iter().filter(|&&sample| sample == 0).count();
    (samples.len() - silent, silent)
}

#[test]
fn both_tracks_lie_where_they_were_heard() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder.path(), Layout::Stereo, RATE_HZ).unwrap();
    // The person speaks for two seconds, the model from 0.5 to 1 s and from 3 to 3.5 s.
    for position in (0..2 * SECOND as u64).step_by(BLOCK) {
        recorder
            .write(Track::Person, position, vec![0.5; BLOCK])
            .unwrap();
    }
    for position in [SECOND / 2, 3 * SECOND] {
        recorder
            .write(Track::Model, position as u64, vec![-0.5; SECOND / 2])
            .unwrap();
    }
    let recording = recorder.finish().unwrap();
    assert_eq!(recording.files, [folder.path().join("session.wav")]);
    assert_eq!(recording.samples, 3 * SECOND as u64 + SECOND as u64 / 2);
    let tracks = read(&recording.files[0]);
    assert_eq!(tracks[0].len(), 3 * SECOND + SECOND / 2);
    assert!(
        tracks[0][..2 * SECOND]
            .iter()
            .all(|&sample| sample == 16_383)
    );
    assert_eq!(counts(&tracks[0]), (2 * SECOND, SECOND + SECOND / 2));
    assert!(
        tracks[1][3 * SECOND..]
            .iter()
            .all(|&sample| sample == -16_384)
    );
}

#[test]
fn two_files_are_equally_long() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder.path(), Layout::TwoFiles, RATE_HZ).unwrap();
    recorder.write(Track::Model, 100, vec![0.25; 50]).unwrap();
    recorder.write(Track::Person, 0, vec![0.5; 100]).unwrap();
    let recording = recorder.finish().unwrap();
    let names: Vec<_> = recording
        .files
        .iter()
        .filter_map(|file| file.file_name())
        .collect();
    assert_eq!(names, ["person.wav", "model.wav"]);
    let [person, model] = [0, 1].map(|file| read(&recording.files[file]).remove(0));
    assert_eq!((counts(&person), counts(&model)), ((100, 50), (50, 100)));
    assert_eq!(person.len(), 150);
}

#[test]
fn what_was_abandoned_is_readable_to_within_a_second() {
    for layout in [Layout::Stereo, Layout::TwoFiles] {
        for both in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let mut tape = Tape::create(folder.path(), layout, RATE_HZ).unwrap();
            let blocks = 5_990 / 10;
            for block in 0..blocks {
                let position = block * BLOCK as u64;
                tape.write(Track::Person, position, &[0.5; BLOCK]).unwrap();
                if both {
                    tape.write(Track::Model, position, &[0.5; BLOCK]).unwrap();
                }
            }
            // As if the process were killed: nothing is flushed, nothing is ended.
            std::mem::forget(tape);
            let file = match layout {
                Layout::Stereo => "session.wav",
                Layout::TwoFiles => "person.wav",
            };
            let person = read(&folder.path().join(file)).remove(0);
            let lost = usize::try_from(blocks).unwrap() * BLOCK - person.len();
            assert!(lost <= SECOND, "{layout:?}: {lost} samples are lost");
            assert!(person.iter().all(|&sample| sample == 16_383));
        }
    }
}

#[test]
fn late_and_doubled_samples_change_nothing_that_lies_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut tape = Tape::create(folder.path(), Layout::TwoFiles, RATE_HZ).unwrap();
    tape.write(Track::Person, 0, &[0.5; 100]).unwrap();
    tape.write(Track::Person, 50, &[0.25; 100]).unwrap();
    tape.write(Track::Model, 3 * SECOND as u64, &[0.5; 10])
        .unwrap();
    tape.write(Track::Person, 200, &[0.75; 100]).unwrap();
    let recording = tape.finish().unwrap();
    let person = read(&recording.files[0]).remove(0);
    assert!(person[..100].iter().all(|&sample| sample == 16_383));
    assert!(person[100..150].iter().all(|&sample| sample == 8_191));
    assert!(
        person[150..].iter().all(|&sample| sample == 0),
        "it came too late"
    );
    assert_eq!(recording.samples, 3 * SECOND as u64 + 10);
}

#[test]
fn an_older_recording_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    Recorder::start(folder.path(), Layout::Stereo, RATE_HZ)
        .unwrap()
        .finish()
        .unwrap();
    let again = Recorder::start(folder.path(), Layout::Stereo, RATE_HZ);
    assert!(matches!(again, Err(RecordError::Create(_))));
    let nowhere = Recorder::start(&folder.path().join("none"), Layout::Stereo, RATE_HZ);
    assert!(matches!(nowhere, Err(RecordError::Create(_))));
}

#[test]
fn it_stops_where_a_wav_file_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut tape = Tape::create(folder.path(), Layout::Stereo, RATE_HZ).unwrap();
    tape.limit(1_000);
    let stopped = tape.write(Track::Person, SECOND as u64, &[0.5; 10]);
    assert!(matches!(stopped, Err(RecordError::TooLong)));
    std::mem::forget(tape);
    assert_eq!(read(&folder.path().join("session.wav"))[0].len(), 1_000);
}

#[test]
fn a_slow_disk_is_told_and_stops_nobody() {
    let (queue, blocks) = sync_channel(2);
    let thread = std::thread::spawn(|| Err(RecordError::TooLong));
    let recorder = Recorder {
        queue: Some(queue),
        thread: Some(thread),
    };
    let write = || recorder.write(Track::Person, 0, vec![0.5; BLOCK]);
    assert!(write().is_ok() && write().is_ok());
    assert!(matches!(write(), Err(RecordError::Behind)));
    drop(blocks);
    assert!(matches!(write(), Err(RecordError::Stopped)));
    assert!(
        matches!(recorder.finish(), Err(RecordError::TooLong)),
        "the first error is told"
    );
}

#[test]
fn dropping_it_ends_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder.path(), Layout::Stereo, RATE_HZ).unwrap();
    recorder.write(Track::Person, 0, vec![0.5; 77]).unwrap();
    drop(recorder);
    assert_eq!(read(&folder.path().join("session.wav"))[0].len(), 77);
}
