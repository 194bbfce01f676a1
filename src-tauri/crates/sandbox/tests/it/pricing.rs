//! What a run of a catalogue's model costs, worked out by hand and taken from the wallet.

use reqwest::multipart::Form;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Lab, file, picture, serving};

/// One model `acme/priced` with these entries, and whatever else it has.
fn priced(dynamic: &Value, rest: &Value) -> Lab {
    let mut model = json!({
        "cleanslugowner": "acme", "cleanslugproject": "priced", "parameters": null, "dynamicprice": dynamic,
    });
    let members = rest.as_object().unwrap().clone();
    model.as_object_mut().unwrap().extend(members);
    serving(&json!([model]), |config| config)
}

fn entry(method: &str, price: &Value) -> Value {
    json!({ "inputs": {}, "price": price, "priceMethod": method })
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// Runs the model, and takes the wallet to task.
async fn charged(lab: &Lab, task: &crate::support::Task) -> Value {
    let before = decimal(&lab.stats().await["balance"]);
    let detail = lab.ended(task).await;
    let cost = decimal(&detail["totalcost"]);
    let after = decimal(&lab.stats().await["balance"]);
    assert!(
        after == Decimal::ONE_HUNDRED - cost && after <= before,
        "{detail}"
    );
    detail
}

fn wav(sample_rate: u32, samples: u32) -> Vec<u8> {
    let data = samples * 2;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(sample_rate.to_le_bytes());
    bytes.extend((sample_rate * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(data.to_le_bytes());
    bytes.resize(bytes.len() + data as usize, 0);
    bytes
}

#[tokio::test]
async fn what_is_known_beforehand_is_charged_exactly() {
    let table = [
        // One request.
        (
            "cpr",
            json!(0.09),
            json!({ "prompt": "a" }),
            "0.090000000000",
        ),
        // One echoed output.
        ("cpo", json!("0.002"), json!({}), "0.002000000000"),
        // 0.000015 x 11 characters
        (
            "cp-promptlength",
            json!("0.000015"),
            json!({ "prompt": "Grüße, Welt" }),
            "0.000165000000",
        ),
        // 0.05 x 8 s
        (
            "cp-outputVideoLength",
            json!(0.05),
            json!({ "duration": "8" }),
            "0.400000000000",
        ),
        // 0.01 x ceil(1920 x 1080 / 1,048,576 = 1.98) = 2 tiers
        (
            "cp-pixel",
            json!(0.01),
            json!({ "width": 1920, "height": "1080" }),
            "0.020000000000",
        ),
        // One turn.
        (
            "cp-realtimeturn",
            json!(0.0125),
            json!({}),
            "0.012500000000",
        ),
        // What the model prints: it echoes its parameters.
        (
            "cp-readoutput",
            json!(0),
            json!({ "cost": "0.0421" }),
            "0.042100000000",
        ),
    ];
    for (method, price, body, cost) in table {
        let entries = json!([entry(method, &price)]);
        for dynamic in [entries.clone(), json!(entries.to_string())] {
            let lab = priced(&dynamic, &json!({}));
            let task = lab.run("acme/priced", body.clone()).await;
            assert_eq!(
                charged(&lab, &task).await["totalcost"],
                cost,
                "{dynamic} {body}"
            );
        }
    }
}

#[tokio::test]
async fn seconds_are_those_that_the_task_shows() {
    let table = [
        (json!([entry("cps", &json!("0.0007"))]), json!({}), "0.0007"),
        (json!(""), json!({ "cps": "0.000585" }), "0.000585"),
    ];
    for (dynamic, rest, per_second) in table {
        let lab = priced(&dynamic, &rest);
        let task = lab.run("acme/priced", json!({})).await;
        let detail = charged(&lab, &task).await;
        let per_second: Decimal = per_second.parse().unwrap();
        let expected = per_second * decimal(&detail["elapsedseconds"]);
        assert_eq!(decimal(&detail["totalcost"]), expected, "{detail}");
    }
}

#[tokio::test]
async fn tokens_are_the_words_that_went_in_and_came_out() {
    let lab = priced(&json!([entry("cpt", &json!("0.000002"))]), &json!({}));
    let task = lab
        .run("acme/priced", json!({ "prompt": "three small words" }))
        .await;
    let detail = charged(&lab, &task).await;
    let printed = detail["debugoutput"].as_str().unwrap();
    let words = 3 + printed.split_whitespace().count();
    let expected = Decimal::new(2, 6) * Decimal::from(words);
    assert_eq!(decimal(&detail["totalcost"]), expected, "{detail}");
}

#[tokio::test]
async fn files_that_go_in_are_measured() {
    let entries = json!([entry("cp-audiosecondslength", &json!("0.004"))]);
    let lab = priced(&entries, &json!({}));
    // 1.5 s as a file of the run, 0.25 s uploaded before, and no audio: 0.004 x 1.75
    let upload = Form::new().part("file", file(wav(24_000, 6_000), "b.wav", "audio/wav"));
    let upload = lab
        .post("File/Upload")
        .multipart(upload)
        .send()
        .await
        .unwrap();
    let upload: Value = upload.json().await.unwrap();
    let url = upload["list"][0]["url"].as_str().unwrap().to_owned();
    let models = json!([{
        "cleanslugowner": "acme", "cleanslugproject": "priced", "dynamicprice": entries,
        "parameters": [{ "title": "", "items": [{ "id": "audio", "type": "combinefileinput" }] }],
    }]);
    let path = lab.dir.path().join("models.json");
    fs_err::write(&path, models.to_string()).unwrap();
    let lab = crate::support::restarted(lab, |config| config.catalogue(path)).await;
    let form = Form::new()
        .part("audio", file(wav(8_000, 12_000), "a.wav", "audio/wav"))
        .part("audio", file(b"no audio".to_vec(), "c.txt", "text/plain"))
        .text("audio", url);
    let task = lab.run_form("acme/priced", form).await;
    assert_eq!(charged(&lab, &task).await["totalcost"], "0.007000000000");

    // One tier comes out, and 2 + 1 go in: 0.5 + 3 x 0.1
    let pixels =
        json!([{ "inputs": {}, "price": 0.5, "priceInput": 0.1, "priceMethod": "cp-pixel" }]);
    let lab = priced(&pixels, &json!({}));
    let png = |width, height| {
        let bytes = picture(width, height, image::ImageFormat::Png);
        file(bytes, "a.png", "image/png")
    };
    let form = Form::new()
        .part("images", png(1025, 1024))
        .part("images", png(8, 8))
        .part(
            "images",
            file(b"no picture".to_vec(), "a.txt", "text/plain"),
        );
    let task = lab.run_form("acme/priced", form).await;
    assert_eq!(charged(&lab, &task).await["totalcost"], "0.800000000000");
}

#[tokio::test]
async fn entries_are_chosen_by_what_was_sent() {
    let dynamic = json!([
        { "inputs": {}, "price": 1 },
        { "inputs": { "resolution": "720p" }, "price": 0.13 },
        { "inputs": { "resolution": "720p", "duration": "10" }, "price": 0.26 },
        { "inputs": { "duration": "10", "resolution": "720p" }, "price": 9 },
        { "inputs": { "images": "QUANTITY:3" }, "price": 0.5 },
    ]);
    let parameters = json!([{ "title": "", "items": [
        { "id": "resolution", "type": "select", "default": "1080p",
          "options": [{ "value": "720p" }, { "value": "1080p" }] },
        { "id": "duration", "type": "range", "default": "5" },
        { "id": "images", "type": "multifileinput" },
    ]}]);
    let lab = priced(&dynamic, &json!({ "parameters": parameters }));
    let urls = "https://example.com/a,https://example.com/b,https://example.com/c";
    let table = [
        (json!({}), "1.000000000000"),
        (json!({ "resolution": "720p" }), "0.130000000000"),
        // A number and its text are the same; of two that fit as well, the first.
        (
            json!({ "resolution": "720p", "duration": 10 }),
            "0.260000000000",
        ),
        // Three addresses are three files.
        (json!({ "imagesUrl": urls }), "0.500000000000"),
        (
            json!({ "images": ["https://example.com/a"] }),
            "1.000000000000",
        ),
        // One condition each: the first of the list.
        (
            json!({ "imagesUrl": urls, "resolution": "720p" }),
            "0.130000000000",
        ),
    ];
    for (body, cost) in table {
        let detail = lab.ended(&lab.run("acme/priced", body.clone()).await).await;
        assert_eq!(detail["totalcost"], cost, "{body}");
    }
    // 100 - 1 - 0.13 - 0.26 - 0.5 - 1 - 0.13
    assert_eq!(lab.stats().await["balance"], "96.98");
}

#[tokio::test]
async fn a_turn_is_told_when_it_is_charged() {
    let models = json!([{
        "cleanslugowner": "acme", "cleanslugproject": "talk", "parameters": null,
        "dynamicprice": [entry("cp-realtimeturn", &json!(0.0125))],
    }]);
    let lab = serving(&models, |config| config.workers(1));
    let mut socket = lab.socket().await;
    let task = lab.run_followed("acme/talk", json!({}), &mut socket).await;
    let frames = socket.frames_until("task_postprocess_end").await;
    let told = frames.iter().position(|frame| frame["type"] == "task_cost");
    let ended = frames.iter().position(|frame| frame["type"] == "task_end");
    assert!(told.unwrap() < ended.unwrap(), "{frames:?}");
    let expected = json!({
        "type": "task_cost", "id": task.id, "tasktoken": task.token, "turnCost": 0.0125, "cumulativeCost": 0.0125,
        "usage": { "turns": 1 }, "result": true,
    });
    assert_eq!(frames[told.unwrap()], expected);
    assert_eq!(lab.detail(&task).await["totalcost"], "0.012500000000");
}
