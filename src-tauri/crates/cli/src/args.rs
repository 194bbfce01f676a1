//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use wiro_sandbox::SandboxArgs;

/// Run AI models on Wiro from the command line.
///
/// The key comes from `WIRO_API_KEY` (and `WIRO_API_SECRET` for a signature project), never from an argument.
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
    /// Account to use; `sandbox` is the server inside this program.
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
    /// Serve the Sandbox until stopped.
    Sandbox(SandboxArgs),
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
}
