//! Following tasks to their end, whatever gets lost on the way.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tokio::time::timeout;
use wiro_client::follow::{Ending, Follower, Pace, TaskStream, TaskUpdate};
use wiro_client::llm::{LlmText, TextChange};
use wiro_client::socket::TaskEvent;
use wiro_client::tasks::TaskOutcome;

use crate::sockets::{PATIENCE, quick, status, token};
use crate::sockets_service::{Service, hasty};

async fn next(stream: &mut TaskStream) -> TaskUpdate {
    timeout(PATIENCE, stream.next()).await.unwrap().unwrap()
}

async fn ended(stream: &mut TaskStream) -> Arc<Ending> {
    timeout(PATIENCE, stream.ended()).await.unwrap().unwrap()
}

fn outcome(ending: &Ending) -> TaskOutcome {
    match ending {
        Ending::Confirmed(task) => task.outcome(),
        other => panic!("{other:?}"),
    }
}

fn written(token: &str, answer: &[&str]) -> String {
    json!({"type": "task_output", "tasktoken": token, "message": {"answer": answer, "thinking": ["Hm"]}}).to_string()
}

fn follower(service: &Service, pace: Pace) -> Follower {
    Follower::open(service.client(), quick(), pace)
}

#[tokio::test]
async fn a_stream_tells_what_happens_and_how_it_ended() {
    let service = Service::start().await;
    service.tell("a", "task_queue", "");
    let follower = follower(&service, hasty());
    let mut stream = follower.follow(token("a"), None);
    let mut connection = service.peer.accept().await;
    connection.expect_subscription("a").await;
    for frame in [
        status("a", "task_queue"),
        status("a", "task_start"),
        written("a", &["One"]),
        json!({"type": "task_output", "tasktoken": "a", "message": "a line"}).to_string(),
        written("a", &["One and two"]),
        written("a", &["Two"]),
    ] {
        connection.send(&frame).await;
    }
    // A text is told as it is when it is read; what happened between is told in order.
    let two = LlmText {
        thinking: vec!["Hm".to_owned()],
        answer: vec!["Two".to_owned()],
    };
    let (mut shown, mut told) = (LlmText::default(), Vec::new());
    while shown != two || !told.contains(&"a line".to_owned()) {
        match next(&mut stream).await {
            TaskUpdate::Text(change) => shown.apply(change),
            TaskUpdate::Event(TaskEvent::Status(status)) => told.push(status.to_string()),
            TaskUpdate::Event(TaskEvent::Log { text, .. }) => told.push(text),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, ["task_queue", "task_start", "a line"]);
    assert_eq!(stream.text(), two);
    service.tell_task("a", json!({"id": "id-a", "socketaccesstoken": "a", "status": "task_postprocess_end", "pexit": "0",
        "totalcost": "0.25", "outputs": [{"contenttype": "raw", "content": {"thinking": ["Hm"], "answer": ["Two."]}}]}));
    connection.send(&status("a", "task_postprocess_end")).await;
    let mut last = Vec::new();
    while let Some(update) = timeout(PATIENCE, stream.next()).await.unwrap() {
        last.push(update);
    }
    let Some(TaskUpdate::Ended(ending)) = last.pop() else {
        panic!("{last:?}")
    };
    assert_eq!(outcome(&ending), TaskOutcome::Succeeded);
    assert!(
        matches!(&*ending, Ending::Confirmed(task) if task.total_cost == Some("0.25".parse().unwrap()))
    );
    assert!(last.iter().any(|update| matches!(update, TaskUpdate::Text(TextChange::Grown(grown)) if grown[0].text == ".")), "{last:?}");
    assert_eq!(follower.followed(), 0);
}

#[tokio::test]
async fn who_comes_late_is_told_the_end() {
    let service = Service::start().await;
    service.tell("a", "task_postprocess_end", "1");
    let follower = follower(&service, hasty());
    for _ in 0..2 {
        // Long over: the socket has nothing to say about it.
        let mut stream = follower.follow(token("a"), Some("id-a".to_owned()));
        assert_eq!(outcome(&*ended(&mut stream).await), TaskOutcome::Failed);
        assert_eq!(stream.next().await, None);
    }
}

#[tokio::test]
async fn an_end_that_fell_into_a_break_is_told() {
    let service = Service::start().await;
    service.tell("a", "task_start", "");
    let follower = follower(&service, hasty());
    let mut stream = follower.follow(token("a"), None);
    let mut connection = service.peer.accept().await;
    connection.expect_subscription("a").await;
    connection.send(&status("a", "task_start")).await;
    next(&mut stream).await;
    service.tell("a", "task_cancel", "");
    drop(connection);
    // Nothing is said on the new connection either, if there is one before the answer.
    assert_eq!(outcome(&*ended(&mut stream).await), TaskOutcome::Cancelled);
}

#[tokio::test]
async fn a_failure_that_only_answers_tell_is_told() {
    let service = Service::start().await;
    service.tell("a", "task_preprocess_start", "");
    let follower = follower(&service, hasty());
    let mut stream = follower.follow(token("a"), None);
    let mut connection = service.peer.accept().await;
    // The socket speaks, and then it does not.
    connection.send(&status("a", "task_preprocess_start")).await;
    next(&mut stream).await;
    service.tell("a", "task_error", "");
    assert_eq!(outcome(&*ended(&mut stream).await), TaskOutcome::Failed);
}

#[tokio::test]
async fn a_process_that_ended_is_asked_for_when_its_last_frame_does_not_come() {
    let service = Service::start().await;
    service.tell("a", "task_start", "");
    let pace = Pace {
        end_grace: Duration::from_millis(50),
        ..hasty()
    };
    let follower = follower(&service, pace);
    let mut stream = follower.follow(token("a"), None);
    let mut connection = service.peer.accept().await;
    connection.send(&status("a", "task_end")).await;
    while !matches!(next(&mut stream).await, TaskUpdate::Event(TaskEvent::Status(status)) if status.as_str() == "task_end")
    {
    }
    service.tell("a", "task_postprocess_end", "0");
    assert_eq!(outcome(&*ended(&mut stream).await), TaskOutcome::Succeeded);
}

#[tokio::test]
async fn a_frame_that_names_no_task_ends_none_but_is_asked_about() {
    let service = Service::start().await;
    let follower = follower(&service, hasty());
    let mut streams: Vec<_> = ["a", "b"]
        .map(|name| {
            service.tell(name, "task_start", "");
            follower.follow(token(name), None)
        })
        .into();
    let mut connection = service.peer.accept().await;
    for (name, stream) in ["a", "b"].iter().zip(&mut streams) {
        connection.send(&status(name, "task_start")).await;
        next(stream).await;
    }
    service.tell("b", "task_postprocess_end", "0");
    connection.send(r#"{"type":"task_cancel"}"#).await;
    assert_eq!(
        outcome(&*ended(&mut streams[1]).await),
        TaskOutcome::Succeeded
    );
    assert_eq!(follower.followed(), 1);
    service.tell("a", "task_cancel", "");
    connection.send(&status("a", "task_cancel")).await;
    assert_eq!(
        outcome(&*ended(&mut streams[0]).await),
        TaskOutcome::Cancelled
    );
}

#[tokio::test]
async fn an_end_is_believed_when_nobody_can_be_asked() {
    let service = Service::start().await;
    service.set_down(true);
    let pace = Pace {
        confirm_within: Duration::from_millis(50),
        ..hasty()
    };
    let follower = follower(&service, pace);
    let mut stream = follower.follow(token("a"), None);
    let mut connection = service.peer.accept().await;
    let end = json!({"type": "task_postprocess_end", "tasktoken": "a", "pexit": "0", "message": [{"url": "https://x.test/0.png"}]});
    connection.send(&end.to_string()).await;
    let ending = ended(&mut stream).await;
    assert!(
        matches!(&*ending, Ending::Told { outcome: TaskOutcome::Succeeded, outputs } if outputs.len() == 1),
        "{ending:?}"
    );
}

#[tokio::test]
async fn a_reader_that_does_not_read_holds_nobody_up_and_misses_no_end() {
    const LINES: u64 = 3000;
    let service = Service::start().await;
    let follower = follower(&service, hasty());
    for name in ["slow", "quick"] {
        service.tell(name, "task_start", "");
    }
    let mut slow = follower.follow(token("slow"), None);
    let mut quick = follower.follow(token("quick"), None);
    let mut connection = service.peer.accept().await;
    for line in 0..LINES {
        let frame =
            json!({"type": "task_output", "tasktoken": "slow", "message": format!("line {line}")});
        connection.send(&frame.to_string()).await;
    }
    for name in ["slow", "quick"] {
        service.tell(name, "task_postprocess_end", "0");
        connection.send(&status(name, "task_postprocess_end")).await;
    }
    assert_eq!(outcome(&*ended(&mut quick).await), TaskOutcome::Succeeded);
    let mut late = follower.follow(token("slow"), None);
    let (mut missed, mut lines) = (0, 0);
    loop {
        match next(&mut slow).await {
            TaskUpdate::Missed { updates, .. } => missed += updates,
            TaskUpdate::Event(TaskEvent::Log { .. }) => lines += 1,
            TaskUpdate::Ended(ending) => {
                break assert_eq!(outcome(&ending), TaskOutcome::Succeeded);
            }
            _ => {}
        }
    }
    // How many wait for it is bounded; how many more come while it reads is the machine's business.
    assert!(missed > 0 && lines > 200, "{missed} {lines}");
    assert_eq!(missed + lines, LINES, "none is unaccounted for");
    assert_eq!(outcome(&*ended(&mut late).await), TaskOutcome::Succeeded);
}

#[tokio::test]
async fn many_tasks_are_asked_for_in_one_list() {
    const TASKS: usize = 40;
    let service = Service::start().await;
    let pace = Pace {
        first_quiet: Duration::from_hours(1),
        longest_quiet: Duration::from_hours(1),
        ..hasty()
    };
    let follower = follower(&service, pace);
    let mut streams = Vec::new();
    for task in 0..TASKS {
        let name = format!("t{task}");
        service.tell(&name, "task_start", "");
        streams.push(follower.follow(token(&name), Some(format!("id-{name}"))));
    }
    for stream in &mut streams {
        assert!(matches!(
            next(stream).await,
            TaskUpdate::Event(TaskEvent::Status(_))
        ));
    }
    let asked = service.asked();
    let lists = asked
        .iter()
        .filter(|path| path.ends_with("/task/list"))
        .count();
    assert!(
        lists >= 1 && asked.len() < TASKS,
        "{lists} of {}",
        asked.len()
    );
    for task in 0..TASKS {
        service.tell(&format!("t{task}"), "task_postprocess_end", "0");
    }
    // A list may leave things out: each end is read in full, after the reconnection.
    drop(service.peer.accept().await);
    for stream in &mut streams {
        assert_eq!(outcome(&*ended(stream).await), TaskOutcome::Succeeded);
    }
}

#[tokio::test]
async fn it_lets_go_of_what_nobody_reads_and_ends_when_closed() {
    let service = Service::start().await;
    service.tell("a", "task_start", "");
    service.tell("b", "task_start", "");
    let follower = follower(&service, hasty());
    let a = follower.follow(token("a"), None);
    let mut b = follower.follow(token("b"), None);
    drop(a);
    timeout(PATIENCE, async {
        while follower.followed() > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    let other = follower.clone();
    drop(follower);
    next(&mut b).await;
    other.close();
    assert_eq!(timeout(PATIENCE, b.ended()).await.unwrap(), None);
    let mut after = other.follow(token("a"), None);
    assert_eq!(timeout(PATIENCE, after.next()).await.unwrap(), None);
}

#[tokio::test]
async fn a_stream_outlives_its_follower() {
    let service = Service::start().await;
    service.tell("a", "task_start", "");
    let stream = follower(&service, hasty()).follow(token("a"), None);
    let mut updates = Box::pin(stream.into_stream());
    timeout(PATIENCE, updates.next()).await.unwrap().unwrap();
    service.tell("a", "task_postprocess_end", "0");
    let rest: Vec<TaskUpdate> = timeout(PATIENCE, updates.collect()).await.unwrap();
    assert!(
        matches!(rest.last(), Some(TaskUpdate::Ended(_))),
        "{rest:?}"
    );
}

#[tokio::test]
async fn a_task_that_is_not_there_ends_the_stream() {
    let service = Service::start().await;
    let follower = follower(&service, hasty());
    let mut stream = follower.follow(token("nobody"), None);
    let mut troubles = 0;
    loop {
        match next(&mut stream).await {
            TaskUpdate::Trouble { .. } => troubles += 1,
            TaskUpdate::Ended(ending) => break assert_eq!(*ending, Ending::NotFound),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(troubles, 1);
}
