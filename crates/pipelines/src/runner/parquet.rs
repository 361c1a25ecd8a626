//! Tables as Parquet files, for those who go on with them elsewhere.
//!
//! CSV stays the form in which a run keeps its tables: it can be read by eye, and hashes of it do
//! not depend on the version of a library.

use ::parquet::basic::{LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError as Cause;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::Type;
use relata_runs::{Table, Value};
use std::sync::Arc;

/// A table could not be written as Parquet.
#[derive(Debug, thiserror::Error)]
#[error("table `{table}` cannot be written as Parquet: {source}")]
#[non_exhaustive]
pub struct ParquetError {
    /// The table.
    pub table: String,
    /// Why.
    pub source: Cause,
}

/// What all values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Real,
    Text,
}

/// Largest whole number up to which every one is a float.
const EXACT: i64 = 1 << 53;

impl Kind {
    /// Whole numbers stay whole, unless reals stand beside them; anything beside a text is one, and
    /// so is a whole number that no float holds. A column without values counts as real.
    fn of(values: &[&Value]) -> Self {
        let text = values.iter().any(|v| matches!(v, Value::Text(_)));
        let real = values.iter().any(|v| matches!(v, Value::Float(_)));
        let whole = values.iter().any(|v| matches!(v, Value::Int(_)));
        let large =
            values.iter().any(|v| matches!(v, Value::Int(i) if i.checked_abs().is_none_or(|i| i > EXACT)));
        match (text, real, whole) {
            (true, ..) => Self::Text,
            (false, true, true) if large => Self::Text,
            (false, false, true) => Self::Whole,
            _ => Self::Real,
        }
    }

    fn column(self, name: &str) -> Result<Type, Cause> {
        let (physical, logical) = match self {
            Self::Whole => (Physical::INT64, None),
            Self::Real => (Physical::DOUBLE, None),
            Self::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
    }
}

/// The bytes of a Parquet file with the rows of the table: its columns in their order, each of
/// whole numbers, reals or texts, and what is missing is null. The same table gives the same bytes.
///
/// # Errors
/// [`ParquetError`], from the library that writes.
///
/// ```
/// use relata_pipelines::prelude::*;
///
/// let rows = [Row::new("t").with("rank", 1_usize).with("error", 0.25)];
/// let bytes = runner::parquet(&Table::from_rows("t", &rows)?)?;
/// assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parquet(table: &Table) -> Result<Vec<u8>, ParquetError> {
    let failed = |source| ParquetError { table: table.name.clone(), source };
    written(table).map_err(failed)
}

fn written(table: &Table) -> Result<Vec<u8>, Cause> {
    let columns: Vec<Vec<&Value>> =
        (0..table.columns().len()).map(|k| table.rows().filter_map(|row| row.get(k)).collect()).collect();
    let kinds: Vec<Kind> = columns.iter().map(|values| Kind::of(values)).collect();
    let named = table.columns().iter().zip(&kinds);
    let fields = named.map(|(name, kind)| kind.column(name).map(Arc::new)).collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder("table").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_created_by(concat!("relata ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for (kind, values) in kinds.iter().zip(&columns) {
        write_column(&mut group, *kind, values)?;
    }
    group.close()?;
    writer.into_inner()
}

fn write_column(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    kind: Kind,
    values: &[&Value],
) -> Result<(), Cause> {
    let missing = |v: &&Value| matches!(v, Value::Missing);
    let levels: Vec<i16> = values.iter().map(|v| i16::from(!missing(v))).collect();
    let there = values.iter().filter(|v| !missing(v));
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    match kind {
        Kind::Whole => {
            let all: Vec<i64> =
                there.filter_map(|v| if let Value::Int(i) = v { Some(*i) } else { None }).collect();
            column.typed::<Int64Type>().write_batch(&all, Some(&levels), None)?;
        }
        Kind::Real => {
            let all: Vec<f64> = there.filter_map(|v| v.as_f64()).collect();
            column.typed::<DoubleType>().write_batch(&all, Some(&levels), None)?;
        }
        Kind::Text => {
            let all: Vec<ByteArray> = there.map(|v| ByteArray::from(v.to_string().into_bytes())).collect();
            column.typed::<ByteArrayType>().write_batch(&all, Some(&levels), None)?;
        }
    }
    column.close()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
    use ::parquet::record::Field;
    use relata_runs::Row;

    /// What the reader of the same library makes of the bytes: column names and fields by row.
    fn read(table: &Table) -> Vec<Vec<(String, Field)>> {
        let bytes = bytes::Bytes::from(parquet(table).unwrap());
        let reader = SerializedFileReader::new(bytes).unwrap();
        let rows = reader.get_row_iter(None).unwrap();
        rows.map(|row| row.unwrap().get_column_iter().map(|(n, f)| (n.clone(), f.clone())).collect())
            .collect()
    }

    #[test]
    fn what_is_read_is_the_table() {
        let rows = [
            Row::new("t")
                .with("n", 1_i64)
                .with("x", 0.1 + 0.2)
                .with("name", "a,\"b\"\nφ")
                .with("mixed", 1_i64),
            Row::new("t").with("n", -7_i64).with("x", f64::NAN).with("name", "").with("mixed", 0.5),
            Row::new("t").with("n", i64::MIN).with("x", 3_i64).with("nothing", Value::Missing),
        ];
        let found = read(&Table::from_rows("t", &rows).unwrap());
        let column = |name: &str| -> Vec<Field> {
            found.iter().map(|r| r.iter().find(|(n, _)| n == name).unwrap().1.clone()).collect()
        };
        assert_eq!(column("n"), [Field::Long(1), Field::Long(-7), Field::Long(i64::MIN)]);
        assert_eq!(column("x"), [Field::Double(0.1 + 0.2), Field::Null, Field::Double(3.0)]);
        assert_eq!(column("name"), [Field::Str("a,\"b\"\nφ".into()), Field::Str(String::new()), Field::Null]);
        assert_eq!(column("mixed"), [Field::Double(1.0), Field::Double(0.5), Field::Null]);
        assert_eq!(column("nothing"), vec![Field::Null; 3]);
        assert_eq!(column("reason")[1], Field::Str("nan in x".into()));
        // A table of nothing but what is missing, and one with a number that no float holds.
        let rows = [Row::new("t").with("n", (1_i64 << 53) + 1), Row::new("t").with("n", 0.5)];
        let found = read(&Table::from_rows("t", &rows).unwrap());
        assert_eq!(found[0][0].1, Field::Str("9007199254740993".into()));
    }

    #[test]
    fn the_same_table_gives_the_same_bytes() {
        let rows: Vec<Row> =
            (0..3000_i64).map(|i| Row::new("t").with("n", i % 7).with("x", i as f64)).collect();
        let table = Table::from_rows("t", &rows).unwrap();
        assert_eq!(parquet(&table).unwrap(), parquet(&table).unwrap());
        assert_eq!(read(&table).len(), 3000);
    }
}
