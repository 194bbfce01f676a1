//! Parts of files.

use std::io::{Seek as _, SeekFrom, Write as _};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wiro_loopback::MediaFile;

use crate::stage::{CAT, Outcome, Stage};

#[tokio::test]
async fn single_ranges() -> Outcome {
    let stage = Stage::new()?;
    let cases: [(&str, u16, &[u8], Option<&str>); 10] = [
        ("bytes=0-4", 206, &CAT[..5], Some("bytes 0-4/20")),
        ("bytes=0-", 206, CAT, Some("bytes 0-19/20")),
        ("bytes=10-10", 206, &CAT[10..11], Some("bytes 10-10/20")),
        ("bytes=15-99", 206, &CAT[15..], Some("bytes 15-19/20")),
        ("bytes=-3", 206, &CAT[17..], Some("bytes 17-19/20")),
        ("bytes=-99", 206, CAT, Some("bytes 0-19/20")),
        ("bytes=20-", 416, b"", Some("bytes */20")),
        ("bytes=-0", 416, b"", Some("bytes */20")),
        ("bytes=0-1,4-5", 200, CAT, None),
        ("bytes=5-4", 200, CAT, None),
    ];
    for (range, status, body, content_range) in cases {
        let reply = stage.ask("GET", "output/cat", &[("Range", range)]).await?;
        assert_eq!(reply.status, status, "{range}");
        assert_eq!(reply.body, body, "{range}");
        assert_eq!(reply.header("content-range"), content_range, "{range}");
        assert_eq!(
            reply.header("content-length"),
            Some(body.len().to_string().as_str()),
            "{range}"
        );
        if status == 206 {
            assert_eq!(reply.header("content-type"), Some("image/png"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_range_of_an_older_file_gives_the_whole_new_one() -> Outcome {
    let stage = Stage::new()?;
    let first = stage
        .ask("GET", "output/cat", &[("Range", "bytes=0-4")])
        .await?;
    let tag = first.header("etag").ok_or("no tag")?;
    let cases = [
        (tag.to_owned(), 206),
        (format!("W/{tag}"), 200),
        ("\"other\"".to_owned(), 200),
        ("Wed, 21 Oct 2015 07:28:00 GMT".to_owned(), 200),
    ];
    for (condition, status) in cases {
        let reply = stage
            .ask(
                "GET",
                "output/cat",
                &[("Range", "bytes=5-"), ("If-Range", &condition)],
            )
            .await?;
        assert_eq!(reply.status, status, "{condition}");
        assert_eq!(
            reply.body,
            if status == 206 { &CAT[5..] } else { CAT },
            "{condition}"
        );
    }
    Ok(())
}

/// 100 MB arrive whole while the process, server and client together, grows by a fraction of that.
#[tokio::test]
async fn large_files_are_streamed() -> Outcome {
    const SIZE: u64 = 100_000_000;
    const MIDDLE: u64 = 50_000_000;
    let stage = Stage::new()?;
    let path = stage.folder.path().join("large");
    let mut file = fs_err::File::create(&path)?;
    file.set_len(SIZE)?;
    file.seek(SeekFrom::Start(MIDDLE))?;
    file.write_all(b"middle")?;
    stage.know(
        "output/large",
        MediaFile {
            path,
            content_type: "video/mp4".into(),
            download_name: None,
        },
    );

    let before = peak_memory();
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
        stage.path("output/large"),
        stage.port()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", stage.port())).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut received = 0;
    loop {
        match stream.read(&mut buffer).await? {
            0 => break,
            n => received += n as u64,
        }
    }
    assert!((SIZE..SIZE + 4096).contains(&received), "{received}");
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        assert!(after - before < 16 * 1024, "grew by {} KiB", after - before);
    }

    let range = format!("bytes={MIDDLE}-{}", MIDDLE + 5);
    assert_eq!(
        stage
            .ask("GET", "output/large", &[("Range", &range)])
            .await?
            .body,
        b"middle"
    );
    Ok(())
}

/// KiB of the highest resident memory so far, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = fs_err::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}
