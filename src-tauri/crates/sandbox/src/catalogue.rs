//! The models served: the Sandbox's own, which compute, and those of a catalogue file, which echo.

mod builtin;

use std::path::Path;

use fs_err as fs;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::models::Computes;
use crate::pricing::Prices;
use crate::schema::{Schema, as_number, as_text};
use crate::store::Tally;

/// Members of a model object that only `Tool/Detail` shows (`PROTOCOL.md` section 5.3).
const DETAIL_ONLY: [&str; 6] = [
    "readme",
    "parameters",
    "inspire",
    "samples",
    "seotitle",
    "ratedusercount",
];

/// What a list can be sorted by (`PROTOCOL.md` section 5.1).
const SORTS: [&str; 5] = [
    "id",
    "time",
    "ratedusercount",
    "commentcount",
    "averagepoint",
];

/// One model.
#[derive(Debug)]
pub(crate) struct Model {
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

/// What `Tool/List` may ask for.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) search: String,
    pub(crate) categories: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) slugowner: String,
    /// One of [`SORTS`]; anything else is by relevance.
    pub(crate) sort: String,
    pub(crate) descending: bool,
}

impl Catalogue {
    /// The models of `file`, if any, then the Sandbox's own. A model of the file wins over one of the same slug.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Error> {
        let mut models = match file {
            Some(path) => read_file(path)?,
            None => Vec::new(),
        };
        for (object, computes) in builtin::models() {
            if let Some(model) = Model::new(object, computes, models.len())
                && !models
                    .iter()
                    .any(|known| known.owner == model.owner && known.project == model.project)
            {
                models.push(model);
            }
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

    pub(crate) fn search(&self, query: &Query) -> Vec<&Model> {
        let words: Vec<String> = query
            .search
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let mut found: Vec<(usize, &Model)> = self
            .models
            .iter()
            .filter(|model| query.slugowner.is_empty() || model.owner == query.slugowner)
            .filter(|model| {
                model.lists("categories", &query.categories) && model.lists("tags", &query.tags)
            })
            .filter_map(|model| Some((model.relevance(&words)?, model)))
            .collect();
        // Stable: equals keep the catalogue's order.
        match query.sort.as_str() {
            // The catalogue is in the order in which its models came.
            "id" | "time" => {}
            sort if SORTS.contains(&sort) => found.sort_by_key(|(_, model)| {
                let figure = model.object.get(sort).and_then(as_number);
                figure.unwrap_or_default()
            }),
            _ => found.sort_by_key(|(relevance, _)| *relevance),
        }
        if query.descending && SORTS.contains(&query.sort.as_str()) {
            found.reverse();
        }
        found.into_iter().map(|(_, model)| model).collect()
    }
}

/// A slug or its half in small letters and digits, everything between them one hyphen.
pub(crate) fn normalised(slug: &str) -> String {
    let words = slug.split(|symbol: char| !symbol.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

fn read_file(path: &Path) -> Result<Vec<Model>, Error> {
    let bytes = fs::read(path)?;
    let objects: Vec<Map<String, Value>> =
        serde_json::from_slice(&bytes).map_err(|source| Error::parse(path, source))?;
    let models = objects.into_iter().enumerate();
    Ok(models
        .filter_map(|(index, object)| Model::new(object, Computes::Echo, index))
        .collect())
}

impl Model {
    fn new(mut object: Map<String, Value>, computes: Computes, index: usize) -> Option<Self> {
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
        complete(&mut object, &owner, &project, index);
        Some(Self {
            owner,
            project,
            computes,
            schema,
            prices,
            object,
        })
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

    /// The object as `Tool/List` shows it.
    pub(crate) fn summary(&self, tally: Tally) -> Value {
        let mut detail = self.detail(tally);
        if let Some(object) = detail.as_object_mut() {
            object.retain(|key, _| !DETAIL_ONLY.contains(&key.as_str()));
        }
        detail
    }

    /// Whether the model lists one of the wanted words, or none are wanted.
    fn lists(&self, key: &str, wanted: &[String]) -> bool {
        let listed = self.object.get(key).and_then(Value::as_array);
        wanted.is_empty()
            || listed.is_some_and(|listed| {
                listed
                    .iter()
                    .map(as_text)
                    .any(|word| wanted.contains(&word))
            })
    }

    /// `None` unless every word occurs; lower is better: in the title or slug, then elsewhere.
    fn relevance(&self, words: &[String]) -> Option<usize> {
        let name = format!("{} {}/{}", self.text("title"), self.owner, self.project).to_lowercase();
        let rest =
            format!("{} {}", self.text("description"), self.text("categories")).to_lowercase();
        words.iter().try_fold(0, |sum, word| {
            match (name.contains(word), rest.contains(word)) {
                (true, _) => Some(sum),
                (false, true) => Some(sum + 1),
                (false, false) => None,
            }
        })
    }
}

/// Fills in what every model object has on the wire, types as in `PROTOCOL.md` section 4.2.
fn complete(object: &mut Map<String, Value>, owner: &str, project: &str, index: usize) {
    let title = object
        .get("title")
        .map_or_else(|| project.to_owned(), as_text);
    let defaults = json!({
        "id": (index + 1).to_string(),
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

    fn found(query: &Query) -> Vec<String> {
        let catalogue = Catalogue::load(None).unwrap();
        catalogue
            .search(query)
            .iter()
            .map(|model| model.project.clone())
            .collect()
    }

    #[test]
    fn search_wants_every_word_and_ranks_names_first() {
        let search = |text: &str| {
            found(&Query {
                search: text.to_owned(),
                ..Query::default()
            })
        };
        assert_eq!(search("PATTERN"), ["pattern"]);
        assert_eq!(search("sandbox").len(), 9);
        assert!(search("pattern upscale").is_empty());
    }

    #[test]
    fn categories_and_owner_filter() {
        let category = |word: &str| {
            found(&Query {
                categories: vec![word.to_owned()],
                ..Query::default()
            })
        };
        assert_eq!(category("text-to-image"), ["pattern"]);
        assert_eq!(category("tool").len(), 9);
        assert!(
            found(&Query {
                slugowner: "nobody".to_owned(),
                ..Query::default()
            })
            .is_empty()
        );
    }

    #[test]
    fn ids_sort_both_ways() {
        let by_id = |descending| {
            found(&Query {
                sort: "id".to_owned(),
                descending,
                ..Query::default()
            })
        };
        let mut turned = by_id(true);
        turned.reverse();
        assert_eq!(by_id(false), turned);
    }

    #[test]
    fn figures_sort_both_ways() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("models.json");
        let model = |name: &str, rated: Value, point: &str| json!({"cleanslugowner": "a", "cleanslugproject": name, "ratedusercount": rated, "averagepoint": point});
        let objects = json!([
            model("x", json!("10"), "4.50"),
            model("y", json!(9), "10.00"),
            model("z", json!("9"), "4.5")
        ]);
        fs::write(&file, objects.to_string()).unwrap();
        let catalogue = Catalogue::load(Some(&file)).unwrap();
        let sorted = |sort: &str, descending| -> Vec<&str> {
            let query = Query {
                slugowner: "a".to_owned(),
                sort: sort.to_owned(),
                descending,
                ..Query::default()
            };
            let found = catalogue.search(&query).into_iter();
            found.map(|model| model.project.as_str()).collect()
        };
        assert_eq!(sorted("ratedusercount", false), ["y", "z", "x"]);
        assert_eq!(sorted("ratedusercount", true), ["x", "z", "y"]);
        assert_eq!(sorted("averagepoint", false), ["x", "z", "y"]);
        assert_eq!(sorted("commentcount", false), ["x", "y", "z"]);
        assert_eq!(sorted("title", true), ["x", "y", "z"]);
    }

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
        assert_eq!(catalogue.models.len(), 10);
    }
}
