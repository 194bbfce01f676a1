use serde_json::json;

use super::*;
use crate::models::{ExploreAnswer, Model, PriceList};
use crate::runs::RunAnswer;
use crate::tasks::{RunDelivery, Task, TaskAnswer};

#[track_caller]
fn comes_out<T: Wire>(value: &Value) -> T {
    let read = T::decode(value).unwrap_or_else(|error| panic!("{error}: {value}"));
    assert_eq!(&read.to_value(), value);
    read
}

#[test]
fn every_spelling_comes_out_as_it_went_in() {
    for value in [
        json!({"id": 5, "status": "task_start", "pexit": 0, "totalcost": 0.25, "elapsedseconds": "3"}),
        json!({"taskid": "5", "id": "6", "tasktoken": 1_234_567, "outputs": null, "endtime": ""}),
        json!({"starttime": "2026-07-24T09:10:11Z", "endtime": 1_774_007_585_123_i64, "parameters": "{\"a\":1}"}),
        json!({"outputs": "[{\"url\":\"https://x.test/a\"}]", "output": [], "new": {"deep": [1, null]}}),
        json!({"outputs": [{"size": 5, "content": {"answer": "a", "message": "m", "extra": 1}}, "https://x.test/b"]}),
        json!({"outputs": {"url": "https://x.test/a"}, "modelslugowner": "wiro", "teamguid": null}),
        json!({"status": null, "outputs": [null], "parameters": [], "model": "x"}),
    ] {
        comes_out::<Task>(&value);
        comes_out::<TaskAnswer>(&json!({"result": "true", "total": 1, "tasklist": [value]}));
        comes_out::<TaskAnswer>(&json!({"tasklist": json!([value]).to_string(), "errors": "none"}));
        comes_out::<TaskAnswer>(&json!({"data": {"tasklist": [value], "total": "1"}}));
        comes_out::<RunDelivery>(&json!({"data": {"tasklist": [value]}}));
        comes_out::<RunDelivery>(&value);
    }
}

#[test]
fn a_changed_field_wins_over_its_source() {
    let value = json!({"taskid": 5, "pexit": 1, "outputs": "[]", "new": true});
    let mut task: Task = comes_out(&value);
    task.id = Some("7".to_owned());
    task.pexit = None;
    assert_eq!(
        task.to_value(),
        json!({"id": "7", "outputs": "[]", "new": true})
    );
}

#[test]
fn what_is_not_known_is_told_apart_from_what_is_spelt_oddly() {
    let task: Task = comes_out(&json!({"id": 5, "endtime": "", "queue": "fast"}));
    let unknown: Vec<_> = task.unknown().collect();
    assert_eq!(unknown, [("queue", &json!("fast"))]);
}

#[test]
fn wrapped_answers_are_read_where_they_are() {
    let answer: RunAnswer =
        comes_out(&json!({"result": true, "taskid": null, "data": {"taskid": 5}}));
    assert_eq!(answer.task_id.as_deref(), Some("5"));
    let answer: RunAnswer = comes_out(&json!({"taskid": "5", "data": {"taskid": "6"}}));
    assert_eq!(answer.task_id.as_deref(), Some("5"));
}

#[test]
fn the_wrong_shape_is_named_with_its_place() {
    #[track_caller]
    fn fails<T: Wire>(value: &Value, message: &str) {
        let problem = T::decode(value).map(|read| read.to_value()).unwrap_err();
        assert_eq!(problem.to_string(), message, "{value}");
    }
    for (value, found) in [
        (json!([]), "a list"),
        (json!("x"), "a text"),
        (json!(5), "a number"),
        (json!(null), "null"),
        (json!(true), "a flag"),
    ] {
        fails::<Task>(
            &value,
            &format!("value: expected an object (Task), found {found}"),
        );
    }
    fails::<TaskAnswer>(
        &json!({"tasklist": {"id": "5"}}),
        "tasklist: expected a list (Task), found an object",
    );
    fails::<TaskAnswer>(
        &json!({"tasklist": ["x"]}),
        "tasklist[0]: expected an object (Task), found a text",
    );
    fails::<TaskAnswer>(
        &json!({"tasklist": [{"status": ["x"], "outputs": [{"size": {"n": 1}}, 5]}]}),
        "tasklist[0].status: expected a text or number, found a list; \
         tasklist[0].outputs[0].size: expected a text or number, found an object; \
         tasklist[0].outputs[1]: expected an object (Output), found a number",
    );
    fails::<Model>(
        &json!({"taskstat": [1]}),
        "taskstat: expected an object (TaskStat), found a list",
    );
    fails::<Model>(
        &json!({"parameters": {"prompt": "x"}}),
        "parameters: expected a list (ParameterGroup), found an object",
    );
    fails::<ExploreAnswer>(
        &json!({"explore": 5}),
        "explore: expected a list (ExploreSection), found a number",
    );
    fails::<PriceList>(
        &json!({"price": 1}),
        "value: expected a list (PriceEntry), found an object",
    );
}

#[test]
fn what_is_kept_prints_its_keys_only() {
    let task: Task = comes_out(&json!({"tasktoken": 1_234_567, "note": "canary"}));
    let shown = format!("{task:?}");
    assert!(
        !shown.contains("1234567") && !shown.contains("canary"),
        "{shown}"
    );
    assert!(shown.contains("note"), "{shown}");
}

#[test]
fn price_lists_come_as_arrays_or_strings() {
    let entry = json!({"inputs": {}, "price": 0.09, "priceMethod": "cpr", "priceExtra": "0.01"});
    for value in [
        json!([entry]),
        json!(json!([entry]).to_string()),
        json!([]),
        json!(""),
        json!(null),
    ] {
        let mut list: PriceList = comes_out(&value);
        if let Some(first) = list.entries.first_mut() {
            assert_eq!(first.price.unwrap().to_string(), "0.09");
            first.price = Some("0.5".parse().unwrap());
            assert_eq!(list.to_value()[0]["price"], json!(0.5));
        }
    }
}
