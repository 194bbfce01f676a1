//! Talking with a model: the space bar is held, something is said, and it is answered.

use e2e::Outcome;
use e2e::display::Display;
use e2e::driver::Window;
use e2e::flows::{DONE_WITHIN, choose_sandbox};
use e2e::sound::SoundServer;
use e2e::studio::Studio;

/// What the Sandbox's parrot takes for a turn.
const TURN_USD: &str = "0.002";
const SAID_SECONDS: u32 = 2;

#[tokio::test]
async fn what_is_said_while_the_space_bar_is_held_is_answered_and_kept() -> Outcome {
    let display = Display::start()?;
    let sound = SoundServer::start()?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join("library")).with("PULSE_SERVER", sound.address());
    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    window.click("nav-voice").await?;
    window.click("voice-model-sandbox/parrot").await?;
    window.click("voice-start").await?;
    window.says("voice-phase", "Ready", DONE_WITHIN).await?;

    display.xdotool(&["keydown", "space"])?;
    window.says("voice-phase", "Listening", DONE_WITHIN).await?;
    sound.speak(SAID_SECONDS)?;
    display.xdotool(&["keyup", "space"])?;
    window.says("voice-line-0", "heard", DONE_WITHIN).await?;
    window.says("voice-line-1", "said", DONE_WITHIN).await?;
    window.says("voice-cost", TURN_USD, DONE_WITHIN).await?;

    window.click("voice-end").await?;
    window.says("voice-ended", TURN_USD, DONE_WITHIN).await?;
    window.click("voice-open-session").await?;
    window
        .says("voice-transcript", "heard", DONE_WITHIN)
        .await?;
    window.close().await
}
