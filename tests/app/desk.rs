//! A desktop with a keychain, and projects of one's own on services of one's own.

use std::io::Write as _;
use std::process::{Command, Stdio};

use e2e::Outcome;
use e2e::deadline::eventually;
use e2e::display::Display;
use e2e::driver::{SHOWN_WITHIN, Window};
use e2e::flows::open_model;
use e2e::keyring::Keyring;
use e2e::library::{LibraryView, RunRow};
use e2e::sandbox::Sandbox;
use e2e::studio::{Studio, program};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::By;

use crate::steps::run_that;

/// Everything a page could have kept of what was typed into it: the document, what its fields hold, its storage, its
/// address.
const PAGE: &str = "const fields = [...document.querySelectorAll('input, textarea')].map((one) => one.value); \
     return JSON.stringify([document.documentElement.outerHTML, fields, {...localStorage}, {...sessionStorage}, \
     document.cookie, location.href, history.state])";

/// Display, keychain and library of one person.
pub(crate) struct Desk {
    pub(crate) studio: Studio,
    pub(crate) library: LibraryView,
    pub(crate) keyring: Keyring,
    pub(crate) display: Display,
    pub(crate) folder: TempDir,
}

impl Desk {
    /// The keychain is there and open.
    pub(crate) fn open() -> Outcome<Self> {
        let mut desk = Self::without_keychain()?;
        desk.keyring.start_daemon()?;
        Ok(desk)
    }

    /// A session bus on which nobody keeps keys yet.
    pub(crate) fn without_keychain() -> Outcome<Self> {
        let display = Display::start()?;
        let folder = tempfile::Builder::new().prefix("wiro-desk-").tempdir()?;
        let own = folder.path().join("keychain");
        fs_err::create_dir(&own)?;
        let mut keyring = Keyring::absent(&own)?;
        keyring.start_bus()?;
        let mut studio = Studio::new(&folder.path().join("library"));
        for (name, value) in keyring.env() {
            studio = studio.with(name, value);
        }
        let library = LibraryView::new(studio.library());
        Ok(Self {
            studio,
            library,
            keyring,
            display,
            folder,
        })
    }

    /// A service of this name in a process of its own.
    pub(crate) fn service(&self, name: &str, extra: &[&str]) -> Outcome<Sandbox> {
        Sandbox::start(&self.folder.path().join(name), extra)
    }

    /// The window on this desktop.
    pub(crate) async fn window(&self) -> Outcome<Window<'_>> {
        Window::open(&self.display, &self.studio).await
    }

    /// The id of the account of this name.
    pub(crate) fn account(&self, name: &str) -> Outcome<Option<String>> {
        self.asked_of_library("SELECT id FROM accounts WHERE name = ?1", name)
    }

    /// The id of an account that has to be there.
    pub(crate) fn account_id(&self, name: &str) -> Outcome<String> {
        let id = self.account(name)?;
        Ok(id.ok_or_else(|| format!("the library has no account called {name}"))?)
    }

    /// Whose run it is.
    pub(crate) fn account_of(&self, run: &RunRow) -> Outcome<Option<String>> {
        self.asked_of_library("SELECT account_id FROM runs WHERE id = ?1", &run.id)
    }

    /// The token that the service gave for a run's task.
    pub(crate) fn token_of(&self, run: &RunRow) -> Outcome<Option<String>> {
        self.asked_of_library("SELECT task_token FROM runs WHERE id = ?1", &run.id)
    }

    fn asked_of_library(&self, question: &str, about: &str) -> Outcome<Option<String>> {
        let file = self.studio.library().join("library.db");
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let answer: Option<Option<String>> = connection
            .query_row(question, [about], |row| row.get(0))
            .optional()?;
        Ok(answer.flatten())
    }

    /// Key and secret as the keychain has them.
    pub(crate) fn stored(&self, account_id: &str) -> Outcome<Option<(String, Option<String>)>> {
        let Some(text) = self.keyring.secret_of(account_id)? else {
            return Ok(None);
        };
        let sealed: Value = serde_json::from_str(&text)?;
        let text = |name: &str| sealed.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Some((
            text("key").ok_or("no key in the keychain's item")?,
            text("secret"),
        )))
    }

    /// A `wiro` command of the person at this desk.
    pub(crate) fn wiro(&self, arguments: &[&str]) -> Outcome<Command> {
        let mut command = Command::new(program("WIRO_BIN", "wiro")?);
        self.display.apply(&mut command);
        self.studio.apply(&mut command);
        command.args(arguments).stdin(Stdio::null());
        Ok(command)
    }

    /// Runs `wiro --json` with this on its standard input: exit code, standard output, standard error.
    pub(crate) fn wiro_fed(
        &self,
        arguments: &[&str],
        input: &str,
    ) -> Outcome<(i32, String, String)> {
        let mut command = self.wiro(arguments)?;
        let mut child = command
            .arg("--json")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().ok_or("no standard input")?;
        stdin.write_all(input.as_bytes())?;
        drop(stdin);
        let output = child.wait_with_output()?;
        Ok((
            output.status.code().ok_or("wiro ended by a signal")?,
            String::from_utf8(output.stdout)?,
            String::from_utf8(output.stderr)?,
        ))
    }
}

/// What a person types into the form for a project.
pub(crate) struct Project<'a> {
    pub(crate) name: &'a str,
    pub(crate) key: &'a str,
    pub(crate) secret: Option<&'a str>,
    pub(crate) api: &'a str,
    pub(crate) socket: &'a str,
}

impl<'a> Project<'a> {
    /// The project of this service.
    pub(crate) fn of(sandbox: &'a Sandbox, name: &'a str) -> Self {
        Self {
            name,
            key: &sandbox.api_key,
            secret: sandbox.api_secret.as_deref(),
            api: &sandbox.api,
            socket: &sandbox.socket,
        }
    }

    /// Fills in the open form.
    pub(crate) async fn fill_in(&self, window: &Window<'_>) -> Outcome {
        window.type_into("account-name", self.name).await?;
        self.fill_in_key(window).await?;
        window.click("account-own-address").await?;
        window.type_into("account-api-url", self.api).await?;
        window.type_into("account-socket-url", self.socket).await
    }

    /// Fills in key and secret alone.
    pub(crate) async fn fill_in_key(&self, window: &Window<'_>) -> Outcome {
        window.type_into("account-key", self.key).await?;
        window
            .type_into("account-secret", self.secret.unwrap_or_default())
            .await
    }

    /// What the keychain should have of it.
    pub(crate) fn pair(&self) -> (String, Option<String>) {
        (self.key.to_owned(), self.secret.map(str::to_owned))
    }

    /// Key and secret, for those who look for them.
    pub(crate) fn secrets(&self) -> Vec<&'a str> {
        std::iter::once(self.key).chain(self.secret).collect()
    }
}

/// Adds a project at the first start, which ends with it.
pub(crate) async fn begin_with(window: &Window<'_>, project: &Project<'_>) -> Outcome {
    window.click("first-start-project").await?;
    project.fill_in(window).await?;
    window.click("account-submit").await?;
    window.shown("nav-models").await?;
    in_use(window, project.name).await
}

/// Opens the list of accounts in the settings.
pub(crate) async fn open_accounts(window: &Window<'_>) -> Outcome {
    window.click("nav-settings").await?;
    window.click("settings-nav-accounts").await?;
    window.shown("settings-accounts").await?;
    Ok(())
}

/// Waits until the strip names this account as the one in use.
pub(crate) async fn in_use(window: &Window<'_>, name: &str) -> Outcome {
    let shown = window.says("status-account", name, SHOWN_WITHIN);
    shown.await.map(drop)
}

/// Chooses an account in the strip.
pub(crate) async fn choose(window: &Window<'_>, name: &str) -> Outcome {
    window.click("status-account").await?;
    window.shown("menu-manage-accounts").await?;
    let choice = format!("//*[@role='menuitemradio'][contains(., '{name}')]");
    window.web().find(By::XPath(choice)).await?.click().await?;
    in_use(window, name).await
}

/// Runs the pattern model with this prompt to its end.
pub(crate) async fn run_pattern(window: &Window<'_>, desk: &Desk, prompt: &str) -> Outcome<RunRow> {
    open_model(window, "sandbox/pattern").await?;
    window.fill("prompt", prompt).await?;
    window.click("run-button").await?;
    let run = run_that(&desk.library, "the run to succeed", |run| {
        run.request.contains(prompt) && run.state == "succeeded"
    })
    .await;
    match run {
        Ok(run) => Ok(run),
        Err(error) => {
            let page = window.visible_text().await?;
            Err(format!("{error}; the page says:\n{page}").into())
        }
    }
}

/// Everything the page holds, as text.
pub(crate) async fn whole_page(window: &Window<'_>) -> Outcome<String> {
    Ok(window.web().execute(PAGE, Vec::new()).await?.convert()?)
}

/// Waits until the page has none of these any more: a field is emptied when its answer has come.
pub(crate) async fn assert_page_without(window: &Window<'_>, secrets: &[&str]) -> Outcome {
    // The secret itself would only be repeated by the report.
    eventually("no secret in the page", SHOWN_WITHIN, async || {
        let page = whole_page(window).await?;
        let clean = secrets.iter().all(|secret| !page.contains(secret));
        Ok(clean.then_some(()))
    })
    .await
}
