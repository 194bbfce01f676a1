//! The one list of commands and events; the TypeScript bindings of the page are generated from it and committed.

use tauri_specta::{Builder, ErrorHandlingMode, collect_commands, collect_events};

use crate::{commands, events};

/// All commands and events of the window.
pub(crate) fn builder() -> Builder<tauri::Wry> {
    Builder::<tauri::Wry>::new()
        .error_handling(ErrorHandlingMode::Throw)
        .disable_serde_phases()
        .commands(collect_commands![
            commands::app::app_state,
            commands::app::account_choose,
            commands::model::model_list,
            commands::model::model_show,
            commands::model::price_estimate,
            commands::file::file_pick,
            commands::run::run_submit,
            commands::run::run_list,
            commands::run::run_show,
            commands::run::run_recheck,
            commands::run::run_adopt,
            commands::run::run_dismiss,
            commands::output::output_list,
            commands::output::output_reveal,
            commands::output::output_open,
        ])
        .events(collect_events![
            events::LibraryChangedEvent,
            events::RunProgressedEvent,
            events::FilesDroppedEvent,
            events::DragHoveredEvent,
        ])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use specta_typescript::Typescript;

    const COMMITTED: &str = "../ui/src/platform/tauri/bindings.gen.ts";

    /// Writes the bindings when `WIRO_WRITE_BINDINGS` is set; otherwise the committed file must be what Rust says.
    #[test]
    fn bindings_are_what_the_rust_types_say() {
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
        let dir = tempfile::tempdir().unwrap();
        let fresh = dir.path().join("bindings.gen.ts");
        super::builder()
            .export(Typescript::default(), &fresh)
            .unwrap();
        let fresh = fs_err::read_to_string(fresh).unwrap();
        if std::env::var_os("WIRO_WRITE_BINDINGS").is_some() {
            fs_err::write(&committed, &fresh).unwrap();
        }
        let written = fs_err::read_to_string(&committed).unwrap_or_default();
        assert!(
            written == fresh,
            "the bindings drifted: run `WIRO_WRITE_BINDINGS=1 cargo test -p wiro-studio bindings`"
        );
    }
}
