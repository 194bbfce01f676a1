//! The pretend wallet: what was credited. What was spent is in the tasks.

use std::path::Path;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::disk::{self, Keep};
use crate::error::Error;

/// What a new wallet holds: enough for ten tasks at a time.
const DEFAULT_USD: Decimal = Decimal::ONE_HUNDRED;

#[derive(Serialize, Deserialize)]
struct Wallet {
    /// The balance that was last asked for.
    asked: Decimal,
    /// What was credited in all to get there.
    credit: Decimal,
}

/// The credit of the folder. A balance is credited once: a restart with the same one does not refund what was
/// spent since, a different one makes the balance exactly that.
pub(super) fn open(dir: &Path, asked: Option<Decimal>, spent: Decimal) -> Result<Decimal, Error> {
    let path = dir.join("wallet.json");
    let known: Option<Wallet> = disk::read_json(&path)?;
    let wallet = match (known, asked) {
        (Some(known), None) => return Ok(known.credit),
        (Some(known), Some(asked)) if known.asked == asked => return Ok(known.credit),
        (_, asked) => {
            let asked = asked.unwrap_or(DEFAULT_USD);
            Wallet {
                asked,
                credit: asked.saturating_add(spent),
            }
        }
    };
    disk::write_json(&path, &wallet, Keep::Durably)?;
    Ok(wallet.credit)
}

/// How many tasks may be active with this balance; `None` is no limit (`PROTOCOL.md` section 14):
/// `max(1, cents div 1000)`, unlimited above 250 USD.
pub(crate) fn concurrency_limit(balance: Decimal) -> Option<usize> {
    let cents = balance
        .max(Decimal::ZERO)
        .saturating_mul(Decimal::ONE_HUNDRED)
        .trunc();
    (cents <= Decimal::from(25_000)).then(|| {
        (cents / Decimal::from(1000))
            .trunc()
            .to_usize()
            .unwrap_or(1)
            .max(1)
    })
}

/// The balance as the concurrency message shows it: whole cents, never negative.
pub(crate) fn shown_balance(balance: Decimal) -> String {
    format!("{:.2}", balance.max(Decimal::ZERO).trunc_with_scale(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_follow_the_table() {
        let table = [
            ("0", Some(1)),
            ("9.99", Some(1)),
            ("10", Some(1)),
            ("19.99", Some(1)),
            ("50", Some(5)),
            ("100", Some(10)),
            ("150", Some(15)),
            ("249.99", Some(24)),
            ("250", Some(25)),
            ("250.01", None),
            ("251", None),
            ("79228162514264337593543950335", None),
        ];
        for (balance, limit) in table {
            assert_eq!(
                concurrency_limit(balance.parse().unwrap()),
                limit,
                "{balance} USD"
            );
        }
    }

    #[test]
    fn balances_show_whole_cents() {
        assert_eq!(shown_balance("50".parse().unwrap()), "50.00");
        assert_eq!(shown_balance("49.999".parse().unwrap()), "49.99");
        assert_eq!(shown_balance("-1".parse().unwrap()), "0.00");
    }

    #[test]
    fn a_balance_is_credited_once() {
        let dir = tempfile::tempdir().unwrap();
        let usd = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(
            open(dir.path(), Some(usd("5")), Decimal::ZERO).unwrap(),
            usd("5")
        );
        assert_eq!(
            open(dir.path(), Some(usd("5")), usd("2")).unwrap(),
            usd("5")
        );
        assert_eq!(open(dir.path(), None, usd("2")).unwrap(), usd("5"));
        assert_eq!(
            open(dir.path(), Some(usd("1")), usd("2")).unwrap(),
            usd("3")
        );
    }
}
