//! Making one connection, and saying in a line why there is none.

use std::time::Duration;

use tokio::time::timeout;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::SocketConfig;
use super::transport::{ConnectError, Stream, Transport};
use crate::error::{innermost, tidy};

/// What is said when the service ends a connection in good order.
pub(crate) const CLOSED: &str = "the service closed the connection";

/// Connects within the time and with the limits of the settings; says in plain words why not.
pub(crate) async fn connect(
    transport: &Transport,
    config: &SocketConfig,
) -> Result<Stream, String> {
    let limits = WebSocketConfig::default()
        .max_message_size(Some(config.max_message_bytes))
        .max_frame_size(Some(config.max_frame_bytes))
        .write_buffer_size(config.max_write_bytes / 8)
        .max_write_buffer_size(config.max_write_bytes);
    let connecting = Box::pin(transport.connect(limits));
    match timeout(config.connect_timeout, connecting).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(ConnectError::Unreachable(reason))) => Err(tidy(&reason)),
        Ok(Err(ConnectError::Handshake(error))) => Err(reason(&error)),
        Err(_) => Err("no answer in time".to_owned()),
    }
}

/// How long to wait after so many failures in a row. Doubles, and is shortened by up to a half at random so that many
/// clients do not come back together.
pub(crate) fn pause(config: &SocketConfig, failures: u32) -> Duration {
    let doubled = 1_u32
        .checked_shl(failures.saturating_sub(1))
        .unwrap_or(u32::MAX);
    let bound = config
        .first_pause
        .saturating_mul(doubled)
        .min(config.longest_pause);
    bound.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

/// What went wrong, in one line. Bodies of refused handshakes are not quoted.
pub(crate) fn reason(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Http(response) => format!(
            "the service refused the socket (HTTP {})",
            response.status().as_u16()
        ),
        tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
            CLOSED.to_owned()
        }
        tungstenite::Error::Capacity(error) => {
            tidy(&format!("the service sent too much at once: {error}"))
        }
        other => tidy(&innermost(other)),
    }
}
