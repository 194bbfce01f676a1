//! Which file stands behind a media address of the window.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Weak};

use tokio::sync::Semaphore;
use wiro_library::{OutputRow, OutputState};
use wiro_loopback::{MediaFile, MediaSource, Variant};

use crate::engine::{Engine, Inner, locked};

/// Decoding takes memory: this many pictures at a time, however many a window asks for.
const THUMBNAILS_AT_A_TIME: usize = 2;
/// Longest side of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 512;

/// Answers the media listener from the library. Holds the engine weakly: the engine owns the listener.
#[derive(Debug)]
pub(crate) struct EngineMedia {
    engine: Weak<Inner>,
    decoders: Arc<Semaphore>,
}

impl EngineMedia {
    pub(crate) fn new(engine: &Engine) -> Self {
        Self {
            engine: Arc::downgrade(&engine.inner),
            decoders: Arc::new(Semaphore::new(THUMBNAILS_AT_A_TIME)),
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
                Variant::Thumbnail => engine.thumbnail_media(&id, &self.decoders).await,
                Variant::Recording => engine.recording_media(&id),
                Variant::Staged => engine.staged_media(&id, &self.decoders).await,
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

    async fn thumbnail_media(&self, id: &str, decoders: &Arc<Semaphore>) -> Option<MediaFile> {
        let (row, source) = self.published_output(id).await?;
        let is_picture = row.content_type?.starts_with("image/");
        let kept = self.inner.library.thumbnail_path(&row.id);
        if is_picture {
            thumbnail_file(source, kept, decoders).await
        } else {
            None
        }
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

    fn recording_media(&self, run_id: &str) -> Option<MediaFile> {
        Some(MediaFile {
            path: self.recording_of(run_id)?,
            content_type: "audio/wav".to_owned(),
            download_name: None,
        })
    }

    async fn staged_media(&self, id: &str, decoders: &Arc<Semaphore>) -> Option<MediaFile> {
        let staged = self.inner.staged.get(id)?;
        if !staged.summary.has_preview {
            return None;
        }
        let kept = self.preview_path(id)?;
        thumbnail_file(staged.path, kept, decoders).await
    }

    /// Previews of what was only looked at are no part of the library: they go when the app ends.
    fn preview_path(&self, id: &str) -> Option<PathBuf> {
        let mut previews = locked(&self.inner.previews);
        if previews.is_none() {
            *previews = tempfile::tempdir()
                .inspect_err(|error| tracing::warn!(%error, "no folder for previews"))
                .ok();
        }
        Some(previews.as_ref()?.path().join(id))
    }
}

/// The thumbnail of a picture, made once and kept. A request that is given up goes on holding its turn until its picture
/// is decoded, so that fast scrolling decodes no more at a time than waiting does.
async fn thumbnail_file(
    source: PathBuf,
    kept: PathBuf,
    decoders: &Arc<Semaphore>,
) -> Option<MediaFile> {
    if let Ok(bytes) = fs_err::tokio::read(&kept).await {
        return Some(as_media(kept, &bytes));
    }
    let turn = Arc::clone(decoders).acquire_owned().await.ok()?;
    let making = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let bytes = wiro_media::thumbnail(&source, THUMBNAIL_SIDE)
            .inspect_err(|error| tracing::debug!(%error, "no thumbnail"))
            .ok()?;
        keep_whole(&kept, &bytes)
            .inspect_err(|error| tracing::debug!(%error, "thumbnail not kept"))
            .ok()?;
        Some(as_media(kept, &bytes))
    });
    making.await.ok()?
}

fn as_media(path: PathBuf, bytes: &[u8]) -> MediaFile {
    MediaFile {
        path,
        content_type: wiro_media::thumbnail_content_type(bytes).to_owned(),
        download_name: None,
    }
}

/// Writes beside and renames, so that a half-written thumbnail is never served.
fn keep_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let partial = path.with_extension(format!("{}.partial", uuid::Uuid::now_v7()));
    fs_err::write(&partial, bytes)?;
    fs_err::rename(&partial, path)
}
