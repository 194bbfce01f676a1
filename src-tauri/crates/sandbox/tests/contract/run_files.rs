//! Section 6.3: every way to give a model a file.

use crate::support::{Run, Sandbox, model, part, png};
use reqwest::multipart::Form;
use serde_json::{Value, json};

/// How many files the service counted for `one`, `many` and `mixed` is what it charges: 1 to 4 thousandths of a
/// dollar for `one`, hundredths for `many`, tenths for `mixed`.
fn counting() -> Value {
    let mut prices = Vec::new();
    for (name, unit) in [("one", 0.001), ("many", 0.01), ("mixed", 0.1)] {
        for count in 1..=4_u8 {
            let inputs = json!({name: format!("QUANTITY:{count}")});
            prices.push(
                json!({"inputs": inputs, "price": unit * f64::from(count), "priceMethod": "cpr"}),
            );
        }
    }
    model::model("counting", &Value::from(prices))
}

fn file(name: &str) -> reqwest::multipart::Part {
    part(name, png(8, 6))
}

/// What the files of this accepted run cost, in thousandths.
async fn counted(sandbox: &Sandbox, run: &Run) -> f64 {
    let task = sandbox.succeeded(run).await;
    let cost: f64 = task["totalcost"].as_str().unwrap().parse().unwrap();
    (cost * 1000.0).round()
}

fn form() -> Form {
    Form::new().text("prompt", "count")
}

#[tokio::test]
async fn section_6_3_multipart_forms() {
    let sandbox = Sandbox::serving(&[counting()], &[]).await;
    let a = sandbox.upload("a.png", png(8, 6)).await;
    let b = sandbox.upload("b.png", png(8, 6)).await;
    let both = format!("{a},{b}");
    let cases = [
        (
            "one file",
            form().part("one", file("1.png")).text("oneUrl", ""),
            1.0,
        ),
        (
            "one URL in its twin",
            form().text("one", "").text("oneUrl", a.clone()),
            1.0,
        ),
        ("one URL in place", form().text("one", a.clone()), 1.0),
        (
            "many files",
            form()
                .part("many", file("1.png"))
                .part("many", file("2.png"))
                .text("manyUrl", ""),
            20.0,
        ),
        (
            "many URLs",
            form().text("many", "").text("manyUrl", both.clone()),
            20.0,
        ),
        (
            "files and URLs",
            form()
                .part("many", file("1.png"))
                .text("manyUrl", both.clone()),
            30.0,
        ),
        (
            "mixed files",
            form()
                .part("mixed", file("1.png"))
                .part("mixed", file("2.png")),
            200.0,
        ),
        (
            "mixed URLs",
            form().text("mixed", a.clone()).text("mixed", b.clone()),
            200.0,
        ),
        (
            "mixed",
            form()
                .text("mixed", a.clone())
                .part("mixed", file("2.png"))
                .text("mixed", b.clone()),
            300.0,
        ),
    ];
    for (why, form, expected) in cases {
        let run = sandbox.run_form("price-lab/counting", form).await;
        assert!(
            (counted(&sandbox, &run).await - expected).abs() < 0.5,
            "{why}"
        );
    }
}

#[tokio::test]
async fn section_6_3_json_forms() {
    let sandbox = Sandbox::serving(&[counting()], &[]).await;
    let a = sandbox.upload("a.png", png(8, 6)).await;
    let b = sandbox.upload("b.png", png(8, 6)).await;
    let both = format!("{a},{b}");
    let cases = [
        (json!({"prompt": "c", "oneUrl": a}), 1.0),
        (json!({"prompt": "c", "one": a}), 1.0),
        (json!({"prompt": "c", "one": "", "oneUrl": a}), 1.0),
        (json!({"prompt": "c", "manyUrl": a}), 10.0),
        (json!({"prompt": "c", "manyUrl": both}), 20.0),
        (json!({"prompt": "c", "mixed": [a, b]}), 200.0),
        (json!({"prompt": "c", "mixed": a}), 100.0),
        // Section 31: what the official quick-start apps send, even for one file.
        (json!({"prompt": "c", "one": [a]}), 1.0),
        (json!({"prompt": "c", "many": [a, b]}), 20.0),
    ];
    for (body, expected) in cases {
        let run = sandbox.run("price-lab/counting", body.clone()).await;
        assert!(
            (counted(&sandbox, &run).await - expected).abs() < 0.5,
            "{body}"
        );
    }
}

/// `%2C` keeps one URL one.
#[tokio::test]
async fn section_6_3_an_encoded_comma_does_not_split() {
    let sandbox = Sandbox::serving(&[counting()], &[]).await;
    let a = sandbox.upload("a.png", png(8, 6)).await;
    let body = json!({"prompt": "c", "manyUrl": format!("{a}?x=1%2C2,{a}")});
    let run = sandbox.run("price-lab/counting", body).await;
    assert!((counted(&sandbox, &run).await - 20.0).abs() < 0.5);
}

/// What was sent is told back: names of files and the URLs.
#[tokio::test]
async fn section_6_3_the_echo_names_every_file_and_url() {
    let sandbox = Sandbox::serving(&[counting()], &[]).await;
    let url = sandbox.upload("stored.png", png(8, 6)).await;
    let form = form()
        .part("mixed", file("first.png"))
        .text("mixed", url.clone())
        .part("many", file("Zweites Bild.png"))
        .text("manyUrl", "");
    let run = sandbox.run_form("price-lab/counting", form).await;
    let task = sandbox.succeeded(&run).await;
    let echo = task["debugoutput"].as_str().unwrap();
    for word in ["first", "Zweites", url.as_str()] {
        assert!(echo.contains(word), "{word}: {echo}");
    }
}

/// The picture that each form of one file gives the model.
#[tokio::test]
async fn section_6_3_the_model_reads_the_file_of_every_form() {
    let sandbox = Sandbox::start().await;
    let url = sandbox.upload("a.png", png(8, 6)).await;
    let multipart = [
        Form::new()
            .part("inputImage", file("1.png"))
            .text("inputImageUrl", ""),
        Form::new()
            .text("inputImage", "")
            .text("inputImageUrl", url.clone()),
        Form::new().text("inputImage", url.clone()),
    ];
    let mut runs = Vec::new();
    for form in multipart {
        let form = form.text("scale", "3");
        runs.push(sandbox.run_form("sandbox/upscale", form).await);
        sandbox.finished(runs.last().unwrap()).await;
    }
    for body in [
        json!({"inputImageUrl": url, "scale": 3}),
        json!({"inputImage": url, "scale": "3"}),
    ] {
        runs.push(sandbox.run("sandbox/upscale", body).await);
        sandbox.finished(runs.last().unwrap()).await;
    }
    for run in &runs {
        let task = sandbox.succeeded(run).await;
        let bytes = sandbox.bytes(&task["outputs"][0]["url"]).await;
        let picture = image::load_from_memory(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (24, 18), "{task:#}");
    }
}

#[tokio::test]
async fn section_6_3_one_output_for_each_of_the_mixed_inputs() {
    let sandbox = Sandbox::start().await;
    let url = sandbox.upload("a.png", png(8, 6)).await;
    let form = Form::new()
        .part("inputImages", file("1.png"))
        .text("inputImages", url.clone())
        .part("inputImages", file("2.png"))
        .text("filter", "invert");
    let run = sandbox.run_form("sandbox/filters", form).await;
    let task = sandbox.succeeded(&run).await;
    assert_eq!(task["outputs"].as_array().unwrap().len(), 3, "{task:#}");
    let picture = sandbox.bytes(&task["outputs"][1]["url"]).await;
    let picture = image::load_from_memory(&picture).unwrap().to_rgb8();
    assert_eq!(picture.get_pixel(0, 0).0, [215, 135, 55]);
}

#[tokio::test]
async fn section_6_3_a_sheet_of_files_and_urls() {
    let sandbox = Sandbox::start().await;
    let url = sandbox.upload("a.png", png(8, 6)).await;
    let form = Form::new()
        .part("inputImages", file("1.png"))
        .text("inputImagesUrl", format!("{url},{url}"));
    let run = sandbox.run_form("sandbox/contact-sheet", form).await;
    let task = sandbox.succeeded(&run).await;
    assert_eq!(task["outputs"].as_array().unwrap().len(), 1, "{task:#}");
    let body = json!({"inputImagesUrl": format!("{url},{url}")});
    let run = sandbox.run("sandbox/contact-sheet", body).await;
    sandbox.succeeded(&run).await;
}

/// A URL that cannot be had is no refusal of the run: the task fails, and costs nothing (sections 7.1 and 7.8).
#[tokio::test]
async fn section_7_1_an_input_that_cannot_be_had_fails_the_task() {
    let sandbox = Sandbox::start().await;
    let gone = format!("{}/nothing/here.png", sandbox.api.trim_end_matches("/v1"));
    let run = sandbox
        .run("sandbox/upscale", json!({"inputImageUrl": gone}))
        .await;
    let task = sandbox.finished(&run).await;
    assert_ne!(task["pexit"], "0", "{task:#}");
    assert_ne!(task["status"], "task_cancel", "{task:#}");
    assert_eq!(task["totalcost"], "0", "{task:#}");
    assert_ne!(task["debugerror"], "", "{task:#}");
}
