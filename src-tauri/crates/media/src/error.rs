//! What can go wrong with a picture.

use std::io;

/// Why there is no thumbnail.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be read.
    #[error("the picture could not be read")]
    Read(#[from] io::Error),
    /// The bytes are not a picture this crate decodes.
    #[error("not a picture that can be decoded")]
    Unsupported,
    /// Decoding would need more pixels, memory or work than allowed.
    #[error("the picture is larger than allowed")]
    TooLarge,
    /// The bytes are damaged.
    #[error("the picture is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The small picture could not be encoded.
    #[error("the thumbnail could not be written")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
}
