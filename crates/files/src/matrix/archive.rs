//! Archives of arrays saved by NumPy.

use super::array::member;
use super::options::MissingChoice;
use super::raw::Raw;
use crate::error::FileError;
use std::io::Cursor;
use zip::ZipArchive;

/// Reads one array of an archive: the one that is named, or the only one.
pub(super) fn archive(
    bytes: &[u8],
    asked: Option<&str>,
    missing: Option<MissingChoice>,
) -> Result<Raw, FileError> {
    let damaged = |e: &dyn std::fmt::Display| {
        FileError::format(format!("the file is a damaged archive ({e})"), "save it again with numpy.savez")
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    let mut names: Vec<String> =
        archive.file_names().filter_map(|n| n.strip_suffix(".npy")).map(str::to_owned).collect();
    names.sort();
    let listed = names.join(", ");
    let name = match (asked, names.as_slice()) {
        (_, []) => {
            return Err(FileError::format(
                "the file is a zip archive without arrays of NumPy (a spreadsheet?)",
                "save the sheet as CSV, arrays with numpy.savez",
            ));
        }
        (Some(asked), _) if names.iter().any(|n| n == asked) => asked,
        (Some(asked), _) => {
            return Err(FileError::format(
                format!("the archive has no array `{asked}`"),
                format!("it has {listed}"),
            ));
        }
        (None, [only]) => only,
        (None, [first, ..]) => {
            return Err(FileError::format(
                format!("the file is an archive of {} arrays: {listed}", names.len()),
                format!("say which one: FILE:{first}"),
            ));
        }
    };
    let what = format!("the array `{name}` of an archive of NumPy");
    let file = archive.by_name(&format!("{name}.npy")).map_err(|e| damaged(&e))?;
    member(file, &what, missing)
}
