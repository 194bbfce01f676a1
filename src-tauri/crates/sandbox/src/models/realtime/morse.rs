//! International Morse code (Recommendation ITU-R M.1677-1), keyed and read.

mod reader;
mod stt;
mod tone;
mod tts;

#[cfg(test)]
mod tests;

pub(super) use stt::MorseStt;
pub(super) use tts::MorseTts;

/// The tone of the keyer.
const TONE_HZ: u32 = 700;

/// Letters, figures and signs of the recommendation. Its multiplication sign is the letter X.
const ALPHABET: [(char, &str); 53] = [
    ('A', ".-"),
    ('B', "-..."),
    ('C', "-.-."),
    ('D', "-.."),
    ('E', "."),
    ('É', "..-.."),
    ('F', "..-."),
    ('G', "--."),
    ('H', "...."),
    ('I', ".."),
    ('J', ".---"),
    ('K', "-.-"),
    ('L', ".-.."),
    ('M', "--"),
    ('N', "-."),
    ('O', "---"),
    ('P', ".--."),
    ('Q', "--.-"),
    ('R', ".-."),
    ('S', "..."),
    ('T', "-"),
    ('U', "..-"),
    ('V', "...-"),
    ('W', ".--"),
    ('X', "-..-"),
    ('Y', "-.--"),
    ('Z', "--.."),
    ('1', ".----"),
    ('2', "..---"),
    ('3', "...--"),
    ('4', "....-"),
    ('5', "....."),
    ('6', "-...."),
    ('7', "--..."),
    ('8', "---.."),
    ('9', "----."),
    ('0', "-----"),
    ('.', ".-.-.-"),
    (',', "--..--"),
    (':', "---..."),
    ('?', "..--.."),
    ('\'', ".----."),
    ('-', "-....-"),
    ('/', "-..-."),
    ('(', "-.--."),
    (')', "-.--.-"),
    ('"', ".-..-."),
    ('=', "-...-"),
    ('+', ".-.-."),
    ('@', ".--.-."),
    // What people write for signs that are there.
    ('×', "-..-"),
    ('’', ".----."),
    ('–', "-....-"),
];

/// Dots and dashes of a character in either case.
fn code_of(character: char) -> Option<&'static str> {
    let mut upper = character.to_uppercase();
    let upper = match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => character,
    };
    let mut entries = ALPHABET.iter();
    entries
        .find(|(known, _)| *known == upper)
        .map(|(_, code)| *code)
}

/// The character of these dots and dashes, in upper case.
fn character_of(code: &str) -> Option<char> {
    let mut entries = ALPHABET.iter();
    entries
        .find(|(_, known)| *known == code)
        .map(|(character, _)| *character)
}
