//! What `Tool/List` can be asked for (`PROTOCOL.md` section 5.1).

use serde_json::Value;

use super::{Catalogue, Model};
use crate::schema::{as_number, as_text};

/// Categories and tags that mark a model as a workflow. How the service knows one is not documented.
const WORKFLOW: [&str; 2] = ["workflow", "workflows"];

/// Which end of a sorted list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// What `Tool/List` may ask for.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) search: String,
    pub(crate) categories: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) slugowner: String,
    pub(crate) hide_workflows: bool,
    pub(crate) sort: Sort,
    /// Which end comes first. Unless said, that is the best, the newest or the most, and for ids the lowest: the default is
    /// not documented.
    pub(crate) direction: Option<Direction>,
}

/// What a list can be sorted by (`PROTOCOL.md` sections 5.1 and 27, C-30).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    Id,
    /// No record tells when a model came, but ids are given in that order.
    Time,
    /// A member of the model object that holds a figure.
    Figure(&'static str),
    /// Also whatever is not known.
    #[default]
    Relevance,
}

impl Sort {
    pub(crate) fn of(word: &str) -> Self {
        const FIGURES: [&str; 3] = ["ratedusercount", "commentcount", "averagepoint"];
        match word {
            "id" => Self::Id,
            "time" => Self::Time,
            _ => FIGURES
                .into_iter()
                .find(|figure| *figure == word)
                .map_or(Self::Relevance, Self::Figure),
        }
    }
}

impl Query {
    fn descends(&self) -> bool {
        let natural = if self.sort == Sort::Id {
            Direction::Ascending
        } else {
            Direction::Descending
        };
        self.direction.unwrap_or(natural) == Direction::Descending
    }
}

impl Catalogue {
    /// The models that fit, in the order asked for.
    pub(crate) fn search(&self, query: &Query) -> Vec<&Model> {
        let words: Vec<String> = query
            .search
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let mut found: Vec<(usize, &Model)> = self
            .models
            .iter()
            .filter(|model| query.slugowner.is_empty() || model.is_of(&query.slugowner))
            .filter(|model| !(query.hide_workflows && model.is_workflow()))
            .filter(|model| {
                model.lists("categories", &query.categories) && model.lists("tags", &query.tags)
            })
            .filter_map(|model| Some((model.relevance(&words)?, model)))
            .collect();
        // Stable: equals keep the catalogue's order.
        match query.sort {
            Sort::Id | Sort::Time => found.sort_by_key(|(_, model)| model.id),
            Sort::Figure(figure) => found.sort_by_key(|(_, model)| {
                let figure = model.object.get(figure).and_then(as_number);
                figure.unwrap_or_default()
            }),
            // From the best on, so that equals keep the catalogue's order that way round.
            Sort::Relevance => {
                found.sort_by_key(|(misses, _)| *misses);
                found.reverse();
            }
        }
        if query.descends() {
            found.reverse();
        }
        found.into_iter().map(|(_, model)| model).collect()
    }
}

impl Model {
    /// Whether this is the model's owner, in the clean form or as it is shown.
    fn is_of(&self, owner: &str) -> bool {
        [self.owner.as_str(), &self.text("slugowner")]
            .into_iter()
            .any(|own| own.eq_ignore_ascii_case(owner))
    }

    fn is_workflow(&self) -> bool {
        ["categories", "tags"]
            .into_iter()
            .any(|key| self.words(key).any(|word| is_one_of(&word, &WORKFLOW)))
    }

    /// Whether the model lists one of the wanted words, or none are wanted.
    pub(super) fn lists(&self, key: &str, wanted: &[impl AsRef<str>]) -> bool {
        wanted.is_empty() || self.words(key).any(|word| is_one_of(&word, wanted))
    }

    fn words(&self, key: &str) -> impl Iterator<Item = String> {
        let listed = self.object.get(key).and_then(Value::as_array);
        listed.into_iter().flatten().map(as_text)
    }

    /// `None` unless every word occurs; lower is better: in the title or slug, then elsewhere.
    fn relevance(&self, words: &[String]) -> Option<usize> {
        let name = format!("{} {}/{}", self.text("title"), self.owner, self.project).to_lowercase();
        let rest = ["description", "categories", "tags"].map(|key| self.text(key));
        let rest = rest.join(" ").to_lowercase();
        words.iter().try_fold(0, |sum, word| {
            match (name.contains(word), rest.contains(word)) {
                (true, _) => Some(sum),
                (false, true) => Some(sum + 1),
                (false, false) => None,
            }
        })
    }
}

fn is_one_of(word: &str, wanted: &[impl AsRef<str>]) -> bool {
    wanted
        .iter()
        .any(|wanted| wanted.as_ref().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn catalogue() -> Catalogue {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("models.json");
        let objects = json!([
            {"id": "30", "cleanslugowner": "a", "cleanslugproject": "x", "title": "Cat", "tags": ["Fur"],
             "ratedusercount": "10", "averagepoint": "4.50", "categories": ["llm"]},
            {"id": 7, "cleanslugowner": "a", "cleanslugproject": "y", "description": "Draws a cat.",
             "ratedusercount": 9, "averagepoint": "10.00", "categories": ["tool", "Workflow"]},
            {"id": "100", "slugowner": "B Corp", "cleanslugowner": "b", "cleanslugproject": "z", "tags": ["cat"],
             "ratedusercount": "9", "commentcount": "3", "averagepoint": "4.5", "categories": ["llm", "chat"]},
        ]);
        fs_err::write(&file, objects.to_string()).unwrap();
        Catalogue::load(Some(&file)).unwrap()
    }

    /// The models of the file that are found, in one word.
    fn found(catalogue: &Catalogue, query: &Query) -> String {
        let found = catalogue.search(query).into_iter();
        found
            .filter(|model| model.owner != "sandbox")
            .map(|model| model.project.as_str())
            .collect()
    }

    #[test]
    fn every_sort_has_two_ends_and_one_of_its_own() {
        let catalogue = catalogue();
        let (up, down) = (Some(Direction::Ascending), Some(Direction::Descending));
        let table = [
            ("id", up, "yxz"),
            ("id", down, "zxy"),
            ("id", None, "yxz"),
            ("time", up, "yxz"),
            ("time", None, "zxy"),
            ("ratedusercount", up, "yzx"),
            ("ratedusercount", down, "xzy"),
            ("commentcount", up, "xyz"),
            ("commentcount", None, "zyx"),
            ("averagepoint", up, "xzy"),
            ("averagepoint", down, "yzx"),
            ("relevance", None, "xyz"),
            ("relevance", down, "xyz"),
            ("relevance", up, "zyx"),
            ("title", down, "xyz"),
            ("", None, "xyz"),
        ];
        for (word, direction, expected) in table {
            let query = Query {
                sort: Sort::of(word),
                direction,
                search: "cat".to_owned(),
                ..Query::default()
            };
            assert_eq!(found(&catalogue, &query), expected, "{word} {direction:?}");
        }
    }

    #[test]
    fn filters_leave_what_fits() {
        let catalogue = catalogue();
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let queries = [
            (
                Query {
                    search: "CAT draws".to_owned(),
                    ..Query::default()
                },
                "y",
            ),
            (
                Query {
                    search: "cat dog".to_owned(),
                    ..Query::default()
                },
                "",
            ),
            (
                Query {
                    categories: words(&["LLM"]),
                    ..Query::default()
                },
                "xz",
            ),
            (
                Query {
                    categories: words(&["chat", "tool"]),
                    ..Query::default()
                },
                "yz",
            ),
            (
                Query {
                    tags: words(&["fur"]),
                    ..Query::default()
                },
                "x",
            ),
            (
                Query {
                    slugowner: "a".to_owned(),
                    ..Query::default()
                },
                "xy",
            ),
            (
                Query {
                    slugowner: "b corp".to_owned(),
                    ..Query::default()
                },
                "z",
            ),
            (
                Query {
                    slugowner: "nobody".to_owned(),
                    ..Query::default()
                },
                "",
            ),
            (
                Query {
                    hide_workflows: true,
                    ..Query::default()
                },
                "xz",
            ),
        ];
        for (query, expected) in queries {
            assert_eq!(found(&catalogue, &query), expected, "{query:?}");
        }
    }
}
