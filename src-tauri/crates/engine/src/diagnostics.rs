//! A text that helps to find a fault, and holds no secret: what is told about accounts is their kind and host.

use std::fmt::Write as _;
use std::path::Path;

use crate::dto::{AccountSummary, KeyState, ProxyMode};
use crate::engine::Engine;
use crate::environment;
use crate::error::Error;
use crate::redaction::redact;

/// So many of the newest lines of the log are told.
const LOG_LINES: usize = 200;
/// The end of a log file that is looked at.
const LOG_BYTES: u64 = 256 * 1024;

impl Engine {
    /// The state of the app for a report of a fault. `shell` is what only the shell knows, a line each.
    pub async fn diagnostics(&self, shell: &[String]) -> Result<String, Error> {
        let state = self.app_state();
        let library = self.library_info().await?;
        let keychain = self.keychain_state().await;
        let mut text = String::new();
        let mut line = |words: String| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{words}");
        };
        line(format!("Wiro Studio {}", state.version));
        line(format!("System: {}", system()));
        for words in shell {
            line(words.clone());
        }
        line(format!(
            "Library: {}, {} runs, {} results, {:.0} bytes",
            without_home(&library.dir),
            library.runs,
            library.outputs,
            library.bytes
        ));
        line(format!(
            "Keychain: {}",
            keychain
                .problem
                .map_or_else(|| "works".to_owned(), |problem| problem.message)
        ));
        line(format!("Proxy: {}", proxy(state.settings.proxy.mode)));
        for account in &state.accounts {
            line(format!("Account: {}", about(account)));
        }
        for notice in &state.notices {
            line(format!("Notice: {notice:?}"));
        }
        line(String::new());
        let log = tokio::task::spawn_blocking(newest_log_lines).await?;
        line(log);
        Ok(redact(&without_home(&text)))
    }
}

fn about(account: &AccountSummary) -> String {
    let host = url::Url::parse(&account.api_url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    let key = match account.key {
        KeyState::Ready => "key stored",
        KeyState::SessionOnly => "key in memory only",
        KeyState::Reading => "keychain being asked",
        KeyState::Missing => "no key",
    };
    let signs = if account.signs { "signed" } else { "key only" };
    format!("{:?} at {host}, {signs}, {key}", account.kind)
}

const fn proxy(mode: ProxyMode) -> &'static str {
    match mode {
        ProxyMode::System => "the system's",
        ProxyMode::Custom => "a custom one",
        ProxyMode::None => "none",
    }
}

fn system() -> String {
    let name = fs_err::read_to_string("/etc/os-release")
        .ok()
        .and_then(|text| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
            Some(line.trim_matches('"').to_owned())
        })
        .unwrap_or_else(|| std::env::consts::OS.to_owned());
    let desktop = environment::variable("XDG_CURRENT_DESKTOP").unwrap_or_default();
    let session = environment::variable("XDG_SESSION_TYPE").unwrap_or_default();
    format!("{name} {} {desktop} {session}", std::env::consts::ARCH)
        .trim_end()
        .to_owned()
}

/// The person's own folder says their name.
fn without_home(text: &str) -> String {
    match dirs::home_dir() {
        // A home of `/` would mask every path.
        Some(home) if home.components().count() > 1 => {
            text.replace(&home.display().to_string(), "~")
        }
        _ => text.to_owned(),
    }
}

fn newest_log_lines() -> String {
    let newest = environment::log_dir().and_then(|dir| newest_file(&dir));
    let Some(text) = newest.and_then(|path| read_end(&path).ok()) else {
        return "There is no log.".to_owned();
    };
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}

fn newest_file(dir: &Path) -> Option<std::path::PathBuf> {
    let entries = fs_err::read_dir(dir).ok()?.flatten();
    entries
        .filter(|entry| entry.metadata().is_ok_and(|metadata| metadata.is_file()))
        .max_by_key(|entry| {
            entry
                .metadata()
                .and_then(|metadata| metadata.modified())
                .ok()
        })
        .map(|entry| entry.path())
}

fn read_end(path: &Path) -> std::io::Result<String> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = fs_err::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
