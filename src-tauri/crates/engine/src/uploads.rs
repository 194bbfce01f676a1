//! Files put on the service by themselves, to be used by address in several runs (`PROTOCOL.md` section 9).

use std::path::Path;

use tokio_util::sync::CancellationToken;
use wiro_client::files::{Folder, UploadedFile};
use wiro_client::runs::UploadProgress;

use crate::engine::Engine;
use crate::error::Error;
use crate::files::usable_bytes;

impl Engine {
    /// Sends a file to the account in use. Stops within moments when told to.
    ///
    /// # Errors
    /// A file that is missing, empty, a folder, unreadable or over 100 MB is refused before anything is sent.
    pub async fn file_upload(
        &self,
        path: &Path,
        folder_id: Option<&str>,
        progress: Option<UploadProgress>,
        stop: &CancellationToken,
    ) -> Result<UploadedFile, Error> {
        let account_id = self.active_account()?.summary.id.clone();
        let account = self.with_key(&account_id).await?;
        usable_bytes(path).map_err(|problem| Error::File {
            name: wiro_media::safe_label(&path.to_string_lossy()),
            problem,
        })?;
        Ok(account
            .client
            .upload(path, folder_id, progress, stop)
            .await?)
    }

    /// Makes a folder in the account in use.
    pub async fn folder_create(
        &self,
        name: &str,
        parent_id: Option<&str>,
    ) -> Result<Folder, Error> {
        let account_id = self.active_account()?.summary.id.clone();
        let account = self.with_key(&account_id).await?;
        Ok(account.client.create_folder(name, parent_id).await?)
    }
}
