//! Endpoints beside the main street: the shop window, deliveries, and any path that cannot charge.

use serde_json::{Map, Value, json};
use wiro_client::client::Client;
use wiro_client::error::ErrorKind;
use wiro_client::models::ModelQuery;
use wiro_client::tasks::{RunDelivery, TaskQuery, TaskRef};

use crate::server::{Server, answer, json as answer_json};

const TOKEN: &str = "token-canary-3f2e1d";

#[tokio::test]
async fn the_shop_window_leaves_empty_sections_out_and_needs_no_key() {
    let body = json!({"result": true, "errors": [], "explore": [
        {"id": "1", "title": "Empty", "tools": []},
        {"id": 2, "name": "Video", "tools": [{"cleanslugowner": "wiro", "cleanslugproject": "x", "discount": null}]},
    ]});
    let server = Server::start(vec![answer_json(200, &body.to_string())]).await;
    let client = Client::new(server.endpoints(), None).unwrap();
    let sections = client.explore().await.unwrap();
    assert_eq!(sections.len(), 1);
    assert_eq!(sections[0].title.as_deref(), Some("Video"));
    let slug = sections[0].tools[0].slug.as_ref().unwrap();
    assert_eq!(slug.to_string(), "wiro/x");
    let request = &server.received()[0];
    assert_eq!(
        (request.path.as_str(), request.json()),
        ("/v1/Tool/Explore", json!({}))
    );
}

#[tokio::test]
async fn answers_are_read_in_every_wrapping() {
    let list = json!([{"taskid": 5, "status": "task_start"}]);
    for body in [
        json!({"result": true, "tasklist": list}),
        json!({"result": "true", "tasklist": list.to_string(), "total": "1"}),
        json!({"result": 1, "data": {"tasklist": list, "total": 1}}),
        json!({"result": true, "tasklist": [null, list[0], "junk"], "total": ""}),
    ] {
        let server = Server::start(vec![answer_json(200, &body.to_string())]).await;
        let page = server.client().tasks(&TaskQuery::default()).await.unwrap();
        assert_eq!((page.tasks.len(), page.total), (1, 1), "{body}");
        let task = server.client().task(&TaskRef::id("5")).await.unwrap();
        assert_eq!(task.unwrap().id.as_deref(), Some("5"), "{body}");
    }
    let body = json!({"result": true, "data": {"tool": json!([{"title": "x"}]).to_string()}});
    let server = Server::start(vec![answer_json(200, &body.to_string())]).await;
    let page = server
        .client()
        .models(&ModelQuery::default())
        .await
        .unwrap();
    assert_eq!(page.models[0].title.as_deref(), Some("x"));
}

#[tokio::test]
async fn any_free_path_is_called_once_and_answered_whole() {
    let body = json!({"result": true, "errors": [], "projects": [{"name": "a"}]});
    let server = Server::start(vec![
        answer_json(200, &body.to_string()),
        answer(503, &[], b""),
    ])
    .await;
    let client = server.client();
    let sent = json!({"start": 0}).as_object().unwrap().clone();
    assert_eq!(client.call("/v1/Project//List", &sent).await.unwrap(), body);
    let request = &server.received()[0];
    assert_eq!(
        (request.path.as_str(), request.json()),
        ("/v1/Project/List", Value::Object(sent))
    );
    assert!(request.header("x-signature").is_some());
    let error = client.call("Project/List", &Map::new()).await.unwrap_err();
    assert_eq!((error.kind(), server.count()), (&ErrorKind::Service, 2));
}

#[tokio::test]
async fn a_path_that_can_charge_leaves_nothing_on_the_wire() {
    let server = Server::start(vec![answer_json(200, "{}")]).await;
    for path in [
        "Run/a/b",
        "//v1//rUN/a/b",
        "Task/../Run/a/b",
        "%52un/a/b",
        "UserAgent/Deploy",
    ] {
        let error = server.client().call(path, &Map::new()).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Local, "{path}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_call_quotes_no_token_back() {
    let refusal =
        json!({"result": false, "errors": [{"code": 0, "message": format!("bad {TOKEN}")}]});
    let server = Server::start(vec![answer_json(200, &refusal.to_string())]).await;
    let sent = json!({"deep": [{"taskToken": TOKEN}]})
        .as_object()
        .unwrap()
        .clone();
    let error = server
        .client()
        .call("Task/Detail", &sent)
        .await
        .unwrap_err();
    assert_eq!(error.message(), "bad ***");
}

#[tokio::test]
async fn a_delivery_only_names_its_task() {
    let lie = json!({"id": "5", "status": "task_postprocess_end", "pexit": "0"});
    let truth = json!({"result": true, "tasklist": [{"id": "5", "status": "task_start"}]});
    for body in [
        lie.clone(),
        json!({"result": true, "tasklist": [lie]}),
        json!({"data": {"tasklist": [lie]}}),
        json!({"type": "task_postprocess_end", "id": 5, "message": []}),
        json!(lie.to_string()),
    ] {
        let server = Server::start(vec![answer_json(200, &truth.to_string())]).await;
        let delivery = RunDelivery::from_slice(body.to_string().as_bytes()).unwrap();
        let task = server.client().delivered_task(&delivery).await.unwrap();
        assert_eq!(task.unwrap().status.as_str(), "task_start", "{body}");
        assert_eq!(
            server.received()[0].json(),
            json!({"taskid": "5"}),
            "{body}"
        );
    }
    let server = Server::start(vec![answer_json(200, &truth.to_string())]).await;
    for body in ["{}", r#"{"tasklist":[]}"#, r#"{"status":"task_cancel"}"#] {
        let delivery = RunDelivery::from_slice(body.as_bytes()).unwrap();
        assert_eq!(
            server.client().delivered_task(&delivery).await.unwrap(),
            None
        );
    }
    for body in ["", "[]", "5", "not json", "\"text\""] {
        assert_eq!(RunDelivery::from_slice(body.as_bytes()), None, "{body}");
    }
    assert_eq!(server.count(), 0);
}
