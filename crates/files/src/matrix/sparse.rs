//! Matrices that are too large to be held whole, by their entries.

use super::options::{Direction, MissingChoice, ReadParams, Triangle};
use super::precision::FilePrecision;
use super::raw::Absent;
use super::read::{FileForm, Spaces};
use super::sentinel::sparse_sentinels;
use super::{MAX_ENTRIES, MAX_OBJECTS, list, market, spaces};
use crate::error::{FileError, FilePlace, FileProblem};
use crate::text::{Sheet, decode, unpacked};

/// The entries of a matrix that a file names, and how it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseReading {
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
    /// Row, column and value of each entry that the file gives; each place once.
    pub entries: Vec<(usize, usize, f64)>,
    /// Whether entries that the file does not give are 0; otherwise they are not known.
    pub others_are_zero: bool,
    /// The names of the rows, where there are any.
    pub row_labels: Option<Vec<String>>,
    /// The names of the columns, where there are any.
    pub column_labels: Option<Vec<String>>,
    /// Whether rows and columns are the same objects, and why.
    pub spaces: Spaces,
    /// The form of the file.
    pub form: FileForm,
    /// How precisely the file gives its numbers.
    pub precision: FilePrecision,
    /// What the file was taken for.
    pub taken_for: String,
    /// What would make it something else.
    pub otherwise: Vec<String>,
    /// What else was done, in whole sentences without a full stop.
    pub notes: Vec<String>,
}

/// A sparse matrix as a file gives it, before options are applied.
pub(super) struct SparseRaw {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) entries: Vec<(usize, usize, f64)>,
    pub(super) first_hole: Option<(FilePlace, String)>,
    pub(super) row_labels: Option<Vec<String>>,
    pub(super) column_labels: Option<Vec<String>>,
    pub(super) form: FileForm,
    pub(super) precision: FilePrecision,
    pub(super) taken_for: String,
    pub(super) otherwise: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) absent: Absent,
    /// Whether rows and columns are the same objects, as far as names and shape tell.
    pub(super) one_space: bool,
}

/// Reads the entries of a list of pairs, or of a MatrixMarket file by coordinates, whose matrix is
/// too large for [`super::read_matrix`]. Memory grows with the entries, not with the matrix.
///
/// ```
/// use relata_files::{MissingChoice, ReadParams, read_sparse};
/// let options = ReadParams { missing: Some(MissingChoice::Hole), ..ReadParams::default() };
/// let r = read_sparse(b"user,item,rating\nann,tea,4.5\nbob,milk,2\n", &options)?;
/// assert_eq!((r.rows, r.columns, r.others_are_zero), (2, 2, false));
/// assert_eq!(r.entries, [(0, 0, 4.5), (1, 1, 2.0)]);
/// # Ok::<(), relata_files::FileError>(())
/// ```
///
/// # Errors
/// [`FileError`]: the file is neither, it has more than a million rows or columns or 25 million
/// entries, or it cannot be read. Absent entries are an error unless [`ReadParams::missing`] says what
/// they mean, or the format does.
pub fn read_sparse(bytes: &[u8], options: &ReadParams) -> Result<SparseReading, FileError> {
    let mut raw = raw(bytes, options)?;
    let taken_for = raw.taken_for.clone();
    let (spaces, others_are_zero) = applied(&mut raw, options).map_err(|e| e.of(&taken_for))?;
    Ok(SparseReading {
        rows: raw.rows,
        columns: raw.columns,
        entries: raw.entries,
        others_are_zero,
        row_labels: raw.row_labels,
        column_labels: raw.column_labels,
        spaces,
        form: raw.form,
        precision: raw.precision,
        taken_for: raw.taken_for,
        otherwise: raw.otherwise,
        notes: raw.notes,
    })
}

fn raw(bytes: &[u8], options: &ReadParams) -> Result<SparseRaw, FileError> {
    let neither = || {
        FileError::format(
            "the file is neither a list of pairs nor a MatrixMarket file by coordinates",
            "only these are read entry by entry",
        )
    };
    let bytes = unpacked(bytes)?;
    let text = decode(&bytes)?.text;
    let start: String = text.trim_start().chars().take(market::BANNER.len()).collect();
    if start.eq_ignore_ascii_case(market::BANNER) {
        return market::sparse_market(text.trim_start())?.ok_or_else(neither);
    }
    let sheet = Sheet::parse(&text)?;
    let columns = list::find(&sheet, options)?.ok_or_else(neither)?;
    list::sparse_list(&sheet, &columns, options)
}

fn applied(raw: &mut SparseRaw, options: &ReadParams) -> Result<(Spaces, bool), FileError> {
    let (rows, columns) = (raw.rows, raw.columns);
    let wrong = |problem| Err(FileError::new(FilePlace::File, problem));
    if rows.max(columns) > MAX_OBJECTS {
        return wrong(FileProblem::TooManyObjects { rows, columns, most: MAX_OBJECTS });
    }
    if raw.entries.len() > MAX_ENTRIES {
        let problem = FileProblem::TooManyEntries { found: raw.entries.len(), most: MAX_ENTRIES };
        return wrong(problem);
    }
    let misplaced = if options.triangle == Triangle::Mirror {
        Some("--triangle mirror")
    } else if options.direction == Direction::Undirected && raw.form != FileForm::List {
        Some("--undirected")
    } else {
        None
    };
    if let Some(option) = misplaced {
        let why = "the file names single entries, and says itself what they stand for".to_owned();
        return wrong(FileProblem::Option { option, why });
    }
    sparse_sentinels(raw);
    let decided = spaces::decide_sparse(raw, options)?;
    let total = rows * columns;
    let absent = total - raw.entries.len();
    let meaning = options.missing.unwrap_or(match raw.absent {
        Absent::Unknown => MissingChoice::Error,
        Absent::Zero => MissingChoice::Zero,
    });
    let zero = match meaning {
        _ if absent == 0 => true,
        MissingChoice::Error => return wrong(FileProblem::AbsentOfMany { count: absent, total }),
        MissingChoice::Hole if raw.entries.is_empty() => {
            return Err(FileError::format("every entry is absent", "give those that are known"));
        }
        MissingChoice::Hole => false,
        MissingChoice::Zero => true,
    };
    if zero && absent > 0 && options.missing.is_none() {
        raw.notes.push("entries that the file does not name are 0".to_owned());
        raw.otherwise.push("--missing hole if they are not known".to_owned());
    } else if zero && absent > 0 {
        raw.notes.push(format!("{absent} absent entries are taken for 0"));
    }
    Ok((decided, zero))
}
