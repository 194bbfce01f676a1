//! What holds for any answers.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn text_arrives_as_it_was_written(prompt in "\\PC{1,60}", negative in "\\PC{0,60}") {
        prop_assume!(!prompt.trim().is_empty());
        let given = answers([("prompt", Answer::text(prompt.clone())), ("negative", Answer::text(negative.clone()))]);
        let body = json_of(&everything(), &given);
        prop_assert_eq!(body, json!({"prompt": prompt, "negative": negative}));
    }

    #[test]
    fn numbers_arrive_as_the_number_they_are(number in -1e12_f64..1e12) {
        let form = form(&json!([{"id": "n", "type": "number"}]));
        let body = json_of(&form, &answers([("n", Answer::text(number.to_string()))]));
        prop_assert_eq!(body["n"].as_f64(), Some(number));
    }

    #[test]
    fn what_passes_is_within_bounds(text in "-?[0-9]{1,2}(\\.[0-9]{1,3})?") {
        let given = answers([("prompt", Answer::text("x")), ("scale", Answer::text(text.clone()))]);
        let inside = (1.0..=8.0).contains(&text.parse::<f64>().unwrap());
        prop_assert_eq!(everything().request(&given).is_ok(), inside);
    }

    #[test]
    fn any_answers_are_judged(pairs in prop::collection::vec((0_usize..12, 0_u8..4, "[a-z0-9:/., {}-]{0,12}"), 0..12)) {
        let form = everything();
        let ids: Vec<String> = form.fields().map(|field| field.id.clone()).collect();
        let given: Answers = pairs.into_iter().map(|(at, kind, text)| (ids[at].clone(), match kind {
            0 => Answer::text(text),
            1 => Answer::List(vec![text]),
            2 => Answer::url(text),
            _ => Answer::Files(Vec::new()),
        })).collect();
        if let Ok(RunBody::Json(map)) = form.request(&given) {
            prop_assert!(map["prompt"].as_str().is_some_and(|prompt| !prompt.trim().is_empty()));
        }
    }
}
