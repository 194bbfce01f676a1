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
            commands::app::settings_update,
            commands::app::notice_dismiss,
            commands::app::link_open,
            commands::app::diagnostics,
            commands::app::diagnostics_copy,
            commands::app::logs_reveal,
            commands::app::quit_answer,
            commands::account::account_choose,
            commands::account::account_add,
            commands::account::account_update,
            commands::account::account_test,
            commands::account::account_remove,
            commands::account::account_ask_keychain,
            commands::account::keychain_state,
            commands::library::library_info,
            commands::library::library_move_pick,
            commands::library::library_move,
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
            commands::run::run_stop,
            commands::run::run_retry,
            commands::run::run_delete_files,
            commands::run::run_forget,
            commands::output::output_list,
            commands::output::output_reveal,
            commands::output::output_open,
            commands::output::output_retry,
            commands::voice::voice_model,
            commands::voice::voice_start,
            commands::voice::voice_control,
            commands::voice::voice_session,
            commands::voice::voice_listen,
            commands::voice::voice_devices,
            commands::voice::voice_device_test,
            commands::voice::voice_sessions,
            commands::voice::voice_session_show,
            commands::voice::voice_session_export,
            commands::voice::voice_shortcut,
        ])
        .events(collect_events![
            events::LibraryChangedEvent,
            events::RunProgressedEvent,
            events::FilesDroppedEvent,
            events::DragHoveredEvent,
            events::StateChangedEvent,
            events::QuitAskedEvent,
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
