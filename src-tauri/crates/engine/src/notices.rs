//! What the person should know once: said in the window until it is dismissed.

use std::sync::Mutex;

use wiro_client::endpoints::Endpoints;
use wiro_library::Rebuilt;

use crate::accounts::AccountConfig;
use crate::dto::{AccountKind, AppNotice, AppState};
use crate::engine::{Engine, locked};
use crate::environment;

/// The notices of this process.
#[derive(Debug)]
pub(crate) struct Notices {
    shown: Mutex<Vec<AppNotice>>,
}

impl Notices {
    /// What is to be said about this start.
    pub(crate) fn at_start(
        mut shown: Vec<AppNotice>,
        rebuilt: Option<&Rebuilt>,
        given: &[AccountConfig],
    ) -> Self {
        if let Some(rebuilt) = rebuilt {
            shown.push(AppNotice::LibraryRebuilt {
                runs: count(rebuilt.runs_salvaged + rebuilt.runs_from_sidecars),
                files: count(rebuilt.files_found),
                damaged_dir: rebuilt.damaged_dir.display().to_string(),
            });
        }
        let elsewhere = given.iter().find(|account| {
            account.kind == AccountKind::Environment && account.endpoints != Endpoints::wiro()
        });
        if let Some(account) = elsewhere {
            shown.push(AppNotice::EnvironmentAddress {
                api_url: account.endpoints.api().to_string(),
            });
        }
        if let Some(host) = environment::proxy_host() {
            shown.push(AppNotice::SystemProxy { host });
        }
        Self {
            shown: Mutex::new(shown),
        }
    }

    pub(crate) fn all(&self) -> Vec<AppNotice> {
        locked(&self.shown).clone()
    }
}

impl AppNotice {
    /// The name by which it is dismissed, the same as its `kind` on the wire.
    const fn kind(&self) -> &'static str {
        match self {
            Self::LibraryRebuilt { .. } => "library_rebuilt",
            Self::LibraryMoved { .. } => "library_moved",
            Self::LibraryNotMoved { .. } => "library_not_moved",
            Self::EnvironmentAddress { .. } => "environment_address",
            Self::SystemProxy { .. } => "system_proxy",
        }
    }
}

impl Engine {
    /// The person has read a notice.
    pub fn notice_dismiss(&self, kind: &str) -> AppState {
        locked(&self.inner.notices.shown).retain(|notice| notice.kind() != kind);
        self.app_state()
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
