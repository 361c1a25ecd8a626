//! `doctor`.

use super::print;
use super::status::{Failure, Status};
use crate::backend::{self, BackendError};
use relata_cli::DoctorArgs;
use relata_runs::BackendKind;
use std::path::Path;

pub(super) fn doctor(DoctorArgs { backend: wanted, out }: &DoctorArgs) -> Result<(), Failure> {
    let cores = std::thread::available_parallelism().map_or_else(|e| e.to_string(), |n| n.to_string());
    let mut lines = vec![
        ("compiler", env!("RELATA_RUSTC").to_owned()),
        ("system", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        ("cores", cores),
        ("fonts", "bundled, none of the system's are used".to_owned()),
    ];
    let mut trouble: Option<Failure> = None;
    for kind in BackendKind::ALL {
        let state = match backend::open(kind) {
            Ok(opened) => {
                let floats = if backend::has_f64(&opened) { "f32 and f64" } else { "f32" };
                format!("ready: {} ({floats})", opened.name)
            }
            Err(error) => {
                let state = match &error {
                    BackendError::NotCompiled(_) => {
                        format!("not compiled in: --backend {kind} compiles it")
                    }
                    BackendError::Unavailable { .. } => error.to_string(),
                };
                if kind == *wanted {
                    trouble = Some(error.into());
                }
                state
            }
        };
        lines.push((kind.name(), state));
    }
    match writable(out) {
        Ok(()) => lines.push(("output", format!("{} can be written", out.display()))),
        Err(error) => {
            let problem = format!("{} cannot be written: {error}", out.display());
            trouble.get_or_insert(Failure::new(Status::Failed, anyhow::anyhow!("{problem}")));
            lines.push(("output", problem));
        }
    }
    print::print(&lines.iter().map(|(what, state)| format!("{what:>9}  {state}\n")).collect::<String>());
    trouble.map_or(Ok(()), Err)
}

/// Tries to write where runs would be, and leaves no trace.
fn writable(out: &Path) -> std::io::Result<()> {
    let existing = out.ancestors().find(|a| a.is_dir()).unwrap_or(Path::new("."));
    if existing != out && out.exists() {
        return Err(std::io::Error::from(std::io::ErrorKind::NotADirectory));
    }
    tempfile::tempfile_in(if existing.as_os_str().is_empty() { Path::new(".") } else { existing }).map(drop)
}
