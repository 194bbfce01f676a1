//! Files dragged from another application and dropped on the window.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::deadline::until;
use crate::display::Display;
use crate::process::{Lines, Running};
use crate::{Outcome, fixture};

const WITHIN: Duration = Duration::from_secs(10);
/// A target hears of a drag by motion: a jump from source to target would go unnoticed.
const STEPS: i32 = 12;

/// A window of another application that offers files.
#[derive(Debug)]
pub struct DragSource<'a> {
    display: &'a Display,
    lines: Lines,
    start: (i32, i32),
    _process: Running,
}

impl<'a> DragSource<'a> {
    /// Opens the window in the lower right corner of the screen, beside the window under test.
    pub fn open(display: &'a Display, files: &[&Path]) -> Outcome<Self> {
        // The system's Python is the one that the distribution's GTK bindings belong to.
        let mut command = Command::new("/usr/bin/python3");
        command
            .arg(fixture("drag_source.py"))
            .args(files)
            .stderr(Stdio::inherit());
        let (process, lines) = Running::with_lines(display.apply(&mut command))?;
        lines.until_line("READY", WITHIN)?;
        let window = until("the drag source's window", WITHIN, || {
            Ok(display.window_of(process.id()))
        })?;
        let screen = display.xdotool(&["getdisplaygeometry"])?;
        let (width, height) = screen.split_once(' ').ok_or("no screen size")?;
        let (width, height): (i32, i32) = (width.parse()?, height.parse()?);
        let size = display.place_of(&window)?;
        let (left, top) = (width - size.width, height - size.height);
        display.xdotool(&["windowmove", &window, &left.to_string(), &top.to_string()])?;
        display.xdotool(&["windowraise", &window])?;
        let place = until("the drag source in its corner", WITHIN, || {
            let place = display.place_of(&window)?;
            Ok((place.x == left && place.y == top).then_some(place))
        })?;
        Ok(Self {
            display,
            lines,
            start: place.centre(),
            _process: process,
        })
    }

    /// Picks the files up and carries them to a point, without letting go: the moment to look at
    /// what the window shows while files hover over it.
    pub fn carry_to(&self, (x, y): (i32, i32)) -> Outcome {
        let (from_x, from_y) = self.start;
        self.move_to(from_x, from_y)?;
        self.display.xdotool(&["mousedown", "1"])?;
        for step in 1..=STEPS {
            self.move_to(
                from_x + (x - from_x) * step / STEPS,
                from_y + (y - from_y) * step / STEPS,
            )?;
        }
        Ok(())
    }

    /// Lets go, and waits until the target has taken the files.
    pub fn drop_here(&self) -> Outcome {
        self.display.xdotool(&["mouseup", "1"])?;
        let before = self.lines.until_line("DONE", WITHIN)?;
        if before.iter().any(|line| line == "REFUSED") {
            return Err("the files were not taken where they were dropped".into());
        }
        Ok(())
    }

    /// Picks the files up, carries them to a point and lets go.
    pub fn drop_at(&self, point: (i32, i32)) -> Outcome {
        self.carry_to(point)?;
        self.drop_here()
    }

    fn move_to(&self, x: i32, y: i32) -> Outcome {
        let (x, y) = (x.to_string(), y.to_string());
        self.display.xdotool(&["mousemove", "--sync", &x, &y])?;
        Ok(())
    }
}
