//! What conversations have left behind: one small file a session in the Sandbox's own folder.
//!
//! Named by a hash, so that any two ids make a name and none can be read back. A session is one user's; turns of the same
//! session come one after the other, and only a turn whose task succeeded leaves anything.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use fs_err as fs;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedMutexGuard;

use super::conversation::State;
use crate::store::{Keep, read_json, write_json};

/// Beyond as many the session that rested longest is forgotten.
const MAX_SESSIONS: usize = 500;

/// Every session of one Sandbox.
pub(crate) struct Sessions {
    dir: PathBuf,
    limit: usize,
    /// Sessions in a turn, or waited for.
    busy: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// A turn of a conversation. Dropping it leaves the session as it was.
pub(crate) struct Turn {
    pub(super) state: State,
    path: PathBuf,
    limit: usize,
    /// No other turn of the session begins before this one is over.
    _alone: OwnedMutexGuard<()>,
}

impl Sessions {
    pub(crate) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.join("eliza"),
            limit: MAX_SESSIONS,
            busy: Mutex::default(),
        }
    }

    /// Waits until no other turn of the session is under way, then reads what the last one left.
    pub(super) async fn turn(&self, user: &str, session: &str) -> io::Result<Turn> {
        let name = name(user, session);
        let alone = self.lock_of(&name).lock_owned().await;
        let path = self.dir.join(format!("{name}.json"));
        Ok(Turn {
            state: read_json(&path)?.unwrap_or_default(),
            path,
            limit: self.limit,
            _alone: alone,
        })
    }

    fn lock_of(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        // Only the map itself knows the others.
        busy.retain(|_, lock| Arc::strong_count(lock) > 1);
        Arc::clone(busy.entry(name.to_owned()).or_default())
    }
}

impl Turn {
    /// Leaves what the turn has changed.
    pub(crate) fn keep(self) -> io::Result<()> {
        if let Some(dir) = self.path.parent() {
            fs::create_dir_all(dir)?;
            write_json(&self.path, &self.state, Keep::Cheaply)?;
            forget_oldest(dir, self.limit)?;
        }
        Ok(())
    }
}

/// A length before each id keeps two pairs apart that would read the same.
fn name(user: &str, session: &str) -> String {
    let mut hash = Sha256::new();
    for id in [user, session] {
        hash.update(id.len().to_le_bytes());
        hash.update(id.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// Whatever lies in the folder counts, half-written and damaged records included.
fn forget_oldest(dir: &Path, limit: usize) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // Two turns may tidy up at once.
        let written = entry.metadata().and_then(|about| about.modified());
        files.push((written.unwrap_or(SystemTime::UNIX_EPOCH), entry.path()));
    }
    files.sort();
    let excess = files.len().saturating_sub(limit);
    for (_, path) in &files[..excess] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::conversation::{Heard, answer};
    use super::super::script::DOCTOR;
    use super::*;

    async fn say(sessions: &Sessions, (user, session): (&str, &str)) -> String {
        let mut turn = sessions.turn(user, session).await.unwrap();
        let said = answer(&DOCTOR, &Heard::new(&DOCTOR, "sorry"), &mut turn.state);
        turn.keep().unwrap();
        said.text
    }

    #[tokio::test]
    async fn users_and_sessions_are_apart_and_only_kept_turns_count() {
        let dir = tempfile::tempdir().unwrap();
        let sessions = Sessions::new(dir.path());
        let first = say(&sessions, ("a", "1")).await;
        for other in [("b", "1"), ("a", "2"), ("a1", ""), ("", "a1"), ("", "1")] {
            assert_eq!(say(&sessions, other).await, first, "{other:?}");
        }
        let mut given_up = sessions.turn("a", "1").await.unwrap();
        let second = answer(&DOCTOR, &Heard::new(&DOCTOR, "sorry"), &mut given_up.state).text;
        assert_ne!(second, first);
        drop(given_up);
        // Read by another process, as far as it can tell.
        let again = Sessions::new(dir.path());
        assert_eq!(say(&again, ("a", "1")).await, second);
        assert_ne!(say(&again, ("a", "1")).await, second);
    }

    #[tokio::test]
    async fn turns_of_a_session_wait_for_each_other_and_others_do_not() {
        let dir = tempfile::tempdir().unwrap();
        let sessions = Sessions::new(dir.path());
        let turn = sessions.turn("a", "1").await.unwrap();
        sessions.turn("a", "2").await.unwrap();
        let mut waiting = Box::pin(sessions.turn("a", "1"));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        drop(turn);
        drop(waiting.await.unwrap());
        sessions.turn("b", "1").await.unwrap();
        assert_eq!(
            sessions.busy.lock().unwrap().len(),
            1,
            "the idle are forgotten"
        );
    }

    #[tokio::test]
    async fn too_many_sessions_forget_the_oldest() {
        let dir = tempfile::tempdir().unwrap();
        let mut sessions = Sessions::new(dir.path());
        sessions.limit = 3;
        let folder = dir.path().join("eliza");
        for (age, session) in [(40, "1"), (30, "2"), (20, "3"), (10, "4")] {
            say(&sessions, ("a", session)).await;
            let path = folder.join(format!("{}.json", name("a", session)));
            let file = fs::File::options().write(true).open(path).unwrap();
            let written = SystemTime::now() - std::time::Duration::from_secs(age);
            file.file().set_modified(written).unwrap();
        }
        let left = |session: &str| folder.join(format!("{}.json", name("a", session))).exists();
        assert_eq!(["1", "2", "3", "4"].map(left), [false, true, true, true]);
    }
}
