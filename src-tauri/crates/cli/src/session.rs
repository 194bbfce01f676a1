//! The engine of one invocation, with the accounts its flags and environment name.

use std::path::PathBuf;

use wiro_engine::dto::{AppError, AppNotice, ErrorCode, SuggestedAction};
use wiro_engine::environment::{self, Environment};
use wiro_engine::{AccountConfig, Engine, EngineConfig};
use wiro_sandbox::embedded::Embedded;

use crate::args::Global;
use crate::exit::{internal, made, sandbox, usage};
use crate::printer::Printer;

/// The account of the embedded Sandbox, the same as the app's.
const SANDBOX_ACCOUNT: &str = "sandbox";
/// Models with this owner run on the embedded Sandbox when no address is given.
const SANDBOX_OWNER: &str = "sandbox/";

/// What a command needs an account for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need<'a> {
    /// Reading the catalogue, or the service's own list of tasks.
    Catalogue,
    /// This model.
    Model(&'a str),
    /// Only the library.
    Library,
    /// Every account that can be had: runs of any may be unfinished.
    Everything,
}

/// An open engine; the Sandbox lives as long as it.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) engine: Engine,
    sandbox: Option<Embedded>,
}

impl Session {
    pub(crate) async fn open(
        global: &Global,
        need: Need<'_>,
        printer: Printer,
    ) -> Result<Self, AppError> {
        if let Need::Model(model) = need {
            require_name(model)?;
        }
        let library_dir = library_dir(global)?;
        let named = named_account(global, printer)?;
        let account = named.as_ref().map(|account| account.id.clone());
        let engine = Engine::open(EngineConfig {
            library_dir: library_dir.clone(),
            accounts: named.into_iter().collect(),
            account,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            notices: Vec::new(),
        })
        .await?;
        let mut session = Self {
            engine,
            sandbox: None,
        };
        session.tell_notices(printer);
        let sandbox_dir = library_dir.join("sandbox");
        match session.choose(global, need, sandbox_dir, printer).await {
            Ok(()) => Ok(session),
            Err(error) => {
                session.close().await?;
                Err(error)
            }
        }
    }

    /// What the library had to say when it was opened.
    fn tell_notices(&self, printer: Printer) {
        for notice in self.engine.app_state().notices {
            if let AppNotice::LibraryRebuilt { damaged_dir, .. } = notice {
                printer.note(&format!(
                    "the library's database was damaged and was built anew; the damaged one is in {damaged_dir}"
                ));
            }
        }
    }

    /// The account this command works with: the one that flags or environment name, the Sandbox, or the one in use.
    async fn choose(
        &mut self,
        global: &Global,
        need: Need<'_>,
        sandbox_dir: PathBuf,
        printer: Printer,
    ) -> Result<(), AppError> {
        if let Some(name) = stored_name(global) {
            self.engine
                .account_select(name)
                .map_err(|_| usage(format!("there is no account `{name}`")))?;
        }
        match need {
            Need::Library => return Ok(()),
            Need::Everything if !sandbox_dir.is_dir() => {
                self.engine.keys_settled().await;
                return Ok(());
            }
            Need::Everything => {
                // Runs of other accounts must not wait for it.
                if let Err(error) = self.attach_sandbox(sandbox_dir).await {
                    printer.note(&error.message);
                }
                self.engine.keys_settled().await;
                return Ok(());
            }
            Need::Catalogue | Need::Model(_) => {}
        }
        let is_free = stored_name(global).is_none() && !address_given(global);
        let wants_sandbox = asks_for_sandbox(global)
            || matches!(need, Need::Model(model) if model.starts_with(SANDBOX_OWNER) && is_free);
        if !wants_sandbox && self.has_account() {
            return Ok(());
        }
        if wants_sandbox || matches!(need, Need::Catalogue) {
            return self.attach_sandbox(sandbox_dir).await;
        }
        Err(made(
            ErrorCode::AuthMissing,
            SuggestedAction::CheckCredentials,
            "there is no account to run this with",
        ))
    }

    /// Whether an account is in use; the only project there is counts as chosen.
    fn has_account(&self) -> bool {
        let state = self.engine.app_state();
        if state.account.is_some() {
            return true;
        }
        match state.accounts.as_slice() {
            [only] => self.engine.account_select(&only.id).is_ok(),
            _ => false,
        }
    }

    async fn attach_sandbox(&mut self, dir: PathBuf) -> Result<(), AppError> {
        let attached = attach(dir).await?;
        self.engine.account_attach(&sandbox_account(&attached)?)?;
        self.engine.account_select(SANDBOX_ACCOUNT)?;
        self.sandbox = Some(attached);
        Ok(())
    }

    /// Whether the Sandbox in use ends with this program.
    pub(crate) fn serves(&self) -> bool {
        self.sandbox.as_ref().is_some_and(Embedded::is_serving)
    }

    /// Closes the engine first: it talks to the Sandbox.
    pub(crate) async fn close(self) -> Result<(), AppError> {
        self.engine.close().await?;
        let sandbox = self.sandbox;
        tokio::task::spawn_blocking(move || drop(sandbox))
            .await
            .map_err(|error| internal(&error))
    }
}

pub(crate) fn library_dir(global: &Global) -> Result<PathBuf, AppError> {
    global
        .library
        .clone()
        .or_else(environment::library_dir)
        .ok_or_else(|| usage("there is no data folder on this system; name one with --library"))
}

/// Told before an account is looked for: a mistyped name is no question of keys.
fn require_name(model: &str) -> Result<(), AppError> {
    match model.split_once('/') {
        Some((owner, project))
            if !owner.is_empty() && !project.is_empty() && !project.contains('/') =>
        {
            Ok(())
        }
        _ => Err(wiro_engine::Error::ModelName(model.to_owned()).into()),
    }
}

/// The stored account that is asked for by name.
fn stored_name(global: &Global) -> Option<&str> {
    global
        .account
        .as_deref()
        .filter(|name| *name != SANDBOX_ACCOUNT)
}

fn asks_for_sandbox(global: &Global) -> bool {
    global.account.as_deref() == Some(SANDBOX_ACCOUNT)
}

fn address_given(global: &Global) -> bool {
    global.api_url.is_some() || Environment::read().api_url.is_some()
}

/// The account that flags and environment name. Flags win over the environment.
fn named_account(global: &Global, printer: Printer) -> Result<Option<AccountConfig>, AppError> {
    match global.account.as_deref() {
        Some(SANDBOX_ACCOUNT) if global.api_url.is_some() || global.socket_url.is_some() => {
            return Err(usage(
                "the account `sandbox` has an address of its own; leave out --api-url and --socket-url",
            ));
        }
        Some(_) if global.api_url.is_some() || global.socket_url.is_some() => {
            return Err(usage(
                "an account has an address of its own; leave out --api-url and --socket-url",
            ));
        }
        Some(_) => return Ok(None),
        None => {}
    }
    let mut environment = Environment::read();
    let announced = [
        (
            "WIRO_API_BASE_URL",
            global.api_url.is_none() && environment.api_url.is_some(),
        ),
        (
            "WIRO_SOCKET_URL",
            global.socket_url.is_none() && environment.socket_url.is_some(),
        ),
    ];
    if global.api_url.is_some() {
        environment.api_url.clone_from(&global.api_url);
    }
    if global.socket_url.is_some() {
        environment.socket_url.clone_from(&global.socket_url);
    }
    let account = environment
        .account()
        .map_err(|error| usage(error.to_string()))?;
    // Only now: an address that was refused may hold a password.
    if let Some(account) = &account {
        for (name, _) in announced.iter().filter(|(_, announced)| *announced) {
            let address = match *name {
                "WIRO_SOCKET_URL" => account.endpoints.socket(),
                _ => account.endpoints.api(),
            };
            printer.note(&format!("using the address in {name}: {address}"));
        }
    }
    Ok(account)
}

async fn attach(dir: PathBuf) -> Result<Embedded, AppError> {
    tokio::task::spawn_blocking(|| Embedded::attach(dir))
        .await
        .map_err(|error| internal(&error))?
        .map_err(|error| sandbox(&error))
}

fn sandbox_account(sandbox: &Embedded) -> Result<AccountConfig, AppError> {
    let at = sandbox.endpoints();
    AccountConfig::sandbox(
        SANDBOX_ACCOUNT,
        &at.api,
        &at.socket,
        at.api_key,
        Some(at.api_secret),
    )
    .map_err(|error| usage(error.to_string()))
}
