//! The app among the others of a desktop: one instance, notifications, tray, its place, its looks.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use e2e::deadline::{eventually, until};
use e2e::display::{Display, Place};
use e2e::driver::Window;
use e2e::flows::{choose_sandbox, open_model, published};
use e2e::library::LibraryView;
use e2e::process::{Lines, Running, is_alive};
use e2e::studio::Studio;
use e2e::{Outcome, fixture};
use serde_json::json;

use crate::steps::{fill_and_run, run_that};

const SOON: Duration = Duration::from_secs(20);
/// What does not come within this long does not come.
const NEVER: Duration = Duration::from_secs(2);

/// Notifications, and a tray when asked to, on the display's session bus.
fn services(display: &Display, arguments: &[&str]) -> Outcome<(Running, Lines)> {
    let mut command = Command::new("/usr/bin/python3");
    command
        .arg(fixture("desktop_services.py"))
        .args(arguments)
        .stderr(Stdio::inherit());
    let (process, lines) = Running::with_lines(display.apply(&mut command))?;
    lines.until_line("READY", SOON)?;
    Ok((process, lines))
}

async fn settings(window: &Window<'_>, page: &str) -> Outcome {
    window.click("nav-settings").await?;
    window.click(&format!("settings-nav-{page}")).await?;
    window.shown(&format!("settings-{page}")).await?;
    Ok(())
}

/// An attribute of the page's root.
async fn root(window: &Window<'_>, attribute: &str, value: &str) -> Outcome {
    let script = format!("return document.documentElement.getAttribute('{attribute}') ?? ''");
    let what = format!("{attribute}={value}");
    eventually(&what, SOON, async || {
        let now: String = window.web().execute(&script, Vec::new()).await?.convert()?;
        Ok((now == value).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_second_start_on_a_library_shows_the_window_of_the_first_and_ends() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join("library"));
    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    let first = until("the first window", SOON, || {
        Ok(display.window_of(window.app()))
    })?;
    display.xdotool(&["windowunmap", "--sync", &first])?;
    assert_eq!(display.window_of(window.app()), None, "it is out of sight");

    let mut second = studio.open(&display)?;
    let status = second.wait(Duration::from_secs(5))?;
    assert!(status.success(), "{status}");
    assert!(is_alive(window.app()), "the first goes on");
    until("the first window in sight", SOON, || {
        Ok(display.window_of(window.app()))
    })?;

    // Another library is another app.
    let mut other = Studio::new(&folder.path().join("other")).open(&display)?;
    until("the other library's window", SOON, || {
        Ok(display.window_of(other.id()))
    })?;
    assert!(is_alive(window.app()) && other.ended()?.is_none());
    other.stop()?;
    window.close().await
}

#[tokio::test]
async fn the_desktop_is_told_of_a_run_that_ends_while_nobody_looks() -> Outcome {
    let display = Display::start()?;
    let (_services, told) = services(&display, &[])?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join("library"));
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    let id = until("the window", SOON, || Ok(display.window_of(window.app())))?;
    display.xdotool(&["windowfocus", "--sync", &id])?;
    open_model(&window, "sandbox/slow").await?;
    fill_and_run(&window, &library, ("seconds", "1")).await?;
    published(&library, 1).await?;
    let line = told.next(NEVER);
    assert!(
        line.is_err(),
        "seen in the window, and told as well: {line:?}"
    );

    fill_and_run(&window, &library, ("seconds", "3")).await?;
    // Somebody else's window takes the keys.
    let mut other = Command::new("/usr/bin/python3");
    other
        .arg(fixture("other_window.py"))
        .stderr(Stdio::inherit());
    let (other, lines) = Running::with_lines(display.apply(&mut other))?;
    lines.until_line("READY", SOON)?;
    let away = until("another window", SOON, || Ok(display.window_of(other.id())))?;
    display.xdotool(&["windowfocus", "--sync", &away])?;
    published(&library, 2).await?;
    let line = told.next(SOON)?;
    assert!(line.contains("is done"), "{line}");
    window.close().await
}

#[tokio::test]
async fn with_a_tray_closing_hides_the_window_and_a_second_start_shows_it() -> Outcome {
    let display = Display::start()?;
    let (_services, told) = services(&display, &["tray"])?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join("library"));
    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    told.until_line("TRAY", SOON)?;
    settings(&window, "notifications").await?;
    window.click("settings-tray").await?;
    window.has("settings-tray", "aria-checked", "true").await?;
    window.ask_to_close()?;
    eventually("the window out of sight", SOON, async || {
        Ok(display.window_of(window.app()).is_none().then_some(()))
    })
    .await?;
    assert!(is_alive(window.app()), "it lives in the tray");
    let status = studio.open(&display)?.wait(Duration::from_secs(5))?;
    assert!(status.success(), "{status}");
    until("the window in sight", SOON, || {
        Ok(display.window_of(window.app()))
    })?;
    window.shown("settings-tray").await?;
    window.close().await
}

#[tokio::test]
async fn place_size_looks_and_language_survive_a_restart() -> Outcome {
    const WANTED: Place = Place {
        x: 120,
        y: 60,
        width: 1000,
        height: 700,
    };
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join("library"));
    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    settings(&window, "appearance").await?;
    window.click("settings-theme-dark").await?;
    root(&window, "data-theme", "dark").await?;
    window.click("settings-language-german").await?;
    root(&window, "lang", "de").await?;
    window.says("nav-models", "Modelle", SOON).await?;
    window.click("settings-theme-light").await?;
    root(&window, "data-theme", "light").await?;

    window.resize((1000, 700)).await?;
    let id = until("the window", SOON, || Ok(display.window_of(window.app())))?;
    display.xdotool(&["windowmove", &id, "120", "60"])?;
    until("the window in its place", SOON, || {
        Ok((window.place()? == WANTED).then_some(()))
    })?;
    let processes = window.processes();
    window.ask_to_close()?;
    e2e::driver::all_gone(&processes).await?;
    drop(window);

    let window = Window::open(&display, &studio).await?;
    root(&window, "data-theme", "light").await?;
    root(&window, "lang", "de").await?;
    let mut last = None;
    let placed = eventually("the window where it was", SOON, async || {
        last = Some(window.place()?);
        Ok((last == Some(WANTED)).then_some(()))
    })
    .await;
    placed.map_err(|error| format!("{error}: {last:?}"))?;
    window.close().await
}

#[tokio::test]
async fn diagnostics_tell_the_version_and_not_whose_home_it_is() -> Outcome {
    let display = Display::start()?;
    let studio = Studio::new(&display.home().join("library"));
    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    settings(&window, "about").await?;
    window.click("diagnostics-show").await?;
    let field = window.shown("diagnostics-text").await?;
    let text = field.prop("value").await?.unwrap_or_default();
    assert!(text.contains(env!("CARGO_PKG_VERSION")), "{text}");
    let home = display.home().display().to_string();
    assert!(!text.contains(&home), "{home} is in {text}");
    assert!(text.lines().count() > 3, "{text}");
    window.close().await
}

/// Notes in the home's configuration that the library shall move.
fn note_move(display: &Display, to: &Path) -> Outcome {
    let folder = display.home().join(".config/wiro-studio");
    fs_err::create_dir_all(&folder)?;
    let noted = json!({ "move_to": to }).to_string();
    Ok(fs_err::write(folder.join("location.json"), noted)?)
}

#[tokio::test]
async fn a_library_moves_at_the_next_start_or_stays_where_it_is_and_says_so() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let usual = display.home().join(".local/share/wiro-studio");
    let studio = Studio::new(&usual);
    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    open_model(&window, "sandbox/pattern").await?;
    window.fill("prompt", "moved").await?;
    let library = LibraryView::new(&usual);
    fill_and_run(&window, &library, ("seed", "5")).await?;
    let output = published(&library, 1).await?;
    run_that(&library, "success", |run| run.state == "succeeded").await?;
    let processes = window.processes();
    window.ask_to_close()?;
    e2e::driver::all_gone(&processes).await?;
    drop(window);

    // Somebody else's files are there: nothing is moved, and nothing of theirs is touched.
    let occupied = folder.path().join("occupied");
    fs_err::create_dir(&occupied)?;
    fs_err::write(occupied.join("theirs.txt"), "theirs")?;
    note_move(&display, &occupied)?;
    let studio = Studio::at_usual_place(&usual);
    let window = Window::open(&display, &studio).await?;
    window.shown("notice-library_not_moved").await?;
    window.click("nav-library").await?;
    window.shown(&format!("library-item-{}", output.id)).await?;
    window.pictures_are_shown().await?;
    assert_eq!(fs_err::read_dir(&occupied)?.count(), 1, "left alone");
    let processes = window.processes();
    window.ask_to_close()?;
    e2e::driver::all_gone(&processes).await?;
    drop(window);

    let free = folder.path().join("new place");
    note_move(&display, &free)?;
    let window = Window::open(&display, &studio).await?;
    let words = window
        .says("notice-library_moved", "new place", SOON)
        .await?;
    assert!(words.contains(&*free.to_string_lossy()), "{words}");
    window.click("nav-library").await?;
    window.shown(&format!("library-item-{}", output.id)).await?;
    window.pictures_are_shown().await?;
    let moved = LibraryView::new(&free);
    assert_eq!(moved.runs()?.len(), 1, "its runs are there");
    assert_eq!(moved.files()?.len(), 1, "and its files");
    assert!(!usual.join("library.db").exists(), "and not in both places");
    window.click("notice-dismiss-library_moved").await?;
    window.gone("notice-library_moved").await?;
    window.close().await
}
