use serde_json::{Value, json};

use crate::support::{Lab, Task, lab};

#[tokio::test]
async fn a_finished_task_has_the_documented_types() {
    let lab = lab(|config| config);
    let task = lab.run("sandbox/slow", json!({ "seconds": 0.2 })).await;
    let detail = lab.ended(&task).await;
    assert_eq!(task.token.len(), 30);
    assert!(task.token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let texts = [
        "id",
        "socketaccesstoken",
        "status",
        "pexit",
        "debugoutput",
        "debugerror",
        "modeldescription",
    ];
    for key in texts
        .into_iter()
        .chain(["starttime", "endtime", "elapsedseconds", "totalcost"])
    {
        assert!(detail[key].is_string(), "{key}: {detail}");
    }
    let decimals = |key: &str| {
        detail[key]
            .as_str()
            .unwrap()
            .split_once('.')
            .unwrap()
            .1
            .len()
    };
    assert_eq!(
        (decimals("elapsedseconds"), decimals("totalcost")),
        (4, 12),
        "{detail}"
    );
    assert!(
        detail["starttime"]
            .as_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 1_700_000_000
    );
    assert_eq!(
        (&detail["modelslugowner"], &detail["modelslugproject"]),
        (&json!("sandbox"), &json!("slow"))
    );
    assert_eq!(detail["parameters"], json!({ "seconds": 0.2 }));
    // Charged by the second, and only what was charged is missing.
    let cost: rust_decimal::Decimal = detail["totalcost"].as_str().unwrap().parse().unwrap();
    assert!(!cost.is_zero());
    let balance: rust_decimal::Decimal = lab.stats().await["balance"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(balance + cost, rust_decimal::Decimal::ONE_HUNDRED);
}

#[tokio::test]
async fn a_waiting_task_is_empty_where_nothing_is_known() {
    let lab = lab(|config| config.workers(1));
    let running = lab.run("sandbox/slow", json!({ "seconds": 60 })).await;
    let waiting = lab.run("sandbox/slow", json!({ "seconds": 60 })).await;
    let started = lab.until(&running, |status| status == "task_start").await;
    assert_eq!(
        (&started["pexit"], &started["totalcost"]),
        (&json!(""), &json!("0"))
    );
    let detail = lab.detail(&waiting).await;
    assert_eq!(
        (&detail["status"], &detail["starttime"], &detail["endtime"]),
        (&json!("task_queue"), &json!(""), &json!(""))
    );
    assert_eq!(
        (&detail["elapsedseconds"], &detail["outputs"]),
        (&json!("0.0000"), &json!([]))
    );
}

#[tokio::test]
async fn tasks_are_found_by_every_name() {
    let lab = lab(|config| config);
    let task = lab.run("sandbox/slow", json!({ "seconds": 0 })).await;
    let by_any = json!({ "taskid": task.id, "tasktoken": task.token });
    let named = [
        json!({ "taskid": task.id }),
        json!({ "tasktoken": task.token }),
        json!({ "socketaccesstoken": task.token }),
        by_any,
    ];
    for body in named {
        let answer = lab.call("Task/Detail", body).await;
        assert_eq!(
            (&answer["total"], &answer["tasklist"][0]["id"]),
            (&json!("1"), &json!(task.id))
        );
    }
    let missing = "There is no task yet.".to_owned();
    assert_eq!(
        lab.refusal("Task/Detail", json!({ "taskid": "1" })).await,
        (1, missing.clone())
    );
    assert_eq!(
        lab.refusal(
            "Task/Detail",
            json!({ "tasktoken": "x", "taskid": task.id })
        )
        .await,
        (1, missing)
    );
    let needed = "taskid or socketaccesstoken is required".to_owned();
    assert_eq!(lab.refusal("Task/Detail", json!({})).await, (0, needed));
}

#[tokio::test]
async fn lists_page_sort_and_filter() {
    let lab = lab(|config| config);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(lab.run("sandbox/slow", json!({ "seconds": 0 })).await.id);
    }
    let failing = lab.run("sandbox/failing", json!({})).await;
    let list = |body: Value| {
        let lab = &lab;
        async move {
            let answer = lab.call("Task/List", body).await;
            let tasks = answer["tasklist"].as_array().unwrap();
            let ids: Vec<String> = tasks
                .iter()
                .map(|task| task["id"].as_str().unwrap().to_owned())
                .collect();
            (answer["total"].as_str().unwrap().to_owned(), ids)
        }
    };
    let newest =
        json!({ "type": "model", "sort": "id", "order": "DESC", "start": "0", "limit": "2" });
    assert_eq!(
        list(newest).await,
        ("4".to_owned(), vec![failing.id.clone(), ids[2].clone()])
    );
    let page = json!({ "order": "ASC", "start": 1, "limit": 2 });
    assert_eq!(
        list(page).await,
        ("4".to_owned(), vec![ids[1].clone(), ids[2].clone()])
    );
    assert_eq!(
        list(json!({ "modelName": "FAIL" })).await,
        ("1".to_owned(), vec![failing.id])
    );
    assert_eq!(
        list(json!({ "modelName": "sandbox/slow", "limit": "1" }))
            .await
            .0,
        "3"
    );
}

async fn status(lab: &Lab, task: &Task) -> Value {
    lab.detail(task).await["status"].clone()
}

#[tokio::test]
async fn queued_tasks_can_be_cancelled_and_running_ones_killed() {
    let lab = lab(|config| config.workers(1));
    let running = lab.run("sandbox/slow", json!({ "seconds": 300 })).await;
    lab.until(&running, |status| status == "task_start").await;
    let queued = lab.run("sandbox/slow", json!({ "seconds": 300 })).await;
    let not_now = (1, "Task is not in a cancellable state.".to_owned());
    assert_eq!(
        lab.refusal("Task/Cancel", json!({ "taskid": running.id }))
            .await,
        not_now
    );
    let reason = "Task could not be killed: it is in task_queue".to_owned();
    assert_eq!(
        lab.refusal("Task/Kill", json!({ "tasktoken": queued.token }))
            .await,
        (1, reason)
    );

    let done = json!({ "result": true, "errors": [], "tasklist": [] });
    assert_eq!(
        lab.call("Task/Cancel", json!({ "tasktoken": queued.token }))
            .await,
        done
    );
    assert_eq!(
        lab.call("Task/Kill", json!({ "socketaccesstoken": running.token }))
            .await,
        done
    );
    for task in [&running, &queued] {
        assert_eq!(status(&lab, task).await, "task_cancel");
    }
    assert_eq!(
        lab.refusal("Task/Cancel", json!({ "taskid": queued.id }))
            .await,
        not_now
    );
    // The worker is free again, and neither task was charged.
    let next = lab.run("sandbox/slow", json!({ "seconds": 0 })).await;
    assert_eq!(lab.ended(&next).await["pexit"], "0");
    let killed = lab.detail(&running).await;
    assert_eq!(
        (&killed["status"], &killed["totalcost"]),
        (&json!("task_cancel"), &json!("0"))
    );
}

#[tokio::test]
async fn a_pattern_can_be_killed_while_it_computes() {
    let lab = lab(|config| config.workers(1));
    let task = lab
        .run(
            "sandbox/pattern",
            json!({ "prompt": "a", "width": 2048, "height": 2048 }),
        )
        .await;
    lab.until(&task, |status| status == "task_start").await;
    assert_eq!(
        lab.call("Task/Kill", json!({ "taskid": task.id })).await["result"],
        true
    );
    let next = lab.run("sandbox/failing", json!({})).await;
    assert_eq!(lab.ended(&next).await["pexit"], "1");
    assert_eq!(status(&lab, &task).await, "task_cancel");
}
