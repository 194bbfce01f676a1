//! The one window, and what its page may load.

use tauri::utils::config::Csp;
use tauri::{AppHandle, Context, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

const LABEL: &str = "main";
const WIDTH: f64 = 1280.0;
const HEIGHT: f64 = 800.0;
const MIN_WIDTH: f64 = 720.0;
const MIN_HEIGHT: f64 = 480.0;

/// The app's configuration and pages, embedded once.
pub(crate) fn context() -> Context {
    tauri::generate_context!()
}

/// The page's own origins: Linux and macOS, Windows, and the development server.
pub(crate) fn origins() -> Vec<String> {
    let mut origins = vec![
        "tauri://localhost".to_owned(),
        "http://tauri.localhost".to_owned(),
    ];
    if cfg!(not(feature = "custom-protocol")) {
        origins.push("http://127.0.0.1:5199".to_owned());
    }
    origins
}

/// Sets the content security policy: the app's own files, the origin of its own media listener, nothing else.
pub(crate) fn restrict(context: &mut Context, media: &str) {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
         img-src 'self' {media}; media-src {media}; connect-src 'self' ipc: http://ipc.localhost {media}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    );
    context.config_mut().app.security.csp = Some(Csp::Policy(policy));
}

/// Opens the main window.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Wiro Studio")
        .inner_size(WIDTH, HEIGHT)
        .min_inner_size(MIN_WIDTH, MIN_HEIGHT)
        .center()
        // A link or a script must not put another page into the only window.
        .on_navigation(|url| {
            origins().contains(&url.origin().ascii_serialization()) || is_own_page(url)
        })
        .build()?;
    crate::desktop::survive_crashes(&window)
}

/// On Linux and macOS the app's own pages have a scheme of their own, which has no origin in the sense of a URL.
fn is_own_page(url: &tauri::Url) -> bool {
    url.scheme() == "tauri" && url.host_str() == Some("localhost")
}

/// Takes the window away without asking the page.
pub(crate) fn destroy(app: &AppHandle) -> tauri::Result<()> {
    app.get_webview_window(LABEL)
        .map_or(Ok(()), |window| window.destroy())
}

/// Brings the window to the front, wherever it was.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    if let Err(error) = bring_to_front(&window) {
        tracing::warn!(%error, "the window could not be shown");
    }
}

fn bring_to_front(window: &WebviewWindow) -> tauri::Result<()> {
    window.show()?;
    window.unminimize()?;
    window.set_focus()
}

/// Whether the person looks at something else; a window that does not say is looked at.
pub(crate) fn is_away(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL)
        .is_none_or(|window| !window.is_focused().unwrap_or(true))
}
