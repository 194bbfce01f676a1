//! What the real window passes too fast for a picture, or what takes a long history: the page on its platform in
//! memory, in Chromium. `WIRO_FAKE_UI` names the folder of a page that was built with it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use e2e::process::Running;
use e2e::{Failure, Outcome};

use crate::camera::{Camera, SCHEMES, SIZES};

/// Name of the picture, scenario, address in the window.
const SCREENS: [(&str, &str, &str); 9] = [
    ("fake-models", "rich", "/models"),
    ("fake-runs", "rich", "/runs"),
    ("fake-library", "rich", "/library"),
    ("fake-models-loading", "loading", "/models"),
    ("fake-runs-loading", "loading", "/runs"),
    ("fake-library-loading", "loading", "/library"),
    ("fake-settings-loading", "loading", "/settings/library"),
    ("fake-accounts", "accounts", "/settings/accounts"),
    ("fake-notices", "notices", "/models"),
];
const TAKEN_WITHIN: std::time::Duration = std::time::Duration::from_secs(30);
/// As long as the page believes to have had for settling.
const VIRTUAL_TIME: &str = "--virtual-time-budget=3000";

pub(crate) fn play(camera: &Camera) -> Outcome {
    let Some(page) = std::env::var_os("WIRO_FAKE_UI").map(PathBuf::from) else {
        return Err(Failure::from(
            "WIRO_FAKE_UI names no page; `cargo xtask screens` builds one",
        ));
    };
    if Command::new("chromium")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        // It is no package of the tests.
        let _ = writeln!(
            std::io::stderr(),
            "screens: no chromium, no pictures of the page in memory"
        );
        return Ok(());
    }
    let profile = tempfile::tempdir()?;
    for (screen, scenario, place) in SCREENS {
        let files = camera.files(screen);
        let mut files = files.iter();
        for size in SIZES {
            for (scheme, _) in SCHEMES {
                if let Some(file) = files.next() {
                    let address = format!(
                        "file://{}/index.html?platform=fake&scenario={scenario}#{place}",
                        page.display()
                    );
                    take(profile.path(), file, (size, scheme), &address)?;
                }
            }
        }
    }
    Ok(())
}

fn take(
    profile: &Path,
    file: &Path,
    ((width, height), scheme): ((u32, u32), &str),
    address: &str,
) -> Outcome {
    let mut command = Command::new("chromium");
    command
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
        ])
        // The page is made of modules, which a file may otherwise not load.
        .args(["--allow-file-access-from-files", VIRTUAL_TIME])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--screenshot={}", file.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if scheme == "dark" {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    let status = Running::start(command.arg(address))?.wait(TAKEN_WITHIN)?;
    if status.success() && file.is_file() {
        Ok(())
    } else {
        Err(format!("chromium took no picture of {address}: {status}").into())
    }
}
