use image::ImageFormat;
use reqwest::multipart::Form;
use rust_decimal::Decimal;
use serde_json::json;

use crate::support::{file, lab, picture};

fn usd(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[tokio::test]
async fn below_the_floor_nothing_runs() {
    let lab = lab(|config| config.balance(usd("0.49")));
    let refusal = lab
        .refusal("Run/sandbox/slow", json!({ "seconds": 0 }))
        .await;
    assert_eq!(refusal, (97, "Insufficient balance".to_owned()));
    assert_eq!(lab.call("Task/List", json!({})).await["total"], "0");
}

#[tokio::test]
async fn a_spent_wallet_stops_further_runs() {
    let lab = lab(|config| config.balance(usd("0.5")));
    let task = lab
        .run(
            "sandbox/pattern",
            json!({ "prompt": "a", "width": 64, "height": 64 }),
        )
        .await;
    assert_eq!(lab.ended(&task).await["totalcost"], "0.005000000000");
    assert_eq!(lab.stats().await["balance"], "0.495");
    assert_eq!(lab.refusal("Run/sandbox/slow", json!({})).await.0, 97);
}

#[tokio::test]
async fn the_largest_balance_there_is_can_be_spent_from() {
    let lab = lab(|config| config.balance(Decimal::MAX));
    let task = lab.run("sandbox/slow", json!({ "seconds": 0 })).await;
    assert_eq!(lab.ended(&task).await["pexit"], "0");
}

#[tokio::test]
async fn the_balance_decides_how_many_tasks_run_at_once() {
    let lab = lab(|config| config.balance(usd("29.99")).workers(1));
    let body = json!({ "seconds": 300 });
    let first = lab.run("sandbox/slow", body.clone()).await;
    let second = lab.run("sandbox/slow", body.clone()).await;
    let message = "You have reached your concurrent task limit. With your current balance of $29.99, you can run up to 2 \
                   tasks at the same time. Add funds to increase your limit.";
    assert_eq!(
        lab.refusal("Run/sandbox/slow", body.clone()).await,
        (96, message.to_owned())
    );
    lab.call("Task/Cancel", json!({ "taskid": second.id }))
        .await;
    lab.run("sandbox/slow", body.clone()).await;
    lab.until(&first, |status| status == "task_start").await;
    assert_eq!(lab.refusal("Run/sandbox/slow", body).await.0, 96);
}

#[tokio::test]
async fn f12_the_limit_follows_the_balance() {
    let table = [
        ("0.5", "0.50", Some(1)),
        ("9.99", "9.99", Some(1)),
        ("20", "20.00", Some(2)),
        ("50", "50.00", Some(5)),
        ("250", "250.00", Some(25)),
        ("250.01", "", None),
    ];
    for (balance, shown, limit) in table {
        let lab = lab(|config| config.balance(usd(balance)).workers(1));
        let body = json!({ "seconds": 300 });
        for _ in 0..limit.unwrap_or(26) {
            lab.run("sandbox/slow", body.clone()).await;
        }
        if let Some(limit) = limit {
            let message = format!(
                "You have reached your concurrent task limit. With your current balance of ${shown}, you can run up to \
                 {limit} tasks at the same time. Add funds to increase your limit."
            );
            let refusal = lab.refusal("Run/sandbox/slow", body).await;
            assert_eq!(refusal, (96, message), "{balance} USD");
        }
        let total = limit.unwrap_or(26).to_string();
        assert_eq!(lab.call("Task/List", json!({})).await["total"], total);
    }
}

#[tokio::test]
async fn models_charge_what_their_own_price_says() {
    let lab = lab(|config| config.balance(usd("1")));
    let pictures = |count: usize| {
        (0..count).fold(Form::new(), |form, index| {
            let bytes = picture(8, 8, ImageFormat::Png);
            form.part(
                "inputImages",
                file(bytes, &format!("{index}.png"), "image/png"),
            )
        })
    };
    // By the output, and by the request: three pictures cost three times one price and one time the other.
    for (model, price, cost, left) in [
        ("filters", "0.002", "0.006000000000", "0.994"),
        ("contact-sheet", "0.008", "0.008000000000", "0.986"),
    ] {
        let named = json!({ "slugowner": "sandbox", "slugproject": model });
        let tool = lab.call("Tool/Detail", named).await["tool"][0].clone();
        let published = tool["dynamicprice"].as_str().unwrap();
        assert!(published.contains(price), "{published}");
        let task = lab.run_form(&format!("sandbox/{model}"), pictures(3)).await;
        let detail = lab.ended(&task).await;
        assert_eq!(detail["totalcost"], cost, "{detail}");
        assert_eq!(lab.stats().await["balance"], left, "{model}");
    }
    // What fails is free.
    let too_many = lab.run_form("sandbox/filters", pictures(9)).await;
    let detail = lab.ended(&too_many).await;
    assert_eq!(
        (&detail["pexit"], &detail["totalcost"]),
        (&json!("1"), &json!("0"))
    );
    assert_eq!(lab.stats().await["balance"], "0.986");
}
