//! Rows and tidy tables.

use crate::csv_text::{self, Field};
use crate::disk::{WriteError, write_atomic};
use crate::parquet;
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The column that says why a number is absent.
const REASON: &str = "reason";

/// One observation destined for table `table`; columns in the order in which they were added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Name of the table: lower-case letters, digits, `-` and `_`.
    pub table: String,
    /// Column names and values.
    pub fields: Vec<(String, Value)>,
}

impl Row {
    /// An observation without fields.
    pub fn new(table: impl Into<String>) -> Self {
        Self { table: table.into(), fields: Vec::new() }
    }

    /// The same observation with one more field.
    #[must_use]
    pub fn with(mut self, column: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.push((column.into(), value.into()));
        self
    }
}

/// A table could not be built, read or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// No rows, hence no columns.
    #[error("table `{table}` has no rows")]
    Empty {
        /// The table.
        table: String,
    },
    /// The name would not do as a file name.
    #[error("`{table}` is not a valid name of a table, which has lower-case letters, digits, `-` and `_`")]
    Name {
        /// The name.
        table: String,
    },
    /// A row of one table was handed to another.
    #[error("row {row} belongs to table `{found}`, not to `{table}`")]
    OtherTable {
        /// The table being built.
        table: String,
        /// Number of the row, from 1.
        row: usize,
        /// The table that the row names.
        found: String,
    },
    /// A column without a name, or named twice in one row.
    #[error("table `{table}`, row {row}: column `{column}` {problem}")]
    Column {
        /// The table.
        table: String,
        /// Number of the row, from 1; 0 is the header.
        row: usize,
        /// The column.
        column: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There is no such column.
    #[error("table `{table}` has no column `{column}`; it has {}", known.join(", "))]
    NoColumn {
        /// The table.
        table: String,
        /// The column asked for.
        column: String,
        /// The columns it has.
        known: Vec<String>,
    },
    /// There is no such table.
    #[error("there is no table `{table}`; there are {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    NoTable {
        /// The table asked for.
        table: String,
        /// The tables there are.
        known: Vec<String>,
    },
    /// A value is of another kind than asked for.
    #[error("table `{table}`, column `{column}`, row {row}: expected {expected}, found {found}")]
    Kind {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Number of the row, from 1.
        row: usize,
        /// What was asked for.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The text is not a table as this crate writes it.
    #[error("table `{table}`, line {line}: {problem}")]
    Syntax {
        /// The table.
        table: String,
        /// Line in the file, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Parquet counts rows and bytes of a column in 32 bits.
    #[error(
        "table `{table}` is too large for a column of a Parquet file, which has 2 GiB and 2^31 - 1 rows at most"
    )]
    Large {
        /// The table.
        table: String,
    },
    /// The file or directory could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A tidy table: named columns, one row per observation.
///
/// Numbers in a table are finite and zero has no sign. A table read back from its CSV equals the
/// table that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name, and the stem of its file.
    pub name: String,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// Gathers rows. The columns are the union over all rows, in order of first appearance; an
    /// absent field is missing. A non-finite number becomes missing, and the last column, `reason`,
    /// says so: `nan in error`.
    pub fn from_rows(name: impl Into<String>, rows: &[Row]) -> Result<Self, TableError> {
        let name = checked_name(name.into())?;
        if rows.is_empty() {
            return Err(TableError::Empty { table: name });
        }
        let mut columns: Vec<String> = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            if row.table != name {
                return Err(TableError::OtherTable { table: name, row: i + 1, found: row.table.clone() });
            }
            for (k, (column, _)) in row.fields.iter().enumerate() {
                let twice = row.fields[..k].iter().any(|(c, _)| c == column);
                if twice || column.is_empty() {
                    let problem = if twice { "appears twice" } else { "needs a name" };
                    return Err(TableError::Column {
                        table: name,
                        row: i + 1,
                        column: column.clone(),
                        problem,
                    });
                }
                if !columns.contains(column) {
                    columns.push(column.clone());
                }
            }
        }
        if columns.is_empty() {
            return Err(TableError::Empty { table: name });
        }
        let non_finite = |v: &Value| matches!(v, Value::Float(f) if !f.is_finite());
        if rows.iter().any(|r| r.fields.iter().any(|(_, v)| non_finite(v)))
            && !columns.iter().any(|c| c == REASON)
        {
            columns.push(REASON.to_owned());
        }
        let rows = rows.iter().map(|row| fill(&columns, row)).collect();
        Ok(Self { name, columns, rows })
    }

    /// Reads `<name>.csv`.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let io = |source| TableError::Read { path: path.to_owned(), source };
        let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_owned();
        Self::from_csv(name, std::fs::File::open(path).map_err(io)?)
    }

    /// Reads a table as [`Table::to_csv`] writes it: quoted fields are texts, bare fields numbers,
    /// empty bare fields missing.
    pub fn from_csv(name: impl Into<String>, mut reader: impl Read) -> Result<Self, TableError> {
        let table = checked_name(name.into())?;
        let mut bytes = Vec::new();
        let path = || PathBuf::from(format!("{table}.csv"));
        reader.read_to_end(&mut bytes).map_err(|source| TableError::Read { path: path(), source })?;
        let syntax = |line, problem| TableError::Syntax { table: table.clone(), line, problem };
        let text = std::str::from_utf8(&bytes).map_err(|e| {
            let line = bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
            syntax(line, "not UTF-8".to_owned())
        })?;
        let mut records = csv_text::parse(text).map_err(|e| syntax(e.line, e.problem))?.into_iter();
        let header =
            records.next().ok_or_else(|| syntax(1, "the file is empty: it needs a header".to_owned()))?;
        let mut columns: Vec<String> = Vec::new();
        for field in header.fields {
            let (Field::Quoted(column) | Field::Bare(column)) = field;
            if column.is_empty() || columns.contains(&column) {
                let problem = if column.is_empty() { "needs a name" } else { "appears twice" };
                return Err(TableError::Column { table: table.clone(), row: 0, column, problem });
            }
            columns.push(column);
        }
        let mut rows = Vec::new();
        for record in records {
            if record.fields.len() != columns.len() {
                let problem =
                    format!("{} fields where the header has {}", record.fields.len(), columns.len());
                return Err(syntax(record.line, problem));
            }
            let mut row = Vec::with_capacity(columns.len());
            for (field, column) in record.fields.into_iter().zip(&columns) {
                let value = csv_text::value_of(field);
                row.push(value.map_err(|p| syntax(record.line, format!("column `{column}`: {p}")))?);
            }
            rows.push(row);
        }
        Ok(Self { name: table, columns, rows })
    }

    /// The table as CSV: RFC 4180 with LF line ends, texts quoted, numbers bare.
    pub fn to_csv(&self) -> String {
        let mut out = String::new();
        for (k, column) in self.columns.iter().enumerate() {
            out.push_str(if k == 0 { "" } else { "," });
            csv_text::push_name(&mut out, column);
        }
        out.push('\n');
        for row in &self.rows {
            for (k, value) in row.iter().enumerate() {
                out.push_str(if k == 0 { "" } else { "," });
                csv_text::push_value(&mut out, value);
            }
            out.push('\n');
        }
        out
    }

    /// The table as a Parquet file: its columns in their order, each of whole numbers, reals or texts,
    /// and what is missing is null. Whole numbers beside reals become reals, and numbers beside
    /// texts become texts. The same table gives the same bytes.
    ///
    /// ```
    /// use relata_runs::{Row, Table};
    ///
    /// let rows = [Row::new("t").with("rank", 1_usize).with("error", 0.25)];
    /// let bytes = Table::from_rows("t", &rows)?.to_parquet()?;
    /// assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    /// # Ok::<(), relata_runs::TableError>(())
    /// ```
    ///
    /// # Errors
    /// [`TableError::Large`] for more than `2^31 - 1` rows, or as many bytes in a column.
    pub fn to_parquet(&self) -> Result<Vec<u8>, TableError> {
        parquet::file(self).ok_or_else(|| TableError::Large { table: self.name.clone() })
    }

    /// Writes the table to `path`, atomically.
    pub fn write(&self, path: &Path) -> Result<(), TableError> {
        Ok(write_atomic(path, self.to_csv().as_bytes())?)
    }

    /// Names of the columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, each with one value per column.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[Value]> {
        self.rows.iter().map(Vec::as_slice)
    }

    /// The values of a column.
    pub fn values(&self, column: &str) -> Result<Vec<&Value>, TableError> {
        let k = self.position(column)?;
        Ok(self.rows.iter().map(|row| &row[k]).collect())
    }

    /// A column of numbers; a missing value is an error that names its row.
    pub fn floats(&self, column: &str) -> Result<Vec<f64>, TableError> {
        self.convert(column, "a number", Value::as_f64)
    }

    /// A column of numbers, some of which may be missing.
    pub fn optional_floats(&self, column: &str) -> Result<Vec<Option<f64>>, TableError> {
        self.convert(column, "a number or nothing", |v| match v {
            Value::Missing => Some(None),
            other => other.as_f64().map(Some),
        })
    }

    /// A column of whole numbers.
    pub fn ints(&self, column: &str) -> Result<Vec<i64>, TableError> {
        self.convert(column, "a whole number", |v| if let Value::Int(i) = v { Some(*i) } else { None })
    }

    /// A column of texts.
    pub fn texts(&self, column: &str) -> Result<Vec<String>, TableError> {
        self.convert(column, "a text", |v| if let Value::Text(t) = v { Some(t.clone()) } else { None })
    }

    /// The rows whose `column` equals the value; a whole number equals the float of the same size.
    /// The result may be empty.
    pub fn filter(&self, column: &str, equals: impl Into<Value>) -> Result<Self, TableError> {
        let k = self.position(column)?;
        let wanted = equals.into();
        let rows = self.rows.iter().filter(|row| row[k].matches(&wanted)).cloned().collect();
        Ok(Self { name: self.name.clone(), columns: self.columns.clone(), rows })
    }

    /// The numbers of `x` in increasing order, and the mean of `y` at each.
    pub fn means(&self, x: &str, y: &str) -> Result<(Vec<f64>, Vec<f64>), TableError> {
        let (xs, ys) = (self.floats(x)?, self.floats(y)?);
        let mut at = xs.clone();
        at.sort_by(f64::total_cmp);
        at.dedup();
        let mean = |a: &f64| {
            let here = xs.iter().zip(&ys).filter(|(x, _)| x.total_cmp(a).is_eq());
            let (sum, n) = here.fold((0.0, 0usize), |(s, n), (_, y)| (s + y, n + 1));
            sum / n as f64
        };
        let means = at.iter().map(mean).collect();
        Ok((at, means))
    }

    /// The different values of a column, in order of first appearance.
    pub fn distinct(&self, column: &str) -> Result<Vec<Value>, TableError> {
        let mut seen: Vec<Value> = Vec::new();
        for value in self.values(column)? {
            if !seen.iter().any(|s| s.matches(value)) {
                seen.push(value.clone());
            }
        }
        Ok(seen)
    }

    fn position(&self, column: &str) -> Result<usize, TableError> {
        self.columns.iter().position(|c| c == column).ok_or_else(|| TableError::NoColumn {
            table: self.name.clone(),
            column: column.to_owned(),
            known: self.columns.clone(),
        })
    }

    fn convert<T>(
        &self,
        column: &str,
        expected: &'static str,
        get: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, TableError> {
        let k = self.position(column)?;
        let value = |(i, row): (usize, &Vec<Value>)| {
            get(&row[k]).ok_or_else(|| {
                let found = match &row[k] {
                    Value::Missing => "nothing".to_owned(),
                    other => format!("{} `{other}`", other.kind()),
                };
                TableError::Kind {
                    table: self.name.clone(),
                    column: column.to_owned(),
                    row: i + 1,
                    expected,
                    found,
                }
            })
        };
        self.rows.iter().enumerate().map(value).collect()
    }
}

/// A name that is also a file name on every system.
fn checked_name(table: String) -> Result<String, TableError> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !table.is_empty() && table.chars().all(fine) { Ok(table) } else { Err(TableError::Name { table }) }
}

/// The fields of a row under the table's columns, with non-finite numbers replaced by a reason.
fn fill(columns: &[String], row: &Row) -> Vec<Value> {
    let mut reasons = Vec::new();
    let mut values: Vec<Value> = columns
        .iter()
        .map(|column| match row.fields.iter().find(|(c, _)| c == column) {
            // Adding a positive zero turns -0 into 0 and nothing else.
            Some((_, Value::Float(f))) if f.is_finite() => Value::Float(f + 0.0),
            Some((_, Value::Float(f))) => {
                let what = if f.is_nan() {
                    "nan"
                } else if *f > 0.0 {
                    "inf"
                } else {
                    "-inf"
                };
                reasons.push(format!("{what} in {column}"));
                Value::Missing
            }
            Some((_, value)) => value.clone(),
            None => Value::Missing,
        })
        .collect();
    if !reasons.is_empty()
        && let Some(k) = columns.iter().position(|c| c == REASON)
    {
        let given = match &values[k] {
            Value::Missing => None,
            other => Some(other.to_string()),
        };
        values[k] = Value::Text(given.into_iter().chain(reasons).collect::<Vec<_>>().join("; "));
    }
    values
}
