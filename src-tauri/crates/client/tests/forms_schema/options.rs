//! Options and defaults in every form they arrive in.

use super::*;

/// Label and value of each option, and whether it takes several; nothing when it is no select.
fn select(item: &Value) -> (Vec<(String, String)>, bool, bool, Option<String>) {
    let (field, _) = one(item);
    let Control::Select {
        options,
        multiple,
        boolean,
    } = field.control
    else {
        return (Vec::new(), false, false, None);
    };
    let pairs = options
        .into_iter()
        .map(|option| (option.label, option.value))
        .collect();
    (pairs, multiple, boolean, field.default)
}

#[test]
fn options_come_in_many_forms() {
    let fast_and_slow: &[(&str, &str)] = &[("Fast", "f"), ("Slow", "s")];
    for (options, expected) in [
        (
            json!([{"label": "Fast", "value": "f"}, {"label": "Slow", "value": "s"}]),
            fast_and_slow,
        ),
        (
            json!([{"name": "Fast", "id": "f"}, {"title": "Slow", "key": "s"}]),
            fast_and_slow,
        ),
        (
            json!(
                "[{\"label\": \"Fast\", \"value\": \"f\"}, {\"label\": \"Slow\", \"value\": \"s\"}]"
            ),
            fast_and_slow,
        ),
        (json!({"f": "Fast", "s": "Slow"}), fast_and_slow),
        (
            json!({"x": {"label": "Fast", "value": "f"}, "s": "Slow"}),
            fast_and_slow,
        ),
        (json!([{"label": "f"}, "s"]), &[("f", "f"), ("s", "s")]),
        (
            json!([5, 2.5, true]),
            &[("5", "5"), ("2.5", "2.5"), ("true", "true")],
        ),
        (
            json!([{"label": "None", "value": null}, "a"]),
            &[("None", ""), ("a", "a")],
        ),
        (json!([null, "a"]), &[("", ""), ("a", "a")]),
        (
            json!([{"label": 1, "value": 1}, {"label": "", "value": 2}]),
            &[("1", "1"), ("2", "2")],
        ),
        (
            json!([{"label": "Square", "value": {"w": 1}}, {"label": "Both", "value": [1, 2]}]),
            &[("Square", "{\"w\":1}"), ("Both", "[1,2]")],
        ),
        (
            json!(["Male", "male"]),
            &[("Male", "Male"), ("male", "male")],
        ),
    ] {
        let (found, ..) = select(&json!({"id": "s", "type": "select", "options": options}));
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(label, value)| (label.as_str(), value.as_str()))
            .collect();
        assert_eq!(found, expected, "{options}");
    }
    // An object whose values are what the default names holds labels as its keys.
    let labelled =
        json!({"id": "s", "type": "select", "options": {"Fast": "f", "Slow": "s"}, "default": "s"});
    let (found, _, _, default) = select(&labelled);
    assert_eq!(found[1], ("Slow".to_owned(), "s".to_owned()));
    assert_eq!(default.as_deref(), Some("s"));
}

#[test]
fn a_default_names_an_option_by_value_number_or_label() {
    for (options, default, expected) in [
        (json!(["5", "10"]), json!(5), Some("5")),
        (json!(["5", "10"]), json!(5.0), Some("5")),
        (json!([5, 10]), json!("10"), Some("10")),
        (
            json!([{"label": "Fast", "value": "f"}]),
            json!("Fast"),
            Some("f"),
        ),
        (
            json!([{"label": "Fast", "value": "f"}]),
            json!({"label": "Fast", "value": "f"}),
            Some("f"),
        ),
        (json!([true, false]), json!(false), Some("false")),
        (json!([true, false]), json!("true"), Some("true")),
        (json!(["", "a"]), json!(""), Some("")),
        (json!(["a"]), json!(""), None),
        (json!(["a"]), json!({"value": "b"}), None),
        (json!(["a"]), json!(null), None),
    ] {
        let (_, multiple, _, found) =
            select(&json!({"id": "s", "type": "select", "options": options, "default": default}));
        assert_eq!(
            (found.as_deref(), multiple),
            (expected, false),
            "{options} {default}"
        );
    }
}

#[test]
fn several_choices_are_known_by_what_the_schema_says() {
    let styles = json!(["a", "b", "c,d"]);
    for (rest, multiple, default) in [
        (json!({}), false, None),
        (json!({"multiple": true}), true, None),
        (json!({"multiple": "1", "default": "a"}), true, Some("a")),
        (
            json!({"isMultiple": true, "default": "a, b"}),
            true,
            Some("a,b"),
        ),
        (
            json!({"multiple": true, "default": "c,d"}),
            true,
            Some("c,d"),
        ),
        (
            json!({"multiple": true, "default": ["a", "c,d"]}),
            true,
            Some("[\"a\",\"c,d\"]"),
        ),
        (
            json!({"multiple": true, "default": ["a", "z"]}),
            true,
            Some("a"),
        ),
        (
            json!({"multiple": false, "default": ["a"]}),
            false,
            Some("a"),
        ),
        (json!({"default": ["b", "a"]}), true, Some("b,a")),
        (json!({"default": []}), true, None),
        (json!({"default": "[\"b\", \"a\"]"}), true, Some("b,a")),
        (
            json!({"note": "Select one or more values for style"}),
            true,
            None,
        ),
        (json!({"note": "For one or more images"}), false, None),
    ] {
        let mut item = json!({"id": "s", "type": "select", "options": styles});
        if let (Value::Object(item), Value::Object(rest)) = (&mut item, rest.clone()) {
            item.extend(rest);
        }
        let (_, several, boolean, found) = select(&item);
        assert_eq!(
            (several, boolean, found.as_deref()),
            (multiple, false, default),
            "{rest}"
        );
    }
}

#[test]
fn selects_without_published_options_are_raw() {
    for (rest, type_name) in [
        (json!({}), "select"),
        (json!({"options": []}), "select"),
        (json!({"options": "not json"}), "select"),
        (json!({"options": {}}), "select"),
        (json!({"options": [null]}), "select"),
        (
            json!({"options": [{"label": "", "value": ""}], "multiple": true}),
            "select multiple",
        ),
        (
            json!({"note": "Select one or more values for genre"}),
            "select multiple",
        ),
    ] {
        let mut item = json!({"id": "s", "type": "select"});
        if let (Value::Object(item), Value::Object(rest)) = (&mut item, rest.clone()) {
            item.extend(rest);
        }
        let (field, _) = one(&item);
        let expected = Control::Raw {
            type_name: type_name.to_owned(),
        };
        assert_eq!(field.control, expected, "{rest}");
    }
}

#[test]
fn counts_and_bounds_come_as_numbers_or_text() {
    for (rest, max_files) in [
        (json!({"maxFiles": 3}), Some(3)),
        (json!({"max_files": "3"}), Some(3)),
        (json!({"maxItems": 3.0}), Some(3)),
        (json!({"max": "4"}), Some(4)),
        (json!({"max": 0}), None),
        (
            json!({"maxFiles": {}, "note": "Accepts up to 2 images"}),
            Some(2),
        ),
        (json!({"note": "max 20 MB per image"}), None),
    ] {
        let mut item = json!({"id": "p", "type": "combinefileinput"});
        if let (Value::Object(item), Value::Object(rest)) = (&mut item, rest.clone()) {
            item.extend(rest);
        }
        let (field, _) = one(&item);
        assert_eq!(
            field.control,
            files(FileMode::Combined, max_files, None),
            "{rest}"
        );
    }
}
