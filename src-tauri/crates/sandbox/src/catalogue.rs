//! The models served: the Sandbox's own, which compute, and those of a catalogue file, which echo.

mod builtin;
mod explore;
mod query;

use std::path::Path;

use fs_err as fs;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::models::Computes;
use crate::pricing::Prices;
use crate::schema::{Schema, as_number, as_text};
use crate::store::Tally;
pub(crate) use query::{Direction, Query, Sort};

/// Members of a model object that only `Tool/Detail` shows (`PROTOCOL.md` section 5.3).
const DETAIL_ONLY: [&str; 6] = [
    "readme",
    "parameters",
    "inspire",
    "samples",
    "seotitle",
    "ratedusercount",
];

/// Members of the details that `summary` leaves out. It is documented by name only; parameters stay, because a summary of a
/// model nobody could run would be of no use.
const PROSE: [&str; 4] = ["readme", "inspire", "samples", "seotitle"];

/// One model.
#[derive(Debug)]
pub(crate) struct Model {
    id: Decimal,
    pub(crate) owner: String,
    pub(crate) project: String,
    pub(crate) computes: Computes,
    pub(crate) schema: Schema,
    pub(crate) prices: Prices,
    object: Map<String, Value>,
}

/// Everything `Tool/List` can find.
#[derive(Debug)]
pub(crate) struct Catalogue {
    models: Vec<Model>,
}

impl Catalogue {
    /// The models of `file`, if any, then the Sandbox's own. A model of the file wins over one of the same slug.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Error> {
        let objects = match file {
            Some(path) => read_file(path)?,
            None => Vec::new(),
        };
        // Ids that a file leaves out continue those that it has.
        let given = objects.iter().filter_map(|object| id_of(object)?.to_u64());
        let mut last = given.max().unwrap_or_default();
        let mut models = Vec::with_capacity(objects.len());
        let of_file = objects.into_iter().map(|object| (object, Computes::Echo));
        for (object, computes) in of_file.chain(builtin::models()) {
            let next = last.saturating_add(1);
            let Some(model) = Model::new(object, computes, next) else {
                continue;
            };
            let own = computes != Computes::Echo;
            if own && models.iter().any(|known| model.has_slug_of(known)) {
                continue;
            }
            if model.id == next.into() {
                last = next;
            }
            models.push(model);
        }
        Ok(Self { models })
    }

    pub(crate) fn find(&self, owner: &str, project: &str) -> Option<&Model> {
        self.models
            .iter()
            .find(|model| model.owner == owner && model.project == project)
    }

    /// Finds a model by its slug or, failing that, by what its slug was made of: names with spaces and capitals, as some
    /// clients send them (`PROTOCOL.md` section 31).
    pub(crate) fn find_loosely(&self, owner: &str, project: &str) -> Option<&Model> {
        self.find(owner, project).or_else(|| {
            let (owner, project) = (normalised(owner), normalised(project));
            self.models.iter().find(|model| {
                !project.is_empty()
                    && normalised(&model.owner) == owner
                    && normalised(&model.project) == project
            })
        })
    }
}

/// A slug or its half in small letters and digits, everything between them one hyphen.
pub(crate) fn normalised(slug: &str) -> String {
    let words = slug.split(|symbol: char| !symbol.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

fn read_file(path: &Path) -> Result<Vec<Map<String, Value>>, Error> {
    let bytes = fs::read(path)?;
    serde_json::from_slice(&bytes).map_err(|source| Error::parse(path, source))
}

fn id_of(object: &Map<String, Value>) -> Option<Decimal> {
    object.get("id").and_then(as_number)
}

impl Model {
    fn new(mut object: Map<String, Value>, computes: Computes, next: u64) -> Option<Self> {
        object.retain(|key, _| !key.starts_with('_') && key != "categoriesDerived");
        let slug = |clean: &str, raw: &str| {
            let slug = object.get(clean).or_else(|| object.get(raw)).map(as_text)?;
            (!slug.is_empty()).then_some(slug)
        };
        let owner = slug("cleanslugowner", "slugowner")?;
        let project = slug("cleanslugproject", "slugproject")?;
        let schema = Schema::read(object.get("parameters"));
        let prices = Prices::read(object.get("dynamicprice"), object.get("cps"));
        // The wire has text here, whatever the file has.
        if let Some(price) = object
            .get_mut("dynamicprice")
            .filter(|price| !price.is_string())
        {
            *price = Value::from(price.to_string());
        }
        complete(&mut object, &owner, &project, next);
        Some(Self {
            id: id_of(&object).unwrap_or_default(),
            owner,
            project,
            computes,
            schema,
            prices,
            object,
        })
    }

    fn has_slug_of(&self, other: &Self) -> bool {
        self.owner == other.owner && self.project == other.project
    }

    /// Whether a run of it makes a model.
    pub(crate) fn trains(&self) -> bool {
        self.lists("categories", &["training"])
    }

    pub(crate) fn description(&self) -> String {
        self.text("description")
    }

    fn text(&self, key: &str) -> String {
        self.object.get(key).map(as_text).unwrap_or_default()
    }

    /// The object as `Tool/Detail` shows it.
    pub(crate) fn detail(&self, tally: Tally) -> Value {
        let mut object = self.object.clone();
        let last = tally
            .last_ms
            .map_or_else(|| "0".to_owned(), |ms| (ms / 1000).to_string());
        let stat = json!({
            "runcount": tally.runs,
            "successcount": tally.successes.to_string(),
            "errorcount": tally.errors.to_string(),
            "lastruntime": last,
        });
        object.insert("taskstat".to_owned(), stat);
        Value::Object(object)
    }

    /// The details without their prose: `Tool/Detail` with `summary`.
    pub(crate) fn brief(&self, tally: Tally) -> Value {
        let mut detail = self.detail(tally);
        if let Some(object) = detail.as_object_mut() {
            object.retain(|key, _| !PROSE.contains(&key.as_str()));
        }
        detail
    }

    /// The object as `Tool/List` shows it, with `summary` or without: what a record has beyond these is not documented.
    pub(crate) fn summary(&self, tally: Tally) -> Value {
        let mut detail = self.detail(tally);
        if let Some(object) = detail.as_object_mut() {
            object.retain(|key, _| !DETAIL_ONLY.contains(&key.as_str()));
        }
        detail
    }
}

/// Fills in what every model object has on the wire, types as in `PROTOCOL.md` section 4.2.
fn complete(object: &mut Map<String, Value>, owner: &str, project: &str, next: u64) {
    let title = object
        .get("title")
        .map_or_else(|| project.to_owned(), as_text);
    let defaults = json!({
        "id": next.to_string(),
        "title": title,
        "slugowner": owner,
        "slugproject": project,
        "cleanslugowner": owner,
        "cleanslugproject": project,
        "description": "",
        "image": "",
        "computingtime": "",
        "readme": "",
        "categories": ["tool"],
        "tags": [],
        "samples": [],
        "inspire": [],
        "marketplace": 1,
        "onlymembers": "0",
        "averagepoint": "0.00",
        "commentcount": "0",
        "ratedusercount": "0",
        "seotitle": title,
        "parameters": null,
    });
    for (key, value) in defaults.as_object().into_iter().flatten() {
        object.entry(key).or_insert_with(|| value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_names_find_their_model() {
        let catalogue = Catalogue::load(None).unwrap();
        for (owner, project) in [
            ("sandbox", "slow"),
            ("Sandbox", "SLOW"),
            ("sandbox ", ".Slow"),
        ] {
            let found = catalogue.find_loosely(owner, project).unwrap();
            assert_eq!(found.project, "slow");
        }
        assert!(catalogue.find_loosely("sandbox", "").is_none());
        assert!(catalogue.find_loosely("sandbox", "sl-ow").is_none());
        assert_eq!(
            normalised("AI-Resume  CV_Parser 2.3"),
            "ai-resume-cv-parser-2-3"
        );
    }

    #[test]
    fn catalogue_files_lose_private_keys_and_prices_become_text() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("models.json");
        let objects = json!([{
            "cleanslugowner": "a", "cleanslugproject": "b", "_src": {}, "categoriesDerived": true,
            "dynamicprice": [{"inputs": {}, "price": 0.5}], "surprise": 1,
        }, {"title": "no slug"}]);
        fs::write(&file, objects.to_string()).unwrap();
        let catalogue = Catalogue::load(Some(&file)).unwrap();
        let model = catalogue.find("a", "b").unwrap();
        let detail = model.detail(Tally::default());
        assert!(detail.get("_src").is_none() && detail.get("categoriesDerived").is_none());
        assert_eq!(detail["dynamicprice"], r#"[{"inputs":{},"price":0.5}]"#);
        assert_eq!(detail["surprise"], 1);
        assert!(model.schema.is_open());
        assert!(model.summary(Tally::default()).get("readme").is_none());
        // The one without a slug is not there, and an own model has the id after the last.
        let owned = |model: &&Model| model.computes != Computes::Echo;
        assert_eq!(
            catalogue
                .models
                .iter()
                .filter(|model| !owned(model))
                .count(),
            1
        );
        assert_eq!(
            catalogue.models.iter().find(owned).unwrap().id,
            Decimal::TWO
        );
    }
}
