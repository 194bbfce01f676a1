//! What the desktop around the app offers; the one place of the shell, beside `signals`, that differs by platform.

use std::path::Path;

/// The name of this library's app on the session bus: two libraries are two apps, one library is one.
pub(crate) fn instance_name(library_dir: &Path) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let whole = std::path::absolute(library_dir).unwrap_or_else(|_| library_dir.to_owned());
    let mut hasher = DefaultHasher::new();
    whole.hash(&mut hasher);
    format!("studio.wiro.unofficial.l{:016x}", hasher.finish())
}

/// Hands the words of this start to the app that has this library open already, which shows its window. Asked before
/// anything is opened, so that a second start touches nothing.
#[cfg(target_os = "linux")]
pub(crate) fn tell_running_instance(instance_name: &str, words: &[String]) -> bool {
    let name = format!("{instance_name}.SingleInstance");
    let path = format!("/{}", name.replace('.', "/"));
    let arguments = (words, "");
    let called = zbus::blocking::Connection::session().and_then(|bus| {
        bus.call_method(
            Some(name.as_str()),
            path.as_str(),
            Some("org.SingleInstance.DBus"),
            "ExecuteCallback",
            &arguments,
        )
    });
    called.is_ok()
}

/// The plugin for single instances does it all elsewhere.
#[cfg(not(target_os = "linux"))]
pub(crate) fn tell_running_instance(_instance_name: &str, _words: &[String]) -> bool {
    false
}

/// A page that dies again within this time dies of itself: loading it once more would go on for ever.
#[cfg(target_os = "linux")]
const SHORTEST_LIFE: std::time::Duration = std::time::Duration::from_secs(5);

/// Loads the page again when the process that draws it dies; the window would stay blank. What the core does goes on.
#[cfg(target_os = "linux")]
pub(crate) fn survive_crashes(window: &tauri::WebviewWindow) -> tauri::Result<()> {
    use std::cell::Cell;
    use std::time::Instant;
    use webkit2gtk::WebViewExt;
    window.with_webview(|webview| {
        let loaded = Cell::new(None::<Instant>);
        webview
            .inner()
            .connect_web_process_terminated(move |view, reason| {
                let before = loaded.replace(Some(Instant::now()));
                if before.is_some_and(|loaded| loaded.elapsed() < SHORTEST_LIFE) {
                    tracing::error!(?reason, "the page's process ended again; it is left alone");
                    return;
                }
                tracing::error!(?reason, "the page's process ended; it is loaded again");
                view.reload();
            });
    })
}

/// Elsewhere the web view sees to it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn survive_crashes(_window: &tauri::WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Whether somebody on this desktop shows tray icons.
#[cfg(target_os = "linux")]
pub(crate) fn has_tray() -> bool {
    let asked = zbus::blocking::Connection::session().and_then(|bus| {
        let answer = bus.call_method(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            Some("org.freedesktop.DBus"),
            "NameHasOwner",
            &"org.kde.StatusNotifierWatcher",
        )?;
        answer.body().deserialize::<bool>()
    });
    asked.unwrap_or(false)
}

/// Windows and macOS always have one.
#[cfg(not(target_os = "linux"))]
pub(crate) fn has_tray() -> bool {
    true
}

/// Why no key can be heard while another window is in front; none when it can.
#[cfg(target_os = "linux")]
pub(crate) fn no_global_keys() -> Option<&'static str> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("WAYLAND_DISPLAY") {
        return Some(
            "This desktop (Wayland) does not let programs listen to keys of other windows.",
        );
    }
    (!is_set("DISPLAY")).then_some("There is no display to listen to.")
}

/// Elsewhere every desktop lets programs have keys.
#[cfg(not(target_os = "linux"))]
pub(crate) fn no_global_keys() -> Option<&'static str> {
    None
}
