//! One stop of a scene, in both sizes and both colour schemes.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::Outcome;
use e2e::deadline::eventually;
use e2e::driver::Window;

/// Width and height of the page.
pub(crate) const SIZES: [(u32, u32); 2] = [(1280, 800), (900, 600)];
/// The system's theme behind every window. The page learns of it by `prefers-color-scheme`.
pub(crate) const DARK_THEME: &str = "Adwaita:dark";
/// Dark as the system asks for it, light as the person chooses it in the settings: both ways are in the pictures.
pub(crate) const SCHEMES: [(&str, &str); 2] = [
    ("light", "document.documentElement.dataset.theme = 'light'"),
    ("dark", "delete document.documentElement.dataset.theme"),
];
/// Something that moves for ever is taken as it is after this.
const SETTLED_WITHIN: Duration = Duration::from_millis(1500);

/// Takes the pictures of one scene and numbers them.
#[derive(Debug)]
pub(crate) struct Camera {
    folder: PathBuf,
    scene: String,
    stops: Cell<u32>,
}

impl Camera {
    pub(crate) fn new(folder: &Path, scene: &str) -> Self {
        Self {
            folder: folder.to_path_buf(),
            scene: scene.to_owned(),
            stops: Cell::new(0),
        }
    }

    /// The page as it is.
    pub(crate) async fn take(&self, window: &Window<'_>, screen: &str) -> Outcome {
        self.stop(window, screen, None).await
    }

    /// The page with this element in sight.
    pub(crate) async fn take_at(
        &self,
        window: &Window<'_>,
        screen: &str,
        test_id: &str,
    ) -> Outcome {
        self.stop(window, screen, Some(test_id)).await
    }

    /// The page in the size that it has, such as under a drag that holds the pointer.
    pub(crate) async fn take_as_it_is(
        &self,
        window: &Window<'_>,
        screen: &str,
        size: usize,
    ) -> Outcome {
        let files = self.files(screen);
        for ((_, script), file) in SCHEMES.iter().zip(files.iter().skip(size * SCHEMES.len())) {
            window.web().execute(*script, Vec::new()).await?;
            picture(window, file).await?;
        }
        Ok(())
    }

    async fn stop(&self, window: &Window<'_>, screen: &str, at: Option<&str>) -> Outcome {
        let files = self.files(screen);
        let mut files = files.iter();
        for size in SIZES {
            window.resize(size).await?;
            for (_, script) in SCHEMES {
                window.web().execute(script, Vec::new()).await?;
                if let Some(test_id) = at {
                    window.scroll_to(test_id).await?;
                }
                if let Some(file) = files.next() {
                    picture(window, file).await?;
                }
            }
        }
        Ok(())
    }

    /// The files of the next stop, by size and then by scheme.
    pub(crate) fn files(&self, screen: &str) -> Vec<PathBuf> {
        let number = self.stops.get() + 1;
        self.stops.set(number);
        let name = format!("{}-{number:02}-{screen}", self.scene);
        let mut files = Vec::new();
        for (width, height) in SIZES {
            for (scheme, _) in SCHEMES {
                let file = format!("{scheme}-{width}x{height}-{name}.png");
                files.push(self.folder.join(file));
            }
        }
        files
    }
}

/// Takes the picture once two in a row are the same.
async fn picture(window: &Window<'_>, file: &Path) -> Outcome {
    let mut last = Vec::new();
    // In vain means that it moves, which is no reason to have no picture.
    let _ = eventually("a page that stands still", SETTLED_WITHIN, async || {
        let now = window.web().screenshot_as_png().await?;
        let settled = now == last;
        last = now;
        Ok(settled.then_some(()))
    })
    .await;
    Ok(fs_err::write(file, &last)?)
}
