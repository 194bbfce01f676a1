//! `wiro models`.

use serde_json::json;

use crate::stage::Stage;

#[test]
fn search_prints_a_line_a_model() {
    let stage = Stage::new();
    let ended = stage.json(&["models", "search", "lanczos"]);
    assert_eq!(
        ended.lines,
        [json!({
            "model": "sandbox/upscale",
            "title": "Upscale",
            "categories": ["image-to-image", "image-editing"],
            "price": {"kind": "exact", "usd": "0.01"},
        })]
    );
    assert_eq!(
        stage
            .json(&["models", "search", "--limit", "2"])
            .lines
            .len(),
        2
    );
    let tests = stage.json(&["models", "search", "--category", "test"]);
    let models: Vec<_> = tests.lines.iter().map(|line| &line["model"]).collect();
    assert_eq!(models, ["sandbox/slow", "sandbox/failing"]);
    let none = stage.json(&["models", "search", "no such words"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), ""));
}

#[test]
fn search_goes_on_past_the_first_page() {
    let models: Vec<_> = (0..130)
        .map(|number| json!({"title": "Plenty", "slugowner": "plenty", "slugproject": format!("m{number}")}))
        .collect();
    let stage = Stage::with_models(&json!(models));
    let found = stage.json(&["models", "search", "plenty", "--limit", "120"]);
    let mut slugs: Vec<String> = found
        .lines
        .iter()
        .map(|line| line["model"].to_string())
        .collect();
    assert_eq!(slugs.len(), 120);
    slugs.dedup();
    assert_eq!(slugs.len(), 120, "each once");
    assert_eq!(
        stage
            .json(&["models", "search", "plenty", "--limit", "500"])
            .lines
            .len(),
        130
    );
}

#[test]
fn show_tells_every_parameter() {
    let stage = Stage::new();
    let ended = stage.json(&["models", "show", "sandbox/upscale"]);
    let shown = ended.expect_success();
    assert_eq!(
        (&shown["model"], &shown["price"]),
        (
            &json!("sandbox/upscale"),
            &json!({"kind": "exact", "usd": "0.01"})
        )
    );
    assert_eq!(
        shown["parameters"],
        json!([
            {
                "id": "inputImage", "kind": "files", "label": "Image", "required": true, "default": null,
                "help": "PNG, JPEG, WebP, GIF or BMP", "placeholder": null,
                "mode": "single", "max_files": 1, "url_key": "inputImageUrl",
            },
            {
                "id": "scale", "kind": "range", "label": "Scale", "required": false, "default": "2",
                "help": "How many times larger each side becomes", "placeholder": null,
                "min": 1.0, "max": 8.0, "step": 0.5,
            },
        ])
    );
}

#[test]
fn show_tells_the_options_of_a_choice() {
    let stage = Stage::with_models(&json!([{
        "title": "Choice", "slugowner": "own", "slugproject": "choice",
        "parameters": [{"title": "Input", "items": [{
            "id": "style", "type": "select", "label": "Style", "required": true, "default": "b",
            "options": [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}],
        }]}],
    }]));
    let ended = stage.json(&["models", "show", "own/choice"]);
    let parameter = &ended.expect_success()["parameters"][0];
    assert_eq!(
        (&parameter["kind"], &parameter["default"]),
        (&json!("select"), &json!("b"))
    );
    assert_eq!(
        parameter["options"],
        json!([{"label": "A", "value": "a"}, {"label": "B", "value": "b"}])
    );
}

#[test]
fn a_model_that_is_not_there_is_named() {
    let stage = Stage::new();
    for arguments in [
        &["models", "show", "sandbox/nothing"] as &[&str],
        &["run", "sandbox/nothing"],
    ] {
        let ended = stage.json(arguments);
        let message = ended.expect_error(2, "model.unknown")["message"].to_string();
        assert!(message.contains("sandbox/nothing"), "{message}");
    }
    assert_eq!(stage.service.runs(), 0);
}

#[test]
fn people_read_words() {
    let stage = Stage::new();
    let shown =
        crate::service::Program::start(&mut stage.command(&["models", "show", "sandbox/upscale"]))
            .end();
    assert!(
        shown.stdout.contains("Price: $0.01")
            && shown.stdout.contains("scale: Scale, 1 to 8, default 2"),
        "{}",
        shown.stdout
    );
}
