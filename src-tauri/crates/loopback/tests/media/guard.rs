//! Who may come in.

use crate::stage::{APP, CAT, Outcome, Stage};

/// Every combination of `Host`, `Origin` and secret. Exactly the right ones see the file, and the source is never
/// asked by the others.
#[tokio::test]
async fn host_by_origin_by_secret() -> Outcome {
    let stage = Stage::new()?;
    let port = stage.port();
    let hosts: Vec<(Option<String>, bool)> = vec![
        (Some(format!("127.0.0.1:{port}")), true),
        (Some(format!("localhost:{port}")), true),
        (None, false),
        (Some(String::new()), false),
        (Some("127.0.0.1".to_owned()), false),
        (Some(format!("127.0.0.1:{}", port.wrapping_add(1))), false),
        (Some(format!("127.0.0.2:{port}")), false),
        (Some(format!("0.0.0.0:{port}")), false),
        (Some(format!("[::1]:{port}")), false),
        (Some(format!("evil.example:{port}")), false),
        (Some(format!("localhost.evil.example:{port}")), false),
        (Some(format!("127.0.0.1:{port}.evil.example")), false),
        (Some(format!("127.0.0.1:{port}@evil.example")), false),
        (Some(format!("evil.example@127.0.0.1:{port}")), false),
        (Some(format!("127.1:{port}")), false),
        (Some(format!("2130706433:{port}")), false),
    ];
    let origins = [
        (None, true),
        (Some(APP), true),
        (Some("http://tauri.localhost"), true),
        (Some("null"), false),
        (Some(""), false),
        (Some("https://evil.example"), false),
        (Some("https://tauri.localhost"), false),
        (Some("tauri://localhost.evil.example"), false),
        (Some("TAURI://localhost"), false),
        (Some("tauri://localhost/"), false),
        (Some("tauri://localhost, tauri://localhost"), false),
    ];
    let right = stage.secret().to_owned();
    let secrets = [
        (right.clone(), true),
        (String::new(), false),
        ("0".repeat(64), false),
        (
            right.to_ascii_uppercase(),
            right.to_ascii_uppercase() == right,
        ),
        (right[..63].to_owned(), false),
        (format!("{right}0"), false),
        (format!("%{:x}{}", right.as_bytes()[0], &right[1..]), false),
    ];
    let mut seen = 0;
    for (host, host_fits) in &hosts {
        for (origin, origin_fits) in &origins {
            for (secret, secret_fits) in &secrets {
                let mut headers = Vec::new();
                headers.extend(host.as_deref().map(|host| ("Host", host)));
                headers.extend(origin.map(|origin| ("Origin", origin)));
                let reply = stage
                    .send("GET", &format!("/{secret}/output/cat"), &headers)
                    .await?;
                let expected = match (*host_fits && *origin_fits, *secret_fits) {
                    (true, true) => 200,
                    (true, false) => 404,
                    (false, _) => 403,
                };
                assert_eq!(reply.status, expected, "{host:?} {origin:?} {secret}");
                assert_eq!(reply.body == CAT, expected == 200);
                seen += usize::from(expected == 200);
                let told = reply.header("access-control-allow-origin");
                assert_eq!(
                    told,
                    origin.filter(|_| expected == 200),
                    "{host:?} {origin:?} {secret}"
                );
            }
        }
    }
    assert_eq!(seen, 6, "two hosts, three origins, one secret");
    assert_eq!(stage.asked().len(), seen);
    Ok(())
}

#[tokio::test]
async fn doubled_and_split_heads_are_refused() -> Outcome {
    let stage = Stage::new()?;
    let host = format!("127.0.0.1:{}", stage.port());
    let path = stage.path("output/cat");
    let own = ("Host", host.as_str());
    let twice = stage
        .send("GET", &path, &[own, ("Host", "evil.example")])
        .await?;
    assert_eq!(twice.status, 403);
    let origins = stage
        .send(
            "GET",
            &path,
            &[own, ("Origin", APP), ("Origin", "https://evil.example")],
        )
        .await?;
    assert_eq!(origins.status, 403);
    // A request line may name a host too.
    let line = stage
        .send("GET", &format!("http://evil.example{path}"), &[own])
        .await?;
    assert_eq!(line.status, 403);
    let agreeing = stage
        .send("GET", &format!("http://{host}{path}"), &[own])
        .await?;
    assert_eq!(agreeing.status, 200);
    Ok(())
}

#[tokio::test]
async fn only_reading_methods() -> Outcome {
    let stage = Stage::new()?;
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get", "OPTIONS",
    ] {
        let reply = stage.ask(method, "output/cat", &[]).await?;
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("allow"), Some("GET, HEAD, OPTIONS"));
        assert_eq!(reply.body, b"");
    }
    assert!(stage.asked().is_empty());
    Ok(())
}

#[tokio::test]
async fn preflights_are_for_the_app_only() -> Outcome {
    let stage = Stage::new()?;
    let asking = [
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "range"),
        ("Access-Control-Request-Private-Network", "true"),
    ];
    let own = stage
        .ask(
            "OPTIONS",
            "output/cat",
            &[&[("Origin", APP)], asking.as_slice()].concat(),
        )
        .await?;
    assert_eq!(own.status, 204);
    assert_eq!(own.header("access-control-allow-origin"), Some(APP));
    assert_eq!(
        own.header("access-control-allow-headers"),
        Some("range, if-range, if-none-match")
    );
    assert_eq!(
        own.header("access-control-allow-private-network"),
        Some("true")
    );
    assert_eq!(own.header("access-control-allow-credentials"), None);
    let foreign = stage
        .ask(
            "OPTIONS",
            "output/cat",
            &[&[("Origin", "https://evil.example")], asking.as_slice()].concat(),
        )
        .await?;
    assert_eq!(foreign.status, 403);
    assert_eq!(foreign.header("access-control-allow-origin"), None);
    let without_secret = stage
        .send(
            "OPTIONS",
            "/output/cat",
            &[
                ("Host", &format!("127.0.0.1:{}", stage.port())),
                ("Origin", APP),
            ],
        )
        .await?;
    assert_eq!(without_secret.status, 404);
    assert!(stage.asked().is_empty());
    Ok(())
}

#[tokio::test]
async fn ids_are_never_paths() -> Outcome {
    let stage = Stage::new()?;
    let keys = [
        "",
        "output",
        "output/",
        "output/.",
        "output/..",
        "output/../cat",
        "output/..%2fcat",
        "output/%2e%2e%2fcat",
        "output/..%5ccat",
        "output/c%61t",
        "output/cat/",
        "output/cat/x",
        "output//cat",
        "/output/cat",
        "output/cat.png",
        "output/cat%00",
        "output/C:cat",
        "output/\\\\server\\share",
        "Output/cat",
        "outputs/cat",
        "output/cat;x",
        "../output/cat",
        "output%2fcat",
        "thumbnail/..%2foutput%2fcat",
    ];
    for key in keys {
        assert_eq!(stage.ask("GET", key, &[]).await?.status, 404, "{key}");
    }
    assert_eq!(
        stage
            .ask("GET", &format!("output/{}", "a".repeat(129)), &[])
            .await?
            .status,
        404
    );
    assert!(stage.asked().is_empty(), "{:?}", stage.asked());
    // The longest id is asked for, and unknown.
    let longest = format!("output/{}", "a".repeat(128));
    assert_eq!(stage.ask("GET", &longest, &[]).await?.status, 404);
    assert_eq!(stage.asked(), [longest]);
    Ok(())
}
