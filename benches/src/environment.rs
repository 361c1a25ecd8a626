//! The virtual environment of the peers: made once, with pinned packages.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A virtual environment that is made when a row first needs it, and filled file by file.
pub(crate) struct Environment {
    /// The interpreter that makes it.
    python: OsString,
    /// Where it is.
    at: PathBuf,
    /// The files of pinned packages.
    requirements: PathBuf,
    /// What became of it, and of each file.
    made: Option<Result<(), String>>,
    installed: BTreeMap<String, Result<(), String>>,
}

impl Environment {
    pub(crate) fn new(python: OsString, at: PathBuf, requirements: PathBuf) -> Self {
        Self { python, at, requirements, made: None, installed: BTreeMap::new() }
    }

    /// The interpreter with the packages of that file.
    ///
    /// # Errors
    /// Why there is none, in a sentence.
    pub(crate) fn with(&mut self, packages: &str) -> Result<PathBuf, String> {
        let made = self.make();
        self.made = Some(made.clone());
        made?;
        if !self.installed.contains_key(packages) {
            let outcome = self.install(packages);
            self.installed.insert(packages.to_owned(), outcome);
        }
        match &self.installed[packages] {
            Ok(()) => Ok(self.interpreter()),
            Err(why) => Err(why.clone()),
        }
    }

    fn interpreter(&self) -> PathBuf {
        if cfg!(windows) { self.at.join("Scripts/python.exe") } else { self.at.join("bin/python") }
    }

    fn make(&self) -> Result<(), String> {
        if let Some(made) = &self.made {
            return made.clone();
        }
        if self.interpreter().exists() {
            return Ok(());
        }
        eprintln!("making a virtual environment in {}", self.at.display());
        let mut command = Command::new(&self.python);
        command.args(["-m", "venv"]).arg(&self.at);
        said(command).map_err(|why| {
            let python = Path::new(&self.python).display();
            format!("{python} cannot make a virtual environment ({why})")
        })
    }

    /// Installs a file of packages, unless these very pins were installed before.
    fn install(&self, packages: &str) -> Result<(), String> {
        let file = self.requirements.join(packages);
        let wanted = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let stamp = self.at.join(format!("installed-{packages}"));
        if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            return Ok(());
        }
        eprintln!("installing {}", file.display());
        let mut command = Command::new(self.interpreter());
        command.args(["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "-r"]).arg(&file);
        said(command).map_err(|why| format!("pip cannot install {packages} ({why})"))?;
        std::fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))
    }
}

/// Runs a command to its end.
///
/// # Errors
/// The last line that it wrote to its standard error, or why it did not start.
pub(crate) fn said(mut command: Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("it failed without a word");
    Err(last.trim().to_owned())
}
