//! Why a connection did not come about, in words that tell the cases apart.

use std::error::Error as StdError;
use std::io;

use crate::proxy;

/// What a failed connection is told as, and whether the proxy is to blame.
pub(crate) fn unreachable_because(
    error: &(dyn StdError + 'static),
    host: &str,
    via: Option<&str>,
) -> (String, bool) {
    let reason = reason(error);
    let Some(via) = via else {
        return (format!("could not connect to {host}: {reason}"), false);
    };
    // Once the tunnel stands, what fails is the connection inside it.
    let inside = matches!(cause(error), Cause::Tls);
    let reason = proxy::in_words(&innermost(error)).map_or(reason, str::to_owned);
    (
        format!("could not connect to {host} through the proxy {via}: {reason}"),
        !inside,
    )
}

/// What kind of step failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The name has no address, or none could be asked for.
    Name,
    /// Nobody listens there.
    Refused,
    /// There is no safe connection: a certificate, or no TLS at all.
    Tls,
    /// It took too long.
    Slow,
    Other,
}

fn cause(error: &(dyn StdError + 'static)) -> Cause {
    let mut current = Some(error);
    while let Some(error) = current {
        if error.is::<rustls::Error>() {
            return Cause::Tls;
        }
        if error.to_string().contains("dns error")
            || error
                .to_string()
                .contains("failed to lookup address information")
        {
            return Cause::Name;
        }
        if error.to_string() == "operation timed out" {
            return Cause::Slow;
        }
        let io = error.downcast_ref::<io::Error>();
        match io.map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => return Cause::Refused,
            Some(io::ErrorKind::TimedOut) => return Cause::Slow,
            _ => {}
        }
        // The source of an I/O error is that of the error inside it, which would be skipped.
        current = match io.and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    Cause::Other
}

/// The step and what the system said about it.
pub(crate) fn reason(error: &(dyn StdError + 'static)) -> String {
    let said = innermost(error);
    match cause(error) {
        Cause::Name => format!("the name could not be looked up ({said})"),
        Cause::Refused => format!("the connection was refused ({said})"),
        Cause::Tls => format!("there is no safe connection ({said})"),
        Cause::Slow => "no answer in time".to_owned(),
        Cause::Other => said,
    }
}

/// What the system said at the bottom of a chain of errors.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut current = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}
