//! App and `wiro` start runs at the same time, on one library and one service.

use std::collections::BTreeSet;
use std::process::Stdio;

use e2e::Outcome;
use e2e::display::Display;
use e2e::driver::Window;
use e2e::flows::{DONE_WITHIN, open_model, published};
use e2e::library::LibraryView;
use e2e::process::Running;
use e2e::studio::Studio;

use crate::steps::{
    check_whole, fill_and_run, nobody_at_work, nothing_under_way, outputs_of, service,
};

const EACH: usize = 5;
const RUNS: usize = 2 * EACH;

#[tokio::test]
async fn app_and_wiro_share_the_work_of_ten_runs() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let sandbox = service(folder.path(), &[])?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    open_model(&window, "sandbox/pattern").await?;
    window.fill("prompt", "from the window").await?;
    let mark = "window.sameDocument = true";
    window.web().execute(mark, Vec::new()).await?;

    let mut scripts = Vec::new();
    for seed in 0..EACH {
        let seed = format!("seed={seed}");
        let arguments = [
            "run",
            "sandbox/pattern",
            "-p",
            "prompt=from wiro",
            "-p",
            &seed,
        ];
        let mut wiro = studio.wiro(&arguments)?;
        wiro.stdout(Stdio::null()).stderr(Stdio::null());
        scripts.push(Running::start(&mut wiro)?);
    }
    for seed in EACH..RUNS {
        fill_and_run(&window, &library, ("seed", &seed.to_string())).await?;
    }
    window.click("nav-library").await?;
    for wiro in &mut scripts {
        let status = wiro.wait(DONE_WITHIN)?;
        assert!(status.success(), "wiro run: {status}");
    }

    published(&library, RUNS).await?;
    let runs = nothing_under_way(&library).await?;
    assert_eq!(runs.len(), RUNS, "{runs:?}");
    let mut tasks = BTreeSet::new();
    for run in &runs {
        assert_eq!(run.state, "succeeded", "{run:?}");
        tasks.insert(run.task_id.clone());
        let outputs = outputs_of(&library, run)?;
        assert_eq!(outputs.len(), 1, "{outputs:?}");
        check_whole(&outputs[0])?;
        // No reload and no other page in between: the open page hears of it.
        window
            .shown(&format!("library-item-{}", outputs[0].id))
            .await?;
    }
    assert_eq!(tasks.len(), RUNS, "one task a run");
    let kept: bool = window
        .web()
        .execute("return window.sameDocument === true", Vec::new())
        .await?
        .convert()?;
    assert!(kept, "the page was loaded again");
    assert_eq!(sandbox.asked("Run").await?, RUNS as u64, "each sent once");
    assert_eq!(
        sandbox.asked("files").await?,
        RUNS as u64,
        "each fetched once"
    );
    assert_eq!(library.files()?.len(), RUNS);
    nobody_at_work(&library).await?;
    window.close().await
}
