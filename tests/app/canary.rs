//! Canaries in every secret, one long day with the app, then a look into everything that it wrote or said.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use e2e::Outcome;
use e2e::deadline::eventually;
use e2e::driver::{SHOWN_WITHIN, Window};
use e2e::flows::{DONE_WITHIN, drop_on_window, open_model};
use e2e::library::RunRow;

use crate::desk::{
    Desk, Project, assert_page_without, begin_with, in_use, open_accounts, run_pattern, whole_page,
};
use crate::sampling::{Sampler, holds};
use crate::steps::{fill_and_run, open_run, run_that, shows_state};

/// Our crates and those they stand on tell all they can, calls to the keychain included.
const LOG: &str = "trace";

/// Hyphens keep them from being masked for looking like a token: only what knows them can hide them.
struct Canaries {
    key: String,
    secret: String,
    password: String,
}

impl Canaries {
    fn new() -> Self {
        let one = |name: &str| format!("canary-{name}-{:08x}", rand::random::<u32>());
        Self {
            key: one("key"),
            secret: one("secret"),
            password: one("password"),
        }
    }

    fn all(&self) -> [&str; 3] {
        [&self.key, &self.secret, &self.password]
    }
}

/// What was gathered while the app lived.
#[derive(Default)]
struct Seen {
    pages: Vec<(String, String)>,
    diagnostics: String,
}

impl Seen {
    async fn page(&mut self, window: &Window<'_>, name: &str) -> Outcome {
        self.pages
            .push((name.to_owned(), whole_page(window).await?));
        Ok(())
    }
}

#[tokio::test]
async fn t12_no_secret_reaches_any_sink() -> Outcome {
    let canaries = Canaries::new();
    let mut desk = Desk::open()?;
    let said = desk.folder.path().join("said.log");
    desk.studio = desk.studio.clone().with("WIRO_LOG", LOG).telling(&said);
    let pair = ["--api-key", &canaries.key, "--api-secret", &canaries.secret];
    let service = desk.service("service", &pair)?;
    let project = Project::of(&service, "Canary");
    let mut seen = Seen::default();
    // The pretend service is told its keys by arguments; nobody else is.
    let sampler = Sampler::start(&canaries.all());

    let window = desk.window().await?;
    begin_with(&window, &project).await?;
    walk_through_settings(&window, &canaries, &desk.account_id("Canary")?, &mut seen).await?;
    let runs = run_all_kinds(&window, &desk, &mut seen).await?;
    copy_diagnostics(&window, &mut seen).await?;
    window.terminate().await?;

    let window = desk.window().await?;
    in_use(&window, "Canary").await?;
    run_pattern(&window, &desk, "after the restart").await?;
    for run in &runs {
        open_run(&window, run).await?;
        seen.page(&window, &format!("the run of {}", run.model))
            .await?;
    }
    open_model(&window, "sandbox/slow").await?;
    fill_and_run(&window, &desk.library, ("seconds", "30")).await?;
    run_that(&desk.library, "a run to be cut off", |run| {
        run.state == "running"
    })
    .await?;
    copy_diagnostics(&window, &mut seen).await?;
    window.kill().await?;
    let command = said_by_wiro(&desk)?;

    let sampled = sampler.finish()?;
    // That it is found there shows that it would be found elsewhere.
    let only = BTreeSet::from(["cmdline of wiro sandbox".to_owned()]);
    assert_eq!(sampled.found, only, "a canary is in sight of everybody");
    assert!(sampled.saw("wiro-studio"), "{:?}", sampled.names);
    let mut sinks = vec![("diagnostics".to_owned(), seen.diagnostics)];
    sinks.extend(command);
    sinks.extend(seen.pages);
    judge(&desk, &canaries, &said, &sinks)
}

/// Proxy, test of the key, and every page of the settings.
async fn walk_through_settings(
    window: &Window<'_>,
    canaries: &Canaries,
    id: &str,
    seen: &mut Seen,
) -> Outcome {
    seen.page(window, "models").await?;
    open_accounts(window).await?;
    window.click(&format!("account-more-{id}")).await?;
    window.click("account-test").await?;
    window
        .says(
            "settings-accounts",
            "The service takes this key",
            SHOWN_WITHIN,
        )
        .await?;
    seen.page(window, "accounts").await?;
    window.click("settings-nav-network").await?;
    window.click("settings-proxy-custom").await?;
    window
        .type_into("proxy-address", "http://127.0.0.1:9")
        .await?;
    window.type_into("proxy-user", "canary").await?;
    window
        .type_into("proxy-password", &canaries.password)
        .await?;
    window.click("proxy-save").await?;
    let stored = "One is stored in the keychain";
    window.says("proxy-form", stored, SHOWN_WITHIN).await?;
    assert_page_without(window, &canaries.all()).await?;
    seen.page(window, "network").await?;
    for page in ["library", "appearance", "notifications"] {
        window.click(&format!("settings-nav-{page}")).await?;
        window.shown(&format!("settings-{page}")).await?;
        seen.page(window, page).await?;
    }
    Ok(())
}

/// A run with a file, one that fails, one that is killed.
async fn run_all_kinds(window: &Window<'_>, desk: &Desk, seen: &mut Seen) -> Outcome<Vec<RunRow>> {
    open_model(window, "sandbox/upscale").await?;
    drop_on_window(&desk.display, window, &[&e2e::fixture("cat.jpg")]).await?;
    window
        .says("field-inputImage", "cat.jpg", DONE_WITHIN)
        .await?;
    window.click("run-button").await?;
    let upscaled = ended(desk, "sandbox/upscale", "succeeded").await?;
    seen.page(window, "a model with its run").await?;
    open_model(window, "sandbox/failing").await?;
    window.click("run-button").await?;
    let failed = ended(desk, "sandbox/failing", "failed").await?;
    seen.page(window, "a run that failed").await?;
    open_model(window, "sandbox/slow").await?;
    let slow = fill_and_run(window, &desk.library, ("seconds", "60")).await?;
    run_that(&desk.library, "the run to compute", |run| {
        run.id == slow.id && run.status.as_deref() == Some("task_start")
    })
    .await?;
    open_run(window, &slow).await?;
    window.click("run-stop").await?;
    shows_state(window, "cancelled").await?;
    window.click("nav-runs").await?;
    seen.page(window, "runs").await?;
    window.click("nav-library").await?;
    window.pictures_are_shown().await?;
    seen.page(window, "library").await?;
    Ok(vec![upscaled, failed, slow])
}

async fn ended(desk: &Desk, model: &str, state: &str) -> Outcome<RunRow> {
    run_that(
        &desk.library,
        &format!("{model} to end as {state}"),
        |run| run.model == model && run.state == state,
    )
    .await
}

/// What would be put into a report.
async fn copy_diagnostics(window: &Window<'_>, seen: &mut Seen) -> Outcome {
    window.click("nav-settings").await?;
    window.click("settings-nav-about").await?;
    window.click("diagnostics-show").await?;
    let text = eventually("the diagnostics", SHOWN_WITHIN, async || {
        let text = window
            .shown("diagnostics-text")
            .await?
            .prop("value")
            .await?;
        Ok(text.filter(|text| !text.is_empty()))
    })
    .await?;
    assert!(text.contains("signed, key stored"), "no account in {text}");
    window.click("diagnostics-copy").await?;
    seen.diagnostics = format!("{}{text}", seen.diagnostics);
    seen.page(window, "about").await
}

/// The same account in the terminal; what was said there.
fn said_by_wiro(desk: &Desk) -> Outcome<Vec<(String, String)>> {
    let mut all = Vec::new();
    for arguments in [
        &["account", "list"] as &[&str],
        &["account", "test", "Canary"],
        &[
            "--account",
            "Canary",
            "run",
            "sandbox/pattern",
            "-p",
            "prompt=in a terminal",
        ],
        &["tasks", "list"],
    ] {
        let (code, out, err) = desk.wiro_fed(arguments, "")?;
        assert_eq!(code, 0, "{arguments:?} ended with {code}");
        all.push((format!("wiro {arguments:?}"), format!("{out}{err}")));
    }
    Ok(all)
}

/// Looks into everything, and shows that the look would find something.
fn judge(desk: &Desk, canaries: &Canaries, said: &Path, sinks: &[(String, String)]) -> Outcome {
    let mut tokens = Vec::new();
    for run in desk.library.runs()? {
        tokens.extend(desk.token_of(&run)?);
    }
    assert_eq!(tokens.len(), 6, "a token for each task");
    let home = desk.display.home();
    let library = desk.studio.library().to_path_buf();
    let mut files = files_below(&home)?;
    let logs = files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "log"));
    assert!(logs.count() > 0, "no log in {files:?}");
    files.extend(files_below(&library)?);
    files.push(said.to_path_buf());
    let wal = library.join("library.db-wal");
    assert!(
        files.contains(&wal),
        "a killed app leaves the log of its database"
    );
    let words = fs_err::read_to_string(said)?;
    for crate_name in ["wiro_library", "reqwest", "zbus"] {
        assert!(words.contains(crate_name), "no word of {crate_name}");
    }
    assert!(words.contains("TRACE"), "the trace was off");
    let empty = sinks.iter().find(|(_, text)| text.is_empty());
    assert!(empty.is_none(), "nothing was gathered from {empty:?}");

    let database = |file: &Path| {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        file.starts_with(&library) && name.contains(".db")
    };
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let places = found_in(&files, sinks, &canaries.all())?;
    assert!(places.is_empty(), "a canary is in {places:?}");
    let with_token = found_in(&files, sinks, &tokens)?;
    let strange: Vec<_> = with_token
        .iter()
        .filter(|place| !database(Path::new(place)))
        .collect();
    assert!(strange.is_empty(), "a task token is in {strange:?}");
    assert!(
        !with_token.is_empty(),
        "the look finds what the database has to have"
    );

    // The controls: one canary planted in each kind of place is found there, and there alone.
    let planted = home.join(".local/planted");
    fs_err::write(
        &planted,
        [b"\xff\x00", canaries.password.as_bytes(), b"\x00"].concat(),
    )?;
    let mut more = sinks.to_vec();
    more.push((
        "a planted page".to_owned(),
        format!("<i>{}</i>", canaries.key),
    ));
    let found = found_in(
        &[files_below(&home)?, files].concat(),
        &more,
        &canaries.all(),
    )?;
    let expected = [planted.display().to_string(), "a planted page".to_owned()];
    assert_eq!(found, BTreeSet::from(expected), "the look is blind");
    Ok(())
}

/// The places that hold one of these.
fn found_in(
    files: &[PathBuf],
    sinks: &[(String, String)],
    wanted: &[&str],
) -> Outcome<BTreeSet<String>> {
    let any = |bytes: &[u8]| wanted.iter().any(|one| holds(bytes, one.as_bytes()));
    let mut found = BTreeSet::new();
    for file in files {
        if any(&fs_err::read(file)?) {
            found.insert(file.display().to_string());
        }
    }
    let said = sinks.iter().filter(|(_, text)| any(text.as_bytes()));
    found.extend(said.map(|(place, _)| place.clone()));
    Ok(found)
}

fn files_below(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            files.extend(files_below(&entry.path())?);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(files)
}
