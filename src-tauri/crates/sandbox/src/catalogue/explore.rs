//! What `Tool/Explore` shows (`PROTOCOL.md` section 5.5).

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::{Catalogue, Model};

/// Tools of a section; its `total` counts all there are.
const SECTION_LIMIT: usize = 12;

/// Sections by category, after the one of what came last. The documented ones are "recently added, image generation, video".
const SECTIONS: [(&str, &[&str]); 7] = [
    ("Image generation", &["text-to-image"]),
    ("Image editing", &["image-to-image", "image-editing"]),
    (
        "Video",
        &[
            "text-to-video",
            "image-to-video",
            "speech-to-video",
            "talking-head",
        ],
    ),
    (
        "Audio",
        &[
            "text-to-speech",
            "speech-to-text",
            "text-to-music",
            "text-to-song",
            "voice-clone",
        ],
    ),
    ("Realtime", &["realtime-conversation"]),
    ("Language models", &["llm", "llm-reasoning", "chat", "rag"]),
    ("3D", &["3d-generation"]),
];

impl Catalogue {
    /// Every section, those with nothing in them as well.
    pub(crate) fn explore(&self) -> Vec<Value> {
        let mut newest: Vec<&Model> = self.models.iter().collect();
        newest.sort_by_key(|model| Reverse(model.id));
        let by_category = SECTIONS.into_iter().map(|(title, categories)| {
            let models = self.models.iter();
            let models = models.filter(|model| model.lists("categories", categories));
            (title, models.collect())
        });
        [("Recently added", newest)]
            .into_iter()
            .chain(by_category)
            .zip(1..)
            .map(|((title, models), id)| section(id, title, &models))
            .collect()
    }
}

fn section(id: u32, title: &str, models: &[&Model]) -> Value {
    let shown = models.iter().take(SECTION_LIMIT);
    let tools: Vec<Value> = shown.map(|model| model.teaser()).collect();
    json!({ "id": id.to_string(), "title": title, "tools": tools, "total": models.len() })
}

impl Model {
    /// The few members that a tool has here; `title` is not among them.
    fn teaser(&self) -> Value {
        const SHOWN: [&str; 9] = [
            "id",
            "cleanslugowner",
            "cleanslugproject",
            "image",
            "description",
            "categories",
            "commentcount",
            "ratedusercount",
            "averagepoint",
        ];
        let mut teaser: serde_json::Map<String, Value> = SHOWN
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), self.object.get(key)?.clone())))
            .collect();
        let discount = self.object.get("discount").cloned();
        teaser.insert("discount".to_owned(), discount.unwrap_or_default());
        Value::Object(teaser)
    }
}
