//! The app as it is really used and misused: killed in the middle of a run, beside `wiro` on one
//! library, reloaded, without a mouse.

mod bad_days;
mod control;
mod desktop;
mod embedded;
mod folder;
mod keyboard;
mod kills;
mod quit;
mod reload;
mod steps;
mod together;
mod unclear;
