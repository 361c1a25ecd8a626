//! Arrays saved by NumPy.

use super::options::MissingChoice;
use super::precision::FilePrecision;
use super::raw::{Absent, Raw, check_size_within};
use super::read::FileForm;
use crate::error::{FileError, FilePlace, FileProblem, NumberProblem};
use crate::text::MAX_BYTES;
use half::{bf16, f16};
use npyz::{DType, NpyFile, NpyHeader, Order};
use std::io::Read;

/// How an `.npy` file begins.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads a two-dimensional array of floats (double, single, half, brain), integers or truth values,
/// in either order. NaN is a hole, and an
/// infinite entry where holes are asked for.
pub(super) fn array(bytes: &[u8], what: &str, missing: Option<MissingChoice>) -> Result<Raw, FileError> {
    let mut data = bytes;
    let header = NpyHeader::from_reader(&mut data).map_err(|e| {
        FileError::format(
            format!("the file is not an array that can be read ({e})"),
            "save it with numpy.save(path, array)",
        )
    })?;
    let file = NpyFile::with_header(header, data);
    let (shape, order, dtype) = (file.shape().to_vec(), file.order(), file.dtype());
    let descr = dtype.descr().trim_matches('\'').to_owned();
    let sizes: Option<Vec<usize>> = shape.iter().map(|s| usize::try_from(*s).ok()).collect();
    let shown: Vec<String> = shape.iter().map(u64::to_string).collect();
    let taken_for = format!("{what} ({descr}, {})", shown.join(" x "));
    let wrong = |found: &str, expected: &str| FileError::format(found, expected).of(&taken_for);
    let (rows, columns) = match sizes.as_deref() {
        Some(&[n, m]) => (n, m),
        _ => {
            return Err(wrong(
                &format!("the shape is {shape:?}"),
                "a relation has two axes, rows and columns: reshape the array",
            ));
        }
    };
    if rows == 0 || columns == 0 {
        return Err(wrong("there are no entries", "a relation has at least one row and one column"));
    }
    // A damaged header may ask for more than there is; then nothing is allocated.
    let Some(item) = dtype.num_bytes() else { return Err(of_type(&descr).of(&taken_for)) };
    let needed = rows.checked_mul(columns).and_then(|n| n.checked_mul(item));
    match needed {
        Some(n) if n == data.len() => {}
        Some(n) if n < data.len() => {
            return Err(wrong(
                "the file is longer than its shape says",
                "save each array in a file of its own with numpy.save",
            ));
        }
        _ => {
            let found = "the file is shorter than its shape says";
            return Err(wrong(found, "it is truncated: save it again with numpy.save"));
        }
    }
    check_size_within(rows, columns, super::MAX_ARRAY_ENTRIES).map_err(|e| e.of(&taken_for))?;
    let (flat, precision) = values(file, &dtype, data).map_err(|e| e.of(&taken_for))?;
    // Large arrays are not held twice.
    let mut values = match order {
        Order::C => flat,
        Order::Fortran => (0..rows * columns).map(|k| flat[(k % columns) * rows + k / columns]).collect(),
    };
    let mut holes = vec![false; values.len()];
    let mut first_hole = None;
    for (k, value) in values.iter_mut().enumerate().filter(|(_, v)| !v.is_finite()) {
        let place = FilePlace::Entry { row: k / columns + 1, column: k % columns + 1 };
        if value.is_infinite() && missing != Some(MissingChoice::Hole) {
            let problem = NumberProblem::NotFinite(value.to_string());
            return Err(FileError::new(place, problem.into()).of(&taken_for));
        }
        first_hole.get_or_insert((place, value.to_string()));
        (*value, holes[k]) = (0.0, true);
    }
    Ok(Raw {
        rows,
        columns,
        precision: carried(&values, precision),
        values,
        holes,
        first_hole,
        row_labels: None,
        column_labels: None,
        form: FileForm::Array,
        taken_for,
        otherwise: Vec::new(),
        notes: Vec::new(),
        absent: Absent::Unknown,
        one_space: None,
    })
}

/// One array of an archive.
pub(super) fn member(
    reader: impl Read,
    what: &str,
    missing: Option<MissingChoice>,
) -> Result<Raw, FileError> {
    let mut bytes = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    reader.take(most).read_to_end(&mut bytes).map_err(|e| {
        FileError::format(format!("{what} is damaged ({e})"), "save it again with numpy.savez")
    })?;
    if bytes.len() > MAX_BYTES {
        return Err(FileError::new(FilePlace::File, FileProblem::TooManyBytes { most: MAX_BYTES }));
    }
    array(&bytes, what, missing)
}

/// The precision of numbers that came as doubles: an array whose every entry is a single went
/// through single precision, unless its entries are short.
fn carried(values: &[f64], precision: FilePrecision) -> FilePrecision {
    /// Bits that a number needs beyond which it is not taken for one that somebody wrote down.
    const SHORT: u32 = 16;
    if precision != FilePrecision::Double {
        return precision;
    }
    let bits = |v: f64| 53 - (v.to_bits() & ((1 << 52) - 1)).trailing_zeros().min(52);
    #[allow(clippy::float_cmp)] // whether every bit survives is the question
    let single = |v: &f64| f64::from(*v as f32) == *v;
    if values.iter().all(|v| v.fract() == 0.0) {
        FilePrecision::Exact
    } else if values.iter().all(single) && values.iter().any(|v| bits(*v) > SHORT) {
        FilePrecision::Single
    } else {
        FilePrecision::Double
    }
}

fn of_type(descr: &str) -> FileError {
    FileError::format(
        format!("the array is of type {descr}"),
        "floats, integers and truth values are read: convert it with array.astype(float)",
    )
}

/// All entries as doubles, in the order of the file.
fn values(file: NpyFile<&[u8]>, dtype: &DType, data: &[u8]) -> Result<(Vec<f64>, FilePrecision), FileError> {
    macro_rules! try_types {
        ($file:ident, $($t:ty => $convert:expr, $precision:expr;)+) => {{
            $(let $file = match $file.try_data::<$t>() {
                Ok(data) => {
                    let values = data.map(|v| v.map($convert)).collect::<Result<Vec<f64>, _>>();
                    return values.map(|v| (v, $precision)).map_err(|e| {
                        FileError::format(format!("the file is damaged ({e})"), "save it again with numpy.save")
                    });
                }
                Err(file) => file,
            };)+
            $file
        }};
    }
    let _ = try_types!(file,
        f64 => |v| v, FilePrecision::Double;
        f32 => f64::from, FilePrecision::Single;
        f16 => f64::from, FilePrecision::Half;
        i8 => f64::from, FilePrecision::Exact;
        i16 => f64::from, FilePrecision::Exact;
        i32 => f64::from, FilePrecision::Exact;
        i64 => |v| v as f64, FilePrecision::Exact;
        u8 => f64::from, FilePrecision::Exact;
        u16 => f64::from, FilePrecision::Exact;
        u32 => f64::from, FilePrecision::Exact;
        u64 => |v| v as f64, FilePrecision::Exact;
        bool => |v| f64::from(u8::from(v)), FilePrecision::Exact;
    );
    // NumPy has no brain floats of its own: what saves them leaves two bytes without a meaning.
    let descr = dtype.descr();
    if descr.contains("V2") || descr.contains("bfloat16") {
        let (pairs, _) = data.as_chunks::<2>();
        let values = pairs.iter().map(|b| f64::from(bf16::from_bits(u16::from_le_bytes(*b)))).collect();
        return Ok((values, FilePrecision::Brain));
    }
    Err(of_type(descr.trim_matches('\'')))
}
