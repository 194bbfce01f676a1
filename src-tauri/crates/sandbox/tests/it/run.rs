use image::ImageFormat;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{file, lab, output_url, picture};

async fn download(url: &str) -> Vec<u8> {
    reqwest::get(url)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap()
        .to_vec()
}

#[tokio::test]
async fn an_uploaded_png_comes_back_twice_as_large() {
    let lab = lab(|config| config);
    let form = Form::new()
        .part(
            "inputImage",
            file(
                picture(60, 40, ImageFormat::Png),
                "my photo.png",
                "image/png",
            ),
        )
        .text("inputImageUrl", "");
    let task = lab.run_form("sandbox/upscale", form).await;
    let detail = lab.ended(&task).await;
    assert_eq!(
        (&detail["status"], &detail["pexit"]),
        (&json!("task_postprocess_end"), &json!("0")),
        "{detail}"
    );
    let output = &detail["outputs"][0];
    assert_eq!(
        (&output["name"], &output["contenttype"]),
        (&json!("0.png"), &json!("image/png"))
    );
    let bytes = download(&output_url(&detail)).await;
    assert_eq!(output["size"], bytes.len().to_string());
    let result = image::load_from_memory_with_format(&bytes, ImageFormat::Png)
        .unwrap()
        .into_rgb8();
    assert_eq!(result.dimensions(), (120, 80));
    // Corners keep their colours: it is the same picture, not just one of the right size.
    assert!(result.get_pixel(0, 0)[0] < 10 && result.get_pixel(119, 79)[0] > 240);
    assert!(result.get_pixel(0, 79)[1] > 240 && result.get_pixel(119, 0)[1] < 10);
    // The input can be fetched by the address the task shows.
    let shown = detail["parameters"]["inputImage"].as_str().unwrap();
    assert!(shown.ends_with("/my_photo.png"), "{shown}");
    assert_eq!(download(shown).await, picture(60, 40, ImageFormat::Png));
}

#[tokio::test]
async fn a_jpeg_by_url_stays_a_jpeg() {
    let lab = lab(|config| config);
    let source = Form::new().part(
        "inputImage",
        file(picture(32, 32, ImageFormat::Jpeg), "a.jpg", "image/jpeg"),
    );
    let first = lab
        .ended(
            &lab.run_form("sandbox/upscale", source.text("scale", "1"))
                .await,
        )
        .await;
    let url = output_url(&first);
    for body in [
        json!({ "inputImageUrl": url, "scale": 1.5 }),
        json!({ "inputImage": url, "scale": "1.5" }),
        json!({ "inputImage": [url], "scale": 1.5 }),
    ] {
        let detail = lab
            .ended(&lab.run("sandbox/upscale", body.clone()).await)
            .await;
        assert_eq!(detail["parameters"], body);
        assert_eq!(detail["outputs"][0]["name"], "0.jpg");
        let result = image::load_from_memory_with_format(
            &download(&output_url(&detail)).await,
            ImageFormat::Jpeg,
        );
        assert_eq!(result.unwrap().into_rgb8().dimensions(), (48, 48));
    }
}

#[tokio::test]
async fn refusals_use_the_documented_words() {
    let lab = lab(|config| config);
    let cases = [
        (
            "Run/nobody/nothing",
            json!({}),
            1,
            "slug-owner-project-not-exist",
        ),
        (
            "Run/sandbox/pattern",
            json!({}),
            0,
            "Request parameter [prompt] required",
        ),
        (
            "Run/sandbox/pattern",
            json!({ "prompt": "" }),
            0,
            "Request parameter [prompt] required",
        ),
        (
            "Run/sandbox/pattern",
            json!({ "prompt": "a", "width": "wide" }),
            0,
            "Request parameter [width] must be integer or float",
        ),
        (
            "Run/sandbox/pattern",
            json!({ "prompt": "a", "height": 4096 }),
            0,
            "Request parameter [height] must be between 64 and 2048",
        ),
        (
            "Run/sandbox/upscale",
            json!({ "scale": 2 }),
            0,
            "Request files [inputImage] required",
        ),
        (
            "Run/sandbox/upscale",
            json!({ "inputImageUrl": "https://example.com/a.png" }),
            0,
            "Request parameter [inputImage] must be an http address on this computer",
        ),
        (
            "Run/sandbox/pattern",
            json!(["prompt"]),
            0,
            "Request parameters are invalid.",
        ),
    ];
    for (path, body, code, message) in cases {
        assert_eq!(lab.refusal(path, body).await, (code, message.to_owned()));
    }
    let listed = lab.call("Task/List", json!({})).await;
    assert_eq!(
        (&listed["total"], &listed["tasklist"]),
        (&json!("0"), &json!([]))
    );
}

#[tokio::test]
async fn the_same_prompt_and_seed_give_the_same_picture() {
    let lab = lab(|config| config.workers(3));
    let body =
        |seed: Value| json!({ "prompt": "Slow tides", "width": 64, "height": 96, "seed": seed });
    let (first, again, other) = (
        lab.run("sandbox/pattern", body(json!("7"))).await,
        lab.run("sandbox/pattern", body(json!(7))).await,
        lab.run("sandbox/pattern", body(json!("8"))).await,
    );
    let mut pictures = Vec::new();
    for task in [first, again, other] {
        pictures.push(download(&output_url(&lab.ended(&task).await)).await);
    }
    assert_eq!(pictures[0], pictures[1]);
    assert_ne!(pictures[0], pictures[2]);
    let decoded = image::load_from_memory(&pictures[0]).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (64, 96));
}

#[tokio::test]
async fn a_failing_run_ends_with_its_exit_code_and_costs_nothing() {
    let lab = lab(|config| config);
    let task = lab
        .run(
            "sandbox/failing",
            json!({ "exitcode": 3, "message": "no such luck" }),
        )
        .await;
    let detail = lab.ended(&task).await;
    assert_eq!(
        (&detail["status"], &detail["pexit"]),
        (&json!("task_postprocess_end"), &json!("3"))
    );
    assert_eq!(
        (&detail["debugerror"], &detail["totalcost"]),
        (&json!("no such luck"), &json!("0"))
    );
    assert_eq!(detail["outputs"], json!([]));
    assert_eq!(lab.stats().await["balance"], "100");
}

#[tokio::test]
async fn what_is_no_picture_fails_in_the_model() {
    let lab = lab(|config| config);
    let form = Form::new().part(
        "inputImage",
        file(b"not a picture".to_vec(), "a.png", "image/png"),
    );
    let detail = lab
        .ended(&lab.run_form("sandbox/upscale", form).await)
        .await;
    assert_eq!(detail["pexit"], "1");
    assert!(
        detail["debugerror"]
            .as_str()
            .unwrap()
            .starts_with("Cannot read the picture"),
        "{detail}"
    );
}

#[tokio::test]
async fn an_input_that_cannot_be_fetched_is_a_polled_error() {
    let lab = lab(|config| config);
    let gone = lab
        .sandbox
        .api_url()
        .replace("/v1", "/files/1/nothing/a.png");
    let detail = lab
        .ended(
            &lab.run("sandbox/upscale", json!({ "inputImageUrl": gone }))
                .await,
        )
        .await;
    assert_eq!(
        (&detail["status"], &detail["pexit"]),
        (&json!("task_error"), &json!(""))
    );
    assert!(
        detail["debugerror"]
            .as_str()
            .unwrap()
            .starts_with("Cannot fetch "),
        "{detail}"
    );
}

#[tokio::test]
async fn the_callback_gets_the_finished_task() {
    let lab = lab(|config| config);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, mut received) = tokio::sync::mpsc::channel(1);
    let route = axum::routing::post(move |axum::Json(body): axum::Json<Value>| async move {
        sender.send(body).await.unwrap();
    });
    let server = tokio::spawn(async move {
        axum::serve(listener, axum::Router::new().route("/hook", route)).await
    });
    let task = lab
        .run("sandbox/failing", json!({ "callbackUrl": hook }))
        .await;
    let body = received.recv().await.unwrap();
    assert_eq!(
        (&body["result"], &body["total"]),
        (&json!(true), &json!("1"))
    );
    assert_eq!(
        (&body["tasklist"][0]["id"], &body["tasklist"][0]["pexit"]),
        (&json!(task.id), &json!("1"))
    );
    server.abort();
}
