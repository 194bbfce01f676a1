//! The use cases of Wiro Studio, one front door.

pub mod dto;
