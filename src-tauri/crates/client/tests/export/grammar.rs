//! Programs of the languages that do not run here: they parse, and their literals mean what they should.

use serde_json::{Map, Value, json};
use tree_sitter::{Node, Parser, Tree};
use wiro_client::endpoints::Endpoints;
use wiro_client::export::{ExportRequest, FilePaths, Language, ProjectKind, export};
use wiro_client::forms::{Part, RunBody};

use crate::decode::decode;
use crate::hostile::{parameters, texts};

const PARSED: [Language; 4] = [
    Language::CSharp,
    Language::Swift,
    Language::Kotlin,
    Language::Dart,
];

/// Repeats of the longest text; the grammars are compiled without optimisation.
const LONG: usize = 1000;

fn parse(program: &str, language: Language) -> Tree {
    let grammar = match language {
        Language::CSharp => tree_sitter_c_sharp::LANGUAGE,
        Language::Swift => tree_sitter_swift::LANGUAGE,
        Language::Kotlin => tree_sitter_kotlin_ng::LANGUAGE,
        Language::Dart => tree_sitter_dart::LANGUAGE,
        other => panic!("{other:?} runs, it need not be parsed"),
    };
    let mut parser = Parser::new();
    parser.set_language(&grammar.into()).unwrap();
    parser.parse(program, None).unwrap()
}

/// The first place that the grammar does not understand, with what stands there.
fn trouble(node: Node<'_>, program: &str) -> Option<String> {
    if node.is_error() || node.is_missing() {
        let start = node.start_byte().saturating_sub(80);
        let around = program.as_bytes()[start..]
            .iter()
            .take(400)
            .copied()
            .collect();
        return Some(format!(
            "line {}: {} in {}",
            node.start_position().row + 1,
            node.kind(),
            String::from_utf8_lossy(&Vec::from_iter::<Vec<u8>>(around)),
        ));
    }
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .find_map(|child| trouble(child, program))
}

/// What all string literals mean, in their order, those with something evaluated left out.
fn literals(node: Node<'_>, program: &str, language: Language, found: &mut Vec<String>) {
    let kind = node.kind();
    if kind.ends_with("string_literal") || kind == "string" {
        found.extend(decode(&program[node.byte_range()], language));
        return;
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        literals(child, program, language, found);
    }
}

/// The program, once its grammar understands it, and the texts in it.
fn understood(body: &RunBody, project: ProjectKind, language: Language) -> Vec<String> {
    let program = export(
        &ExportRequest {
            slug: &"owner/model.v2-x_y".parse().unwrap(),
            body,
            endpoints: &Endpoints::wiro(),
            project,
            paths: FilePaths::NameOnly,
        },
        language,
    );
    let tree = parse(&program, language);
    assert_eq!(trouble(tree.root_node(), &program), None, "{language:?}");
    let mut found = Vec::new();
    literals(tree.root_node(), &program, language, &mut found);
    found
}

/// Whether all of `wanted` are among `found`, in this order.
#[track_caller]
fn assert_in_order<'a>(
    found: &[String],
    wanted: impl IntoIterator<Item = &'a str>,
    language: Language,
) {
    let mut rest = found.iter();
    for text in wanted {
        assert!(rest.any(|one| one == text), "{language:?} lacks {text:?}");
    }
}

#[test]
fn json_means_what_was_asked() {
    let fields = parameters(LONG);
    for language in PARSED {
        for project in [ProjectKind::KeyOnly, ProjectKind::Signature] {
            let found = understood(&RunBody::Json(fields.clone()), project, language);
            if language == Language::Dart {
                assert_in_order(&found, texts(LONG).iter().map(String::as_str), language);
            } else {
                assert_has_json(&found, &fields, language);
            }
        }
    }
}

#[test]
fn a_number_too_large_for_a_literal_is_in_a_text() {
    let Value::Object(fields) = json!({ "it's": "$x ''' $y", "seed": u64::MAX }) else {
        panic!("it is an object")
    };
    for language in PARSED {
        let found = understood(
            &RunBody::Json(fields.clone()),
            ProjectKind::Signature,
            language,
        );
        assert_has_json(&found, &fields, language);
    }
}

#[track_caller]
fn assert_has_json(found: &[String], fields: &Map<String, Value>, language: Language) {
    let is_it = |text: &String| {
        serde_json::from_str::<Map<String, Value>>(text).is_ok_and(|json| json == *fields)
    };
    assert!(found.iter().any(is_it), "{language:?}");
}

#[test]
fn forms_mean_what_was_asked() {
    let file = Part::File {
        name: "inputImage".to_owned(),
        path: "/home/somebody/private/my $file's \"name\".png".into(),
        file_name: "my $file's \"name\".png".to_owned(),
        bytes: 1,
    };
    let text = |value: String| Part::Text {
        name: "text".to_owned(),
        value,
    };
    let parts: Vec<Part> = [file]
        .into_iter()
        .chain(texts(LONG).into_iter().map(text))
        .collect();
    let body = RunBody::Multipart(parts);
    for language in PARSED {
        for project in [ProjectKind::KeyOnly, ProjectKind::Signature] {
            let found = understood(&body, project, language);
            let file = ["inputImage", "my $file's \"name\".png", "image/png"];
            let all = texts(LONG);
            let texts = all.iter().flat_map(|text| ["text", text.as_str()]);
            assert_in_order(&found, file.into_iter().chain(texts), language);
            assert!(
                !found.iter().any(|text| text.contains("private")),
                "{language:?}"
            );
        }
    }
}

#[test]
fn a_broken_program_is_seen() {
    for (language, program) in [
        (Language::CSharp, "var a = \"b;\n"),
        (Language::Swift, "let a = \"b\n"),
        (Language::Kotlin, "val a = (\n"),
        (Language::Dart, "final a = 'b;\n"),
    ] {
        let tree = parse(program, language);
        assert!(trouble(tree.root_node(), program).is_some(), "{language:?}");
    }
}
