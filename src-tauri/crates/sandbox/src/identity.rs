//! Random names: keys, secrets, task tokens and the unguessable part of file URLs.

use crate::error::Error;

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `length` random letters and digits.
pub(crate) fn alphanumeric(length: usize) -> Result<String, Error> {
    let mut text = String::with_capacity(length);
    let mut pool = [0_u8; 64];
    while text.len() < length {
        getrandom::fill(&mut pool).map_err(Error::Random)?;
        // Bytes from 248 on would favour the first letters, so they are skipped: 248 = 4 * 62.
        let fair = pool.iter().filter(|byte| **byte < 248);
        text.extend(
            fair.take(length - text.len())
                .map(|byte| char::from(ALPHANUMERIC[usize::from(byte % 62)])),
        );
    }
    Ok(text)
}

/// A task's `socketaccesstoken`: 30 alphanumerics (`PROTOCOL.md` section 6.1).
pub(crate) fn task_token() -> Result<String, Error> {
    alphanumeric(30)
}

/// The unguessable segment of a file URL.
pub(crate) fn file_key() -> Result<String, Error> {
    alphanumeric(24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_thirty_alphanumerics_and_differ() {
        let (first, second) = (task_token().unwrap(), task_token().unwrap());
        assert_eq!(first.len(), 30);
        assert!(first.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(first, second);
    }
}
