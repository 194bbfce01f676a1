//! What a run may cost, and how sure that is.

use serde::{Deserialize, Serialize};

/// An estimate made before a run from the model's pricing rules (`PROTOCOL.md` section 13).
///
/// Amounts are decimal strings in USD: money is never a binary float.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Price {
    /// One rule applies and everything it needs is known.
    Exact {
        /// The amount.
        usd: String,
    },
    /// Several amounts are possible.
    Range {
        /// Least amount.
        min_usd: String,
        /// Greatest amount.
        max_usd: String,
    },
    /// The rate is known, what it multiplies is not (seconds of processing, tokens, turns).
    Rate {
        /// Amount per unit.
        usd: String,
        /// What one unit is, such as `second` or `token`.
        unit: String,
    },
    /// Nothing can be said before the run.
    Unknown {
        /// Why, in a plain sentence.
        reason: String,
    },
}
