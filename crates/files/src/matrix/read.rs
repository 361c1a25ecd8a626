//! From the bytes of a file to a matrix with names.

use super::options::{Direction, FormChoice, MissingChoice, ReadParams, Triangle};
use super::precision::FilePrecision;
use super::raw::{Absent, Raw, check_size_within};
use super::sentinel::sentinels;
use super::triangle::{absent_shape, mirror};
use super::{archive, array, dl, grid, list, market, pajek, spaces};
use crate::error::{FileError, FilePlace, FileProblem, shortened};
use crate::text::{Sheet, decode, unpacked};

/// A matrix with names, and how it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
    /// Row-major; 0 where there is a hole.
    pub values: Vec<f64>,
    /// Which entries are not known, row-major; none where all are.
    pub holes: Option<Vec<bool>>,
    /// The names of the rows, where there are any.
    pub row_labels: Option<Vec<String>>,
    /// The names of the columns, where there are any.
    pub column_labels: Option<Vec<String>>,
    /// Whether rows and columns are the same objects, and why.
    pub spaces: Spaces,
    /// Whether the columns of the file stood in another order than the rows.
    pub reordered: bool,
    /// The form of the file.
    pub form: FileForm,
    /// How precisely the file gives its numbers.
    pub precision: FilePrecision,
    /// What the file was taken for, as in `a matrix with a header, separated by commas`.
    pub taken_for: String,
    /// What would make it something else, as in `--header no if line 1 holds data`.
    pub otherwise: Vec<String>,
    /// What else was done, in whole sentences without a full stop.
    pub notes: Vec<String>,
}

/// Whether rows and columns are the same objects, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spaces {
    /// Row `i` and column `i` are the same object.
    One(String),
    /// They are not.
    Two(String),
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileForm {
    /// A text with one line for each row, or a matrix in a format of its own.
    Matrix,
    /// A text with one line for each pair.
    List,
    /// An array of NumPy.
    Array,
}

/// Reads a matrix with names from the bytes of a file: a text table or list, an array of NumPy or an
/// archive of them, MatrixMarket, UCINET's DL, or Pajek's NET; any of them packed with gzip.
///
/// ```
/// use relata_files::{ReadParams, Spaces, read_matrix};
/// let r = read_matrix(b"user;item;rating\nann;tea;4,5\nbob;tea;2,0\n", &ReadParams::default())?;
/// assert_eq!((r.rows, r.columns, r.values.as_slice()), (2, 1, &[4.5, 2.0][..]));
/// assert!(matches!(r.spaces, Spaces::Two(_)));
/// assert_eq!(
///     r.taken_for,
///     "a list of pairs (user to item, value in rating), separated by semicolons, with decimal commas"
/// );
/// let e = read_matrix(b",a,b\nx,1,\ny,3,4\n", &ReadParams::default()).unwrap_err().to_string();
/// assert!(e.starts_with("read as a matrix with a header and row names, separated by commas"));
/// assert!(e.contains("line 2, column 3 (x, b)"));
/// # Ok::<(), relata_files::FileError>(())
/// ```
///
/// # Errors
/// [`FileError`]: what the file was taken for, where the trouble is, and what would be right. Absent
/// entries are an error unless [`ReadParams::missing`] says otherwise.
pub fn read_matrix(bytes: &[u8], options: &ReadParams) -> Result<Reading, FileError> {
    finished(raw(bytes, options, None)?, options)
}

/// Reads a table of numbers with one line for each of some objects; `known` are their names, which
/// tell a first column of names from one of numbers.
///
/// # Errors
/// As [`read_matrix`].
pub fn read_features(bytes: &[u8], known: Option<&[String]>) -> Result<Reading, FileError> {
    let options = ReadParams { form: Some(FormChoice::Matrix), ..ReadParams::default() };
    let options = ReadParams { spaces: Some(super::SpacesChoice::Two), ..options };
    finished(raw(bytes, &options, known)?, &options)
}

fn raw(bytes: &[u8], options: &ReadParams, known: Option<&[String]>) -> Result<Raw, FileError> {
    let bytes = unpacked(bytes)?;
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        let asked = options.array.as_deref();
        return fitting(archive::archive(&bytes, asked, options.missing)?, options);
    }
    if let Some(name) = &options.array {
        let expected = "an array is named only in an archive of NumPy (.npz)";
        return Err(FileError::format(
            format!("the file is not an archive with an array `{name}`"),
            expected,
        ));
    }
    if bytes.starts_with(array::MAGIC) {
        return fitting(array::array(&bytes, "an array of NumPy", options.missing)?, options);
    }
    let text = decode(&bytes)?.text;
    let start: String = text.trim_start().chars().take(market::BANNER.len()).collect();
    if start.eq_ignore_ascii_case(market::BANNER) {
        return fitting(market::market(text.trim_start())?, options);
    }
    if dl::is_dl(&text) {
        return fitting(dl::dl(&text)?, options);
    }
    if pajek::is_pajek(&text) {
        return fitting(pajek::pajek(&text)?, options);
    }
    let sheet = Sheet::parse(&text)?;
    match list::find(&sheet, options)? {
        Some(columns) => {
            let raw = list::list(&sheet, &columns, options)?;
            let problem = (options.triangle == Triangle::Mirror).then_some((
                "--triangle mirror",
                "the file is a list; --undirected gives a pair in both directions",
            ));
            refused(raw, problem)
        }
        None => {
            let raw = grid::grid(&sheet, options, known)?;
            let problem = if options.direction == Direction::Undirected {
                Some((
                    "--undirected",
                    "the file is a matrix; --triangle mirror gives half of one its other half",
                ))
            } else if options.duplicates.is_some() {
                Some((
                    "--duplicates",
                    "the file is a matrix, which names each pair once; --as list if it is not",
                ))
            } else {
                None
            };
            refused(raw, problem)
        }
    }
}

/// Refuses options that are about texts, for a format that says such things itself.
fn fitting(raw: Raw, options: &ReadParams) -> Result<Raw, FileError> {
    const WHY: &str = "the format of the file says it";
    let problem = if options.form == Some(FormChoice::List) {
        Some(("--as list", WHY))
    } else if options.header.is_some() {
        Some(("--header", WHY))
    } else if options.columns.is_some() {
        Some(("--columns", WHY))
    } else if options.duplicates.is_some() {
        Some(("--duplicates", WHY))
    } else if options.direction == Direction::Undirected {
        Some(("--undirected", "the file is a matrix; --triangle mirror gives half of one its other half"))
    } else {
        None
    };
    refused(raw, problem)
}

fn refused(raw: Raw, problem: Option<(&'static str, &str)>) -> Result<Raw, FileError> {
    match problem {
        None => Ok(raw),
        Some((option, why)) => {
            let problem = FileProblem::Option { option, why: why.to_owned() };
            Err(FileError::new(FilePlace::File, problem).of(&raw.taken_for))
        }
    }
}

fn finished(mut raw: Raw, options: &ReadParams) -> Result<Reading, FileError> {
    let taken_for = raw.taken_for.clone();
    applied(&mut raw, options).map_err(|e| e.of(&taken_for)).map(|(spaces, reordered)| {
        let holes = raw.holes.contains(&true).then_some(raw.holes);
        Reading {
            rows: raw.rows,
            columns: raw.columns,
            values: raw.values,
            holes,
            row_labels: raw.row_labels,
            column_labels: raw.column_labels,
            spaces,
            reordered,
            form: raw.form,
            precision: raw.precision,
            taken_for: raw.taken_for,
            otherwise: raw.otherwise,
            notes: raw.notes,
        }
    })
}

fn applied(raw: &mut Raw, options: &ReadParams) -> Result<(Spaces, bool), FileError> {
    sentinels(raw);
    if options.triangle == Triangle::Mirror {
        mirror(raw)?;
    }
    let decided = spaces::decide(raw, options)?;
    let most = if raw.form == FileForm::Array { super::MAX_ARRAY_ENTRIES } else { super::MAX_ENTRIES };
    check_size_within(raw.rows, raw.columns, most)?;
    let missing = options.missing.unwrap_or(match raw.absent {
        Absent::Unknown => MissingChoice::Error,
        Absent::Zero => MissingChoice::Zero,
    });
    let holes = raw.hole_count();
    match missing {
        _ if holes == 0 => {}
        MissingChoice::Error => return Err(absent(raw, holes)),
        MissingChoice::Zero => {
            raw.holes.fill(false);
            if raw.absent == Absent::Zero && options.missing.is_none() {
                raw.notes.push("entries that the file does not name are 0".to_owned());
                raw.otherwise.push("--missing hole if they are not known".to_owned());
            } else {
                let (is, entry) = if holes == 1 { ("is", "entry") } else { ("are", "entries") };
                raw.notes.push(format!("{holes} absent {entry} {is} taken for 0"));
            }
        }
        MissingChoice::Hole if holes == raw.values.len() => return Err(absent(raw, holes)),
        MissingChoice::Hole => {}
    }
    Ok(decided)
}

/// The error of absent entries, with advice that never makes a number of nothing.
fn absent(raw: &Raw, count: usize) -> FileError {
    let total = raw.values.len();
    let general = "--missing hole analyses the entries that are known; --missing zero is right only if an absent one is 0";
    let advice = absent_shape(raw).unwrap_or(general).to_owned();
    if count == total {
        return FileError::new(
            FilePlace::File,
            FileProblem::Format {
                found: "every entry is absent".to_owned(),
                expected: "give those that are known".to_owned(),
            },
        );
    }
    match &raw.first_hole {
        Some((place, mark)) => {
            FileError::new(place.clone(), FileProblem::Absent { count, total, mark: mark.clone(), advice })
        }
        None => {
            let first = raw.holes.iter().position(|h| *h).unwrap_or(0);
            let name = |labels: &Option<Vec<String>>, k: usize| {
                labels.as_ref().map_or_else(|| (k + 1).to_string(), |l| shortened(&l[k]))
            };
            let row = name(&raw.row_labels, first / raw.columns);
            let column = name(&raw.column_labels, first % raw.columns);
            let them = if count == 1 { "it" } else { "them" };
            let advice = format!("add {them}; {advice}");
            FileError::new(FilePlace::File, FileProblem::AbsentPairs { count, total, row, column, advice })
        }
    }
}
