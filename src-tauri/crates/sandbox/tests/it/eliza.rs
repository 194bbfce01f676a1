//! The language model: streamed, remembered, stopped.

use serde_json::{Value, json};

use crate::support::{Lab, Task, lab, restarted};

async fn said(lab: &Lab, body: Value) -> String {
    let detail = lab.ended(&lab.run("sandbox/eliza", body).await).await;
    assert_eq!(detail["pexit"], "0", "{detail}");
    let answer = detail["outputs"][0]["content"]["answer"]
        .as_array()
        .unwrap();
    assert_eq!(answer.len(), 1);
    answer[0].as_str().unwrap().to_owned()
}

fn in_session(prompt: &str, user: &str, session: &str) -> Value {
    json!({ "prompt": prompt, "user_id": user, "session_id": session })
}

fn updates(frames: &[Value]) -> Vec<&Value> {
    frames
        .iter()
        .filter(|frame| frame["type"] == "task_output")
        .map(|frame| &frame["message"])
        .collect()
}

#[tokio::test]
async fn every_update_holds_everything_so_far_and_the_end_all_of_it() {
    let lab = lab(|config| config.workers(1));
    let mut socket = lab.socket().await;
    let prompt = "My father never listens.";
    let body = json!({ "prompt": prompt });
    let task = lab.run_followed("sandbox/eliza", body, &mut socket).await;
    let frames = socket.frames_until("task_postprocess_end").await;
    let updates = updates(&frames);
    let part = |update: &Value, name: &str| -> String {
        let texts = update[name].as_array().unwrap();
        texts.iter().map(|text| text.as_str().unwrap()).collect()
    };
    let (mut thought, mut answered, mut answering) = (String::new(), String::new(), false);
    for update in &updates {
        let (thinking, answer) = (part(update, "thinking"), part(update, "answer"));
        assert!(
            thinking.starts_with(&thought) && answer.starts_with(&answered),
            "{update}"
        );
        assert!(thinking.len() + answer.len() > thought.len() + answered.len());
        // Thoughts come first, and none after the answer has begun.
        assert!(!answering || thinking == thought, "{update}");
        answering = !answer.is_empty();
        assert_eq!(update["isThinking"], !answering);
        let raw = if answering {
            format!("<think>{thinking}</think>{answer}")
        } else {
            format!("<think>{thinking}")
        };
        assert_eq!(update["raw"], raw);
        assert!(update["speed"].is_string() && update["elapsedTime"].is_string());
        assert_eq!(
            (&update["type"], &update["speedType"]),
            (&json!("progressGenerate"), &json!("words/s"))
        );
        (thought, answered) = (thinking, answer);
    }
    assert_eq!(answered, "Tell me more about your family.");
    // A word at a time.
    assert_eq!(updates.last().unwrap()["wordCount"], updates.len());
    assert!(updates.len() > 12, "{}", updates.len());

    let raw = format!("<think>{thought}</think>{answered}");
    let full = frames
        .iter()
        .find(|frame| frame["type"] == "task_output_full");
    let expected = json!({ "raw": raw, "thinking": [thought], "answer": [answered] });
    assert_eq!(full.unwrap()["message"], expected);
    let output = json!([{ "contenttype": "raw", "content": {
        "prompt": prompt, "raw": raw, "thinking": [thought], "answer": [answered],
    } }]);
    assert_eq!(frames.last().unwrap()["message"], output);
    let detail = lab.ended(&task).await;
    assert_eq!(detail["outputs"], output);
    assert_eq!(detail["debugoutput"], answered);
    assert_eq!(detail["totalcost"], "0.000400000000");
    // A task without files leaves no folder of outputs.
    lab.files_left(&task, 0).await;
    assert_eq!(
        lab.call("Task/InputOutputDelete", json!({ "tasktoken": task.token }))
            .await["result"],
        true
    );
    assert_eq!(lab.detail(&task).await["outputs"], json!([]));
}

#[tokio::test]
async fn a_session_goes_on_over_a_restart_and_others_stand_alone() {
    let lab = lab(|config| config);
    let first = said(&lab, in_session("sorry", "ann", "1")).await;
    let second = said(&lab, in_session("sorry", "ann", "1")).await;
    assert_ne!(first, second);
    for other in [
        in_session("sorry", "ben", "1"),
        in_session("sorry", "ann", "2"),
        json!({ "prompt": "sorry", "session_id": "1" }),
        // Nothing to go on with: the next one is a first one again.
        json!({ "prompt": "sorry" }),
        json!({ "prompt": "sorry", "user_id": "ann" }),
        json!({ "prompt": "sorry", "user_id": "ann", "session_id": "" }),
    ] {
        assert_eq!(said(&lab, other.clone()).await, first, "{other}");
    }
    said(&lab, in_session("My cat ran away", "ann", "1")).await;

    let lab = restarted(lab, |config| config).await;
    let third = said(&lab, in_session("sorry", "ann", "1")).await;
    assert!(third != first && third != second, "{third}");
    let recalled = said(&lab, in_session("hm", "ann", "1")).await;
    assert_eq!(
        recalled,
        "Let us go back to what you said: your cat ran away."
    );
}

#[tokio::test]
async fn turns_of_one_session_follow_each_other_even_when_sent_at_once() {
    let lab = lab(|config| config.workers(3));
    let mut tasks: Vec<Task> = Vec::new();
    for _ in 0..4 {
        tasks.push(
            lab.run("sandbox/eliza", in_session("sorry", "a", "1"))
                .await,
        );
    }
    let mut answers = Vec::new();
    for task in &tasks {
        let detail = lab.ended(task).await;
        answers.push(detail["outputs"][0]["content"]["answer"][0].to_string());
    }
    answers.sort();
    answers.dedup();
    assert_eq!(
        answers.len(),
        4,
        "no turn began with what another began with"
    );
}

#[tokio::test]
async fn a_killed_turn_is_forgotten() {
    let lab = lab(|config| config.workers(1));
    let first = said(&lab, in_session("sorry", "a", "1")).await;
    let sessions = lab.dir.path().join("eliza");
    let left = || {
        let mut files: Vec<_> = fs_err::read_dir(&sessions)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                (fs_err::read(&path).unwrap(), path)
            })
            .collect();
        files.sort();
        files
    };
    let before = left();
    let mut socket = lab.socket().await;
    let mut body = in_session("sorry", "a", "1");
    body["words"] = json!(20_000);
    let task = lab.run_followed("sandbox/eliza", body, &mut socket).await;
    socket.frames_until("task_output").await;
    let answer = lab.call("Task/Kill", json!({ "taskid": task.id })).await;
    assert_eq!(answer["result"], true);
    // The worker is free and so is the session: both are needed for the next turn.
    let second = said(&lab, in_session("sorry", "b", "1")).await;
    assert_eq!(second, first);
    let files = left();
    assert!(before.iter().all(|file| files.contains(file)) && files.len() == 2);
    lab.files_left(&task, 0).await;
    let detail = lab.detail(&task).await;
    assert_eq!(
        (&detail["status"], &detail["outputs"], &detail["totalcost"]),
        (&json!("task_cancel"), &json!([]), &json!("0"))
    );
    let next = said(&lab, in_session("sorry", "a", "1")).await;
    assert_ne!(next, first);
}

#[tokio::test]
async fn a_long_answer_comes_in_thousands_of_updates() {
    let lab = lab(|config| config.workers(1));
    let mut socket = lab.socket().await;
    let body = json!({ "prompt": "My sister is angry and I can't sleep.", "words": 25_000 });
    lab.run_followed("sandbox/eliza", body, &mut socket).await;
    // Only the last of them is looked into: together they are hundreds of megabytes.
    let (mut updates, mut last) = (0, String::new());
    let ended = loop {
        let frame = socket.text().await.unwrap();
        if frame.starts_with(r#"{"type":"task_output","#) {
            updates += 1;
            last = frame;
        } else if frame.starts_with(r#"{"type":"task_postprocess_end","#) {
            break frame;
        }
    };
    assert!((1_500..=2_000).contains(&updates), "{updates}");
    let parsed = |frame: &str| serde_json::from_str::<Value>(frame).unwrap()["message"].clone();
    let answer = parsed(&last)["answer"][0].clone();
    let length = answer.as_str().unwrap().len();
    assert!(length > 100_000, "{length}");
    assert_eq!(parsed(&ended)[0]["content"]["answer"][0], answer);
}

#[tokio::test]
async fn the_prompt_is_required_and_the_length_bounded() {
    let lab = lab(|config| config);
    let cases = [
        (json!({}), "Request parameter [prompt] required"),
        (
            json!({ "prompt": "" }),
            "Request parameter [prompt] required",
        ),
        (
            json!({ "prompt": "a", "words": 25_001 }),
            "Request parameter [words] must be between 0 and 25000",
        ),
    ];
    for (body, message) in cases {
        let refusal = lab.refusal("Run/sandbox/eliza", body).await;
        assert_eq!(refusal, (0, message.to_owned()));
    }
}
