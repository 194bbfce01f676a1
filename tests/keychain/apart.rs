//! A process of its own for each case: the vault finds its bus by the environment, and that belongs to a process.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use e2e::Outcome;
use e2e::keyring::Keyring;
use e2e::process::Running;

/// Set in the inner process: where its keychain lives.
const FOLDER: &str = "KEYCHAIN_TEST_FOLDER";
/// Written at the end of a case: an inner process that ran no test ends well too.
const PASSED: &str = "passed";
const WITHIN: Duration = Duration::from_mins(2);

/// Runs the case with a keychain that does not run yet. `name` is the test that calls: this function starts the test
/// binary again with just that test, pointed at the bus to come, and there calls the case.
pub(crate) fn apart(name: &str, case: impl FnOnce(&mut Keyring) -> Outcome) -> Outcome {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let folder = Path::new(&folder);
        let mut keyring = Keyring::absent(folder)?;
        case(&mut keyring)?;
        return Ok(fs_err::write(folder.join(PASSED), "")?);
    }
    let folder = tempfile::Builder::new()
        .prefix("wiro-keychain-")
        .tempdir()?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--exact", name, "--nocapture"])
        .envs(Keyring::env_of(folder.path()))
        .env(FOLDER, folder.path());
    let status = Running::start(&mut command)?.wait(WITHIN)?;
    if !status.success() {
        return Err(format!("{name} in its own process: {status}").into());
    }
    if !folder.path().join(PASSED).is_file() {
        return Err(format!("no test is called {name}").into());
    }
    Ok(())
}
