//! `wiro account`: keys come from the terminal or from standard input, never from an argument.

use std::io::{BufRead, IsTerminal};

use serde_json::{Value, json};
use wiro_engine::dto::{
    AccountAddress, AccountKey, AccountKind, AccountSummary, AppError, AppState, NewAccount,
};

use wiro_engine::environment::Environment;

use crate::args::{AccountCommand, Global};
use crate::context::Context;
use crate::exit::{Exit, disk, internal, usage};
use crate::session::{Need, Session};

pub(crate) async fn run(context: &Context, command: AccountCommand) -> Result<Exit, AppError> {
    match command {
        AccountCommand::Add { name, unchecked } => add(context, name, unchecked).await,
        AccountCommand::List => list(context).await,
        AccountCommand::Remove { name } => remove(context, &name).await,
        AccountCommand::Test { name } => test(context, &name).await,
    }
}

async fn add(context: &Context, name: String, unchecked: bool) -> Result<Exit, AppError> {
    // Before the key is asked for: nobody types one for nothing.
    let session = context.open(Need::Library).await?;
    let key = tokio::task::spawn_blocking(read_key)
        .await
        .map_err(|error| internal(&error))??;
    let new = NewAccount {
        name,
        key,
        address: address(&context.global),
        session_only: false,
        unchecked,
    };
    let state = session.engine.account_add(new).await?;
    if let Some(account) = &state.account {
        tell(context, account, &state);
    }
    Ok(Exit::Success)
}

/// Flags win over the environment, which was announced when the library was opened.
fn address(global: &Global) -> AccountAddress {
    let environment = Environment::read();
    AccountAddress {
        api_url: global.api_url.clone().or(environment.api_url),
        socket_url: global.socket_url.clone().or(environment.socket_url),
    }
}

/// From the terminal without showing it, else from standard input.
fn read_key() -> Result<AccountKey, AppError> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(AccountKey {
            key: ask("API key: ")?,
            secret: Some(ask("API secret (empty for a key-only project): ")?),
        });
    }
    let mut lines = stdin.lock().lines();
    let mut line = || lines.next().transpose().map_err(|error| disk(&error));
    let key = line()?.ok_or_else(|| usage("there is no key on standard input"))?;
    Ok(AccountKey {
        key,
        secret: line()?,
    })
}

fn ask(prompt: &str) -> Result<String, AppError> {
    rpassword::prompt_password(prompt).map_err(|error| disk(&error))
}

async fn list(context: &Context) -> Result<Exit, AppError> {
    let session = context.open(Need::Library).await?;
    session.engine.keys_settled().await;
    let state = session.engine.app_state();
    for account in &state.accounts {
        tell(context, account, &state);
    }
    Ok(Exit::Success)
}

async fn remove(context: &Context, name: &str) -> Result<Exit, AppError> {
    let session = context.open(Need::Library).await?;
    let account = named(session, name)?;
    session.engine.account_remove(&account.id).await?;
    context
        .printer
        .result(&json!({"removed": account.name}), || {
            format!("{} was removed; its runs stay in the library", account.name)
        });
    Ok(Exit::Success)
}

async fn test(context: &Context, name: &str) -> Result<Exit, AppError> {
    let session = context.open(Need::Library).await?;
    let account = named(session, name)?;
    session.engine.account_test(&account.id).await?;
    context
        .printer
        .result(&json!({"account": account.name, "ok": true}), || {
            format!("the service takes the key of {}", account.name)
        });
    Ok(Exit::Success)
}

fn named(session: &Session, name: &str) -> Result<AccountSummary, AppError> {
    session
        .engine
        .app_state()
        .accounts
        .into_iter()
        .find(|account| {
            account.kind == AccountKind::Project
                && account.name.to_lowercase() == name.to_lowercase()
        })
        .ok_or_else(|| usage(format!("there is no account `{name}`")))
}

fn tell(context: &Context, account: &AccountSummary, state: &AppState) {
    let in_use = state
        .account
        .as_ref()
        .is_some_and(|active| active.id == account.id);
    let object = json!({
        "account": account.name,
        "kind": account.kind,
        "api_url": account.api_url,
        "signs": account.signs,
        "key": account.key,
        "problem": account.key_problem.as_ref().map(|problem| problem.code.as_str()),
        "in_use": in_use,
    });
    context.printer.result(&object, || line(account, in_use));
}

fn line(account: &AccountSummary, in_use: bool) -> String {
    let mark = if in_use { '*' } else { ' ' };
    let key = match json!(account.key) {
        Value::String(key) => key,
        _ => String::new(),
    };
    format!(
        "{mark} {:<24} {:<12} {}",
        account.name, key, account.api_url
    )
}
