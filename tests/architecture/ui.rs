//! The layers of the UI: `lib <- components <- form <- features <- app`, `platform <- data <- features`.

use crate::{assert_none, sources};

const SOURCE: &str = "ui/src/";

/// What the code of a layer may import from. Types of the platform may cross everywhere: they are
/// erased, and a form could not speak of a field without them.
const LAYERS: &[(&str, &[&str])] = &[
    ("lib", &["lib"]),
    ("components", &["lib", "components"]),
    ("form", &["lib", "components", "form"]),
    ("platform", &["lib", "platform"]),
    ("data", &["lib", "platform", "data"]),
    (
        "features",
        &["lib", "components", "form", "platform", "data", "features"],
    ),
    (
        "app",
        &[
            "lib",
            "components",
            "form",
            "platform",
            "data",
            "features",
            "app",
        ],
    ),
];

/// Code that stands outside the layers: styles, tests and what only tests use.
fn is_free(path: &str) -> bool {
    path.starts_with("test/")
        || path.starts_with("tidy/")
        || path.contains(".test.")
        || !path.contains('/')
}

/// An import of one module by another.
#[derive(Debug, PartialEq, Eq)]
struct Import<'a> {
    from: &'a str,
    types_only: bool,
}

/// The static imports and re-exports, and the dynamic imports, of a module.
fn imports(text: &str) -> Vec<Import<'_>> {
    let mut found = Vec::new();
    let mut statement = String::new();
    for line in text.lines() {
        let trimmed = line.trim();
        let begins = line.starts_with("import ")
            || line.starts_with("import\"")
            || line.starts_with("export {")
            || line.starts_with("export type {")
            || line.starts_with("export *");
        if begins {
            trimmed.clone_into(&mut statement);
        } else if !statement.is_empty() {
            statement.push(' ');
            statement.push_str(trimmed);
        }
        if !statement.is_empty() && trimmed.ends_with(';') {
            if let Some(from) = quoted_at_end(line) {
                let types_only =
                    statement.starts_with("import type ") || statement.starts_with("export type ");
                found.push(Import { from, types_only });
            }
            statement.clear();
        } else if statement.is_empty()
            && let Some((_, rest)) = line.split_once("import(\"")
            && let Some((from, _)) = rest.split_once('"')
        {
            found.push(Import {
                from,
                types_only: false,
            });
        }
    }
    found
}

/// The module name of a line such as `... from "../lib/store";`.
fn quoted_at_end(line: &str) -> Option<&str> {
    line.trim_end()
        .strip_suffix("\";")?
        .rsplit_once('"')
        .map(|(_, name)| name)
}

/// A relative import as a path below `ui/src`; none for packages.
fn resolve(importer: &str, from: &str) -> Option<String> {
    if let Some(absolute) = from.strip_prefix("@/") {
        return Some(absolute.to_owned());
    }
    if !from.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = importer.split('/').collect();
    parts.pop();
    for part in from.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The first folder, and for features which one.
fn place(path: &str) -> (&str, Option<&str>) {
    let mut parts = path.split('/');
    let layer = parts.next().unwrap_or_default();
    let feature = (layer == "features").then(|| parts.next()).flatten();
    (layer, feature)
}

fn violations(path: &str, text: &str) -> Vec<String> {
    if is_free(path) {
        return Vec::new();
    }
    let (layer, feature) = place(path);
    let mut found = Vec::new();
    for import in imports(text) {
        let from = import.from;
        if from.starts_with("@tauri-apps") && layer != "platform" {
            found.push(format!("{path} imports {from}: only platform may"));
        }
        let Some(target) = resolve(path, from) else {
            continue;
        };
        let (to, to_feature) = place(&target);
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            found.push(format!("{path} lies in no layer"));
            break;
        };
        let is_layer = LAYERS.iter().any(|(name, _)| *name == to);
        let types_of_platform = import.types_only && to == "platform";
        if is_layer && !allowed.contains(&to) && !types_of_platform {
            found.push(format!(
                "{path} imports {target}: {layer} must not know {to}"
            ));
        }
        if feature.is_some() && to_feature.is_some() && feature != to_feature {
            found.push(format!(
                "{path} imports {target}: a feature never imports another"
            ));
        }
        if target.contains(".gen") && layer != "platform" {
            found.push(format!(
                "{path} imports {target}: bindings belong to platform"
            ));
        }
    }
    found
}

#[test]
fn layers_are_kept() {
    let all = sources(&["ts", "tsx"]);
    let ours: Vec<(&str, &str)> = all
        .iter()
        .filter_map(|(path, text)| Some((path.strip_prefix(SOURCE)?, text.as_str())))
        .collect();
    let seen: usize = ours.iter().map(|(_, text)| imports(text).len()).sum();
    assert!(seen > 20, "only {seen} imports were understood");
    let found: Vec<String> = ours
        .iter()
        .flat_map(|(path, text)| violations(path, text))
        .collect();
    assert_none("UI layers", &found);
}

#[test]
fn imports_are_read() {
    let text = "import { a } from \"../lib/a\";\n\
                import type {\n  B,\n} from \"../platform\";\n\
                import \"./style.css\";\n\
                export { c } from \"./c\";\n\
                const late = () => import(\"../app/late\");\n\
                const other = \"from nothing\";\n";
    let names: Vec<(&str, bool)> = imports(text)
        .into_iter()
        .map(|import| (import.from, import.types_only))
        .collect();
    assert_eq!(
        names,
        [
            ("../lib/a", false),
            ("../platform", true),
            ("./style.css", false),
            ("./c", false),
            ("../app/late", false),
        ]
    );
}

#[test]
fn violations_are_seen() {
    let count = |path: &str, line: &str| violations(path, line).len();
    assert_eq!(
        count(
            "components/Button.tsx",
            "import { t } from \"../lib/i18n\";\n"
        ),
        0
    );
    assert_eq!(
        count(
            "components/Button.tsx",
            "import { x } from \"../data/x\";\n"
        ),
        1
    );
    assert_eq!(
        count("lib/store.ts", "import type { X } from \"../platform\";\n"),
        0
    );
    assert_eq!(
        count("lib/store.ts", "import { X } from \"../platform\";\n"),
        1
    );
    assert_eq!(
        count("data/runs.ts", "import { X } from \"../features/run/X\";\n"),
        1
    );
    assert_eq!(
        count("features/run/A.tsx", "import { B } from \"./B\";\n"),
        0
    );
    assert_eq!(
        count("features/run/A.tsx", "import { B } from \"../drop/B\";\n"),
        1
    );
    assert_eq!(
        count("features/run/A.tsx", "import { B } from \"../../app/B\";\n"),
        1
    );
    assert_eq!(
        count("app/A.tsx", "import { B } from \"@tauri-apps/api/core\";\n"),
        1
    );
    assert_eq!(
        count(
            "platform/tauri/a.ts",
            "import { B } from \"@tauri-apps/api/core\";\n"
        ),
        0
    );
    assert_eq!(
        count(
            "data/a.ts",
            "import { B } from \"../platform/tauri/bindings.gen\";\n"
        ),
        1
    );
    assert_eq!(count("odd/a.ts", "import { B } from \"../lib/b\";\n"), 1);
}
