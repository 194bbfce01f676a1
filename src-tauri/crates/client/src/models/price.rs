//! Price lists as they are published (`PROTOCOL.md` section 13.2). What they mean for a run is the business of
//! [`crate::pricing`].

use rust_decimal::Decimal;
use serde_json::Value;

use crate::lenient;
use crate::wire::codec::{AmountNumber, Free, Text, many};
use crate::wire::{Expected, Shape, Wire, record};

record! {
    /// One line of a price list.
    pub struct PriceEntry {
        /// Parameter values this line is for; empty means always.
        pub inputs: Option<Value> = Free["inputs"],
        /// USD per unit of the method.
        pub price: Option<Decimal> = AmountNumber["price"],
        /// How it is charged; absent means per request (D-10). Unknown methods are kept.
        pub method: Option<String> = Text["priceMethod"],
        /// USD per further megapixel tier.
        pub extra_price: Option<Decimal> = AmountNumber["priceExtra"],
        /// USD per input image and tier.
        pub input_price: Option<Decimal> = AmountNumber["priceInput"],
    }
}

/// A price list: an array, or a string that holds one (C-34).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PriceList {
    /// The lines.
    pub entries: Vec<PriceEntry>,
    /// The source, where it is no plain array of lines.
    source: Option<Value>,
}

impl PriceList {
    fn plain(&self) -> Value {
        self.entries.iter().map(Wire::to_value).collect()
    }
}

impl Wire for PriceList {
    fn read(value: &Value, shape: &mut Shape) -> Option<Self> {
        let entries = match lenient::json(Some(value)) {
            None => Vec::new(),
            Some(list @ Value::Array(_)) => many(&list, shape)?,
            Some(_) => {
                shape.mismatch(Expected::List("PriceEntry"), value);
                return None;
            }
        };
        let mut list = Self {
            entries,
            source: None,
        };
        if list.plain() != *value {
            list.source = Some(value.clone());
        }
        Some(list)
    }

    fn to_value(&self) -> Value {
        let read_again = |source| Self::read(source, &mut Shape::default());
        self.source
            .as_ref()
            .filter(|source| read_again(source).is_some_and(|list| list.entries == self.entries))
            .cloned()
            .unwrap_or_else(|| self.plain())
    }
}
