//! The Sandbox from outside: real HTTP, real sockets, real files.

#[cfg(test)]
mod auth;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod deletion;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod eliza;
#[cfg(test)]
mod embedded;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod mischief;
#[cfg(test)]
mod persistence;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod pricing;
#[cfg(test)]
mod realtime;
#[cfg(test)]
mod relief;
#[cfg(test)]
mod run;
#[cfg(test)]
mod socket;
#[cfg(test)]
mod standalone;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod training;
#[cfg(test)]
mod uploads;
#[cfg(test)]
mod word_count;
