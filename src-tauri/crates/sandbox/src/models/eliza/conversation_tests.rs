use std::collections::HashSet;

use super::super::script::DOCTOR;
use super::*;

fn answer(prompt: &str, state: &mut State) -> Said {
    super::answer(&DOCTOR, &Heard::new(&DOCTOR, prompt), state)
}

fn talk(prompts: &[&str]) -> Vec<String> {
    let mut state = State::default();
    let answers = prompts.iter().map(|prompt| answer(prompt, &mut state).text);
    answers.collect()
}

#[test]
fn single_prompts_get_the_reply_of_their_highest_key() {
    let cases = [
        ("Hello", "Hello. What would you like to talk about?"),
        (
            "I need some rest.",
            "What would it mean to you to get some rest?",
        ),
        ("I'M UNHAPPY", "I am sorry to hear that you are unhappy."),
        (
            "My mother takes care of me",
            "Tell me more about your family.",
        ),
        (
            "You are not very aggressive",
            "What makes you think that I am not very aggressive?",
        ),
        // Weizenbaum's own: a machine outranks everything.
        ("I like my computer", "Do machines trouble you?"),
        // The first clause with a key counts.
        (
            "Well, perhaps. My dog died.",
            "You do not sound quite certain.",
        ),
        ("It rained but my dog barked", "Your dog barked?"),
        ("Everybody hates me", "What makes you think that?"),
        ("I think you know me", "Why do you think that I know you?"),
        (
            "Do you think I\u{2019}m mad at you?",
            "Is it because you are mad at me that you came here?",
        ),
        (
            "I want to see you",
            "What would it mean to you to get to see me?",
        ),
        ("What should I do?", "Why do you ask?"),
        (
            "Why can't I sing?",
            "Do you think you should be able to sing?",
        ),
        ("qwerty", "I am not sure that I understand you fully."),
        ("?!", "I am not sure that I understand you fully."),
        ("", "I am not sure that I understand you fully."),
        // A piece that would be empty is passed over.
        ("my", "Does that suggest anything else that belongs to you?"),
    ];
    for (prompt, reply) in cases {
        assert_eq!(talk(&[prompt]), [reply], "{prompt}");
    }
}

#[test]
fn replies_take_turns() {
    let answers = talk(&["sorry"; 5]);
    assert_eq!(answers[0], answers[4]);
    let distinct: HashSet<&String> = answers.iter().collect();
    assert_eq!(distinct.len(), 4);
}

#[test]
fn remarks_are_kept_for_when_nothing_fits_oldest_first_and_once() {
    let answers = talk(&[
        "My brother left",
        "My cat is old",
        "xyzzy",
        "xyzzy",
        "xyzzy",
    ]);
    assert_eq!(
        answers[2],
        "Let us go back to what you said: your brother left."
    );
    assert_eq!(
        answers[3],
        "Earlier you said: your cat is old. What more is there to it?"
    );
    assert_eq!(answers[4], "I am not sure that I understand you fully.");
}

const CONVERSATION: [&str; 20] = [
    "Hello",
    "I am feeling rather low these days",
    "Because my boss shouts at me",
    "He is always angry",
    "Yes, in front of everyone",
    "My father was like that too",
    "I remember his voice",
    "I dreamed of him last night",
    "He was standing in the garden",
    "I couldn't speak",
    "I am afraid of him",
    "No",
    "Perhaps I should talk to my sister",
    "She can't help me",
    "You are very patient",
    "Do you like me?",
    "What should I do?",
    "I can't sleep",
    "Are you a computer?",
    "Thank you, goodbye",
];

#[test]
fn a_conversation_of_twenty_turns_hardly_repeats_itself_and_is_always_the_same() {
    let answers = talk(&CONVERSATION);
    let distinct: HashSet<&String> = answers.iter().collect();
    assert!(distinct.len() >= 19, "{answers:#?}");
    let none = &DOCTOR.key(NONE).unwrap().rules[0].replies;
    let empty = answers.iter().filter(|answer| {
        none.iter()
            .any(|reply| matches!(reply, Reply::Say(text) if text == *answer))
    });
    assert!(empty.count() <= 3, "{answers:#?}");
    assert_eq!(answers, talk(&CONVERSATION));
}

#[test]
fn what_is_left_behind_survives_writing_and_stays_small() {
    let mut state = State::default();
    let mut answers = Vec::new();
    for prompt in CONVERSATION {
        answers.push(answer(prompt, &mut state).text);
        let written = serde_json::to_string(&state).unwrap();
        state = serde_json::from_str(&written).unwrap();
    }
    assert_eq!(answers, talk(&CONVERSATION));
    let endless = format!("my {} ", "w".repeat(5000)).repeat(500);
    for number in 0..50 {
        answer(&format!("{number} {endless}"), &mut state);
        answer(&format!("my dog {number} {endless}"), &mut state);
    }
    assert_eq!(state.memory.len(), MAX_MEMORY);
    let written = serde_json::to_string(&state).unwrap();
    assert!(written.len() < 64 * 1024, "{}", written.len());
}

#[test]
fn thoughts_tell_what_was_seen_and_which_rule_fitted() {
    let mut state = State::default();
    let said = answer("My mother hates me.", &mut state);
    let expected = "In \"my mother hates me\" I see: hate (rank 4), family (rank 3), my (rank 2).\n\
                    \"* hates me *\" of hate fits, and I answer by it for the 1st time.";
    assert_eq!(said.thoughts, expected);
    let nothing = answer("xyzzy", &mut state);
    assert!(
        nothing
            .thoughts
            .starts_with("Nothing here tells me anything. I keep the talk going.")
    );
    let ordinals = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal);
    assert_eq!(
        ordinals.join(" "),
        "1st 2nd 3rd 4th 11th 12th 13th 21st 112th"
    );
}
