//! `misgen completions` and `misgen man`: both follow from the declarations of the arguments.

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::failure::Failure;
use crate::output;
use clap::{Command, CommandFactory};
use misgen_store::{RealFs, Store};
use std::sync::Arc;

pub(crate) fn completions(args: &CompletionsArgs) -> Result<u8, Failure> {
    let mut script = Vec::new();
    // A program with families of its own has a name of its own.
    let program = std::env::current_exe().ok().and_then(|path| Some(path.file_stem()?.to_str()?.to_owned()));
    clap_complete::generate(args.shell, &mut Cli::command(), program.as_deref().unwrap_or("misgen"), &mut script);
    output::document(&String::from_utf8_lossy(&script))?;
    Ok(0)
}

pub(crate) fn man(args: &ManArgs) -> Result<u8, Failure> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = &args.out else {
        output::document(&String::from_utf8_lossy(&page(&command)?))?;
        return Ok(0);
    };
    let store = Store::create(Arc::new(RealFs), folder)?;
    let written = write(&store, &command)?;
    output::document(&format!("{written} pages in {}\n", folder.display()))?;
    Ok(0)
}

fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(Failure::job)?;
    Ok(page)
}

/// Writes the page of a command and those of its subcommands; returns how many.
fn write(store: &Store, command: &Command) -> Result<usize, Failure> {
    // `misgen cell run` is `misgen-cell-run`.
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    store.write_document(&format!("{name}.1"), &page(command)?)?;
    let subcommands = command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
    subcommands.map(|sub| write(store, sub)).try_fold(1, |sum, written| Ok(sum + written?))
}
