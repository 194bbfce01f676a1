//! Sections 4.3, 5.1 and 7.3: pages and filters of the two lists.

use crate::support::{Sandbox, model};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The slugs of a Tool/List answer, in order.
async fn slugs(sandbox: &Sandbox, body: Value) -> Vec<String> {
    let answer = sandbox.post("/Tool/List", body).await;
    let tools = answer.success()["tool"].as_array().unwrap();
    let slug = |tool: &Value| tool["cleanslugproject"].as_str().unwrap().to_owned();
    tools.iter().map(slug).collect()
}

async fn thirty_more() -> Sandbox {
    let models: Vec<_> = (0..30)
        .map(|number| {
            let mut model = model::model(&format!("numbered-{number:02}"), &json!([]));
            model["id"] = json!((9_100 + number).to_string());
            if number % 10 == 0 {
                model["categories"] = json!(["tool", "llm"]);
                model["tags"] = json!(["round"]);
            }
            model
        })
        .collect();
    Sandbox::serving(&models, &[]).await
}

#[tokio::test]
async fn section_4_3_the_pages_of_tool_list_cover_everything_once() {
    let sandbox = thirty_more().await;
    let answer = sandbox.post("/Tool/List", json!({})).await;
    let total = usize::try_from(answer.success()["total"].as_u64().unwrap()).unwrap();
    assert!(total >= 36, "{total}");
    assert_eq!(slugs(&sandbox, json!({})).await.len(), 20);

    let mut seen = Vec::new();
    for start in (0..total).step_by(7) {
        let page = json!({"start": start.to_string(), "limit": "7", "sort": "id", "order": "ASC"});
        let page = slugs(&sandbox, page).await;
        assert_eq!(page.len(), 7.min(total - start));
        seen.extend(page);
    }
    assert_eq!(seen.len(), total);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), total);
}

#[tokio::test]
async fn section_4_3_a_page_behind_the_end_is_empty_and_no_error() {
    let sandbox = Sandbox::start().await;
    assert!(slugs(&sandbox, json!({"start": "500"})).await.is_empty());
    let tasks = sandbox.post("/Task/List", json!({"start": "500"})).await;
    assert_eq!(tasks.success()["tasklist"], json!([]));
}

#[tokio::test]
async fn section_5_1_filters() {
    let sandbox = thirty_more().await;
    let all = |filter: Value| {
        let mut body = json!({"limit": "100"});
        let object = body.as_object_mut().unwrap();
        object.extend(filter.as_object().unwrap().clone());
        body
    };
    let cases = [
        (json!({"slugowner": "price-lab"}), 30),
        (json!({"slugowner": "nobody"}), 0),
        (json!({"slugowner": "price-lab", "categories": ["llm"]}), 3),
        (json!({"slugowner": "price-lab", "tags": ["round"]}), 3),
        (json!({"search": "numbered-07"}), 1),
        (json!({"search": "no model has this"}), 0),
        (
            json!({"search": "", "categories": [], "slugowner": "price-lab"}),
            30,
        ),
    ];
    for (filter, expected) in cases {
        let answer = sandbox.post("/Tool/List", all(filter.clone())).await;
        let body = answer.success();
        assert_eq!(body["tool"].as_array().unwrap().len(), expected, "{filter}");
        assert_eq!(body["total"].as_u64().unwrap(), expected as u64, "{filter}");
    }
}

/// Sort values are free text (C-30); `id` goes both ways.
#[tokio::test]
async fn section_5_1_order() {
    let sandbox = thirty_more().await;
    let sorted = |sort: &str, order: &str| json!({"slugowner": "price-lab", "sort": sort, "order": order, "limit": "100"});
    let mut up = slugs(&sandbox, sorted("id", "ASC")).await;
    let down = slugs(&sandbox, sorted("id", "DESC")).await;
    assert_eq!(up[0], "numbered-00");
    up.reverse();
    assert_eq!(up, down);
    for sort in [
        "relevance",
        "time",
        "ratedusercount",
        "commentcount",
        "averagepoint",
        "other",
    ] {
        assert_eq!(
            slugs(&sandbox, sorted(sort, "DESC")).await.len(),
            30,
            "{sort}"
        );
    }
}

#[tokio::test]
async fn section_7_3_task_list_pages_and_filters_by_model() {
    let sandbox = Sandbox::start().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let slug = ["sandbox/pattern", "sandbox/failing"][number % 2];
        let run = sandbox
            .run(slug, json!({"prompt": "sea", "width": 64, "height": 64}))
            .await;
        sandbox.finished(&run).await;
        ids.insert(0, run.id);
    }
    let list = async |extra: Value| {
        let mut body = json!({"type": "model", "sort": "id", "order": "DESC"});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        let answer = sandbox.post("/Task/List", body).await;
        let body = answer.success();
        let tasks = body["tasklist"].as_array().unwrap();
        let ids: Vec<_> = tasks
            .iter()
            .map(|task| task["id"].as_str().unwrap().to_owned())
            .collect();
        (body["total"].as_str().unwrap().to_owned(), ids)
    };
    assert_eq!(list(json!({})).await, ("5".to_owned(), ids.clone()));
    assert_eq!(list(json!({"start": "0", "limit": "2"})).await.1, ids[..2]);
    assert_eq!(
        list(json!({"start": "3", "limit": "5"})).await,
        ("5".to_owned(), ids[3..].to_vec())
    );
    for name in ["failing", "fail", "pattern"] {
        let (total, found) = list(json!({"modelName": name})).await;
        let expected = if name == "pattern" { 3 } else { 2 };
        assert_eq!(
            (total.as_str(), found.len()),
            (expected.to_string().as_str(), expected),
            "{name}"
        );
    }
    assert_eq!(
        list(json!({"modelName": "nothing"})).await,
        ("0".to_owned(), Vec::new())
    );
    let mut oldest_first = list(json!({"order": "ASC"})).await.1;
    oldest_first.reverse();
    assert_eq!(oldest_first, ids);
}
