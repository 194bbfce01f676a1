//! The app as it is really used and misused: killed in the middle of a run, beside `wiro` on one
//! library, reloaded, without a mouse.

mod accounts;
mod bad_days;
mod canary;
mod control;
mod desk;
mod desktop;
mod embedded;
mod folder;
mod keyboard;
mod kills;
mod quit;
mod reload;
mod sampling;
mod steps;
mod together;
mod unclear;
