//! The media server over real HTTP.

mod answers;
mod guard;
mod life;
mod ranges;
mod stage;
