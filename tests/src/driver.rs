//! The window under the control of `WebDriver`.
//!
//! `WebKitWebDriver` is spoken to directly. `tauri-driver` only translates the capability's name
//! and sets one environment variable, and would have to be compiled first.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use thirtyfour::{By, Capabilities, Key, WebDriver, WebElement};

use crate::deadline::{eventually, until};
use crate::display::{Display, Place};
use crate::process::{Running, children, descendants, is_alive, signal};
use crate::studio::{Studio, program};
use crate::{Failure, Outcome};

const START_WITHIN: Duration = Duration::from_secs(30);
const END_WITHIN: Duration = Duration::from_secs(10);
/// A page that does not answer its driver for this long hangs.
const ANSWER_WITHIN: Duration = Duration::from_secs(40);
/// How long the page may take to show what a step leads to.
pub const SHOWN_WITHIN: Duration = Duration::from_secs(20);

/// Wiro Studio's window, with its own driver: a killed client would leave its session behind.
#[derive(Debug)]
pub struct Window<'a> {
    display: &'a Display,
    web: WebDriver,
    app: u32,
    // Outlives the session that it serves.
    _driver: Running,
}

impl<'a> Window<'a> {
    /// Starts the app and takes hold of its window.
    pub async fn open(display: &'a Display, studio: &Studio) -> Outcome<Self> {
        let application = program("WIRO_STUDIO_BIN", "wiro-studio")?;
        let (driver, address) = start_driver(display, studio).await?;
        let mut capabilities = Capabilities::new();
        capabilities.set(
            "webkitgtk:browserOptions",
            json!({ "binary": application, "args": [] }),
        )?;
        let session = WebDriver::builder(address, capabilities).request_timeout(ANSWER_WITHIN);
        let web = tokio::time::timeout(START_WITHIN, session)
            .await
            .map_err(|_| Failure::from("the app opened no window for its driver"))??;
        let app = until("the app's process", START_WITHIN, || {
            Ok(children(driver.id()).first().copied())
        })?;
        Ok(Self {
            display,
            web,
            app,
            _driver: driver,
        })
    }

    /// The process id of the app.
    pub fn app(&self) -> u32 {
        self.app
    }

    /// The app's process and those that it started: its web view is made of several.
    pub fn processes(&self) -> Vec<u32> {
        let mut all = vec![self.app];
        all.extend(descendants(self.app));
        all
    }

    /// The session, for what has no word of its own here.
    pub fn web(&self) -> &WebDriver {
        &self.web
    }

    /// Asks the window to close, as its frame's button would.
    pub fn ask_to_close(&self) -> Outcome {
        let window = until("the app's window on the screen", START_WITHIN, || {
            Ok(self.display.window_of(self.app))
        })?;
        self.display.ask_to_close(&window)
    }

    /// The process that draws the page.
    pub fn page_process(&self) -> Outcome<u32> {
        // The kernel keeps fifteen letters of a name.
        const NAME: &str = "WebKitWebProces";
        until("the page's process", START_WITHIN, || {
            Ok(self.processes().into_iter().find(|id| {
                fs_err::read_to_string(format!("/proc/{id}/comm"))
                    .is_ok_and(|name| name.trim_end() == NAME)
            }))
        })
    }

    /// Where the window lies on the screen.
    pub fn place(&self) -> Outcome<Place> {
        let window = until("the app's window on the screen", START_WITHIN, || {
            Ok(self.display.window_of(self.app))
        })?;
        self.display.place_of(&window)
    }

    /// Gives the window a size and waits until the page has it.
    pub async fn resize(&self, (width, height): (u32, u32)) -> Outcome {
        let window = until("the app's window on the screen", START_WITHIN, || {
            Ok(self.display.window_of(self.app))
        })?;
        let (w, h) = (width.to_string(), height.to_string());
        self.display.xdotool(&["windowsize", &window, &w, &h])?;
        eventually("the page in its new size", SHOWN_WITHIN, async || {
            let size = self
                .web
                .execute("return [innerWidth, innerHeight]", Vec::new())
                .await?;
            let size: (u32, u32) = size.convert()?;
            Ok((size == (width, height)).then_some(()))
        })
        .await
    }

    /// Waits until there is a picture on the page and every one of them has arrived: served,
    /// allowed by the page's policy, decoded.
    pub async fn pictures_are_shown(&self) -> Outcome {
        const SCRIPT: &str = "const all = [...document.images]; \
             return all.length > 0 && all.every((one) => one.complete && one.naturalWidth > 0)";
        eventually("all pictures of the page", SHOWN_WITHIN, async || {
            let shown: bool = self.web.execute(SCRIPT, Vec::new()).await?.convert()?;
            Ok(shown.then_some(()))
        })
        .await
    }

    /// The point on the screen in the middle of an element.
    pub async fn point_of(&self, test_id: &str) -> Outcome<(i32, i32)> {
        let rect = self.shown(test_id).await?.rect().await?;
        let window = self.place()?;
        let (x, y) = rect.icenter();
        Ok((window.x + i32::try_from(x)?, window.y + i32::try_from(y)?))
    }

    /// Waits until an element with this `data-testid` is on the page and visible.
    pub async fn shown(&self, test_id: &str) -> Outcome<WebElement> {
        self.shown_within(test_id, SHOWN_WITHIN).await
    }

    /// The same with a deadline of one's own.
    pub async fn shown_within(&self, test_id: &str, within: Duration) -> Outcome<WebElement> {
        let what = format!("{test_id} on the page");
        let found = eventually(&what, within, async || {
            let all = self.web.find_all(by_test_id(test_id)).await?;
            for element in all {
                // It may be replaced while it is asked: the next look decides.
                if element.is_displayed().await.unwrap_or(false) {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        })
        .await;
        match found {
            Ok(element) => Ok(element),
            Err(error) => {
                let page = self.visible_text().await.unwrap_or_default();
                Err(format!("{error}; the page says:\n{page}").into())
            }
        }
    }

    /// Waits until nothing with this `data-testid` is on the page.
    pub async fn gone(&self, test_id: &str) -> Outcome {
        let what = format!("{test_id} off the page");
        eventually(&what, SHOWN_WITHIN, async || {
            let all = self.web.find_all(by_test_id(test_id)).await?;
            Ok(all.is_empty().then_some(()))
        })
        .await
    }

    /// Waits for an element, until it takes clicks, and clicks it.
    pub async fn click(&self, test_id: &str) -> Outcome {
        let what = format!("{test_id} to take a click");
        let mut last = String::new();
        let clicked = eventually(&what, SHOWN_WITHIN, async || {
            let element = self.shown(test_id).await?;
            if !element.is_enabled().await.unwrap_or(false) {
                return Ok(None);
            }
            match element.click().await {
                Ok(()) => Ok(Some(())),
                Err(error) => {
                    last = error.to_string();
                    Ok(None)
                }
            }
        })
        .await;
        clicked.map_err(|error| format!("{error} ({last})").into())
    }

    /// Clicks what ends the app. The page may be gone before the driver has told that it clicked, so an app that ended
    /// was clicked as well.
    pub async fn click_to_end(&self, test_id: &str) -> Outcome {
        let what = format!("{test_id} to take a click");
        eventually(&what, SHOWN_WITHIN, async || {
            if !is_alive(self.app) {
                return Ok(Some(()));
            }
            let Ok(all) = self.web.find_all(by_test_id(test_id)).await else {
                return Ok(None);
            };
            for element in all {
                if element.click().await.is_ok() {
                    return Ok(Some(()));
                }
            }
            Ok(None)
        })
        .await
    }

    /// Types into an element, over what stands in it.
    pub async fn type_into(&self, test_id: &str, text: &str) -> Outcome {
        let element = self.shown(test_id).await?;
        element.send_keys(Key::Control + "a").await?;
        element.send_keys(text).await?;
        Ok(())
    }

    /// Types into a field of a model's form, over what stands in it. Of a slider it is the exact
    /// value beside it.
    pub async fn fill(&self, field: &str, text: &str) -> Outcome {
        self.shown(&format!("field-{field}")).await?;
        let control = format!(
            "[data-testid=\"field-{field}\"] :is(textarea, input[type=text]):not([disabled])"
        );
        let element = self.web.find(By::Css(control)).await?;
        element.send_keys(Key::Control + "a").await?;
        element.send_keys(text).await?;
        Ok(())
    }

    /// Scrolls to an element.
    pub async fn scroll_to(&self, test_id: &str) -> Outcome {
        Ok(self.shown(test_id).await?.scroll_into_view().await?)
    }

    /// Waits until an attribute of an element has this value.
    pub async fn has(&self, test_id: &str, attribute: &str, value: &str) -> Outcome {
        let what = format!("{test_id} with {attribute}={value:?}");
        eventually(&what, SHOWN_WITHIN, async || {
            let element = self.shown(test_id).await?;
            let now = element.attr(attribute).await.unwrap_or_default();
            Ok((now.as_deref() == Some(value)).then_some(()))
        })
        .await
    }

    /// The visible text of an element.
    pub async fn text_of(&self, test_id: &str) -> Outcome<String> {
        inner_text(&self.shown(test_id).await?).await
    }

    /// Waits until an element's text contains these words.
    pub async fn says(&self, test_id: &str, words: &str, within: Duration) -> Outcome<String> {
        let deadline = Instant::now() + within;
        let mut last = String::new();
        let what = format!("{test_id} to say {words:?}");
        let found = eventually(&what, within, async || {
            let left = deadline.saturating_duration_since(Instant::now());
            let element = self.shown_within(test_id, left).await?;
            last = inner_text(&element).await.unwrap_or_default();
            Ok(last.contains(words).then(|| last.clone()))
        })
        .await;
        found.map_err(|error| format!("{error}; it says {last:?}").into())
    }

    /// Everything the page shows as text.
    pub async fn visible_text(&self) -> Outcome<String> {
        let body = self.web.find(By::Tag("body")).await?;
        inner_text(&body).await
    }

    /// The page as a PNG file.
    pub async fn picture(&self, file: &Path) -> Outcome {
        Ok(self.web.screenshot(file).await?)
    }

    /// Ends the session, and the app with it: not in order, the driver does not wait for that.
    pub async fn close(self) -> Outcome {
        let processes = self.processes();
        tokio::time::timeout(END_WITHIN, self.web.clone().quit())
            .await
            .map_err(|_| Failure::from("the driver did not end its session"))??;
        all_gone(&processes).await
    }

    /// Asks the app to end as a logout would, and waits until it and its helpers are gone.
    pub async fn terminate(self) -> Outcome {
        self.end_with("TERM").await
    }

    /// Ends the app as a power cut would.
    pub async fn kill(self) -> Outcome {
        self.end_with("KILL").await
    }

    async fn end_with(self, name: &str) -> Outcome {
        let (app, processes) = (self.app, self.processes());
        if !signal(app, name) {
            return Err(format!("the app ({app}) was gone before SIG{name}").into());
        }
        all_gone(&processes).await
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        // The session is left, not closed: closing blocks for minutes once the app is gone.
        // After `close` there is none, which is all that can fail here.
        let _ = self.web.clone().leak();
        signal(self.app, "KILL");
    }
}

/// The page's own idea of an element's text: the driver's leaves out what may be cut off by an
/// ellipsis.
async fn inner_text(element: &WebElement) -> Outcome<String> {
    Ok(element.prop("innerText").await?.unwrap_or_default())
}

fn by_test_id(test_id: &str) -> By {
    By::Css(format!("[data-testid=\"{test_id}\"]"))
}

/// Waits until none of these processes runs any more.
pub async fn all_gone(processes: &[u32]) -> Outcome {
    let left = || -> Vec<u32> {
        let all = processes.iter().copied();
        all.filter(|id| is_alive(*id)).collect()
    };
    eventually("the end of the app's processes", END_WITHIN, async || {
        Ok(left().is_empty().then_some(()))
    })
    .await
    .map_err(|error| format!("{error}; still there: {:?}", left()).into())
}

/// A driver that listens; the app inherits its display, library and service.
async fn start_driver(display: &Display, studio: &Studio) -> Outcome<(Running, String)> {
    const ATTEMPTS: usize = 3;
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("WebKitWebDriver");
        display.apply(&mut command);
        studio
            .apply(&mut command)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            // The webview hands itself to a driver only when this asks it to.
            .env("TAURI_WEBVIEW_AUTOMATION", "true");
        if let Some(output) = studio.output()? {
            command.stdout(output.try_clone()?).stderr(output);
        }
        let mut driver = Running::start(&mut command)?;
        let listening = eventually("WebKitWebDriver", START_WITHIN, async || {
            if let Some(status) = driver.ended()? {
                return Err(format!("WebKitWebDriver ended: {status}").into());
            }
            let connected = tokio::net::TcpStream::connect(("127.0.0.1", port)).await;
            Ok(connected.ok().map(|_| ()))
        })
        .await;
        match listening {
            Ok(()) => return Ok((driver, format!("http://127.0.0.1:{port}"))),
            // Somebody else took the port between the look and the start.
            Err(error) => last = error.to_string(),
        }
    }
    Err(last.into())
}
