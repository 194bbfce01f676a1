//! The Sandbox's own models, as the objects `Tool/Detail` shows.

mod realtime;

use serde_json::{Map, Value, json};

use crate::models::{Computes, Realtime};

/// Every model the Sandbox can really compute, in the order it lists them.
pub(super) fn models() -> Vec<(Map<String, Value>, Computes)> {
    let models = [
        (upscale(), Computes::Upscale),
        (filters(), Computes::Filters),
        (contact_sheet(), Computes::ContactSheet),
        (pattern(), Computes::Pattern),
        (relief(), Computes::Relief),
        (word_count(), Computes::WordCount),
        (eliza(), Computes::Eliza),
        (realtime::parrot(), Computes::Realtime(Realtime::Parrot)),
        (
            realtime::morse_tts(),
            Computes::Realtime(Realtime::MorseTts),
        ),
        (
            realtime::morse_stt(),
            Computes::Realtime(Realtime::MorseStt),
        ),
        (slow(), Computes::Slow),
        (failing(), Computes::Failing),
    ];
    models
        .into_iter()
        .filter_map(|(object, computes)| Some((object.as_object()?.clone(), computes)))
        .collect()
}

fn price(method: &str, usd: f64) -> Value {
    json!([{ "inputs": {}, "price": usd, "priceMethod": method }])
}

fn upscale() -> Value {
    json!({
        "title": "Upscale",
        "slugowner": "sandbox",
        "slugproject": "upscale",
        "description": "Enlarges one picture up to eight times with Lanczos resampling, on this computer's processor.",
        "computingtime": "2 seconds",
        "categories": ["tool", "image-to-image", "image-editing"],
        "tags": ["upscale", "lanczos"],
        "dynamicprice": price("cpr", 0.01),
        "readme": "<p>Lanczos3 resampling in linear steps of one row: sharp edges, no invented detail. A PNG stays a \
                   PNG, a JPEG stays a JPEG and is turned upright first; other pictures become PNGs.</p>\
                   <p>The result may have at most 16384 pixels a side and 64 megapixels in all.</p>",
        "parameters": [{ "title": "Input", "items": [
            {
                "id": "inputImage", "type": "fileinput", "label": "Image", "required": true,
                "note": "PNG, JPEG, WebP, GIF or BMP",
            },
            {
                "id": "scale", "type": "range", "label": "Scale", "required": false,
                "default": "2", "min": 1, "max": 8, "step": 0.5, "note": "How many times larger each side becomes",
            },
        ]}],
    })
}

fn filters() -> Value {
    json!({
        "title": "Filters",
        "slugowner": "sandbox",
        "slugproject": "filters",
        "description": "Puts up to eight pictures through one filter: grayscale, blur, sharpen, sepia or invert.",
        "computingtime": "2 seconds",
        "categories": ["tool", "image-to-image", "image-editing"],
        "tags": ["grayscale", "blur", "sharpen", "sepia", "invert"],
        "dynamicprice": price("cpo", 0.002),
        "readme": "<p>One result per picture, in their order. A PNG stays a PNG, a JPEG stays a JPEG and is turned upright \
                   first; other pictures become PNGs.</p>\
                   <p>If one of them cannot be read the run fails and costs nothing.</p>",
        "parameters": [{ "title": "Input", "items": [
            {
                "id": "inputImages", "type": "combinefileinput", "label": "Images", "required": true,
                "note": "Up to 8 files and addresses mixed: PNG, JPEG, WebP, GIF or BMP",
            },
            {
                "id": "filter", "type": "select", "label": "Filter", "required": false, "default": "grayscale",
                "options": [
                    { "label": "Grayscale", "value": "grayscale" },
                    { "label": "Blur", "value": "blur" },
                    { "label": "Sharpen", "value": "sharpen" },
                    { "label": "Sepia", "value": "sepia" },
                    { "label": "Invert", "value": "invert" },
                ],
            },
        ]}],
    })
}

fn contact_sheet() -> Value {
    json!({
        "title": "Contact sheet",
        "slugowner": "sandbox",
        "slugproject": "contact-sheet",
        "description": "Puts many pictures on one sheet, row by row, each in its own shape.",
        "computingtime": "2 seconds",
        "categories": ["tool", "image-to-image"],
        "tags": ["overview", "thumbnails"],
        "dynamicprice": price("cpr", 0.008),
        "readme": "<p>Pictures are shrunk to 240 pixels and turned upright, never enlarged, and keep their order.</p>",
        "parameters": [{ "title": "Input", "items": [
            {
                "id": "inputImages", "type": "multifileinput", "label": "Images", "required": true,
                "note": "Up to 64 files and addresses: PNG, JPEG, WebP, GIF or BMP",
            },
            {
                "id": "columns", "type": "range", "label": "Columns", "required": false,
                "default": "4", "min": 1, "max": 12, "step": 1, "note": "Pictures side by side",
            },
        ]}],
    })
}

fn pattern() -> Value {
    json!({
        "title": "Pattern",
        "slugowner": "sandbox",
        "slugproject": "pattern",
        "description": "Turns words into an abstract picture of flowing colours. The same words and seed give the same picture.",
        "computingtime": "1 second",
        "categories": ["tool", "text-to-image"],
        "tags": ["procedural", "abstract"],
        "dynamicprice": price("cpr", 0.005),
        "readme": "<p>The prompt and the seed choose a palette and a field of folded noise; nothing is understood, nothing \
                   is downloaded. Each step finishes a twentieth of the rows.</p>",
        "inspire": [{ "prompt": "Slow tides under a copper sky", "width": 768, "height": 512, "seed": "7" }],
        "parameters": [{ "title": "Input", "items": [
            {
                "id": "prompt", "type": "textarea", "label": "Prompt", "required": true,
                "placeholder": "Slow tides under a copper sky", "note": "Any words",
            },
            {
                "id": "width", "type": "range", "label": "Width", "required": false,
                "default": "512", "min": 64, "max": 2048, "step": 1, "note": "Pixels",
            },
            {
                "id": "height", "type": "range", "label": "Height", "required": false,
                "default": "512", "min": 64, "max": 2048, "step": 1, "note": "Pixels",
            },
            {
                "id": "seed", "type": "text", "label": "Seed", "required": false,
                "default": "0", "note": "Another seed gives another picture of the same prompt",
            },
        ]}],
    })
}

fn relief() -> Value {
    json!({
        "title": "Relief",
        "slugowner": "sandbox",
        "slugproject": "relief",
        "description": "Turns a picture into a solid to look at from all sides: what is light stands forward.",
        "computingtime": "2 seconds",
        "categories": ["tool", "3d-generation"],
        "tags": ["mesh", "glb", "heights"],
        "dynamicprice": price("cpr", 0.012),
        "readme": "<p>A binary glTF 2.0 file with one closed mesh: a front of at most 256 x 256 heights, four walls and a \
                   flat back, one metre along the longer side. The picture itself lies on it as a texture of at most 2048 \
                   pixels a side.</p>\
                   <p>Heights are how light the picture is, after turning it upright; what is transparent counts as \
                   black.</p>",
        "parameters": [{ "title": "Input", "items": [
            {
                "id": "inputImage", "type": "fileinput", "label": "Image", "required": true,
                "note": "PNG, JPEG, WebP, GIF or BMP",
            },
            {
                "id": "height", "type": "range", "label": "Height", "required": false,
                "default": "0.2", "min": 0, "max": 1, "step": 0.01,
                "note": "How far white stands before black, in lengths of the longer side",
            },
        ]}],
    })
}

fn word_count() -> Value {
    json!({
        "title": "Word count",
        "slugowner": "sandbox",
        "slugproject": "word-count",
        "description": "Tells how long documents are and which words they use most, as JSON or as Markdown tables.",
        "computingtime": "1 second",
        "categories": ["tool", "document"],
        "tags": ["words", "statistics", "text"],
        "dynamicprice": price("cpr", 0.003),
        "readme": "<p>Bytes, characters, words, lines, sentences and the ten most frequent words of each document and of \
                   all together. Words and sentences are found by the rules of Unicode; characters are counted as a \
                   reader counts them.</p>\
                   <p>Of HTML the tags, scripts and styles are left out, of JSON everything but keys and values, of Word \
                   documents everything but the paragraphs. UTF-8 and UTF-16 are recognised; other text is taken for \
                   Latin-1, and the result says that this is a guess. PDF cannot be read. If one document cannot be read \
                   the run fails and costs nothing.</p>",
        "parameters": [{ "title": "Input", "items": [
            {
                "id": "inputDocuments", "type": "multifileinput", "label": "Documents", "required": true,
                "note": "Up to 64 files and addresses: .txt, .md, .csv, .html, .json or .docx, at most 16 MB each",
            },
            {
                "id": "outputType", "type": "select", "label": "Output type", "required": false, "default": "json",
                "options": [
                    { "label": "JSON", "value": "json" },
                    { "label": "Markdown", "value": "markdown" },
                ],
            },
        ]}],
    })
}

fn eliza() -> Value {
    json!({
        "title": "ELIZA",
        "slugowner": "sandbox",
        "slugproject": "eliza",
        "description": "The first chat program, after Joseph Weizenbaum's of 1966: it listens, asks back and remembers.",
        "computingtime": "2 seconds",
        "categories": ["tool", "llm", "chat"],
        "tags": ["eliza", "conversation"],
        "dynamicprice": price("cpr", 0.0004),
        "readme": "<p>Weizenbaum's method with a script in the spirit of his DOCTOR: keywords with ranks, rules that take \
                   a sentence apart, replies that put its pieces together, and remarks that are kept for later. Nothing \
                   is understood, and the same prompts in the same order get the same answers. Its thoughts tell which \
                   words it saw and which rule it followed. It speaks English.</p>\
                   <p>Prompts with the same session ID, and the same user ID if there is one, belong to one conversation, \
                   which this computer remembers. Without a session ID every prompt stands alone. Of very many \
                   conversations the oldest are forgotten.</p>",
        "inspire": [
            { "prompt": "Men are all alike." },
            { "prompt": "I am unhappy because my father never listens to me." },
        ],
        "parameters": [{ "title": "Input", "items": [
            {
                "id": "prompt", "type": "textarea", "label": "Prompt", "required": true,
                "placeholder": "I am unhappy because my father never listens to me.", "note": "What you have to say",
            },
            {
                "id": "session_id", "type": "text", "label": "Session ID", "required": false,
                "note": "The same one continues a conversation",
            },
            {
                "id": "user_id", "type": "text", "label": "User ID", "required": false,
                "note": "Keeps the conversations of several people apart",
            },
            {
                "id": "words", "type": "range", "label": "Words", "required": false,
                "default": "0", "min": 0, "max": 25000, "step": 1,
                "note": "At least so many words of answer; 0 for one reply",
            },
        ]}],
    })
}

fn slow() -> Value {
    json!({
        "title": "Slow",
        "slugowner": "sandbox",
        "slugproject": "slow",
        "description": "Takes as many seconds as you ask for, reporting its progress, and then says how long it really took.",
        "computingtime": "5 seconds",
        "categories": ["tool", "test"],
        "tags": ["waiting"],
        "dynamicprice": price("cps", 0.001),
        "readme": "<p>For trying out waiting: progress, cancelling, closing the window and coming back.</p>",
        "parameters": [{ "title": "Input", "items": [{
            "id": "seconds", "type": "range", "label": "Seconds", "required": false,
            "default": "5", "min": 0, "max": 600, "step": 0.1, "note": "How long to take",
        }]}],
    })
}

fn failing() -> Value {
    json!({
        "title": "Failing",
        "slugowner": "sandbox",
        "slugproject": "failing",
        "description": "Fails with the exit code and the message you choose. A failed run costs nothing.",
        "computingtime": "1 second",
        "categories": ["tool", "test"],
        "tags": ["errors"],
        "dynamicprice": price("cpr", 0.01),
        "readme": "<p>For trying out failures. Exit code 0 writes the message as a warning and succeeds.</p>",
        "parameters": [{ "title": "Input", "items": [
            {
                "id": "exitcode", "type": "range", "label": "Exit code", "required": false,
                "default": "1", "min": 0, "max": 255, "step": 1, "note": "0 succeeds",
            },
            {
                "id": "message", "type": "textarea", "label": "Message", "required": false,
                "default": "Failing on request.", "note": "Written to the standard error stream",
            },
        ]}],
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_type_of_parameter_occurs() {
        let models = models();
        let items = models
            .iter()
            .filter_map(|(model, _)| model["parameters"].as_array())
            .flatten()
            .filter_map(|group| group["items"].as_array())
            .flatten();
        let types: BTreeSet<&str> = items.filter_map(|item| item["type"].as_str()).collect();
        let expected = [
            "combinefileinput",
            "fileinput",
            "multifileinput",
            "range",
            "select",
            "text",
            "textarea",
        ];
        assert!(types.into_iter().eq(expected), "PROTOCOL.md section 5.4");
    }
}
