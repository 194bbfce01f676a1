//! The crate graph, from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::{assert_none, root};

/// Who may know whom among our own crates, by normal dependencies.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("wiro-client", &[]),
    ("wiro-audio", &[]),
    ("wiro-media", &[]),
    ("wiro-library", &[]),
    ("wiro-loopback", &[]),
    (
        "wiro-engine",
        &[
            "wiro-client",
            "wiro-audio",
            "wiro-media",
            "wiro-library",
            "wiro-loopback",
        ],
    ),
    // Shares nothing with the client: agreement is proven by tests.
    ("wiro-sandbox", &[]),
    ("wiro", &["wiro-engine", "wiro-sandbox"]),
    ("wiro-studio", &["wiro-engine", "wiro-sandbox"]),
    ("xtask", &[]),
    ("e2e", &[]),
    ("bare-window", &[]),
];

/// The one owner of each heavy dependency. A trailing `*` is any name with that beginning.
const OWNERS: &[(&str, &str)] = &[
    ("tauri*", "wiro-studio"),
    ("reqwest", "wiro-client"),
    ("tokio-tungstenite", "wiro-client"),
    ("rusqlite", "wiro-library"),
    ("axum", "wiro-loopback"),
    ("image", "wiro-media"),
    ("ammonia", "wiro-media"),
    ("keyring*", "wiro-engine"),
    ("apple-native-keyring-store", "wiro-engine"),
    ("windows-native-keyring-store", "wiro-engine"),
    ("zbus-secret-service-keyring-store", "wiro-engine"),
    ("rmcp", "wiro-mcp"),
    ("cpal", "wiro-audio"),
    ("rubato", "wiro-audio"),
    ("hound", "wiro-audio"),
];

/// Not on the app's path: these may use what they like.
const EXEMPT: &[&str] = &["wiro-sandbox", "e2e", "bare-window"];

/// The output of `cargo metadata` for this platform: the others' crates need not be downloaded.
pub(crate) fn metadata() -> Value {
    let about_rustc = run("rustc", &["-vV"]);
    let host = about_rustc
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap_or_default();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let text = run(
        &cargo,
        &[
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            host,
        ],
    );
    serde_json::from_str(&text).unwrap_or_default()
}

/// Standard output of a program that must succeed.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .stderr(std::process::Stdio::inherit())
        .output();
    assert!(
        output.as_ref().is_ok_and(|output| output.status.success()),
        "{program} {arguments:?}: {output:?}"
    );
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Our crates.
fn members(metadata: &Value) -> Vec<&Value> {
    let ids: BTreeSet<&str> = list(metadata, "workspace_members")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    list(metadata, "packages")
        .iter()
        .filter(|package| ids.contains(text(package, "id")))
        .collect()
}

/// For each of our crates, the names of its dependencies in the built product. What builds it
/// (`tauri-build`) counts as well: it ties the crate to its owner just the same.
fn dependencies(metadata: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    members(metadata)
        .into_iter()
        .map(|package| {
            let names = list(package, "dependencies")
                .iter()
                .filter(|dependency| text(dependency, "kind") != "dev")
                .map(|dependency| text(dependency, "name"))
                .collect();
            (text(package, "name"), names)
        })
        .collect()
}

fn graph_violations(graph: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let ours: BTreeSet<&str> = graph.keys().copied().collect();
    let mut violations = Vec::new();
    for (name, knows) in graph {
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(crate_name, _)| crate_name == name) else {
            violations.push(format!("{name} has no place in the graph: give it one"));
            continue;
        };
        violations.extend(
            knows
                .iter()
                .filter(|known| ours.contains(*known) && !allowed.contains(known))
                .map(|known| format!("{name} must not know {known}")),
        );
    }
    violations
}

fn owner_violations(graph: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, knows) in graph {
        for (dependency, owner) in OWNERS {
            let matches = |known: &&&str| match dependency.strip_suffix('*') {
                Some(beginning) => known.starts_with(beginning),
                None => *known == dependency,
            };
            if name == owner || EXEMPT.contains(name) {
                continue;
            }
            if let Some(known) = knows.iter().find(matches) {
                violations.push(format!("{name} uses {known}, which only {owner} may"));
            }
        }
    }
    violations
}

#[test]
fn crates_know_only_whom_they_may() {
    let metadata = metadata();
    let graph = dependencies(&metadata);
    for (name, _) in MAY_KNOW {
        assert!(graph.contains_key(name), "{name} is not in the workspace");
    }
    assert_none("crate graph", &graph_violations(&graph));
}

#[test]
fn each_heavy_dependency_has_one_owner() {
    let metadata = metadata();
    assert_none("owners", &owner_violations(&dependencies(&metadata)));
}

#[test]
fn every_crate_inherits_the_lints() {
    let metadata = metadata();
    let without: Vec<String> = members(&metadata)
        .into_iter()
        .filter(|package| {
            let manifest = fs_err::read_to_string(text(package, "manifest_path")).unwrap();
            !manifest.contains("[lints]\nworkspace = true\n")
        })
        .map(|package| text(package, "name").to_owned())
        .collect();
    assert_none("crates without the workspace's lints", &without);
}

#[test]
fn violations_are_seen() {
    let graph = BTreeMap::from([
        ("wiro-media", BTreeSet::from(["image", "wiro-client"])),
        ("wiro-client", BTreeSet::from(["reqwest", "rusqlite"])),
        (
            "wiro-engine",
            BTreeSet::from(["tauri-plugin-log", "wiro-client"]),
        ),
        ("wiro-sandbox", BTreeSet::from(["axum", "image"])),
        ("newcomer", BTreeSet::new()),
    ]);
    assert_eq!(
        graph_violations(&graph),
        [
            "newcomer has no place in the graph: give it one",
            "wiro-media must not know wiro-client",
        ]
    );
    assert_eq!(
        owner_violations(&graph),
        [
            "wiro-client uses rusqlite, which only wiro-library may",
            "wiro-engine uses tauri-plugin-log, which only wiro-studio may",
        ]
    );
}
