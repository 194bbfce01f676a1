//! The table, and the arithmetic of a few samples.

use std::fmt::Write as _;
use std::io::Write as _;

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: String,
    pub(crate) peer: String,
    /// What the budget is about.
    pub(crate) value: f64,
    pub(crate) limit: Limit,
}

/// The budget of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Row {
    pub(crate) fn is_good(&self) -> bool {
        match self.limit {
            Limit::AtMost(most) => self.value <= most,
            Limit::AtLeast(least) => self.value >= least,
        }
    }
}

/// A word on the way, beside the table.
pub(crate) fn say(text: &str) {
    // Nobody may be listening; the table counts.
    let _ = writeln!(std::io::stderr(), "{text}");
}

pub(crate) fn print(rows: &[Row]) {
    let mut text = format!(
        "\n{:<46}{:>26}{:>26}{:>9}{:>9}  \n",
        "what", "figure", "peer", "value", "budget"
    );
    for row in rows {
        let budget = match row.limit {
            Limit::AtMost(most) => format!("<= {most}"),
            Limit::AtLeast(least) => format!(">= {least}"),
        };
        let verdict = if row.is_good() { "good" } else { "BAD" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<46}{:>26}{:>26}{:>9.2}{budget:>9}  {verdict}",
            row.what, row.figure, row.peer, row.value
        );
    }
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// The middle of some samples; the upper one of two.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn spread(samples: &[f64]) -> (f64, f64) {
    let least = samples.iter().copied().fold(f64::INFINITY, f64::min);
    let most = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

/// `median (least to most)` with a unit.
pub(crate) fn told(samples: &[f64], unit: &str) -> String {
    let (least, most) = spread(samples);
    format!("{:.0} {unit} ({least:.0}-{most:.0})", median(samples))
}
