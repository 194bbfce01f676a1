//! The real window, driven as a person would: clicks, keys, and files from another application.

mod main_street;
mod shared_library;
mod voice;
