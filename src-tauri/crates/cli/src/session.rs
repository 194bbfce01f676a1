//! The engine of one invocation, with the accounts its flags and environment name.

use std::path::PathBuf;

use wiro_engine::dto::{AppError, ErrorCode, SuggestedAction};
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
        let sandbox_dir = library_dir.join("sandbox");
        let wants_sandbox = match need {
            Need::Library => false,
            Need::Everything => sandbox_dir.is_dir(),
            Need::Catalogue => named.is_none(),
            Need::Model(model) => {
                asks_for_sandbox(global)
                    || (model.starts_with(SANDBOX_OWNER) && !address_given(global))
            }
        };
        let mut accounts = Vec::new();
        let mut sandbox = None;
        if wants_sandbox {
            match attach(sandbox_dir).await {
                Ok(attached) => {
                    accounts.push(sandbox_account(&attached)?);
                    sandbox = Some(attached);
                }
                // Runs of other accounts must not wait for it.
                Err(error) if matches!(need, Need::Everything) => printer.note(&error.message),
                Err(error) => return Err(error),
            }
        }
        accounts.extend(named);
        let account = accounts.first().map(|account| account.id.clone());
        if account.is_none() && matches!(need, Need::Catalogue | Need::Model(_)) {
            return Err(made(
                ErrorCode::AuthMissing,
                SuggestedAction::CheckCredentials,
                "there is no account to run this with",
            ));
        }
        let engine = Engine::open(EngineConfig {
            library_dir,
            accounts,
            account,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
        .await?;
        Ok(Self { engine, sandbox })
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
        Some(SANDBOX_ACCOUNT) => return Ok(None),
        Some(name) => return Err(usage(format!("there is no account `{name}`"))),
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
