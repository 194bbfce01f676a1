//! Beginning and end of a server.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wiro_loopback::{Error, MediaFile, MediaPort, MediaServer};

use crate::stage::{APP, Outcome, Shelf, Stage};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn only_this_machine_is_served() -> Outcome {
    let stage = Stage::new()?;
    assert!(
        stage
            .server
            .base_url()
            .starts_with(&format!("http://127.0.0.1:{}/", stage.port()))
    );
    // All of 127/8 is this machine; a server bound to every address would answer here.
    if cfg!(target_os = "linux") {
        assert!(
            TcpStream::connect(("127.0.0.2", stage.port()))
                .await
                .is_err()
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_secret_is_not_in_debug_output() -> Outcome {
    let stage = Stage::new()?;
    assert_eq!(stage.secret().len(), 64);
    assert!(!format!("{:?}", stage.server).contains(stage.secret()));
    Ok(())
}

#[test]
fn without_a_runtime_there_is_an_error() {
    let port = MediaPort::bind().unwrap();
    let bound = MediaServer::serve(port, vec![APP.to_owned()], Arc::new(Shelf::default()));
    assert!(matches!(bound, Err(Error::NoRuntime)));
}

#[tokio::test]
async fn wildcard_and_null_origins_are_refused() {
    for origin in ["*", "null", "", "http://*.example"] {
        let port = MediaPort::bind().unwrap();
        let bound = MediaServer::serve(port, vec![origin.to_owned()], Arc::new(Shelf::default()));
        assert!(matches!(bound, Err(Error::Origin(_))), "{origin}");
    }
}

/// Dropping the server closes an idle connection and one in the middle of a file, and frees the port.
#[tokio::test]
async fn dropping_closes_everything() -> Outcome {
    let stage = Stage::new()?;
    let path = stage.folder.path().join("large");
    fs_err::File::create(&path)?.set_len(100_000_000)?;
    stage.know(
        "output/large",
        MediaFile {
            path,
            content_type: "video/mp4".into(),
            download_name: None,
        },
    );
    let port = stage.port();
    let request = |key: &str| {
        format!(
            "GET {} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
            stage.path(key)
        )
    };

    let mut idle = TcpStream::connect(("127.0.0.1", port)).await?;
    idle.write_all(request("output/none").as_bytes()).await?;
    let mut answer = [0_u8; 4096];
    assert!(idle.read(&mut answer).await? > 0);
    let mut busy = TcpStream::connect(("127.0.0.1", port)).await?;
    busy.write_all(request("output/large").as_bytes()).await?;
    assert!(busy.read(&mut answer).await? > 0);

    let Stage {
        server,
        folder: _folder,
        ..
    } = stage;
    drop(server);
    assert_eq!(
        tokio::time::timeout(SOON, idle.read(&mut answer)).await??,
        0
    );
    let mut rest = Vec::new();
    // An end or a reset: either way it ends, and short.
    let _ = tokio::time::timeout(SOON, busy.read_to_end(&mut rest)).await?;
    assert!(rest.len() < 100_000_000);
    tokio::time::timeout(SOON, async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {}
    })
    .await?;
    Ok(())
}

/// A client that has sent half a request must not hold up the end of the app.
#[tokio::test]
async fn shutdown_does_not_wait_for_silent_clients() -> Outcome {
    let stage = Stage::new()?;
    let port = stage.port();
    let mut silent = TcpStream::connect(("127.0.0.1", port)).await?;
    silent.write_all(b"GET / HTTP/1.1\r\nHo").await?;
    assert_eq!(stage.ask("GET", "output/cat", &[]).await?.status, 200);
    tokio::time::timeout(SOON, stage.server.shutdown()).await?;
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    Ok(())
}
