//! For any JSON at all: nothing panics, and what was read comes out as it went in.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{Shape, Wire};
use crate::client::Envelope;
use crate::error::ErrorItem;
use crate::files::{FileAnswer, FileEntry, FolderRequest, UploadRequest};
use crate::models::{
    ExploreAnswer, ExploreSection, ExploreTool, Model, ModelAnswer, ModelListRequest, ModelRequest,
    Parameter, ParameterGroup, ParameterOption, PriceEntry, PriceList, TaskStat,
};
use crate::runs::{RunAnswer, RunRequest};
use crate::tasks::{
    Output, OutputText, RunDelivery, Task, TaskAnswer, TaskListRequest, TaskRequest,
};

/// Every key that some type reads, and some that none does.
const KEYS: &[&str] = &[
    "result",
    "errors",
    "code",
    "message",
    "data",
    "total",
    "tool",
    "tasklist",
    "list",
    "explore",
    "tools",
    "id",
    "taskid",
    "socketaccesstoken",
    "tasktoken",
    "status",
    "pexit",
    "parameters",
    "title",
    "items",
    "options",
    "value",
    "label",
    "type",
    "required",
    "default",
    "min",
    "max",
    "step",
    "taskstat",
    "runcount",
    "successcount",
    "lastruntime",
    "cps",
    "categories",
    "cleanslugowner",
    "cleanslugproject",
    "slugowner",
    "slugproject",
    "outputs",
    "output",
    "name",
    "contenttype",
    "size",
    "url",
    "content",
    "raw",
    "thinking",
    "answer",
    "starttime",
    "elapsedseconds",
    "totalcost",
    "modelslugowner",
    "modelslugproject",
    "dynamicprice",
    "inputs",
    "price",
    "priceMethod",
    "start",
    "limit",
    "search",
    "hideworkflows",
    "callbackUrl",
    "accesskey",
    "addedtime",
    "discount",
    "new",
    "",
];

/// Texts that are more than text to somebody.
const TEXTS: &[&str] = &[
    "",
    " ",
    "0",
    "5",
    "-1",
    "6.0000",
    "1e-7",
    "true",
    "no",
    "null",
    "[]",
    "{}",
    "[1]",
    "{\"id\":\"5\"}",
    "[{\"url\":\"https://x.test/a\"}]",
    "\"[1]\"",
    "1774007585",
    "2026-07-24 09:10:11",
    "wiro",
    "a/b",
    "task_end",
    "é\u{1F600}\u{202e}",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1000_i64..2_000_000_000_000).prop_map(Value::from),
        (-1e6..1e6).prop_map(Value::from),
        prop::sample::select(TEXTS).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        let member = (prop::sample::select(KEYS), inner.clone());
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            1 => prop::collection::vec(inner, 0..4)
                .prop_map(|items| Value::from(Value::from(items).to_string())),
            3 => prop::collection::vec(member, 0..7).prop_map(object),
        ]
    })
}

fn object(members: Vec<(&'static str, Value)>) -> Value {
    Value::Object(
        members
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect::<Map<_, _>>(),
    )
}

fn check<T: Wire>(value: &Value) -> Result<(), TestCaseError> {
    let read = T::read(value, &mut Shape::default());
    match read {
        // A bare scalar stands for an object and is written as one by itself; the list it stands in keeps it.
        Some(read) if value.is_object() => prop_assert_eq!(&read.to_value(), value),
        Some(read) => drop(read.to_value()),
        None => prop_assert!(T::decode(value).is_err()),
    }
    Ok(())
}

fn check_all(value: &Value) -> Result<(), TestCaseError> {
    check::<Envelope>(value)?;
    check::<ErrorItem>(value)?;
    check::<FileAnswer>(value)?;
    check::<FileEntry>(value)?;
    check::<FolderRequest>(value)?;
    check::<UploadRequest>(value)?;
    check::<ExploreAnswer>(value)?;
    check::<ExploreSection>(value)?;
    check::<ExploreTool>(value)?;
    check::<Model>(value)?;
    check::<ModelAnswer>(value)?;
    check::<ModelListRequest>(value)?;
    check::<ModelRequest>(value)?;
    check::<Parameter>(value)?;
    check::<ParameterGroup>(value)?;
    check::<ParameterOption>(value)?;
    check::<PriceEntry>(value)?;
    check::<TaskStat>(value)?;
    check::<RunAnswer>(value)?;
    check::<RunRequest>(value)?;
    check::<Output>(value)?;
    check::<OutputText>(value)?;
    check::<RunDelivery>(value)?;
    check::<Task>(value)?;
    check::<TaskAnswer>(value)?;
    check::<TaskListRequest>(value)?;
    check::<TaskRequest>(value)
}

/// A scalar in one of its spellings, or missing.
fn spelt(number: i64) -> impl Strategy<Value = Option<Value>> {
    prop::sample::select(vec![
        Some(Value::from(number)),
        Some(Value::from(number.to_string())),
        Some(Value::from(format!("{number}.0000"))),
        Some(Value::Null),
        Some(Value::from("")),
        None,
    ])
}

/// A task as some service may write it: right in shape, mixed in spelling, with keys that nobody knows.
fn some_task() -> impl Strategy<Value = Value> {
    let numbers = (
        spelt(534_574),
        spelt(0),
        spelt(1_774_007_585),
        spelt(6),
        spelt(202_472),
    );
    (numbers, any::<[bool; 4]>(), any_json()).prop_map(|(numbers, flags, unknown)| {
        let (id, pexit, time, cost, size) = numbers;
        let text_or_json = |value: Value, as_text: bool| {
            if as_text {
                Value::from(value.to_string())
            } else {
                value
            }
        };
        let output = object(present([
            ("name", Some("0.png".into())),
            ("size", size),
            ("new", Some(unknown.clone())),
        ]));
        let id_key = if flags[0] { "id" } else { "taskid" };
        object(present([
            (id_key, id),
            ("pexit", pexit),
            ("status", Some("task_postprocess_end".into())),
            ("starttime", time),
            ("totalcost", cost),
            (
                "outputs",
                Some(text_or_json(Value::from(vec![output]), flags[1])),
            ),
            (
                "parameters",
                Some(text_or_json(object(vec![("prompt", "x".into())]), flags[2])),
            ),
            ("unknown", Some(unknown).filter(|_| flags[3])),
        ]))
    })
}

fn present<const N: usize>(
    members: [(&'static str, Option<Value>); N],
) -> Vec<(&'static str, Value)> {
    let some = |(key, value): (&'static str, Option<Value>)| Some((key, value?));
    members.into_iter().filter_map(some).collect()
}

proptest! {
    #[test]
    fn any_json_is_read_and_comes_out(value in any_json()) {
        check_all(&value)?;
        if let Some(list) = PriceList::read(&value, &mut Shape::default()) {
            prop_assert_eq!(list.to_value(), value);
        }
    }

    #[test]
    fn mixed_spellings_are_in_shape_and_come_out(task in some_task(), wrapped in any::<bool>()) {
        let list = object(vec![("tasklist", Value::from(vec![task])), ("total", "1".into())]);
        let answer = if wrapped { object(vec![("data", list)]) } else { list };
        let read = TaskAnswer::decode(&answer).unwrap();
        prop_assert_eq!(read.tasks.len(), 1);
        prop_assert_eq!(read.tasks[0].outputs.len(), 1);
        prop_assert_eq!(read.tasks[0].parameters["prompt"].as_str(), Some("x"));
        prop_assert_eq!(read.to_value(), answer);
    }
}
