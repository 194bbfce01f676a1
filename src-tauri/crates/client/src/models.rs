//! Models of the catalogue (`PROTOCOL.md` section 5).
//!
//! Decoding never fails for an object: a field of an unexpected type stays as it was in `extra`, together with every
//! unknown key. Encoding gives back what was decoded, key for key ([`crate::wire`]).

mod explore;
mod parameter;
mod price;
mod query;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

pub use explore::{ExploreAnswer, ExploreSection, ExploreTool};
pub use parameter::{Parameter, ParameterGroup, ParameterOption};
pub use price::{PriceEntry, PriceList};
pub use query::{ModelAnswer, ModelListRequest, ModelPage, ModelQuery, ModelRequest, detail_body};

use parameter::Groups;

use crate::lenient;
use crate::slug::ModelSlug;
use crate::wire::codec::{
    Amount, Codec, Count, CountText, Entries, FlagText, Free, One, Text, Texts, TimeMs,
};
use crate::wire::{Found, Record, Shape, record};

/// The pseudo-category every model carries (`PROTOCOL.md` section 5.1).
const PSEUDO_CATEGORY: &str = "tool";

record! {
    /// A model, from the list or from its detail (`PROTOCOL.md` section 5.3). Everything may be missing.
    pub struct Model {
        /// The clean slug, when the answer held one that can be put into a path. The display forms stay in `extra`.
        pub slug: Option<ModelSlug> = CleanSlug["cleanslugowner", "cleanslugproject", "slugowner", "slugproject"],
        /// The service's number for it.
        pub id: Option<String> = Text["id"],
        /// What the person reads.
        pub title: Option<String> = Text["title"],
        /// A sentence or two, as published.
        pub description: Option<String> = Text["description"],
        /// Address of a picture.
        pub image: Option<String> = Text["image"],
        /// Typical computing time in the service's words, such as `10 seconds`.
        pub computing_time: Option<String> = Text["computingtime"],
        /// Category slugs, the pseudo-category `tool` included.
        pub categories: Vec<String> = Texts["categories"],
        /// Tags.
        pub tags: Vec<String> = Texts["tags"],
        /// HTML, hostile until cleaned.
        pub readme: Option<String> = Text["readme"],
        /// The inputs; `None` when the service publishes no schema.
        pub parameters: Option<Vec<ParameterGroup>> = Groups["parameters"],
        /// Price rules as they came: an array, or a string of JSON (`PROTOCOL.md` section 13.1); see [`PriceList`].
        pub dynamic_price: Option<Value> = Free["dynamicprice"],
        /// USD per second of processing, for models without price rules.
        pub cps: Option<Decimal> = Amount["cps"],
        /// Average cost of a run in USD, for models without price rules.
        pub approximate_cost: Option<Decimal> = Amount["approximatelycost"],
        /// How its runs went.
        pub task_stat: Option<TaskStat> = One["taskstat"],
        /// Whether it is in the marketplace.
        pub marketplace: Option<u64> = Count["marketplace"],
        /// Whether only members may run it.
        pub only_members: Option<bool> = FlagText["onlymembers"],
        /// Average rating, up to 5.
        pub average_point: Option<Decimal> = Amount["averagepoint"],
        /// How many comments it has.
        pub comment_count: Option<u64> = CountText["commentcount"],
        /// How many people rated it.
        pub rated_user_count: Option<u64> = CountText["ratedusercount"],
        /// Example inputs, keyed by parameter id.
        pub inspire: Option<Value> = Free["inspire"],
        /// Addresses of sample results.
        pub samples: Vec<String> = Texts["samples"],
        /// Title for search engines.
        pub seo_title: Option<String> = Text["seotitle"],
        /// Description for search engines.
        pub seo_description: Option<String> = Text["seodescription"],
    }
}

record! {
    /// Counts of a model's runs.
    pub struct TaskStat {
        /// All runs.
        pub runs: Option<u64> = Count["runcount"],
        /// Runs that succeeded.
        pub successes: Option<u64> = CountText["successcount"],
        /// Runs that failed.
        pub errors: Option<u64> = CountText["errorcount"],
        /// Unix milliseconds of the last run.
        pub last_run_ms: Option<i64> = TimeMs["lastruntime"],
    }
}

/// The clean slug, else the display form when that is clean itself. Keys: clean owner and project, shown owner and
/// project.
struct CleanSlug;

impl Codec<Option<ModelSlug>> for CleanSlug {
    fn read(found: &Found<'_>, _shape: &mut Shape) -> Option<ModelSlug> {
        let half = |clean, shown| {
            lenient::text(found.at(clean)).or_else(|| lenient::text(found.at(shown)))
        };
        let (owner, project) = half(0, 2).zip(half(1, 3))?;
        ModelSlug::new(&owner, &project).ok()
    }

    fn write(value: &Option<ModelSlug>, keys: &[&'static str]) -> Entries {
        let halves = value.iter().flat_map(|slug| [slug.owner(), slug.project()]);
        keys.iter().copied().zip(halves.map(Value::from)).collect()
    }
}

impl Model {
    /// Reads a model; anything that is no object becomes a model that knows nothing.
    pub fn from_value(value: &Value) -> Self {
        value.as_object().map(Self::read_fields).unwrap_or_default()
    }

    fn read_fields(fields: &Map<String, Value>) -> Self {
        Self::from_fields(fields, &mut Shape::default())
    }

    /// What to call it: the title, else the slug, else its number.
    pub fn display_title(&self) -> String {
        let slug = || self.slug.as_ref().map(ToString::to_string);
        self.title
            .clone()
            .or_else(slug)
            .or_else(|| self.id.clone())
            .unwrap_or_default()
    }

    /// Categories without the pseudo-category.
    pub fn shown_categories(&self) -> impl Iterator<Item = &str> {
        self.categories
            .iter()
            .map(String::as_str)
            .filter(|category| *category != PSEUDO_CATEGORY)
    }
}

impl TaskStat {
    /// Share of runs that succeeded, between 0 and 1, of those whose end is counted.
    pub fn success_rate(&self) -> Option<f64> {
        let successes = self.successes?;
        let ended = successes.checked_add(self.errors?)?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share for display; counts stay far below 2^53"
        )]
        let share = |part: u64, whole: u64| part as f64 / whole as f64;
        (ended > 0).then(|| share(successes, ended))
    }
}

impl Serialize for Model {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Model {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::from_value(&value))
    }
}

#[cfg(test)]
mod tests;
