//! The library from outside: two processes, crashes, damage, and what a start finds.

mod accounts;
mod crash;
mod damage;
#[cfg(target_os = "linux")]
mod disk;
mod files;
mod forget;
mod hints;
mod kill_points;
mod leases;
mod listing;
mod opening;
#[cfg(target_os = "linux")]
mod relocate;
mod runs;
mod support;
mod voice;
