use serde_json::json;

use super::*;

fn task(value: &Value) -> Task {
    Task::from_value(value).unwrap()
}

#[test]
fn a_task_of_the_documentation_is_read_whole() {
    let value = json!({
        "id": 534_574, "socketaccesstoken": "token-1", "parameters": {"prompt": "Hello"},
        "status": "task_postprocess_end", "pexit": "0", "debugoutput": "", "debugerror": "warn",
        "starttime": "1734513809", "endtime": "2024-12-18T09:23:33.000Z", "elapsedseconds": "6.0000",
        "totalcost": "0.003510000000", "modeldescription": "FLUX", "modelslugowner": "wiro",
        "modelslugproject": "flux-2-dev", "teamguid": null,
        "outputs": [{"name": "0.png", "contenttype": "image/png", "size": "202472", "url": "https://cdn1.wiro.ai/0.png"}],
    });
    let task = task(&value);
    assert_eq!(task.id.as_deref(), Some("534574"));
    assert_eq!(
        task.token.as_ref().map(|token| token.expose().as_str()),
        Some("token-1")
    );
    assert_eq!(task.outcome(), TaskOutcome::Succeeded);
    assert_eq!(task.debug_output, None);
    assert_eq!(task.debug_error.as_deref(), Some("warn"));
    assert_eq!(
        task.end_time_ms.unwrap() - task.start_time_ms.unwrap(),
        4000
    );
    assert_eq!(task.elapsed_seconds.unwrap().to_string(), "6.0000");
    assert_eq!(task.total_cost.unwrap().to_string(), "0.003510000000");
    assert_eq!(
        task.model,
        Some(("wiro".to_owned(), "flux-2-dev".to_owned()))
    );
    assert_eq!(task.outputs[0].bytes, Some(202_472));
    assert_eq!(task.model_description.as_deref(), Some("FLUX"));
    assert_eq!(task.unknown().count(), 0);
}

#[test]
fn other_spellings_are_read_too() {
    let task = task(&json!({
        "taskid": "7", "tasktoken": "token-2", "status": "task_start", "pexit": 0,
        "parameters": "{\"prompt\":\"Hi\"}", "output": "[{\"url\":\"https://x.test/a\",\"size\":5}]",
        "starttime": "2026-07-24 09:10:11", "endtime": "", "elapsedseconds": 3, "totalcost": 0,
    }));
    assert_eq!(task.id.as_deref(), Some("7"));
    assert_eq!(
        task.token.as_ref().map(|token| token.expose().as_str()),
        Some("token-2")
    );
    assert_eq!(task.pexit.as_deref(), Some("0"));
    assert_eq!(task.parameters, json!({"prompt": "Hi"}));
    assert_eq!(task.outputs[0].bytes, Some(5));
    assert!(task.start_time_ms.is_some() && task.end_time_ms.is_none());
    assert_eq!(task.unknown().count(), 0);
}

#[test]
fn outcomes_follow_status_and_exit_code() {
    let cases = [
        ("task_postprocess_end", json!("0"), TaskOutcome::Succeeded),
        ("task_postprocess_end", json!(0), TaskOutcome::Succeeded),
        ("task_postprocess_end", json!("1"), TaskOutcome::Failed),
        ("task_postprocess_end", json!("00"), TaskOutcome::Failed),
        ("task_postprocess_end", json!(""), TaskOutcome::Failed),
        ("task_postprocess_end", json!(null), TaskOutcome::Failed),
        ("task_error", json!("0"), TaskOutcome::Failed),
        ("task_cancel", json!("0"), TaskOutcome::Cancelled),
        ("task_end", json!("0"), TaskOutcome::Running),
        ("task_output", json!(""), TaskOutcome::Running),
        ("task_new_word", json!("0"), TaskOutcome::Running),
        ("end", json!("0"), TaskOutcome::Running),
        ("", json!("0"), TaskOutcome::Running),
    ];
    for (status, pexit, expected) in cases {
        let task = task(&json!({ "status": status, "pexit": pexit }));
        assert_eq!(task.outcome(), expected, "{status} {pexit}");
        assert_eq!(
            task.status.is_terminal_polled(),
            expected != TaskOutcome::Running,
            "{status}"
        );
    }
}

#[test]
fn odd_values_never_fail() {
    for value in [
        json!({}),
        json!({"id": null, "outputs": null, "parameters": []}),
        json!({"id": [], "outputs": "nonsense", "totalcost": "x", "starttime": {}, "pexit": {}}),
        json!({"outputs": [null, 5, [], {}, "https://x.test/a"]}),
    ] {
        let task = task(&value);
        assert_eq!(task.outcome(), TaskOutcome::Running);
        assert!(task.outputs.len() <= 2, "{value}");
    }
    for value in [json!([]), json!("x"), json!(null), json!(5)] {
        assert_eq!(Task::from_value(&value), None);
    }
}

#[test]
fn text_prefers_answers() {
    let cases = [
        (
            json!({"content": {"answer": ["a", "b"], "raw": "<think>t</think>a"}}),
            Some("a\nb"),
        ),
        (json!({"content": {"answer": [], "raw": "r"}}), Some("r")),
        (json!({"content": {"message": "m"}}), Some("m")),
        (json!({"content": "plain"}), Some("plain")),
        (json!({"content": {}}), None),
        (json!({"url": "https://x.test/a"}), None),
    ];
    for (value, expected) in cases {
        assert_eq!(
            Output::from_value(&value).unwrap().text().as_deref(),
            expected,
            "{value}"
        );
    }
}

#[test]
fn questions_name_the_task_and_nothing_else() {
    assert_eq!(TaskRef::default().body(), None);
    assert_eq!(TaskRef::id("").body(), None);
    assert_eq!(TaskRef::id("5").body(), Some(json!({"taskid": "5"})));
    let both = TaskRef {
        id: Some("5".to_owned()),
        token: Some(Secret::new("t".to_owned())),
    };
    assert_eq!(both.body(), Some(json!({"taskid": "5", "tasktoken": "t"})));
    let query = TaskQuery {
        model: Some("flux".to_owned()),
        start: 20,
        limit: 5,
    };
    assert_eq!(
        query.body(),
        json!({"type": "model", "sort": "id", "order": "DESC", "start": "20", "limit": "5", "modelName": "flux"})
    );
    assert_eq!(
        TaskQuery {
            limit: 900,
            ..TaskQuery::default()
        }
        .body()["limit"],
        "100"
    );
}
