//! The engine against the Sandbox, over real HTTP and sockets.

mod hostile;
mod limits;
mod sharing;
mod stage;
mod street;
mod unclear;
