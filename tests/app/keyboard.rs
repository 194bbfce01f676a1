//! Without a mouse: from the first start to a finished run with Tab, Enter and Escape.

use e2e::Outcome;
use e2e::display::Display;
use e2e::driver::Window;
use e2e::library::LibraryView;
use e2e::studio::Studio;
use thirtyfour::Key;

use crate::steps::{check_whole, outputs_of, run_that, shows_state};

/// More stops than a page has: whoever is not there by then cannot be reached.
const MOST_STOPS: usize = 60;

struct Keyboard<'a>(&'a Window<'a>);

impl Keyboard<'_> {
    async fn press(&self, key: Key) -> Outcome {
        self.write(&char::from(key).to_string()).await
    }

    /// Keys as they come from the keyboard: to whatever has the focus.
    async fn write(&self, text: &str) -> Outcome {
        Ok(self
            .0
            .web()
            .action_chain()
            .send_keys(text)
            .perform()
            .await?)
    }

    /// Tabs on until the focus is on the element or inside it.
    async fn tab_to(&self, test_id: &str) -> Outcome {
        self.0.shown(test_id).await?;
        let mut stops = Vec::new();
        for _ in 0..MOST_STOPS {
            self.press(Key::Tab).await?;
            let (there, now) = self.focus(test_id).await?;
            if there {
                return Ok(());
            }
            stops.push(now);
        }
        Err(format!("{test_id} is not reached by Tab; the stops are {stops:?}").into())
    }

    /// Whether the focus is in the element, and on what it is.
    async fn focus(&self, test_id: &str) -> Outcome<(bool, String)> {
        let script = format!(
            "const now = document.activeElement; \
             return [now?.closest('[data-testid=\"{test_id}\"]') != null, \
                     now?.outerHTML.slice(0, 120) ?? '']"
        );
        Ok(self.0.web().execute(script, Vec::new()).await?.convert()?)
    }
}

#[tokio::test]
async fn a_run_needs_no_mouse() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join("library"));
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    let keyboard = Keyboard(&window);

    keyboard.tab_to("first-start-sandbox").await?;
    keyboard.press(Key::Enter).await?;
    keyboard.tab_to("model-card-sandbox/pattern").await?;
    keyboard.press(Key::Enter).await?;
    keyboard.tab_to("field-prompt").await?;
    keyboard.write("Without a mouse").await?;
    keyboard.tab_to("run-button").await?;
    keyboard.press(Key::Enter).await?;
    let run = run_that(&library, "a run to succeed", |run| run.state == "succeeded").await?;
    assert!(run.request.contains("Without a mouse"), "{}", run.request);
    shows_state(&window, "succeeded").await?;
    outputs_of(&library, &run)?
        .iter()
        .try_for_each(check_whole)?;

    keyboard.tab_to("run-output-1").await?;
    keyboard.press(Key::Enter).await?;
    window.shown("viewer").await?;
    window.pictures_are_shown().await?;
    keyboard.press(Key::Escape).await?;
    window.gone("viewer").await?;
    assert_eq!(library.runs()?.len(), 1, "one Enter, one run");
    window.close().await
}
