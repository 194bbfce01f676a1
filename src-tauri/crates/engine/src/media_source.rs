//! Which file stands behind a media address of the window.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Weak};

use tokio::sync::Semaphore;
use wiro_library::{OutputRow, OutputState};
use wiro_loopback::{MediaFile, MediaSource, Variant};

use crate::engine::{Engine, Inner};

/// Decoding takes memory: this many pictures at a time, however many a window asks for.
const THUMBNAILS_AT_A_TIME: usize = 2;
/// Longest side of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 512;

/// Answers the media listener from the library. Holds the engine weakly: the engine owns the listener.
#[derive(Debug)]
pub(crate) struct EngineMedia {
    engine: Weak<Inner>,
    thumbnails: Semaphore,
}

impl EngineMedia {
    pub(crate) fn new(engine: &Engine) -> Self {
        Self {
            engine: Arc::downgrade(&engine.inner),
            thumbnails: Semaphore::new(THUMBNAILS_AT_A_TIME),
        }
    }
}

impl MediaSource for EngineMedia {
    fn resolve(
        &self,
        variant: Variant,
        id: String,
    ) -> Pin<Box<dyn Future<Output = Option<MediaFile>> + Send + '_>> {
        Box::pin(async move {
            let engine = Engine {
                inner: self.engine.upgrade()?,
            };
            match variant {
                Variant::Output => engine.output_media(&id).await,
                Variant::Input => engine.input_media(&id).await,
                Variant::Thumbnail => {
                    let _turn = self.thumbnails.acquire().await.ok()?;
                    engine.thumbnail_media(&id).await
                }
                Variant::Staged => {
                    let _turn = self.thumbnails.acquire().await.ok()?;
                    engine.staged_media(&id).await
                }
            }
        })
    }
}

impl Engine {
    async fn published_output(&self, id: &str) -> Option<(OutputRow, PathBuf)> {
        let row = self.inner.library.output(id).await.ok()??;
        if row.state != OutputState::Published {
            return None;
        }
        let path = self
            .inner
            .library
            .output_path(row.file_name.as_deref()?)
            .ok()?;
        Some((row, path))
    }

    async fn output_media(&self, id: &str) -> Option<MediaFile> {
        let (row, path) = self.published_output(id).await?;
        Some(MediaFile {
            path,
            content_type: row.content_type.unwrap_or_default(),
            download_name: Some(row.label),
        })
    }

    async fn thumbnail_media(&self, id: &str) -> Option<MediaFile> {
        let (row, source) = self.published_output(id).await?;
        if !row
            .content_type
            .as_deref()
            .is_some_and(|mime| mime.starts_with("image/"))
        {
            return None;
        }
        self.thumbnail_of(&source, &row.id).await
    }

    async fn input_media(&self, id: &str) -> Option<MediaFile> {
        let row = self.inner.library.input(id).await.ok()??;
        let path = self.inner.library.input_path(&row.stored_name?).ok()?;
        Some(MediaFile {
            path,
            content_type: row.content_type,
            download_name: Some(row.label),
        })
    }

    async fn staged_media(&self, id: &str) -> Option<MediaFile> {
        let staged = self.inner.staged.get(id)?;
        if !staged.summary.has_preview {
            return None;
        }
        self.thumbnail_of(&staged.path, &staged.summary.id).await
    }

    /// The thumbnail of a picture, made at most once and kept.
    async fn thumbnail_of(&self, source: &Path, id: &str) -> Option<MediaFile> {
        let kept = self.inner.library.thumbnail_path(id);
        let source = source.to_owned();
        tokio::task::spawn_blocking(move || thumbnail_file(&source, &kept))
            .await
            .ok()?
    }
}

fn thumbnail_file(source: &Path, kept: &Path) -> Option<MediaFile> {
    let bytes = if let Ok(bytes) = fs_err::read(kept) {
        bytes
    } else {
        let bytes = wiro_media::thumbnail(source, THUMBNAIL_SIDE)
            .inspect_err(|error| tracing::debug!(%error, "no thumbnail"))
            .ok()?;
        keep_whole(kept, &bytes)
            .inspect_err(|error| tracing::debug!(%error, "thumbnail not kept"))
            .ok()?;
        bytes
    };
    let content_type = wiro_media::thumbnail_content_type(&bytes).to_owned();
    Some(MediaFile {
        path: kept.to_owned(),
        content_type,
        download_name: None,
    })
}

/// Writes beside and renames, so that a half-written thumbnail is never served.
fn keep_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let partial = path.with_extension(format!("{}.partial", uuid::Uuid::now_v7()));
    fs_err::write(&partial, bytes)?;
    fs_err::rename(&partial, path)
}
