//! The shop window of the catalogue (`PROTOCOL.md` section 5.5).

use rust_decimal::Decimal;
use serde_json::Value;

use super::CleanSlug;
use crate::error::ErrorItem;
use crate::slug::ModelSlug;
use crate::wire::codec::{Amount, CountText, Flag, Free, Many, Text, Texts};
use crate::wire::record;

record! {
    /// The answer of `Tool/Explore`.
    pub struct ExploreAnswer [wrapped] {
        /// Whether it succeeded.
        pub result: Option<bool> = Flag["result"],
        /// What went wrong.
        pub errors: Vec<ErrorItem> = Many["errors"],
        /// The sections; some are empty.
        pub sections: Vec<ExploreSection> = Many["explore"],
    }
}

record! {
    /// A row of models under a heading.
    pub struct ExploreSection {
        /// The service's id for it.
        pub id: Option<String> = Text["id"],
        /// Heading; some answers call it `name` (`PROTOCOL.md` section 31).
        pub title: Option<String> = Text["title", "name"],
        /// The models; may be empty.
        pub tools: Vec<ExploreTool> = Many["tools"],
        /// Where there is more.
        pub url: Option<String> = Text["url"],
        /// How many there are in all.
        pub total: Option<u64> = CountText["total"],
    }
}

record! {
    /// A model of a section. It has no title; its slug is shown instead.
    pub struct ExploreTool {
        /// The clean slug, when it can be put into a path.
        pub slug: Option<ModelSlug> = CleanSlug["cleanslugowner", "cleanslugproject", "slugowner", "slugproject"],
        /// The service's number for it.
        pub id: Option<String> = Text["id"],
        /// What the person reads, from services that tell it.
        pub title: Option<String> = Text["title"],
        /// Address of a picture.
        pub image: Option<String> = Text["image"],
        /// A sentence or two.
        pub description: Option<String> = Text["description"],
        /// Category slugs.
        pub categories: Vec<String> = Texts["categories"],
        /// How many comments it has.
        pub comment_count: Option<u64> = CountText["commentcount"],
        /// How many people rated it.
        pub rated_user_count: Option<u64> = CountText["ratedusercount"],
        /// Average rating, up to 5.
        pub average_point: Option<Decimal> = Amount["averagepoint"],
        /// A number, a text or nothing; its meaning is not documented.
        pub discount: Option<Value> = Free["discount"],
    }
}
