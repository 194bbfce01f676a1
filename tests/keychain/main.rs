//! The vault on a real Secret Service: absent, locked, slow, tampered with, and there again (F56).

mod apart;

use std::time::{Duration, Instant};

use e2e::Outcome;
use e2e::deadline::until;
use e2e::keyring::Keyring;
use tokio::runtime::Runtime;
use wiro_client::auth::Credentials;
use wiro_engine::{Absent, Vault, VaultError};

use crate::apart::apart;

/// How long a call may take here when it has to end by itself.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long anything may take that needs nobody.
const SOON: Duration = Duration::from_secs(20);

const KEY: &str = "wk_canary_key";
const SECRET: &str = "ws_canary_secret";
const SEALED: &str = r#"{"version":1,"key":"wk_canary_key","secret":"ws_canary_secret"}"#;

fn credentials() -> Credentials {
    Credentials::new(KEY.to_owned(), Some(SECRET.to_owned()))
}

/// A vault as one caller after the other uses it.
struct Caller {
    vault: Vault,
    runtime: Runtime,
}

impl Caller {
    fn new() -> Outcome<Self> {
        Ok(Self {
            vault: Vault::system(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
        })
    }

    fn hurried() -> Outcome<Self> {
        let mut caller = Self::new()?;
        caller.vault = caller.vault.with_patience(PATIENCE);
        Ok(caller)
    }

    fn store(&self, account: &str) -> Result<(), VaultError> {
        self.runtime
            .block_on(self.vault.store(account, &credentials()))
    }

    fn load(&self, account: &str) -> Result<Credentials, VaultError> {
        self.runtime.block_on(self.vault.load(account))
    }

    fn delete(&self, account: &str) -> Result<(), VaultError> {
        self.runtime.block_on(self.vault.delete(account))
    }

    fn probe(&self) -> Result<(), VaultError> {
        self.runtime.block_on(self.vault.probe())
    }

    /// What each of the four calls says: probe, load, store, delete.
    fn all(&self, account: &str) -> [Option<VaultError>; 4] {
        [
            self.probe().err(),
            self.load(account).err(),
            self.store(account).err(),
            self.delete(account).err(),
        ]
    }
}

fn assert_loads(caller: &Caller, account: &str) {
    let loaded = caller.load(account);
    let found = loaded.as_ref().ok().map(Credentials::expose);
    assert_eq!(found, Some((KEY, Some(SECRET))), "{account}: {loaded:?}");
}

/// Waits until no call works on behind the back of its caller.
fn settled() -> Outcome {
    until("the end of every late call", SOON, || {
        let busy = fs_err::read_dir("/proc/self/task")?
            .filter_map(Result::ok)
            .filter_map(|task| fs_err::read_to_string(task.path().join("comm")).ok())
            .any(|name| name.trim() == "keychain");
        Ok((!busy).then_some(()))
    })
}

#[test]
fn f56_credentials_are_set_used_and_deleted() -> Outcome {
    apart("f56_credentials_are_set_used_and_deleted", |keyring| {
        keyring.start_bus()?;
        keyring.start_daemon()?;
        let caller = Caller::new()?;
        caller.probe()?;
        assert!(matches!(caller.load("one"), Err(VaultError::Missing)));

        caller.store("one")?;
        assert_eq!(keyring.secret_of("one")?.as_deref(), Some(SEALED));
        assert_loads(&caller, "one");

        let key_only = Credentials::new("wk_other".to_owned(), None);
        caller
            .runtime
            .block_on(caller.vault.store("one", &key_only))?;
        assert_eq!(caller.load("one")?.expose(), ("wk_other", None));
        assert_eq!(keyring.item_count()?, 1, "stored in place of the old");

        caller.delete("one")?;
        assert_eq!(keyring.item_count()?, 0);
        assert!(matches!(caller.load("one"), Err(VaultError::Missing)));
        caller.delete("one")?;
        Ok(())
    })
}

#[test]
fn f56_accounts_and_service_names_are_kept_apart() -> Outcome {
    apart("f56_accounts_and_service_names_are_kept_apart", |keyring| {
        keyring.start_bus()?;
        keyring.start_daemon()?;
        let caller = Caller::new()?;
        let mut other = Caller::new()?;
        other.vault = Vault::named("studio.wiro.another");
        caller.store("one")?;
        caller.store("two")?;
        other.store("one")?;
        assert_eq!(keyring.item_count()?, 3);

        caller.delete("one")?;
        assert!(matches!(caller.load("one"), Err(VaultError::Missing)));
        assert_loads(&caller, "two");
        assert_loads(&other, "one");
        Ok(())
    })
}

#[test]
fn f56_a_keychain_that_comes_late_is_used_without_a_restart() -> Outcome {
    let name = "f56_a_keychain_that_comes_late_is_used_without_a_restart";
    apart(name, |keyring| {
        let caller = Caller::new()?;
        let absent = |expected: Absent| {
            let began = Instant::now();
            for said in caller.all("one") {
                assert!(
                    matches!(&said, Some(VaultError::Unavailable { absent, .. }) if *absent == expected),
                    "{expected:?}: {said:?}"
                );
            }
            assert!(began.elapsed() < SOON, "absence is told, not waited for");
        };
        absent(Absent::Bus);
        keyring.start_bus()?;
        absent(Absent::Service);
        keyring.start_daemon()?;
        caller.probe()?;
        caller.store("one")?;
        assert_loads(&caller, "one");

        keyring.stop_daemon()?;
        absent(Absent::Service);
        keyring.start_daemon()?;
        assert_loads(&caller, "one");

        keyring.stop_daemon()?;
        keyring.stop_bus()?;
        absent(Absent::Bus);
        keyring.start_bus()?;
        keyring.start_daemon()?;
        assert_loads(&caller, "one");
        Ok(())
    })
}

#[test]
fn f56_a_new_user_has_no_collection_yet() -> Outcome {
    apart("f56_a_new_user_has_no_collection_yet", |keyring| {
        keyring.start_bus()?;
        keyring.start_empty_daemon()?;
        let caller = Caller::new()?;
        caller.probe()?;
        assert!(matches!(caller.load("one"), Err(VaultError::Missing)));
        caller.delete("one")?;
        // To make one the service asks for a new password, which nobody gives here.
        let said = caller.store("one");
        assert!(matches!(said, Err(VaultError::Dismissed)), "{said:?}");
        Ok(())
    })
}

#[test]
fn f56_a_locked_keychain_says_so_and_works_once_unlocked() -> Outcome {
    let name = "f56_a_locked_keychain_says_so_and_works_once_unlocked";
    apart(name, |keyring| {
        keyring.start_bus()?;
        keyring.start_daemon()?;
        let caller = Caller::new()?;
        caller.store("one")?;
        keyring.lock()?;

        let [probe, rest @ ..] = caller.all("one");
        assert!(matches!(probe, Some(VaultError::Locked)), "{probe:?}");
        for said in rest {
            assert!(matches!(said, Some(VaultError::Dismissed)), "{said:?}");
        }
        assert!(keyring.is_locked()?);

        keyring.unlock()?;
        caller.probe()?;
        assert_loads(&caller, "one");
        Ok(())
    })
}

#[test]
fn f56_a_prompt_left_open_holds_nobody_up() -> Outcome {
    apart("f56_a_prompt_left_open_holds_nobody_up", |keyring| {
        keyring.start_bus()?;
        keyring.start_daemon()?;
        let caller = Caller::hurried()?;
        caller.store("one")?;
        keyring.lock()?;

        let prompts = keyring.hold_prompts()?;
        let probe = caller.probe();
        assert!(matches!(probe, Err(VaultError::Locked)), "{probe:?}");
        assert_eq!(prompts.count(), 0, "looking opens no prompt");

        let began = Instant::now();
        let load = caller.load("one");
        assert!(matches!(load, Err(VaultError::Slow)), "{load:?}");
        assert!(began.elapsed() < 2 * PATIENCE, "{:?}", began.elapsed());
        prompts.opened(1)?;
        let delete = caller.delete("one");
        assert!(matches!(delete, Err(VaultError::Slow)), "{delete:?}");

        // The person unlocks it elsewhere: the next call works while the old prompts are still open.
        keyring.unlock()?;
        assert_loads(&caller, "one");
        prompts.close()?;
        assert_eq!(keyring.item_count()?, 1);
        Ok(())
    })
}

#[test]
fn f56_an_item_deleted_behind_our_back_is_missing() -> Outcome {
    apart(
        "f56_an_item_deleted_behind_our_back_is_missing",
        |keyring| {
            keyring.start_bus()?;
            keyring.start_daemon()?;
            let caller = Caller::new()?;
            caller.store("one")?;
            caller.store("two")?;
            assert_eq!(keyring.delete("one")?, 1);
            assert!(matches!(caller.load("one"), Err(VaultError::Missing)));
            caller.delete("one")?;
            assert_loads(&caller, "two");
            caller.store("one")?;
            assert_loads(&caller, "one");
            Ok(())
        },
    )
}

#[test]
fn f56_a_keychain_that_hangs_leaves_the_runtime_free() -> Outcome {
    let name = "f56_a_keychain_that_hangs_leaves_the_runtime_free";
    apart(name, |keyring| {
        keyring.start_bus()?;
        keyring.start_daemon()?;
        let caller = Caller::hurried()?;
        caller.store("one")?;
        keyring.pause()?;

        let began = Instant::now();
        let (said, ticks) = caller.runtime.block_on(async {
            let mut ticks = 0;
            let mut clock = tokio::time::interval(PATIENCE / 100);
            let load = caller.vault.load("one");
            tokio::pin!(load);
            loop {
                tokio::select! {
                    said = &mut load => break (said, ticks),
                    _ = clock.tick() => ticks += 1,
                }
            }
        });
        assert!(matches!(said, Err(VaultError::Slow)), "{said:?}");
        assert!(began.elapsed() < 2 * PATIENCE, "{:?}", began.elapsed());
        assert!(ticks > 10, "the runtime stood still: {ticks} ticks");

        // A runtime that ends does not wait for the keychain either.
        let Caller { vault, runtime } = caller;
        drop(runtime);
        assert!(began.elapsed() < 2 * PATIENCE, "{:?}", began.elapsed());

        keyring.resume()?;
        let caller = Caller {
            vault,
            ..Caller::new()?
        };
        assert_loads(&caller, "one");
        Ok(())
    })
}

#[test]
fn f56_a_change_whose_caller_was_told_slow_is_not_made_later() -> Outcome {
    let name = "f56_a_change_whose_caller_was_told_slow_is_not_made_later";
    apart(name, |keyring| {
        keyring.start_bus()?;
        keyring.start_daemon()?;
        let caller = Caller::hurried()?;
        caller.store("kept")?;
        keyring.pause()?;
        for said in [caller.store("late"), caller.delete("kept")] {
            assert!(matches!(said, Err(VaultError::Slow)), "{said:?}");
        }
        keyring.resume()?;
        settled()?;
        assert_eq!(keyring.item_count()?, 1, "neither stored nor deleted");
        assert_loads(&caller, "kept");
        caller.store("late")?;
        assert_loads(&caller, "late");
        Ok(())
    })
}

#[test]
fn f56_impatience_does_not_pile_up() -> Outcome {
    apart("f56_impatience_does_not_pile_up", |keyring| {
        keyring.start_bus()?;
        keyring.start_daemon()?;
        let mut caller = Caller::new()?;
        caller.vault = caller.vault.with_patience(PATIENCE / 20);
        keyring.pause()?;
        for _ in 0..40 {
            let said = caller.probe();
            assert!(matches!(said, Err(VaultError::Slow)), "{said:?}");
        }
        let hanging = fs_err::read_dir("/proc/self/task")?
            .filter_map(Result::ok)
            .filter_map(|task| fs_err::read_to_string(task.path().join("comm")).ok())
            .filter(|name| name.trim() == "keychain")
            .count();
        assert!((1..=16).contains(&hanging), "{hanging} threads hang");
        keyring.resume()?;
        settled()?;
        caller.vault = caller.vault.with_patience(SOON);
        caller.store("one")?;
        assert_loads(&caller, "one");
        Ok(())
    })
}

#[test]
fn f56_a_damaged_item_is_told_and_mended_by_storing_again() -> Outcome {
    let name = "f56_a_damaged_item_is_told_and_mended_by_storing_again";
    apart(name, |keyring| {
        keyring.start_bus()?;
        keyring.start_daemon()?;
        let caller = Caller::new()?;
        let damages: [fn(&Keyring) -> Outcome; 4] = [
            |keyring| keyring.tamper("one", r#"{"version":"wk_canary_key"}"#),
            |keyring| keyring.tamper("one", "ws_canary_secret"),
            |keyring| keyring.tamper("one", r#"{"version":1,"secret":"ws_canary_secret"}"#),
            |keyring| keyring.duplicate("one"),
        ];
        for (case, damage) in damages.into_iter().enumerate() {
            caller.store("one")?;
            damage(keyring)?;
            let error = caller.load("one").unwrap_err();
            assert!(
                matches!(error, VaultError::Damaged { .. }),
                "{case}: {error:?}"
            );
            assert_silent(&error);
            caller.store("one")?;
            assert_loads(&caller, "one");
            assert_eq!(keyring.item_count()?, 1, "{case}");
        }
        keyring.duplicate("one")?;
        caller.delete("one")?;
        assert_eq!(keyring.item_count()?, 0, "every copy goes");
        Ok(())
    })
}

#[test]
fn t12_no_error_and_no_debug_names_a_secret() -> Outcome {
    apart("t12_no_error_and_no_debug_names_a_secret", |keyring| {
        let caller = Caller::hurried()?;
        let absent = caller.all("one");
        keyring.start_bus()?;
        let no_service = caller.all("one");
        keyring.start_daemon()?;
        caller.store("one")?;
        keyring.lock()?;
        let locked = caller.all("one");
        keyring.unlock()?;
        keyring.pause()?;
        let slow = caller.all("one");
        keyring.resume()?;
        let too_long = Credentials::new(KEY.repeat(200), Some(SECRET.to_owned()));
        let long = caller
            .runtime
            .block_on(caller.vault.store("one", &too_long))
            .unwrap_err();
        assert!(matches!(long, VaultError::TooLong { .. }), "{long:?}");
        let said = [absent, no_service, locked, slow].into_iter().flatten();
        let mut count = 0;
        for error in said.map(Option::unwrap).chain([long]) {
            assert_silent(&error);
            count += 1;
        }
        assert_eq!(count, 17);
        let debug = format!("{:?} {:?}", caller.vault, credentials());
        assert!(!debug.contains("canary"), "{debug}");
        Ok(())
    })
}

/// Neither the error nor what is behind it quotes a key.
fn assert_silent(error: &VaultError) {
    let mut said = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(next) = source {
        said = format!("{said} {next} {next:?}");
        source = next.source();
    }
    assert!(!said.contains("canary"), "{said}");
}
