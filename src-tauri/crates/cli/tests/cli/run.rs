//! `wiro run`: what goes in, what comes out.

use std::path::Path;

use serde_json::{Value, json};

use crate::service::{Ended, Program};
use crate::stage::{Stage, names};

/// The statuses in the order a task passes them.
const LIFECYCLE: [&str; 9] = [
    "task_queue",
    "task_accept",
    "task_preprocess_start",
    "task_preprocess_end",
    "task_assign",
    "task_start",
    "task_end",
    "task_postprocess_start",
    "task_postprocess_end",
];

fn keys(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

/// Each status at most once, in order, up to the last.
fn expect_lifecycle(ended: &Ended) {
    let statuses: Vec<&str> = ended
        .events("status")
        .iter()
        .filter_map(|line| line["status"].as_str())
        .collect();
    let places: Vec<_> = statuses
        .iter()
        .map(|status| LIFECYCLE.iter().position(|known| known == status))
        .collect();
    let goes_on = places.windows(2).all(|pair| pair[0] < pair[1]);
    assert!(
        goes_on && places.iter().all(Option::is_some),
        "{statuses:?}"
    );
    assert_eq!(statuses.last(), Some(&"task_postprocess_end"));
}

#[test]
fn a_run_prints_its_steps_and_last_its_result() {
    let stage = Stage::new();
    let arguments = [
        "run",
        "sandbox/pattern",
        "-p",
        "prompt=warm dunes",
        "-p",
        "width=96",
        "-p",
        "height=64",
    ];
    let ended = stage.json(&arguments);
    let result = ended.expect_success();

    assert_eq!(
        ended.lines[0],
        json!({"event": "submitted", "taskid": "1001", "model": "sandbox/pattern"})
    );
    expect_lifecycle(&ended);
    let progress = ended.events("progress");
    assert_eq!(
        keys(progress[0]),
        ["event", "task", "percentage", "step", "steps", "remaining"]
    );
    assert_eq!(
        progress.last().map(|line| &line["percentage"]),
        Some(&json!(100.0))
    );

    let expected = [
        "event", "success", "status", "pexit", "reason", "cost_usd", "seconds", "files", "text",
    ];
    assert_eq!(keys(result), expected);
    assert_eq!(
        [
            &result["event"],
            &result["success"],
            &result["status"],
            &result["pexit"],
            &result["reason"],
            &result["cost_usd"],
            &result["text"]
        ],
        [
            &json!("result"),
            &json!(true),
            &json!("task_postprocess_end"),
            &json!("0"),
            &Value::Null,
            &json!("0.005"),
            &Value::Null
        ]
    );
    assert!(
        result["seconds"]
            .as_f64()
            .is_some_and(|seconds| seconds > 0.0)
    );
    let file = &result["files"][0];
    assert_eq!(keys(file), ["path", "content_type", "bytes"]);
    let path = Path::new(file["path"].as_str().expect("a path"));
    assert!(
        path.starts_with(stage.library().join("outputs")),
        "{path:?}"
    );
    assert_eq!(
        file["bytes"].as_u64(),
        Some(fs_err::metadata(path).expect("on disk").len())
    );
    assert_eq!(image::image_dimensions(path).expect("a picture"), (96, 64));
    assert_eq!(names(&stage.library().join("partial")), [] as [&str; 0]);
}

#[test]
fn a_photo_comes_back_larger_and_into_the_folder() {
    let stage = Stage::new();
    let photo = stage.picture("a photo.jpg", 60, 40);
    let folder = stage.path("results/of today");
    let (photo, dir) = (format!("inputImage={photo}"), folder.display().to_string());
    let ended = stage.json(&[
        "run",
        "sandbox/upscale",
        "-f",
        &photo,
        "-p",
        "scale=3",
        "-o",
        &dir,
    ]);
    let path = ended.expect_success()["files"][0]["path"]
        .as_str()
        .expect("a path")
        .to_owned();
    assert_eq!(
        image::image_dimensions(&path).expect("a picture"),
        (180, 120)
    );
    let exported = names(&folder);
    assert_eq!(exported.len(), 1, "{exported:?}");
    assert_eq!(
        fs_err::read(folder.join(&exported[0])).expect("exported"),
        fs_err::read(&path).expect("kept"),
        "the same bytes"
    );
    // The same again does not overwrite what lies there.
    stage
        .json(&[
            "run",
            "sandbox/upscale",
            "-f",
            &photo,
            "-p",
            "scale=2",
            "-o",
            &dir,
        ])
        .expect_success();
    assert_eq!(names(&folder).len(), 2);
}

#[test]
fn hostile_names_stay_inside_the_folder() {
    let hostile = [
        "../../evil.png",
        "C:\\x.png",
        "a\u{0}b.png",
        "\u{202e}gnp.exe",
        "CON",
        "..",
    ];
    let rules: Vec<Value> = (1..)
        .zip(hostile)
        .map(|(nth, name)| json!({"on": {"path": "output", "nth": nth}, "do": {"name": name, "contenttype": "text/html"}}))
        .collect();
    let stage = Stage::with_faults(&json!(rules));
    let folder = stage.path("out/deep/results");
    let dir = folder.display().to_string();
    for (made, name) in (1..).zip(hostile) {
        let seed = format!("seed={made}");
        let run = [
            "run",
            "sandbox/pattern",
            "-p",
            "prompt=x",
            "-p",
            "width=64",
            "-p",
            "height=64",
            "-p",
            &seed,
            "-o",
            &dir,
        ];
        let ended = stage.json(&run);
        assert_eq!(
            ended.expect_success()["files"][0]["content_type"],
            "image/png",
            "{name:?}: by its bytes"
        );
        assert!(
            ended.stderr.contains("not of the type"),
            "{name:?}: {}",
            ended.stderr
        );
        let exported = names(&folder);
        assert_eq!(exported.len(), made, "{name:?}: {exported:?}");
    }
    assert!(names(&folder).iter().all(|name| {
        Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "png")
    }));
    assert_eq!(names(&stage.path("out")), ["deep"]);
    assert_eq!(names(&stage.path("out/deep")), ["results"]);
}

/// A model that says back what it was sent.
fn echo() -> Value {
    json!([{
        "title": "Echo", "slugowner": "own", "slugproject": "echo",
        "parameters": [{"title": "Input", "items": [
            {"id": "text", "type": "text", "label": "Text", "required": false},
            {"id": "note", "type": "textarea", "label": "Note", "required": false, "default": "unsaid"},
            {"id": "count", "type": "number", "label": "Count", "required": false},
            {"id": "tags", "type": "select", "multiple": true, "label": "Tags", "required": false,
             "options": [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}, {"label": "C", "value": "c"}]},
            {"id": "style", "type": "select", "label": "Style", "required": false,
             "options": [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]},
            {"id": "images", "type": "combinefileinput", "label": "Images", "required": false, "maxcount": 3},
        ]}],
    }])
}

fn echoed(stage: &Stage, arguments: &[&str]) -> Value {
    let ended = stage.json(&[&["run", "own/echo"], arguments].concat());
    let path = ended.expect_success()["files"][0]["path"]
        .as_str()
        .expect("a file")
        .to_owned();
    serde_json::from_slice(&fs_err::read(path).expect("kept")).expect("JSON")
}

#[test]
fn empty_is_sent_and_left_out_is_not() {
    let stage = Stage::with_models(&echo());
    let parameters = |arguments: &[&str]| echoed(&stage, arguments)["parameters"].clone();
    assert_eq!(parameters(&[]), json!({}));
    assert_eq!(parameters(&["-p", "text="]), json!({"text": ""}));
    assert_eq!(parameters(&["-p", "text=a=b c"]), json!({"text": "a=b c"}));
    assert_eq!(parameters(&["-p", "count=7"]), json!({"count": 7}));

    let file = stage.path("note.txt");
    fs_err::write(&file, "first line\nsecond \u{e9}\n").expect("written");
    let note = format!("note=@{}", file.display());
    assert_eq!(
        parameters(&["-p", &note]),
        json!({"note": "first line\nsecond \u{e9}\n"})
    );
}

#[test]
fn a_repeated_parameter_is_a_choice_of_several_and_files_mix_with_addresses() {
    let stage = Stage::with_models(&echo());
    let several = echoed(&stage, &["-p", "tags=a", "-p", "tags=c"]);
    assert_eq!(
        several["parameters"],
        json!({"tags": ["a", "c"]}),
        "{several}"
    );
    let picture = format!("images={}", stage.picture("in.png", 8, 8));
    let mixed = echoed(
        &stage,
        &["-f", &picture, "-f", "images=http://127.0.0.1:9/x.png"],
    );
    assert_eq!(mixed["encoding"], "multipart");
    assert_eq!(mixed["files"].as_array().map(Vec::len), Some(2), "{mixed}");
    assert_eq!(mixed["files"][1]["url"], "http://127.0.0.1:9/x.png");
}

#[test]
fn what_the_form_does_not_take_is_refused_before_anything_is_sent() {
    let stage = Stage::with_models(&echo());
    let missing = stage.path("no such file").display().to_string();
    let text = format!("text=@{missing}");
    let check = |model: &str, arguments: &[&str], code: &str, field: Option<&str>| {
        let ended = stage.json(&[&["run", model], arguments].concat());
        let error = ended.expect_error(2, code);
        assert_eq!(error["field"].as_str(), field, "{arguments:?}: {error}");
    };
    check("sandbox/pattern", &[], "input.invalid", Some("prompt"));
    check(
        "sandbox/pattern",
        &["-p", "prompt="],
        "input.invalid",
        Some("prompt"),
    );
    check("sandbox/upscale", &[], "input.invalid", Some("inputImage"));
    check(
        "sandbox/slow",
        &["-p", "seconds=601"],
        "input.invalid",
        Some("seconds"),
    );
    check(
        "sandbox/slow",
        &["-p", "seconds=-1"],
        "input.invalid",
        Some("seconds"),
    );
    check(
        "sandbox/slow",
        &["-p", "seconds=soon"],
        "input.invalid",
        Some("seconds"),
    );
    check(
        "own/echo",
        &["-p", "style=z"],
        "input.invalid",
        Some("style"),
    );
    check(
        "own/echo",
        &["-p", "tags=a", "-p", "tags=z"],
        "input.invalid",
        Some("tags"),
    );
    check(
        "own/echo",
        &["-p", "text=a", "-p", "text=b"],
        "input.invalid",
        Some("text"),
    );
    check(
        "own/echo",
        &["-p", "unheard=of"],
        "input.invalid",
        Some("unheard"),
    );
    check(
        "own/echo",
        &["-f", "text=http://127.0.0.1:9/x"],
        "input.invalid",
        Some("text"),
    );
    check("own/echo", &["-p", "text"], "usage.invalid", None);
    check("own/echo", &["-p", "=text"], "usage.invalid", None);
    check("own/echo", &["-p", &text], "usage.invalid", None);
    check("own/echo", &["-p", "text=@/"], "usage.invalid", None);
    check("own/echo", &["-f", "images="], "usage.invalid", None);
    check(
        "own/echo",
        &["-p", "images=a", "-f", "images=b"],
        "usage.invalid",
        None,
    );
    assert_eq!(stage.service.runs(), 0, "nothing was sent");
    assert_eq!(stage.states(), [] as [&str; 0], "nothing was written down");
}

#[test]
fn a_failed_task_says_why_and_costs_nothing() {
    let stage = Stage::new();
    let ended = stage.json(&[
        "run",
        "sandbox/failing",
        "-p",
        "exitcode=3",
        "-p",
        "message=out of tea",
    ]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let result = ended.last();
    assert_eq!(
        [
            &result["event"],
            &result["success"],
            &result["pexit"],
            &result["reason"],
            &result["cost_usd"],
            &result["files"]
        ],
        [
            &json!("result"),
            &json!(false),
            &json!("3"),
            &json!("out of tea"),
            &json!("0"),
            &json!([])
        ]
    );
    let logged = json!({"event": "log", "stream": "stderr", "text": "out of tea"});
    assert!(ended.lines.contains(&logged), "{ended:?}");
    // Exit code 0 with something on standard error is success.
    let warned = stage.json(&[
        "run",
        "sandbox/failing",
        "-p",
        "exitcode=0",
        "-p",
        "message=a warning",
    ]);
    assert_eq!(
        (
            &warned.expect_success()["reason"],
            warned.events("log").len()
        ),
        (&Value::Null, 1)
    );
}

#[test]
fn without_waiting_it_ends_with_the_submission() {
    let stage = Stage::new();
    let folder = stage.path("results");
    let dir = folder.display().to_string();
    let ended = stage.json(&[
        "run",
        "sandbox/slow",
        "-p",
        "seconds=1",
        "--no-wait",
        "-o",
        &dir,
    ]);
    assert_eq!(
        *ended.expect_success(),
        json!({"event": "submitted", "taskid": "1001", "model": "sandbox/slow"})
    );
    assert_eq!(stage.states(), ["running"]);
    let resumed = stage.json(&["tasks", "resume"]);
    let result = resumed.expect_success();
    assert_eq!(
        [&result["taskid"], &result["model"], &result["success"]],
        [&json!("1001"), &json!("sandbox/slow"), &json!(true)]
    );
    assert_eq!(names(&folder).len(), 1, "the folder of the run is honoured");
    assert_eq!(stage.service.runs(), 1);
}

#[test]
fn people_get_paths_on_standard_output_and_steps_on_standard_error() {
    let stage = Stage::new();
    let ended =
        Program::start(&mut stage.command(&["run", "sandbox/slow", "-p", "seconds=0"])).end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(Path::new(ended.stdout.trim()).is_file(), "{ended:?}");
    assert!(
        ended.stderr.contains("accepted as task 1001")
            && ended.stderr.contains("task_postprocess_end"),
        "{ended:?}"
    );
}
