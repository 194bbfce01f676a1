//! What is printed: results to standard output, everything else to standard error.

use std::io::Write;

use serde_json::{Value, json};
use wiro_engine::dto::{AppError, SuggestedAction};

/// Prints for people or for scripts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    json: bool,
}

impl Printer {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// A result: the object for scripts, the text for people.
    pub(crate) fn result(self, object: &Value, text: impl FnOnce() -> String) {
        let line = if self.json {
            object.to_string()
        } else {
            text()
        };
        if !line.is_empty() {
            write_line(&mut std::io::stdout().lock(), &line);
        }
    }

    /// A step on the way: scripts read it as a result, people see it on standard error.
    pub(crate) fn step(self, object: &Value, text: impl FnOnce() -> String) {
        if self.json {
            write_line(&mut std::io::stdout().lock(), &object.to_string());
        } else {
            self.note(&text());
        }
    }

    /// Something worth knowing that is not a result.
    #[expect(clippy::unused_self, reason = "reads as printing, like the others")]
    pub(crate) fn note(self, text: &str) {
        write_line(&mut std::io::stderr().lock(), text);
    }

    /// The error that ends the output.
    pub(crate) fn error(self, error: &AppError) {
        let mut object = json!({
            "event": "error",
            "code": error.code.as_str(),
            "message": error.message,
            "action": error.action,
        });
        if let Some(field) = &error.field {
            object["field"] = json!(field);
        }
        if self.json {
            write_line(&mut std::io::stdout().lock(), &object.to_string());
        } else {
            let field = error.field.as_ref();
            let field = field.map(|id| format!(" (`{id}`)")).unwrap_or_default();
            self.note(&format!("error: {}{field}", error.message));
            if let Some(hint) = hint(error.action) {
                self.note(&format!("hint: {hint}"));
            }
        }
    }
}

/// A closed pipe is the reader's choice, not an error.
fn write_line(stream: &mut impl Write, line: &str) {
    let _ = writeln!(stream, "{line}").and_then(|()| stream.flush());
}

const fn hint(action: SuggestedAction) -> Option<&'static str> {
    Some(match action {
        SuggestedAction::Retry => "try again",
        SuggestedAction::CheckRun => "`wiro tasks resume` looks again; nothing is sent twice",
        SuggestedAction::EditInputs => "`wiro models show OWNER/MODEL` lists the parameters",
        SuggestedAction::ChooseFile => "choose another file",
        SuggestedAction::CheckCredentials => {
            "`wiro account add NAME` stores a key; or set WIRO_API_KEY, and WIRO_API_SECRET for a signature project"
        }
        SuggestedAction::AskKeychain => {
            "unlock or start the system's keychain and try again; WIRO_API_KEY works without one"
        }
        SuggestedAction::CheckProxy => "look at the proxy's settings",
        SuggestedAction::ChooseDevice => "`wiro voice --devices` lists microphones and speakers",
        SuggestedAction::GrantMicrophone => "allow the microphone in the system's settings",
        SuggestedAction::ChooseFolder => "choose another folder",
        SuggestedAction::AddFunds => "add funds to the wallet",
        SuggestedAction::Wait => "wait until a task ended",
        SuggestedAction::FreeDiskSpace => "make room, or choose another folder with --library",
        SuggestedAction::UpdateApp => "update Wiro Studio",
        SuggestedAction::OpenRun => "`wiro tasks show ID` shows the log",
        SuggestedAction::ReportBug => "this is a fault of the program; please report it",
        SuggestedAction::None => return None,
    })
}
