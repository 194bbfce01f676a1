//! The models that take several pictures.

use image::{ImageFormat, RgbImage};
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{Lab, download, eventually, file, lab, lying_jpeg, output_url, picture};

fn png(width: u32, height: u32) -> reqwest::multipart::Part {
    file(
        picture(width, height, ImageFormat::Png),
        "a.png",
        "image/png",
    )
}

async fn opened(output: &Value) -> RgbImage {
    let (_, bytes) = download(output["url"].as_str().unwrap()).await;
    assert_eq!(output["size"], bytes.len().to_string(), "{output}");
    image::load_from_memory(&bytes).unwrap().into_rgb8()
}

/// The address of a picture that a run of this Sandbox made.
async fn made(lab: &Lab, width: u32, height: u32) -> String {
    let body = json!({ "prompt": "a", "width": width, "height": height });
    let task = lab.run("sandbox/pattern", body).await;
    output_url(&lab.ended(&task).await)
}

#[tokio::test]
async fn filters_give_one_output_for_each_of_files_and_addresses_mixed() {
    let lab = lab(|config| config);
    let url = made(&lab, 96, 64).await;
    let jpeg = file(lying_jpeg(40, 20), "b.jpg", "image/jpeg");
    let form = Form::new()
        .part("inputImages", png(30, 20))
        .text("inputImages", url.clone())
        .part("inputImages", jpeg)
        .text("filter", "invert");
    let task = lab.run_form("sandbox/filters", form).await;
    let detail = lab.ended(&task).await;
    assert_eq!(detail["pexit"], "0", "{detail}");
    let outputs = detail["outputs"].as_array().unwrap();
    let names: Vec<(&Value, &Value)> = outputs
        .iter()
        .map(|output| (&output["name"], &output["contenttype"]))
        .collect();
    let expected = [
        (json!("0.png"), json!("image/png")),
        (json!("1.png"), json!("image/png")),
        (json!("2.jpg"), json!("image/jpeg")),
    ];
    assert_eq!(names, expected.each_ref().map(|(name, kind)| (name, kind)));

    let source = image::load_from_memory(&picture(30, 20, ImageFormat::Png)).unwrap();
    let inverted = opened(&outputs[0]).await;
    for (result, source) in inverted.pixels().zip(source.into_rgb8().pixels()) {
        assert_eq!(result.0, source.0.map(|channel| 255 - channel));
    }
    let (_, bytes) = download(&url).await;
    let source = image::load_from_memory(&bytes).unwrap().into_rgb8();
    assert_eq!(
        opened(&outputs[1]).await.get_pixel(50, 50).0,
        source.get_pixel(50, 50).0.map(|channel| 255 - channel)
    );
    // Taken lying on its side, given back upright: what was below at the left is now above at the left.
    let upright = opened(&outputs[2]).await;
    assert_eq!(upright.dimensions(), (20, 40));
    let [above, below] = [0, 39].map(|y| 255 - upright.get_pixel(2, y)[0]);
    assert!(above < 40 && below > 200, "{above} {below}");
}

#[tokio::test]
async fn every_filter_of_the_schema_does_something_of_its_own() {
    let lab = lab(|config| config);
    let url = made(&lab, 64, 64).await;
    let named = json!({ "slugowner": "sandbox", "slugproject": "filters" });
    let tool = lab.call("Tool/Detail", named).await["tool"][0].clone();
    let filter = &tool["parameters"][0]["items"][1];
    assert_eq!(filter["id"], "filter");
    let filters: Vec<&str> = filter["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|option| option["value"].as_str().unwrap())
        .collect();
    assert_eq!(filters, ["grayscale", "blur", "sharpen", "sepia", "invert"]);
    let mut results = vec![download(&url).await.1];
    for filter in filters {
        // One address may stand alone.
        let body = json!({ "inputImages": url, "filter": filter });
        let detail = lab.ended(&lab.run("sandbox/filters", body).await).await;
        assert_eq!(detail["pexit"], "0", "{detail}");
        let (_, result) = download(&output_url(&detail)).await;
        assert!(!results.contains(&result), "{filter}");
        results.push(result);
    }
    let body = json!({ "inputImages": [url] });
    let default = lab.ended(&lab.run("sandbox/filters", body).await).await;
    assert_eq!(download(&output_url(&default)).await.1, results[1]);
    let unknown = json!({ "inputImages": [url], "filter": "sparkle" });
    let refusal = lab.refusal("Run/sandbox/filters", unknown).await;
    assert_eq!(refusal, (0, "Request parameters are invalid.".to_owned()));
}

#[tokio::test]
async fn filters_report_every_step() {
    let lab = lab(|config| config.workers(1));
    let url = made(&lab, 64, 64).await;
    let mut socket = lab.socket().await;
    let body = json!({ "inputImages": [url, url], "filter": "blur" });
    lab.run_followed("sandbox/filters", body, &mut socket).await;
    let frames = socket.frames_until("task_postprocess_end").await;
    let steps: Vec<(&Value, &Value)> = frames
        .iter()
        .filter(|frame| frame["message"].get("percentage").is_some())
        .map(|frame| {
            (
                &frame["message"]["stepCurrent"],
                &frame["message"]["percentage"],
            )
        })
        .collect();
    let expected = [("1", "25"), ("2", "50"), ("3", "75"), ("4", "100")];
    assert_eq!(steps.len(), expected.len(), "{frames:?}");
    for (step, (current, percentage)) in steps.into_iter().zip(expected) {
        assert_eq!(step, (&json!(current), &json!(percentage)));
    }
    let outputs = frames.last().unwrap()["message"].as_array().unwrap();
    assert_eq!(outputs.len(), 2);
}

#[tokio::test]
async fn a_sheet_shows_files_and_addresses_side_by_side() {
    let lab = lab(|config| config);
    let url = made(&lab, 480, 240).await;
    let form = Form::new()
        .part("inputImages", png(240, 240))
        .part(
            "inputImages",
            file(lying_jpeg(240, 120), "b.jpg", "image/jpeg"),
        )
        .text("inputImagesUrl", format!("{url},{url}"))
        .text("columns", "3");
    let task = lab.run_form("sandbox/contact-sheet", form).await;
    let detail = lab.ended(&task).await;
    assert_eq!(detail["pexit"], "0", "{detail}");
    let outputs = detail["outputs"].as_array().unwrap();
    assert_eq!(outputs.len(), 1);
    assert_eq!(
        (&outputs[0]["name"], &outputs[0]["contenttype"]),
        (&json!("0.png"), &json!("image/png"))
    );
    let sheet = opened(&outputs[0]).await;
    // Three columns, two rows, twelve pixels between.
    assert_eq!(sheet.dimensions(), (3 * 252 + 12, 2 * 252 + 12));
    let paper = *sheet.get_pixel(0, 0);
    let shown = |column: u32, row: u32, (x, y): (u32, u32)| {
        *sheet.get_pixel(12 + column * 252 + x, 12 + row * 252 + y) != paper
    };
    let corner = (1, 1);
    let middle = (120, 120);
    // The square fills its cell; the upright and the broad one leave paper at their sides; two cells stay empty.
    assert!(shown(0, 0, corner) && shown(0, 0, middle));
    assert!(!shown(1, 0, (30, 120)) && shown(1, 0, (120, 2)) && shown(1, 0, middle));
    assert!(!shown(2, 0, (120, 30)) && shown(2, 0, (2, 120)));
    assert!(shown(0, 1, middle) && !shown(1, 1, middle) && !shown(2, 1, middle));
    let first = sheet.get_pixel(13, 13);
    assert!(first[0] < 10 && first[1] < 10, "{first:?}");
}

#[tokio::test]
async fn a_sheet_is_as_broad_as_its_pictures_need() {
    let lab = lab(|config| config);
    let url = made(&lab, 64, 64).await;
    let json = json!({ "inputImagesUrl": url, "columns": 12 });
    let default = json!({ "inputImagesUrl": [url, url, url, url, url] });
    for (body, columns, rows) in [(json, 1, 1), (default, 4, 2)] {
        let detail = lab
            .ended(&lab.run("sandbox/contact-sheet", body).await)
            .await;
        let sheet = opened(&detail["outputs"][0]).await;
        let expected = (columns * 252 + 12, rows * 252 + 12);
        assert_eq!(sheet.dimensions(), expected, "{detail}");
    }
    let too_broad = json!({ "inputImagesUrl": url, "columns": 13 });
    let refusal = lab.refusal("Run/sandbox/contact-sheet", too_broad).await;
    let message = "Request parameter [columns] must be between 1 and 12";
    assert_eq!(refusal, (0, message.to_owned()));
}

#[tokio::test]
async fn nonsense_ends_with_an_exit_code_and_says_which_picture() {
    let lab = lab(|config| config);
    for model in ["sandbox/filters", "sandbox/contact-sheet"] {
        let form = Form::new().part("inputImages", png(8, 8)).part(
            "inputImages",
            file(b"nothing".to_vec(), "b.png", "image/png"),
        );
        let task = lab.run_form(model, form).await;
        let detail = lab.ended(&task).await;
        assert_eq!(
            (&detail["status"], &detail["pexit"], &detail["outputs"]),
            (&json!("task_postprocess_end"), &json!("1"), &json!([])),
            "{model}"
        );
        let reason = detail["debugerror"].as_str().unwrap();
        assert!(
            reason.starts_with("Picture 2: Cannot read the picture: "),
            "{reason}"
        );
        let refusal = lab.refusal(&format!("Run/{model}"), json!({})).await;
        let message = "Request files [inputImages] required";
        assert_eq!(refusal, (0, message.to_owned()), "{model}");
        // What it had already made is gone from the disk; what it was given stays until it is deleted.
        let folder = lab.dir.path().join("files").join(&task.id);
        eventually("only what it was given stays", || {
            fs_err::read_dir(&folder).unwrap().count() == 2
        })
        .await;
    }
    let many =
        |count: usize| (0..count).fold(Form::new(), |form, _| form.part("inputImages", png(2, 2)));
    for (model, count, message) in [
        (
            "sandbox/filters",
            9,
            "This model takes 1 to 8 pictures, not 9.",
        ),
        (
            "sandbox/contact-sheet",
            65,
            "This model takes 1 to 64 pictures, not 65.",
        ),
    ] {
        let detail = lab.ended(&lab.run_form(model, many(count)).await).await;
        assert_eq!(
            (&detail["pexit"], &detail["debugerror"]),
            (&json!("1"), &json!(message))
        );
    }
}
