use rust_decimal::Decimal;
use serde_json::{Value, json};
use wiro_sandbox::{Config, Error, Sandbox};

use crate::support::{Lab, lab, output_url, restarted};

#[tokio::test]
async fn tasks_files_and_wallet_survive_a_restart() {
    let lab = lab(|config| config.balance(Decimal::TEN));
    let task = lab
        .run(
            "sandbox/pattern",
            json!({ "prompt": "a", "width": 64, "height": 64 }),
        )
        .await;
    let before = lab.ended(&task).await;
    let picture = lab
        .http
        .get(output_url(&before))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let lab = restarted(lab, |config| config.balance(Decimal::TEN)).await;

    let after = lab.detail(&task).await;
    let same = [
        "id",
        "socketaccesstoken",
        "status",
        "pexit",
        "totalcost",
        "elapsedseconds",
        "starttime",
        "parameters",
    ];
    for key in same {
        assert_eq!(before[key], after[key], "{key}");
    }
    // The port changed, and with it the address of the same bytes.
    let again = lab
        .http
        .get(output_url(&after))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(picture, again);
    assert_eq!(lab.stats().await["balance"], "9.995");
    let next = lab.run("sandbox/slow", json!({ "seconds": 0 })).await;
    assert!(next.id.parse::<u64>().unwrap() > task.id.parse().unwrap());
}

#[tokio::test]
async fn what_was_cut_off_is_an_error_and_what_waited_runs() {
    let lab = lab(|config| config.workers(1));
    let running = lab.run("sandbox/slow", json!({ "seconds": 300 })).await;
    lab.until(&running, |status| status == "task_start").await;
    let queued = lab.run("sandbox/failing", json!({})).await;
    let lab = restarted(lab, |config| config).await;

    let cut = lab.detail(&running).await;
    assert_eq!(
        (&cut["status"], &cut["pexit"], &cut["totalcost"]),
        (&json!("task_error"), &json!(""), &json!("0"))
    );
    assert_eq!(
        cut["debugerror"],
        "The Sandbox stopped while this task was in task_start."
    );
    assert_eq!(lab.ended(&queued).await["pexit"], "1");
}

#[tokio::test]
async fn half_written_records_are_ignored() {
    let lab = lab(|config| config);
    let task = lab.run("sandbox/failing", json!({})).await;
    lab.ended(&task).await;
    let partial = lab.dir.path().join("tasks").join("9999.partial");
    fs_err::write(&partial, b"{\"id\":99").unwrap();
    fs_err::create_dir_all(lab.dir.path().join("incoming/half")).unwrap();
    let lab = restarted(lab, |config| config).await;
    assert_eq!(lab.call("Task/List", json!({})).await["total"], "1");
    assert!(!lab.dir.path().join("incoming/half").exists());
}

#[tokio::test]
async fn model_statistics_count_what_happened() {
    let lab = lab(|config| config);
    for exit in [0, 1, 2] {
        lab.ended(
            &lab.run("sandbox/failing", json!({ "exitcode": exit }))
                .await,
        )
        .await;
    }
    let lab = restarted(lab, |config| config).await;
    let answer = lab
        .call(
            "Tool/Detail",
            json!({ "slugowner": "sandbox", "slugproject": "failing" }),
        )
        .await;
    let stat: &Value = &answer["tool"][0]["taskstat"];
    assert_eq!(
        (
            &stat["runcount"],
            &stat["successcount"],
            &stat["errorcount"]
        ),
        (&json!(3), &json!("1"), &json!("2"))
    );
    assert!(
        stat["lastruntime"]
            .as_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 1_700_000_000
    );
}

#[tokio::test]
async fn a_folder_has_one_sandbox() {
    let lab = lab(|config| config);
    assert!(matches!(
        Sandbox::start(Config::new(lab.dir.path())),
        Err(Error::InUse(_))
    ));
    let Lab { sandbox, dir, .. } = lab;
    drop(sandbox);
    Sandbox::start(Config::new(dir.path()))
        .unwrap()
        .shutdown()
        .await;
}

#[tokio::test]
async fn damaged_records_are_put_aside_and_their_numbers_stay_taken() {
    let lab = lab(|config| config);
    let good = lab.run("sandbox/failing", json!({})).await;
    lab.ended(&good).await;
    let tasks = lab.dir.path().join("tasks");
    for (name, text) in [
        ("2000.json", ""),
        ("2001.json.broken", "x"),
        ("odd.json", "{}"),
    ] {
        fs_err::write(tasks.join(name), text).unwrap();
    }
    fs_err::copy(
        tasks.join(format!("{}.json", good.id)),
        tasks.join("1999.json"),
    )
    .unwrap();
    fs_err::write(lab.dir.path().join("wallet.json"), "{\"asked\":").unwrap();
    let lab = restarted(lab, |config| config).await;

    assert_eq!(lab.detail(&good).await["pexit"], "1");
    assert_eq!(lab.call("Task/List", json!({})).await["total"], "1");
    assert_eq!(lab.stats().await["balance"], "100");
    for name in ["1999", "2000", "odd"] {
        assert!(tasks.join(format!("{name}.json.broken")).exists(), "{name}");
        assert!(!tasks.join(format!("{name}.json")).exists(), "{name}");
    }
    assert!(lab.dir.path().join("wallet.json.broken").exists());
    let next = lab.run("sandbox/failing", json!({})).await;
    assert_eq!(next.id, "2002");
    lab.ended(&next).await;
}

#[tokio::test]
async fn a_task_that_cannot_be_kept_ends_as_an_error_and_frees_its_place() {
    let lab = lab(|config| config.workers(1).balance(Decimal::TEN));
    let task = lab.run("sandbox/slow", json!({ "seconds": 1 })).await;
    lab.until(&task, |status| status == "task_start").await;
    let tasks = lab.dir.path().join("tasks");
    fs_err::remove_dir_all(&tasks).unwrap();
    let ended = lab.ended(&task).await;
    assert_eq!(
        (&ended["status"], &ended["totalcost"]),
        (&json!("task_error"), &json!("0"))
    );
    let reason = ended["debugerror"].as_str().unwrap();
    assert!(reason.starts_with("The Sandbox failed: "), "{reason}");
    // With 10 USD one task may be active: its place is free, and so is the worker.
    fs_err::create_dir_all(&tasks).unwrap();
    let next = lab.run("sandbox/failing", json!({})).await;
    assert_eq!(lab.ended(&next).await["pexit"], "1");
}

#[tokio::test]
async fn the_time_that_is_charged_is_the_time_that_is_shown() {
    let lab = lab(|config| config);
    let task = lab.run("sandbox/slow", json!({ "seconds": 0.4 })).await;
    let detail = lab.ended(&task).await;
    let number = |key: &str| -> Decimal { detail[key].as_str().unwrap().parse().unwrap() };
    let per_second: Decimal = "0.001".parse().unwrap();
    assert_eq!(number("totalcost"), per_second * number("elapsedseconds"));
}
