//! One typical call as a person sees it, in all languages.

use serde_json::{Value, json};
use wiro_client::endpoints::Endpoints;
use wiro_client::export::{ExportRequest, FilePaths, Language, ProjectKind, export};
use wiro_client::forms::{Part, RunBody};

fn typical() -> RunBody {
    let parameters = json!({
        "prompt": "A lighthouse at dawn, \"golden hour\", it's foggy",
        "negativePrompt": "",
        "width": 1024,
        "guidance": 3.5,
        "safetyChecker": true,
        "seed": null,
        "inputImage": ["https://example.org/a.png?x=1&y=2"],
    });
    match parameters {
        Value::Object(fields) => RunBody::Json(fields),
        _ => panic!("it is an object"),
    }
}

fn program(body: &RunBody, project: ProjectKind, paths: FilePaths, language: Language) -> String {
    let request = ExportRequest {
        slug: &"black-forest-labs/flux-2-pro".parse().unwrap(),
        body,
        endpoints: &Endpoints::wiro(),
        project,
        paths,
    };
    export(&request, language)
}

#[test]
fn a_typical_call_reads_like_this() {
    for language in Language::ALL {
        let text = program(
            &typical(),
            ProjectKind::Signature,
            FilePaths::AsGiven,
            language,
        );
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(language.file_extension(), text);
        });
    }
}

#[test]
fn a_program_names_the_service_and_no_more_than_it_needs() {
    let file = Part::File {
        name: "inputImage".to_owned(),
        path: "/home/somebody/cat.png".into(),
        file_name: "cat.png".to_owned(),
        bytes: 1,
    };
    let form = RunBody::Multipart(vec![file]);
    for language in Language::ALL {
        for (body, paths) in [
            (&typical(), FilePaths::AsGiven),
            (&form, FilePaths::AsGiven),
            (&form, FilePaths::NameOnly),
        ] {
            let text = program(body, ProjectKind::KeyOnly, paths, language);
            assert!(text.contains("https://api.wiro.ai/v1"), "{language:?}");
            assert!(!text.contains("SECRET"), "{language:?}: key only");
            assert!(!text.contains("x-signature"), "{language:?}: key only");
            let whole = paths == FilePaths::AsGiven && matches!(body, RunBody::Multipart(_));
            assert_eq!(
                text.contains("/home/somebody/cat.png"),
                whole,
                "{language:?}"
            );
            let trailing = text.lines().find(|line| line.ends_with([' ', '\t']));
            assert_eq!(trailing, None, "{language:?}");
            assert!(!text.contains("\n\n\n\n"), "{language:?}");
            assert!(
                text.ends_with('\n') && !text.ends_with("\n\n"),
                "{language:?}"
            );
        }
    }
}
