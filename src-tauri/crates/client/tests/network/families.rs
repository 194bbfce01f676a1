//! Every family of payloads is decoded with a type of its own and comes out whole, in every spelling; what a family
//! cannot be is refused.

use serde_json::{Value, json};

use crate::compare::differences;
use crate::family::{Outcome, pass_through};
use crate::payloads::{folder, sample};

/// The recorded payloads, and families that none was recorded of.
fn known() -> Vec<(String, Value)> {
    let recorded = fs_err::read_dir(folder()).unwrap().map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let value = sample(&name);
        (name.trim_end_matches(".json").to_owned(), value)
    });
    let answers = answers().into_iter().chain(deliveries_and_frames());
    recorded
        .chain(answers.map(|(name, value)| (name.to_owned(), value)))
        .collect()
}

fn answers() -> Vec<(&'static str, Value)> {
    let tool = json!({"id": "1", "cleanslugowner": "wiro", "cleanslugproject": "x", "discount": 5});
    let entry = json!({"inputs": {"duration": "5"}, "price": 0.13, "priceMethod": "cp-new"});
    vec![
        ("tool.explore.request.01", json!({})),
        (
            "tool.explore.response.01",
            json!({"result": true, "explore": [{"id": "1", "title": "New", "tools": [tool], "total": 3}]}),
        ),
        (
            "tool.detail.response.01",
            json!({"result": true, "tool": [tool]}),
        ),
        (
            "task.inputoutputdelete.request.01",
            json!({"tasktoken": "t"}),
        ),
        (
            "task.inputoutputdelete.response.01",
            json!({"result": true, "errors": []}),
        ),
        (
            "run.model.response.02",
            json!({"result": false, "errors": [{"code": 97, "message": "x"}]}),
        ),
        (
            "file.upload.request.01",
            json!({"file": "a.csv", "folderid": "f"}),
        ),
        (
            "pricing.dynamicprice.response.09",
            json!(json!([entry]).to_string()),
        ),
        (
            "error.balance.response.01",
            json!({"result": false, "errors": {"code": "97", "message": "x"}}),
        ),
        (
            "error.ip.response.01",
            json!({"result": false, "errors": "Requested ip 1.2.3.4 is not allowed."}),
        ),
    ]
}

fn deliveries_and_frames() -> Vec<(&'static str, Value)> {
    let task = json!({"id": "5", "status": "task_queue", "pexit": "", "outputs": []});
    let made = json!({"outputs": [{"url": "https://x.test/a"}], "pexit": 0});
    vec![
        (
            "task.callback.webhook.01",
            json!({"result": true, "tasklist": [task]}),
        ),
        ("run.callback.webhook.02", task),
        (
            "run.callback.webhook.03",
            json!({"type": "task_postprocess_end", "tasktoken": "t", "message": []}),
        ),
        (
            "ws.task_queue.event.01",
            json!({"type": "task_queue", "tasktoken": "t"}),
        ),
        (
            "ws.task_cancel.event.01",
            json!({"type": "task_cancel", "tasktoken": "t", "id": 5}),
        ),
        (
            "ws.task_stream_ready.event.01",
            json!({"type": "task_stream_ready"}),
        ),
        (
            "ws.task_new.event.01",
            json!({"type": "task_new", "message": {"deep": [1]}}),
        ),
        (
            "ws.task_postprocess_end.event.01",
            json!({"type": "task_postprocess_end", "message": made}),
        ),
    ]
}

#[track_caller]
fn comes_out(name: &str, value: &Value) {
    match pass_through(name, value) {
        Outcome::Decoded(encoded) => {
            let lost = differences(value, &encoded);
            assert!(lost.is_empty(), "{name}: {lost:?}");
        }
        Outcome::Raw => panic!("{name} has a type"),
        Outcome::Failed(reason) => panic!("{name}: {reason}\n{value}"),
    }
}

fn fails(name: &str, value: &Value) -> bool {
    matches!(pass_through(name, value), Outcome::Failed(_))
}

#[test]
fn payloads_come_out_whole() {
    for (name, value) in known() {
        comes_out(&name, &value);
    }
}

/// Every way in which one value somewhere inside may be spelt otherwise.
fn respelt(value: &Value) -> Vec<Value> {
    let mut found = match value {
        Value::Number(number) => vec![Value::from(number.to_string()), Value::Null],
        Value::String(text) => match text.parse::<i64>() {
            Ok(number) => vec![Value::from(number), Value::Null, "".into()],
            Err(_) => vec![Value::Null, "".into()],
        },
        Value::Bool(flag) => vec![Value::from(flag.to_string()), Value::from(u8::from(*flag))],
        Value::Null => vec!["".into()],
        Value::Array(_) | Value::Object(_) => vec![Value::from(value.to_string()), Value::Null],
    };
    found.extend(inside(value));
    found
}

fn inside(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                for odd in respelt(inner) {
                    let mut changed = fields.clone();
                    changed.insert(key.clone(), odd);
                    found.push(Value::Object(changed));
                }
                if key != "type" {
                    let mut without = fields.clone();
                    without.shift_remove(key);
                    found.push(Value::Object(without));
                }
            }
            let mut more = fields.clone();
            more.insert("brandNew".to_owned(), json!({"a": [1, "2", null]}));
            found.push(Value::Object(more));
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                for odd in respelt(inner) {
                    let mut changed = items.clone();
                    changed[index] = odd;
                    found.push(Value::Array(changed));
                }
            }
        }
        _ => {}
    }
    found
}

#[test]
fn payloads_come_out_whole_in_every_spelling() {
    let mut tried = 0;
    for (name, value) in known() {
        for odd in inside(&value) {
            // Without a type a frame says nothing (C-12).
            let is_frame = value.get("type").is_some_and(Value::is_string);
            if is_frame && odd["type"].as_str().is_none_or(str::is_empty) {
                continue;
            }
            comes_out(&name, &odd);
            tried += 1;
        }
        if let Value::Object(_) = value {
            let wrapped = json!({"result": true, "data": value});
            if name.contains(".response.") && !name.contains("pricing") {
                comes_out(&name, &wrapped);
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

#[test]
fn what_a_family_cannot_be_is_refused() {
    for (name, value) in known() {
        let is_list = value.is_array() || value.is_string();
        for wrong in [json!([[1]]), json!("nonsense"), json!(5), json!(true)] {
            assert!(fails(&name, &wrong), "{name}: {wrong}");
        }
        let other = if is_list {
            json!({"price": 1})
        } else {
            json!([value])
        };
        assert!(fails(&name, &other), "{name}: {other}");
    }
    for (name, wrong) in [
        (
            "task.detail.response.01",
            json!({"result": true, "tasklist": 5}),
        ),
        (
            "task.detail.response.01",
            json!({"result": true, "tasklist": [[]] , "total": ["1"]}),
        ),
        (
            "task.list.response.01",
            json!({"tasklist": [{"status": {"a": 1}}]}),
        ),
        ("tool.list.response.01", json!({"tool": ["wiro/x"]})),
        (
            "tool.list.response.01",
            json!({"tool": [{"taskstat": "many"}]}),
        ),
        (
            "tool.explore.response.01",
            json!({"explore": {"title": "New"}}),
        ),
        ("tool.list.request.01", json!({"start": ["0"]})),
        ("file.upload.response.01", json!({"list": [5]})),
        ("run.model.response.01", json!({"taskid": ["5"]})),
        ("error.x.response.01", json!({"errors": 5})),
        ("pricing.dynamicprice.response.01", json!([5])),
        ("ws.task_accept.event.01", json!({"tasktoken": "t"})),
        (
            "ws.task_output.event.01",
            json!({"type": "task_output", "message": [1]}),
        ),
        (
            "ws.task_output.event.01",
            json!({"type": "task_output", "message": {"raw": ["x"]}}),
        ),
        (
            "ws.task_cost.event.01",
            json!({"type": "task_cost", "turnCost": {"usd": 1}}),
        ),
        (
            "ws.task_postprocess_end.event.01",
            json!({"type": "task_postprocess_end", "message": [5]}),
        ),
        ("nameless", json!({})),
    ] {
        assert!(fails(name, &wrong), "{name}: {wrong}");
    }
}

#[test]
fn what_has_no_type_is_counted_apart() {
    for name in [
        "agent.list.response.01",
        "useragent.deploy.request.02",
        "oauth.fb.status.response.01",
        "organization.list.response.01",
        "team.create.response.01",
        "mcp.task_result.response.01",
        "wallet.list.response.01",
        "task.stat.response.01",
    ] {
        assert!(
            matches!(pass_through(name, &json!({})), Outcome::Raw),
            "{name}"
        );
    }
}

#[test]
fn differences_are_seen() {
    let source = json!({"a": 1, "b": {"c": [1, "2"]}, "d": 5.0});
    for (encoded, expected) in [
        (json!({"d": 5.0, "b": {"c": [1, "2"]}, "a": 1}), vec![]),
        (
            json!({"a": "1", "b": {"c": [1, 2]}, "d": 5.0, "e": null}),
            vec![
                "$.a was 1 and is \"1\"",
                "$.b.c[1] was \"2\" and is 2",
                "$.e is new",
            ],
        ),
        (
            json!({"b": {"c": [1]}, "d": 5}),
            vec![
                "$.a is lost",
                "$.b.c was [1,\"2\"] and is [1]",
                "$.d was 5.0 and is 5",
            ],
        ),
    ] {
        assert_eq!(differences(&source, &encoded), expected);
    }
}
