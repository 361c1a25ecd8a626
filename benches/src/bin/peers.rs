//! `peers [--only NAME] [--quick] [--docs] --out DIR --python PROGRAM`: the comparisons with other libraries.
//! `cargo xtask bench --against-peers` builds what it needs and calls it.

use relata_benches::{Asked, Compared, chosen, compare};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let asked = match asked(std::env::args_os().skip(1)) {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("error: {why}");
            return ExitCode::from(2);
        }
    };
    match compare(&asked) {
        Ok(compared) => finish(&asked, &compared),
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

/// What is asked for, from the words of the command line.
fn asked(mut words: impl Iterator<Item = OsString>) -> Result<Asked, String> {
    let (mut only, mut out, mut python, mut page) = (None, None, None, None);
    let mut quick = false;
    let scripts = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    while let Some(word) = words.next() {
        let word = word.to_string_lossy().into_owned();
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--only" => only = Some(value()?.to_string_lossy().into_owned()),
            "--quick" => quick = true,
            "--docs" => page = Some(scripts.join("../docs/performance.md")),
            "--out" => out = Some(PathBuf::from(value()?)),
            "--python" => python = Some(value()?),
            _ => {
                return Err(format!(
                    "unknown argument `{word}`; known: --only, --quick, --docs, --out, --python"
                ));
            }
        }
    }
    let rows = chosen(only.as_deref())?;
    let program = std::env::current_exe().map_err(|e| format!("where this program is: {e}"))?;
    let programs = program.parent().map(Path::to_owned).ok_or("this program is in no folder")?;
    let out = out.ok_or("--out is missing: where results are written")?;
    let environment = std::env::var_os("RELATA_PEERS").map_or_else(|| out.join("venv"), PathBuf::from);
    let python = python.unwrap_or_else(|| "python3".into());
    Ok(Asked { rows, quick, out, python, environment, scripts, programs, page })
}

/// Says how it ended: a failure where a row failed, or where nothing was measured at all.
fn finish(asked: &Asked, compared: &Compared) -> ExitCode {
    println!("{}", compared.table);
    println!("written to {}", asked.out.display());
    for (what, rows) in [("left out", &compared.left_out), ("failed", &compared.failed)] {
        for (name, why) in rows {
            println!("{what}: {name}: {why}");
        }
    }
    let good = compared.failed.is_empty() && !compared.measured.is_empty();
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
