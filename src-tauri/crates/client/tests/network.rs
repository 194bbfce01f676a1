//! The client over real connections: raw HTTP, raw sockets, real files.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails the test"
)]

#[path = "network/calls.rs"]
mod calls;
#[path = "../examples/decode_samples/compare.rs"]
mod compare;
#[path = "network/control.rs"]
mod control;
#[path = "network/downloads.rs"]
mod downloads;
#[path = "network/families.rs"]
mod families;
#[path = "../examples/decode_samples/family.rs"]
mod family;
#[path = "network/faults.rs"]
mod faults;
#[path = "../examples/decode_samples/frame.rs"]
mod frame;
#[path = "network/payloads.rs"]
mod payloads;
#[path = "network/polling.rs"]
mod polling;
#[path = "network/proxies.rs"]
mod proxies;
#[path = "network/proxy_server.rs"]
mod proxy_server;
#[path = "network/reads.rs"]
mod reads;
#[path = "network/redirects.rs"]
mod redirects;
#[path = "network/run_files.rs"]
mod run_files;
#[path = "network/runs.rs"]
mod runs;
#[path = "network/secrets.rs"]
mod secrets;
#[path = "network/server.rs"]
mod server;
#[path = "network/sockets.rs"]
mod sockets;
#[path = "network/sockets_follow.rs"]
mod sockets_follow;
#[path = "network/sockets_frames.rs"]
mod sockets_frames;
#[path = "network/sockets_realtime.rs"]
mod sockets_realtime;
#[path = "network/sockets_service.rs"]
mod sockets_service;
#[path = "network/uploads.rs"]
mod uploads;
