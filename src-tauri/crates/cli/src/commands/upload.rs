//! `wiro upload` and `wiro folder create`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use tokio_util::sync::CancellationToken;
use wiro_engine::dto::AppError;

use crate::args::{FolderCommand, UploadCommand};
use crate::context::Context;
use crate::exit::Exit;
use crate::session::Need;

/// Progress is told in tenths.
const TENTHS: u64 = 10;

pub(crate) async fn upload(context: &Context, command: UploadCommand) -> Result<Exit, AppError> {
    let session = context.open(Need::Catalogue).await?;
    let (printer, told) = (context.printer, AtomicU64::new(0));
    let progress = Arc::new(move |sent: u64, total: u64| {
        let tenths = sent.saturating_mul(TENTHS) / total.max(1);
        if told.fetch_max(tenths, Ordering::Relaxed) < tenths && tenths < TENTHS {
            printer.note(&format!("{} % sent", tenths * 100 / TENTHS));
        }
    });
    // An interrupt ends the whole command: what was sent so far is given up.
    let never = CancellationToken::new();
    let file = session
        .engine
        .file_upload(
            &command.path,
            command.folder.as_deref(),
            Some(progress),
            &never,
        )
        .await?;
    let object = json!({"id": file.id, "name": file.name, "url": file.url, "bytes": file.bytes});
    printer.result(&object, || file.url.to_string());
    Ok(Exit::Success)
}

pub(crate) async fn folder(context: &Context, command: FolderCommand) -> Result<Exit, AppError> {
    let FolderCommand::Create { name, parent } = command;
    let session = context.open(Need::Catalogue).await?;
    let folder = session
        .engine
        .folder_create(&name, parent.as_deref())
        .await?;
    let object = json!({"id": folder.id, "name": folder.name});
    context
        .printer
        .result(&object, || format!("{} {}", folder.id, folder.name));
    Ok(Exit::Success)
}
