//! What a process is told by its environment: the library folder and an account.
//!
//! `WIRO_API_KEY` (with `WIRO_API_SECRET` for signature projects) names a project without storing it anywhere;
//! `WIRO_API_BASE_URL` and `WIRO_SOCKET_URL` point at another service.

use std::path::PathBuf;

use wiro_client::auth::Credentials;
pub use wiro_client::endpoints::EndpointError;
use wiro_client::endpoints::Endpoints;

use crate::accounts::{AccountConfig, account_id_for};
use crate::dto::AccountKind;
use crate::location;

/// Folder of the library under the platform's data folder.
const LIBRARY_FOLDER: &str = "wiro-studio";

/// Values that name an account, from flags or the environment.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `--api-url` or `WIRO_API_BASE_URL`.
    pub api_url: Option<String>,
    /// `--socket-url` or `WIRO_SOCKET_URL`.
    pub socket_url: Option<String>,
    /// `WIRO_API_KEY` and `WIRO_API_SECRET`.
    pub credentials: Option<Credentials>,
}

impl Environment {
    /// Reads the variables of this process; empty ones count as unset.
    pub fn read() -> Self {
        let secret = variable("WIRO_API_SECRET");
        Self {
            api_url: variable("WIRO_API_BASE_URL"),
            socket_url: variable("WIRO_SOCKET_URL"),
            credentials: variable("WIRO_API_KEY").map(|key| Credentials::new(key, secret)),
        }
    }

    /// The account these values name; none when they name none.
    ///
    /// # Errors
    /// An address that is neither secure nor on this machine is refused.
    pub fn account(&self) -> Result<Option<AccountConfig>, EndpointError> {
        // Before anything else: an address that is not safe is refused even where no account comes of it.
        let endpoints = self.endpoints()?;
        if self.api_url.is_none() && self.credentials.is_none() {
            return Ok(None);
        }
        Ok(Some(AccountConfig {
            id: account_id_for(&endpoints, self.credentials.as_ref()),
            name: endpoints.api().host_str().unwrap_or("Wiro").to_owned(),
            kind: AccountKind::Environment,
            endpoints,
            credentials: self.credentials.clone(),
        }))
    }

    fn endpoints(&self) -> Result<Endpoints, EndpointError> {
        match (&self.api_url, &self.socket_url) {
            (Some(api), Some(socket)) => Endpoints::parse(api, socket),
            (Some(api), None) => Endpoints::parse(api, &socket_beside(api)),
            (None, Some(socket)) => Endpoints::parse(Endpoints::wiro().api().as_str(), socket),
            (None, None) => Ok(Endpoints::wiro()),
        }
    }
}

/// Where the socket is when only the API's address is given: the same host, by the socket's scheme.
pub(crate) fn socket_beside(api: &str) -> String {
    match api.strip_prefix("http") {
        Some(rest) => format!("ws{rest}"),
        None => api.to_owned(),
    }
}

pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The library folder: `WIRO_LIBRARY`, else the one that was chosen, else the one in the platform's data folder.
pub fn library_dir() -> Option<PathBuf> {
    match variable("WIRO_LIBRARY") {
        Some(dir) => Some(PathBuf::from(dir)),
        None => location::chosen_dir().or_else(default_library_dir),
    }
}

/// The library folder of somebody who chose none.
pub(crate) fn default_library_dir() -> Option<PathBuf> {
    dirs::data_dir().map(|dir| dir.join(LIBRARY_FOLDER))
}

/// Where the app keeps its logs.
pub fn log_dir() -> Option<PathBuf> {
    dirs::state_dir()
        .or_else(dirs::data_local_dir)
        .map(|dir| dir.join(LIBRARY_FOLDER).join("logs"))
}

/// Host and port of a proxy that the environment names for encrypted calls; never its user.
pub(crate) fn proxy_host() -> Option<String> {
    let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let address = names.into_iter().find_map(variable)?;
    // `proxy.example:8080` is a common way to write it.
    let with_scheme = if address.contains("://") {
        address
    } else {
        format!("http://{address}")
    };
    let url = url::Url::parse(&with_scheme).ok()?;
    let host = url.host_str()?;
    Some(match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}
