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
fn socket_beside(api: &str) -> String {
    match api.strip_prefix("http") {
        Some(rest) => format!("ws{rest}"),
        None => api.to_owned(),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The library folder: `WIRO_LIBRARY`, else the platform's data folder.
pub fn library_dir() -> Option<PathBuf> {
    match variable("WIRO_LIBRARY") {
        Some(dir) => Some(PathBuf::from(dir)),
        None => dirs::data_dir().map(|dir| dir.join(LIBRARY_FOLDER)),
    }
}
