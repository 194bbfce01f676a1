//! Answers for any form: what it starts with, and something sensible in every required field that is still empty.

use wiro_client::forms::{Answer, Answers, Control, Field, FileSource, FormDefinition};

/// An address files can stand for.
const ADDRESS: &str = "https://files.example/a,b.png";

/// Fills in what is required, or everything.
pub(crate) fn filled(form: &FormDefinition, everything: bool) -> Answers {
    let mut answers = form.defaults();
    for field in form.fields().filter(|field| everything || field.required) {
        let blank = match answers.get(&field.id) {
            None => true,
            Some(Answer::Text(text)) => text.is_empty(),
            Some(_) => false,
        };
        if blank {
            answers.insert(field.id.clone(), value_for(field));
        }
    }
    answers
}

fn value_for(field: &Field) -> Answer {
    match &field.control {
        Control::Text | Control::TextArea | Control::Raw { .. } => Answer::text("a text"),
        Control::Number { min, max, .. } => Answer::text(min.or(*max).unwrap_or(1.0).to_string()),
        Control::Range { min, .. } => Answer::text(min.to_string()),
        Control::Select {
            options, multiple, ..
        } => {
            let value = options
                .iter()
                .map(|option| option.value.clone())
                .find(|value| !value.is_empty())
                .unwrap_or_default();
            if *multiple {
                Answer::List(vec![value])
            } else {
                Answer::Text(value)
            }
        }
        Control::Files { .. } => Answer::Files(vec![FileSource::Url(ADDRESS.to_owned())]),
    }
}
