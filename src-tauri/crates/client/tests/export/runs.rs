//! Programs that succeed: what they print is what was computed.

use image::{Rgb, RgbImage};
use wiro_client::export::ProjectKind;
use wiro_client::forms::{Answer, Answers, FormDefinition, RunBody};
use wiro_client::tasks::TaskOutcome;

use crate::stage::{Stage, get};

/// The request that the form of a model makes of these answers.
async fn request(stage: &Stage, slug: &str, answers: &[(&str, Answer)]) -> RunBody {
    let model = stage.client().model(&slug.parse().unwrap()).await.unwrap();
    let answers: Answers = answers
        .iter()
        .map(|(id, answer)| ((*id).to_owned(), answer.clone()))
        .collect();
    FormDefinition::from_model(&model)
        .request(&answers)
        .unwrap()
}

/// The bytes of the only output when this crate sends the same request itself.
async fn computed(stage: &Stage, slug: &str, body: &RunBody) -> (String, Vec<u8>) {
    let client = stage.client();
    let accepted = client
        .run(&slug.parse().unwrap(), body, None)
        .await
        .unwrap();
    let reference = wiro_client::tasks::TaskRef::token(accepted.token.unwrap());
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(50));
    let task = loop {
        ticks.tick().await;
        let task = client.task(&reference).await.unwrap().unwrap();
        if task.status.is_terminal_polled() {
            break task;
        }
    };
    assert_eq!(task.outcome(), TaskOutcome::Succeeded);
    let url = task.outputs[0].url.clone().unwrap();
    let bytes = bytes(&url).await;
    (url, bytes)
}

async fn bytes(url: &str) -> Vec<u8> {
    let response = get(url).await.error_for_status().unwrap();
    response.bytes().await.unwrap().to_vec()
}

/// Runs everywhere; every program prints one address, and there lies what is expected.
async fn check(stage: &Stage, slug: &str, body: &RunBody) -> String {
    let (url, expected) = computed(stage, slug, body).await;
    assert!(expected.starts_with(b"\x89PNG"));
    for outcome in stage.run_everywhere(slug, body).await {
        let lines = outcome.lines();
        assert_eq!(lines.len(), 1, "{outcome:?}");
        assert_ne!(lines[0], url, "{outcome:?}");
        assert!(bytes(lines[0]).await == expected, "{outcome:?}");
    }
    url
}

#[tokio::test]
async fn json_and_addresses_make_what_the_client_makes() {
    let stage = Stage::new(ProjectKind::Signature);
    let answers = [
        ("prompt", Answer::text("Slow tides\nunder a copper sky")),
        ("width", Answer::text("96")),
        ("height", Answer::text("64")),
        ("seed", Answer::text("7")),
    ];
    let body = request(&stage, "sandbox/pattern", &answers).await;
    let picture = check(&stage, "sandbox/pattern", &body).await;

    let answers = [
        ("inputImage", Answer::url(picture)),
        ("scale", Answer::text("1.5")),
    ];
    let body = request(&stage, "sandbox/upscale", &answers).await;
    assert!(matches!(body, RunBody::Json(_)), "an address needs no form");
    check(&stage, "sandbox/upscale", &body).await;
}

#[tokio::test]
async fn files_are_uploaded_with_the_key_alone() {
    let stage = Stage::new(ProjectKind::KeyOnly);
    // A name in which curl, shells and forms find something of their own.
    let path = stage.path("my ü; \"small\", $picture's.png");
    let stripes = |x, _| Rgb([if x % 3 == 0 { 200 } else { 30 }, 90, 77]);
    RgbImage::from_fn(13, 9, stripes).save(&path).unwrap();
    let answers = [("inputImage", Answer::path(path))];
    let body = request(&stage, "sandbox/upscale", &answers).await;
    assert!(matches!(body, RunBody::Multipart(_)));
    check(&stage, "sandbox/upscale", &body).await;
}
