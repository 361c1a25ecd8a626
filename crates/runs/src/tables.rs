//! The tables of a run.

use crate::disk::{make_directory, remove};
use crate::table::{Row, Table, TableError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The tables of a run, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables(BTreeMap<String, Table>);

impl Tables {
    /// Sorts rows into tables, keeping their order within each.
    pub fn from_rows(rows: Vec<Row>) -> Result<Self, TableError> {
        let mut by_table: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for row in rows {
            by_table.entry(row.table.clone()).or_default().push(row);
        }
        let build = |(name, rows): (String, Vec<Row>)| Ok((name.clone(), Table::from_rows(name, &rows)?));
        by_table.into_iter().map(build).collect::<Result<_, _>>().map(Self)
    }

    /// Reads every `*.csv` of a directory.
    pub fn read_dir(dir: &Path) -> Result<Self, TableError> {
        csv_files(dir)?
            .iter()
            .map(|path| Table::read(path).map(|table| (table.name.clone(), table)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Writes each table as `<name>.csv` into `dir`, creating it, and removes the CSV files of
    /// tables that are no more.
    pub fn write_dir(&self, dir: &Path) -> Result<(), TableError> {
        make_directory(dir)?;
        for stale in csv_files(dir)? {
            let known = stale.file_stem().and_then(|s| s.to_str()).is_some_and(|s| self.0.contains_key(s));
            if !known {
                remove(&stale)?;
            }
        }
        self.iter().try_for_each(|table| table.write(&dir.join(format!("{}.csv", table.name))))
    }

    /// The table of that name.
    pub fn get(&self, name: &str) -> Result<&Table, TableError> {
        self.0.get(name).ok_or_else(|| TableError::NoTable {
            table: name.to_owned(),
            known: self.0.keys().cloned().collect(),
        })
    }

    /// The tables, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Table> {
        self.0.values()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn csv_files(dir: &Path) -> Result<Vec<PathBuf>, TableError> {
    let io = |source| TableError::Read { path: dir.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|e| e == "csv") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
