//! What an answer carries.

use wiro_loopback::MediaFile;

use crate::stage::{APP, CAT, Outcome, Stage};

#[tokio::test]
async fn every_answer_is_sealed() -> Outcome {
    let stage = Stage::new()?;
    let host = format!("127.0.0.1:{}", stage.port());
    let replies = [
        (200, stage.ask("GET", "output/cat", &[]).await?),
        (
            206,
            stage
                .ask("GET", "output/cat", &[("Range", "bytes=0-0")])
                .await?,
        ),
        (
            416,
            stage
                .ask("GET", "output/cat", &[("Range", "bytes=20-")])
                .await?,
        ),
        (404, stage.ask("GET", "output/dog", &[]).await?),
        (405, stage.ask("POST", "output/cat", &[]).await?),
        (
            403,
            stage
                .send(
                    "GET",
                    &stage.path("output/cat"),
                    &[("Host", "evil.example")],
                )
                .await?,
        ),
        (404, stage.send("GET", "/", &[("Host", &host)]).await?),
        (
            204,
            stage
                .ask("OPTIONS", "output/cat", &[("Origin", APP)])
                .await?,
        ),
    ];
    for (status, reply) in replies {
        assert_eq!(reply.status, status);
        assert_eq!(
            reply.header("x-content-type-options"),
            Some("nosniff"),
            "{status}"
        );
        assert_eq!(
            reply.header("content-security-policy"),
            Some("default-src 'none'; sandbox"),
            "{status}"
        );
        assert_eq!(
            reply.header("referrer-policy"),
            Some("no-referrer"),
            "{status}"
        );
        assert_eq!(reply.header("vary"), Some("Origin"), "{status}");
        assert_eq!(reply.header("set-cookie"), None);
        if status > 206 || status == 204 {
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{status}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_whole_file() -> Outcome {
    let stage = Stage::new()?;
    let reply = stage.ask("GET", "output/cat", &[]).await?;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, CAT);
    assert_eq!(reply.header("content-type"), Some("image/png"));
    assert_eq!(reply.header("content-length"), Some("20"));
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
    assert_eq!(reply.header("content-disposition"), None);
    assert_eq!(reply.header("access-control-allow-origin"), None);
    Ok(())
}

#[tokio::test]
async fn an_ordinary_client_reads_it_too() -> Outcome {
    let stage = Stage::new()?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let response = client
        .get(format!("{}/output/cat", stage.server.base_url()))
        .send()
        .await?;
    assert_eq!(response.status(), 200);
    assert_eq!(response.bytes().await?, CAT);
    Ok(())
}

#[tokio::test]
async fn head_tells_the_same_without_a_body() -> Outcome {
    let stage = Stage::new()?;
    let get = stage.ask("GET", "output/cat?download=1", &[]).await?;
    let head = stage.ask("HEAD", "output/cat?download=1", &[]).await?;
    assert_eq!(head.status, 200);
    assert_eq!(head.body, b"");
    for name in [
        "content-type",
        "content-length",
        "etag",
        "cache-control",
        "accept-ranges",
        "content-disposition",
    ] {
        assert!(get.header(name).is_some(), "{name}");
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    // Ranges are for GET.
    let ranged = stage
        .ask("HEAD", "output/cat", &[("Range", "bytes=0-0")])
        .await?;
    assert_eq!(
        (ranged.status, ranged.header("content-length")),
        (200, Some("20"))
    );
    assert_eq!(stage.ask("HEAD", "output/dog", &[]).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn nothing_that_can_run_keeps_its_type() -> Outcome {
    let stage = Stage::new()?;
    let cases = [
        ("image/svg+xml", "application/octet-stream"),
        ("text/html", "application/octet-stream"),
        ("text/html; charset=utf-8", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("text/xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("application/wasm", "application/octet-stream"),
        ("text/css", "application/octet-stream"),
        ("image/png\r\nX-Injected: 1", "application/octet-stream"),
        ("image/webp", "image/webp"),
        ("video/mp4", "video/mp4"),
        ("audio/mpeg", "audio/mpeg"),
        ("model/gltf-binary", "model/gltf-binary"),
        ("application/pdf", "application/pdf"),
        ("application/json", "application/json"),
        ("text/plain", "text/plain; charset=utf-8"),
    ];
    for (given, sent) in cases {
        stage.put("input/one", given, b"<script>alert(1)</script>")?;
        let reply = stage.ask("GET", "input/one", &[]).await?;
        assert_eq!(reply.header("content-type"), Some(sent), "{given}");
        assert_eq!(reply.header("x-injected"), None);
    }
    Ok(())
}

#[tokio::test]
async fn published_files_are_kept_and_staged_ones_are_asked_again() -> Outcome {
    let stage = Stage::new()?;
    for (variant, expected) in [
        ("output", "private, max-age=31536000, immutable"),
        ("thumbnail", "private, max-age=31536000, immutable"),
        ("input", "private, max-age=31536000, immutable"),
        ("staged", "private, no-cache"),
        ("recording", "private, no-cache"),
    ] {
        let key = format!("{variant}/one");
        stage.put(&key, "image/png", b"x")?;
        let reply = stage.ask("GET", &key, &[]).await?;
        assert_eq!(reply.header("cache-control"), Some(expected), "{variant}");
        let tag = reply.header("etag").ok_or("no tag")?;
        let again = stage.ask("GET", &key, &[("If-None-Match", tag)]).await?;
        assert_eq!((again.status, again.body.len()), (304, 0));
        assert_eq!(again.header("etag"), Some(tag));
        assert_eq!(again.header("cache-control"), Some(expected));
    }
    let changed = stage
        .ask(
            "GET",
            "staged/one",
            &[("If-None-Match", "\"other\", W/\"more\"")],
        )
        .await?;
    assert_eq!(changed.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_tag_follows_the_file() -> Outcome {
    let stage = Stage::new()?;
    stage.put("staged/one", "image/png", b"first")?;
    let first = stage.ask("GET", "staged/one", &[]).await?;
    stage.put("staged/one", "image/png", b"second")?;
    let old = first.header("etag").ok_or("no tag")?;
    let second = stage
        .ask("GET", "staged/one", &[("If-None-Match", old)])
        .await?;
    assert_eq!(
        (second.status, second.body.as_slice()),
        (200, b"second".as_slice())
    );
    assert_ne!(second.header("etag"), Some(old));
    Ok(())
}

#[tokio::test]
async fn downloads_are_named_only_when_asked() -> Outcome {
    let stage = Stage::new()?;
    let path = stage.put("output/named", "text/html", b"<p>")?;
    stage.know(
        "output/named",
        MediaFile {
            path,
            content_type: "text/html".to_owned(),
            download_name: Some("ré\"sumé\r\n.html".to_owned()),
        },
    );
    for quiet in [
        "output/named",
        "output/named?download=0",
        "output/named?xdownload=1",
        "output/named?download=12",
    ] {
        assert_eq!(
            stage
                .ask("GET", quiet, &[])
                .await?
                .header("content-disposition"),
            None,
            "{quiet}"
        );
    }
    for asking in ["output/named?download=1", "output/named?v=2&download=1"] {
        let reply = stage.ask("GET", asking, &[]).await?;
        assert_eq!(
            reply.header("content-disposition"),
            Some(
                "attachment; filename=\"r__sum___.html\"; filename*=UTF-8''r%C3%A9%22sum%C3%A9%0D%0A.html"
            ),
            "{asking}"
        );
    }
    assert_eq!(
        stage
            .ask("GET", "output/cat?download=1", &[])
            .await?
            .header("content-disposition"),
        Some("attachment")
    );
    Ok(())
}

#[tokio::test]
async fn files_that_are_gone_or_no_files_are_not_found() -> Outcome {
    let stage = Stage::new()?;
    let path = stage.put("output/brief", "image/png", b"x")?;
    assert_eq!(stage.ask("GET", "output/brief", &[]).await?.status, 200);
    fs_err::remove_file(path)?;
    let folder = stage.folder.path().to_path_buf();
    stage.know(
        "output/folder",
        MediaFile {
            path: folder,
            content_type: "image/png".into(),
            download_name: None,
        },
    );
    for key in ["output/brief", "output/folder"] {
        let reply = stage.ask("GET", key, &[]).await?;
        assert_eq!((reply.status, reply.body.len()), (404, 0), "{key}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    Ok(())
}

#[tokio::test]
async fn an_empty_file() -> Outcome {
    let stage = Stage::new()?;
    stage.put("output/empty", "text/plain", b"")?;
    let reply = stage.ask("GET", "output/empty", &[]).await?;
    assert_eq!(
        (
            reply.status,
            reply.header("content-length"),
            reply.body.len()
        ),
        (200, Some("0"), 0)
    );
    let ranged = stage
        .ask("GET", "output/empty", &[("Range", "bytes=0-")])
        .await?;
    assert_eq!(
        (ranged.status, ranged.header("content-range")),
        (416, Some("bytes */0"))
    );
    Ok(())
}
