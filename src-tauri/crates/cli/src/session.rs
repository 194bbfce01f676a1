//! The engine of one invocation, with the accounts its flags and environment name.

use std::path::PathBuf;

use wiro_engine::dto::{AppError, ErrorCode, SuggestedAction};
use wiro_engine::environment::{self, Environment};
use wiro_engine::{AccountConfig, Engine, EngineConfig};
use wiro_sandbox::embedded::Embedded;

use crate::args::Global;
use crate::exit::usage;
use crate::printer::Printer;

/// The account of the embedded Sandbox, the same as the app's.
const SANDBOX_ACCOUNT: &str = "sandbox";
/// Models with this owner run on the embedded Sandbox when no address is given.
const SANDBOX_OWNER: &str = "sandbox/";

/// What a command needs an account for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need<'a> {
    /// Reading the catalogue.
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
    pub(crate) on_sandbox: bool,
    _sandbox: Option<Embedded>,
}

impl Session {
    pub(crate) async fn open(
        global: &Global,
        need: Need<'_>,
        printer: Printer,
    ) -> Result<Self, AppError> {
        let library_dir = library_dir(global)?;
        let named = named_account(global, printer)?;
        let sandbox_dir = library_dir.join("sandbox");
        let wants_sandbox = match need {
            Need::Library => false,
            Need::Everything => sandbox_dir.is_dir(),
            Need::Catalogue => named.is_none() || asks_for_sandbox(global),
            Need::Model(model) => asks_for_sandbox(global) || on_sandbox_by_name(global, model),
        };
        let sandbox = if wants_sandbox {
            Some(attach(sandbox_dir)?)
        } else {
            None
        };
        let mut accounts = Vec::new();
        if let Some(sandbox) = &sandbox {
            accounts.push(sandbox_account(sandbox)?);
        }
        accounts.extend(named);
        let account = accounts.first().map(|account| account.id.clone());
        if account.is_none() && !matches!(need, Need::Library | Need::Everything) {
            return Err(no_account());
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let engine = Engine::open(EngineConfig {
            library_dir,
            accounts,
            account,
            version,
        })
        .await?;
        Ok(Self {
            engine,
            on_sandbox: sandbox.is_some(),
            _sandbox: sandbox,
        })
    }
}

pub(crate) fn library_dir(global: &Global) -> Result<PathBuf, AppError> {
    global
        .library
        .clone()
        .or_else(environment::library_dir)
        .ok_or_else(|| usage("there is no data folder on this system; name one with --library"))
}

fn asks_for_sandbox(global: &Global) -> bool {
    global.account.as_deref() == Some(SANDBOX_ACCOUNT)
}

fn on_sandbox_by_name(global: &Global, model: &str) -> bool {
    let address_given = global.api_url.is_some() || Environment::read().api_url.is_some();
    model.starts_with(SANDBOX_OWNER) && !address_given
}

fn named_account(global: &Global, printer: Printer) -> Result<Option<AccountConfig>, AppError> {
    let mut environment = Environment::read();
    if global.api_url.is_none()
        && let Some(url) = &environment.api_url
    {
        printer.note(&format!("using the address in WIRO_API_BASE_URL: {url}"));
    }
    if global.api_url.is_some() {
        environment.api_url.clone_from(&global.api_url);
        environment.socket_url = None;
    }
    if global.socket_url.is_some() {
        environment.socket_url.clone_from(&global.socket_url);
    }
    match &global.account {
        Some(name) if name != SANDBOX_ACCOUNT => {
            return Err(usage(format!("there is no account `{name}`")));
        }
        _ => {}
    }
    environment
        .account()
        .map_err(|error| usage(error.to_string()))
}

fn attach(dir: PathBuf) -> Result<Embedded, AppError> {
    Embedded::attach(dir).map_err(|error| AppError {
        code: ErrorCode::SandboxUnavailable,
        message: format!("the Sandbox could not start: {error}"),
        action: SuggestedAction::Retry,
        retryable: true,
        detail: None,
        field: None,
    })
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

fn no_account() -> AppError {
    AppError {
        code: ErrorCode::AuthMissing,
        message: "there is no account to run this with".to_owned(),
        action: SuggestedAction::CheckCredentials,
        retryable: false,
        detail: None,
        field: None,
    }
}
