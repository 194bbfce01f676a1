//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use wiro_sandbox::SandboxArgs;

/// Run AI models on Wiro from the command line.
///
/// The key comes from the system's keychain (`wiro account add`) or from `WIRO_API_KEY` (and `WIRO_API_SECRET` for a
/// signature project), never from an argument.
#[derive(Debug, Parser)]
#[command(name = "wiro", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that may stand before or after the command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Print one JSON object a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Folder of the library [env: `WIRO_LIBRARY`]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) library: Option<PathBuf>,
    /// Account to use, by name; `sandbox` is the server inside this program.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Base address of the API, plain http only on this machine [env: `WIRO_API_BASE_URL`]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// Address of the task socket, plain ws only on this machine [env: `WIRO_SOCKET_URL`]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) socket_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look for models and their parameters.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Run a model and keep its results.
    Run(RunCommand),
    /// Runs of the library and tasks of the service.
    #[command(subcommand)]
    Tasks(TasksCommand),
    /// Put a file on the service, to use it by address in several runs.
    Upload(UploadCommand),
    /// Folders of the service.
    #[command(subcommand)]
    Folder(FolderCommand),
    /// Projects whose keys the system's keychain holds.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Talk with a realtime model, have a text read, or dictate. Ctrl-C ends the session well.
    Voice(VoiceCommand),
    /// Serve the Sandbox until stopped.
    Sandbox(SandboxArgs),
}

#[derive(Debug, Args)]
pub(crate) struct UploadCommand {
    /// The file.
    pub(crate) path: PathBuf,
    /// Folder of the service to put it into; its default folder otherwise.
    #[arg(long, value_name = "ID")]
    pub(crate) folder: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FolderCommand {
    /// Make a folder.
    Create {
        /// Letters, digits, `-` and `_`.
        name: String,
        /// The folder to make it in; the root otherwise.
        #[arg(long, value_name = "ID")]
        parent: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Add a project. Its key is asked for on the terminal, or read from standard input: the key on the first line, the
    /// secret of a signature project on the second.
    Add {
        /// What to call it.
        name: String,
        /// Add it without asking the service whether it takes the key.
        #[arg(long)]
        unchecked: bool,
    },
    /// List the accounts of the library.
    List,
    /// Remove a project and its key; its runs stay.
    Remove {
        /// What it is called.
        name: String,
    },
    /// Ask the service whether it takes the key.
    Test {
        /// What it is called.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List models.
    Search {
        /// Free text.
        #[arg(default_value = "")]
        text: String,
        /// Only this category.
        #[arg(long, value_name = "C")]
        category: Option<String>,
        /// How many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show a model's parameters and price.
    Show {
        /// `owner/model`.
        model: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RunCommand {
    /// `owner/model`.
    pub(crate) model: String,
    /// A parameter. `id=` sends an empty value, `id=@FILE` reads a text; repeat for several choices.
    #[arg(short = 'p', value_name = "ID=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// A file or an address for a file parameter; repeat for several.
    #[arg(short = 'f', value_name = "ID=PATH_OR_URL")]
    pub(crate) files: Vec<String>,
    /// Put the results here too, under safe names.
    #[arg(short = 'o', value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// End as soon as the service has the run; `wiro tasks resume` fetches the results.
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VoiceCommand {
    /// `owner/model`, or `toggle` to talk in the session of the running app.
    #[arg(required_unless_present = "devices")]
    pub(crate) model: Option<String>,
    /// A parameter. `id=` sends an empty value, `id=@FILE` reads a text; repeat for several choices.
    #[arg(short = 'p', value_name = "ID=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// A file or an address for a file parameter; repeat for several.
    #[arg(short = 'f', value_name = "ID=PATH_OR_URL")]
    pub(crate) files: Vec<String>,
    /// A WAV file to be heard instead of the microphone, or a microphone by its id or name.
    #[arg(long = "in", value_name = "WAV|DEVICE")]
    pub(crate) input: Option<String>,
    /// A WAV file to write instead of playing, or a speaker by its id or name.
    #[arg(long = "out", value_name = "WAV|DEVICE")]
    pub(crate) output: Option<String>,
    /// Write what was said to a file: `.srt`, `.json`, or plain text.
    #[arg(long, value_name = "FILE")]
    pub(crate) transcript: Option<PathBuf>,
    /// Keep the sound of both sides in the library.
    #[arg(long)]
    pub(crate) record: bool,
    /// End the session when it has cost so much.
    #[arg(long, value_name = "USD")]
    pub(crate) cap: Option<String>,
    /// End the session after so many seconds.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seconds: Option<u32>,
    /// List microphones and speakers instead.
    #[arg(long)]
    pub(crate) devices: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TasksCommand {
    /// List the library's runs, newest first.
    List {
        /// Ask the service instead.
        #[arg(long)]
        remote: bool,
        /// How many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show one run.
    Show {
        /// The run's id or the service's task id.
        id: String,
    },
    /// Follow everything unfinished to its end and fetch its results.
    Resume,
    /// Stop a task that waits in the queue, or one that is running when it is too late for that.
    Cancel {
        /// The run's id or the service's task id.
        id: String,
    },
    /// Stop a running task, or one that still waits in the queue.
    Kill {
        /// The run's id or the service's task id.
        id: String,
    },
    /// Delete the service's copies of a run's inputs and results; what is in the library stays.
    DeleteFiles {
        /// The run's id or the service's task id.
        id: String,
    },
    /// Remove a run and its results from the library; what the service has of it stays.
    Forget {
        /// The run's id or the service's task id.
        id: String,
    },
}
