//! Accounts of this process: where runs go and with which credentials.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use wiro_client::auth::Credentials;
use wiro_client::client::Client;
use wiro_client::download::Downloader;
use wiro_client::endpoints::{EndpointError, Endpoints};

use crate::dto::{AccountKind, AccountSummary};
use crate::error::Error;

/// An account handed to the engine when it opens. The credentials stay in memory.
#[derive(Debug, Clone)]
pub struct AccountConfig {
    /// Stable id; runs carry it.
    pub id: String,
    /// What the person reads.
    pub name: String,
    /// What it talks to.
    pub kind: AccountKind,
    /// Where the service is.
    pub endpoints: Endpoints,
    /// Key and secret; without them only the catalogue can be read.
    pub credentials: Option<Credentials>,
}

impl AccountConfig {
    /// The account of a Sandbox at these addresses; its pretend key is not worth hiding, and hidden all the same.
    ///
    /// # Errors
    /// An address that is not on this machine is refused.
    pub fn sandbox(
        id: &str,
        api_url: &str,
        socket_url: &str,
        key: String,
        secret: Option<String>,
    ) -> Result<Self, EndpointError> {
        Ok(Self {
            id: id.to_owned(),
            name: "Sandbox".to_owned(),
            kind: AccountKind::Sandbox,
            endpoints: Endpoints::parse(api_url, socket_url)?,
            credentials: Some(Credentials::new(key, secret)),
        })
    }
}

/// The id of an account that is known only by address and key: the same pair gives the same id, and the key cannot be
/// read back from it.
pub(crate) fn account_id_for(endpoints: &Endpoints, credentials: Option<&Credentials>) -> String {
    let mut digest = Sha256::new();
    digest.update(endpoints.api().as_str().as_bytes());
    digest.update([0]);
    if let Some(credentials) = credentials {
        digest.update(credentials.fingerprint().as_bytes());
    }
    format!("env-{}", &hex::encode(digest.finalize())[..12])
}

/// An account with its connections.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) summary: AccountSummary,
    pub(crate) endpoints: Endpoints,
    pub(crate) client: Client,
    pub(crate) downloader: Downloader,
}

impl Account {
    pub(crate) fn open(config: &AccountConfig) -> Result<Arc<Self>, Error> {
        let client = Client::new(config.endpoints.clone(), config.credentials.clone())?;
        let downloader = Downloader::new(config.endpoints.is_loopback())?;
        Ok(Arc::new(Self {
            summary: AccountSummary {
                id: config.id.clone(),
                name: config.name.clone(),
                kind: config.kind,
                api_url: config.endpoints.api().to_string(),
            },
            endpoints: config.endpoints.clone(),
            client,
            downloader,
        }))
    }
}
