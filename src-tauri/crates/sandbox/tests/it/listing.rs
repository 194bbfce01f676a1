//! `Tool/List`, `Tool/Detail` and `Tool/Explore`.

use serde_json::{Value, json};

use crate::support::{Lab, lab, serving};

/// Three models whose slugs are one letter, and the Sandbox's own.
fn three() -> Lab {
    let models = json!([
        { "id": "50", "slugowner": "Acme", "cleanslugowner": "acme", "cleanslugproject": "a", "title": "Red cat",
          "categories": ["tool", "text-to-image"], "tags": ["cat"], "ratedusercount": "2", "commentcount": "10",
          "averagepoint": "4.50", "discount": "20", "readme": "<p>x</p>", "samples": ["s"], "parameters": null },
        { "id": "9", "cleanslugowner": "acme", "cleanslugproject": "b", "description": "A cat, too.",
          "categories": ["tool", "workflow", "text-to-video"], "ratedusercount": "12", "commentcount": "9",
          "averagepoint": "5.00" },
        { "id": "70", "cleanslugowner": "acme", "cleanslugproject": "c", "categories": ["tool", "llm"],
          "tags": ["Cat", "fast"], "ratedusercount": "1", "commentcount": "11", "averagepoint": "10" },
    ]);
    serving(&models, |config| config)
}

async fn listed(lab: &Lab, mut query: Value) -> String {
    query["slugowner"] = json!("acme");
    let answer = lab.call("Tool/List", query).await;
    let tools = answer["tool"].as_array().unwrap().iter();
    tools
        .map(|tool| tool["cleanslugproject"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn c30_every_sort_goes_both_ways() {
    let lab = three();
    let table = [
        ("id", "bac"),
        ("time", "bac"),
        ("ratedusercount", "cab"),
        ("commentcount", "bac"),
        ("averagepoint", "abc"),
    ];
    for (sort, ascending) in table {
        for (order, expected) in [
            ("ASC", ascending.to_owned()),
            ("DESC", ascending.chars().rev().collect()),
        ] {
            let query = json!({ "sort": sort, "order": order });
            assert_eq!(listed(&lab, query).await, expected, "{sort} {order}");
        }
    }
    // In the title, then elsewhere.
    for (order, expected) in [("DESC", "abc"), ("ASC", "cba"), ("", "abc")] {
        let query = json!({ "sort": "relevance", "order": order, "search": "cat" });
        assert_eq!(listed(&lab, query).await, expected, "{order}");
    }
}

#[tokio::test]
async fn filters_and_pages_go_together() {
    let lab = three();
    let table = [
        (json!({ "hideworkflows": true, "sort": "id" }), "ac"),
        (json!({ "hideworkflows": false, "sort": "id" }), "bac"),
        (
            json!({ "categories": ["llm", "text-to-video"], "sort": "id" }),
            "bc",
        ),
        (
            json!({ "categories": [], "tags": ["cat"], "sort": "id" }),
            "ac",
        ),
        (
            json!({ "search": "", "sort": "id", "start": "1", "limit": "1" }),
            "a",
        ),
        (json!({ "search": "cat fast" }), "c"),
        (json!({ "sort": "id", "start": 1, "limit": 5 }), "ac"),
        (json!({ "sort": "id", "start": "3" }), ""),
        (json!({ "sort": "id", "start": "-1", "limit": "x" }), "bac"),
    ];
    for (query, expected) in table {
        assert_eq!(listed(&lab, query.clone()).await, expected, "{query}");
    }
    // The total does not depend on the page.
    let query = json!({ "slugowner": "acme", "limit": "1" });
    assert_eq!(lab.call("Tool/List", query).await["total"], json!(3));
}

#[tokio::test]
async fn details_come_whole_or_in_short_and_say_what_they_miss() {
    let lab = three();
    let named = json!({ "slugowner": "acme", "slugproject": "a" });
    let whole = lab.call("Tool/Detail", named.clone()).await["tool"][0].clone();
    let mut short = named;
    short["summary"] = json!(true);
    let short = lab.call("Tool/Detail", short).await["tool"][0].clone();
    for key in ["readme", "samples", "inspire", "seotitle"] {
        assert!(
            whole.get(key).is_some() && short.get(key).is_none(),
            "{key}"
        );
    }
    for key in ["parameters", "dynamicprice", "id", "taskstat"] {
        assert_eq!(whole.get(key), short.get(key), "{key}");
    }
    let cases = [
        (json!({}), 0, "Request parameter [slugowner] required"),
        (
            json!({ "slugowner": "acme" }),
            0,
            "Request parameter [slugproject] required",
        ),
        (
            json!({ "slugowner": "acme", "slugproject": "z" }),
            1,
            "slug-owner-project-not-exist",
        ),
    ];
    for (body, code, message) in cases {
        assert_eq!(
            lab.refusal("Tool/Detail", body).await,
            (code, message.to_owned())
        );
    }
}

#[tokio::test]
async fn explore_shows_sections_of_tools_without_titles() {
    let lab = three();
    let answer = lab.call("Tool/Explore", json!({})).await;
    assert_eq!(
        (&answer["result"], &answer["errors"]),
        (&json!(true), &json!([]))
    );
    let sections = answer["explore"].as_array().unwrap();
    let section = |title: &str| {
        let found = sections.iter().find(|section| section["title"] == title);
        found.unwrap()["tools"].as_array().unwrap()
    };
    let newest = section("Recently added");
    // Own models have the ids after the last of the file.
    let of_file = newest
        .iter()
        .filter(|tool| tool["cleanslugowner"] == "acme");
    let ids: Vec<&Value> = of_file.map(|tool| &tool["id"]).collect();
    assert!(ids.is_empty() || ids[0] == "70", "{newest:?}");
    let red = &section("Image generation")[0];
    let expected = json!({
        "id": "50", "cleanslugowner": "acme", "cleanslugproject": "a", "image": "", "description": "",
        "categories": ["tool", "text-to-image"], "commentcount": "10", "ratedusercount": "2", "averagepoint": "4.50",
        "discount": "20",
    });
    assert_eq!(red, &expected);
    assert_eq!(section("Video")[0]["discount"], json!(null));
    assert_eq!(
        section("Realtime")[0]["cleanslugproject"],
        "parrot",
        "the only one that converses"
    );
    assert!(sections.iter().all(|section| section["id"].is_string()));
}

#[tokio::test]
async fn the_catalogue_needs_no_key_but_takes_no_wrong_one() {
    let lab = lab(|config| config);
    for path in ["Tool/List", "Tool/Detail", "Tool/Explore"] {
        let body = json!({ "slugowner": "sandbox", "slugproject": "pattern" });
        let call = |key: Option<&str>| {
            let request = lab.http.post(lab.url(path)).json(&body);
            match key {
                Some(key) => request.header("x-api-key", key),
                None => request,
            }
        };
        assert_eq!(call(None).send().await.unwrap().status(), 200, "{path}");
        assert_eq!(
            call(Some("other")).send().await.unwrap().status(),
            401,
            "{path}"
        );
    }
}
