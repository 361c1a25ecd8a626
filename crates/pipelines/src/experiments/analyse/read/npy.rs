//! Arrays saved by NumPy.

use super::table::Table;
use super::{ReadError, check_size};
use npyz::{NpyFile, NpyHeader, Order};

/// How an `.npy` file begins.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads a two-dimensional array of floats, integers or booleans, in either order.
pub(super) fn npy(path: &str, bytes: &[u8]) -> Result<Table, ReadError> {
    let format = |found: String, expected| ReadError::Format { path: path.to_owned(), found, expected };
    let mut data = bytes;
    let header = NpyHeader::from_reader(&mut data).map_err(|e| {
        format(format!("no array that can be read ({e})"), "save it with numpy.save(path, array)")
    })?;
    let file = NpyFile::with_header(header, data);
    let shape = file.shape().to_vec();
    let order = file.order();
    let sizes: Option<Vec<usize>> = shape.iter().map(|s| usize::try_from(*s).ok()).collect();
    let (rows, columns) = match sizes.as_deref() {
        Some(&[n, m]) => (n, m),
        _ => {
            let found = format!("an array of shape {shape:?}");
            return Err(format(found, "a relation has two axes, rows and columns: reshape the array"));
        }
    };
    if rows == 0 || columns == 0 {
        return Err(format(
            format!("an array of shape {rows} x {columns}"),
            "a relation has at least one row and one column",
        ));
    }
    // A damaged header may ask for more than there is; then nothing is allocated.
    let Some(item) = file.dtype().num_bytes() else {
        return Err(of_type(path, &file.dtype().descr()));
    };
    let needed = rows.checked_mul(columns).and_then(|n| n.checked_mul(item));
    if needed.is_none_or(|n| n > data.len()) {
        let found = format!("shorter than its shape {rows} x {columns} says");
        return Err(format(found, "the file is truncated: save it again with numpy.save"));
    }
    if needed.is_some_and(|n| n < data.len()) {
        let found = format!("longer than its shape {rows} x {columns} says");
        return Err(format(found, "save each array in a file of its own with numpy.save"));
    }
    check_size(path, rows, columns)?;
    let flat = values(file).map_err(|problem| match problem {
        Problem::Type(descr) => of_type(path, &descr),
        Problem::Io(e) => format(format!("damaged ({e})"), "save it again with numpy.save"),
    })?;
    let at = |i: usize, j: usize| match order {
        Order::C => flat[i * columns + j],
        Order::Fortran => flat[j * rows + i],
    };
    let mut values = Vec::with_capacity(rows * columns);
    for i in 0..rows {
        for j in 0..columns {
            let value = at(i, j);
            if !value.is_finite() {
                return Err(ReadError::ArrayEntry {
                    path: path.to_owned(),
                    row: i + 1,
                    column: j + 1,
                    value,
                });
            }
            values.push(value);
        }
    }
    Ok(Table { rows, columns, values, row_labels: None, column_labels: None })
}

fn of_type(path: &str, descr: &str) -> ReadError {
    ReadError::Format {
        path: path.to_owned(),
        found: format!("an array of type {descr}"),
        expected: "floats, integers and booleans are read: convert it with array.astype(float)",
    }
}

enum Problem {
    Type(String),
    Io(std::io::Error),
}

/// All entries as f64, in the order of the file.
fn values(file: NpyFile<&[u8]>) -> Result<Vec<f64>, Problem> {
    macro_rules! try_types {
        ($file:ident, $($t:ty => $convert:expr),+) => {{
            $(let $file = match $file.try_data::<$t>() {
                Ok(data) => return data.map(|v| v.map($convert)).collect::<Result<_, _>>().map_err(Problem::Io),
                Err(file) => file,
            };)+
            $file
        }};
    }
    let file = try_types!(file,
        f64 => |v| v, f32 => f64::from,
        i8 => f64::from, i16 => f64::from, i32 => f64::from, i64 => |v| v as f64,
        u8 => f64::from, u16 => f64::from, u32 => f64::from, u64 => |v| v as f64,
        bool => |v| f64::from(u8::from(v))
    );
    Err(Problem::Type(file.dtype().descr()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let mut header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
        while !(header.len() + 11).is_multiple_of(64) {
            header.push(' ');
        }
        header.push('\n');
        let length = u16::try_from(header.len()).unwrap();
        [MAGIC, &[1, 0], &length.to_le_bytes(), header.as_bytes(), data].concat()
    }

    #[test]
    fn types_and_orders() {
        let doubles: Vec<u8> =
            [1.0f64, 2.0, 3.0, 4.0, 5.0, 6.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let t = npy("a.npy", &file("<f8", "False", "(2, 3)", &doubles)).unwrap();
        assert_eq!((t.rows, t.columns, t.values), (2, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        let t = npy("a.npy", &file("<f8", "True", "(2, 3)", &doubles)).unwrap();
        assert_eq!(t.values, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        let singles: Vec<u8> = [0.5f32, -2.0].iter().flat_map(|v| v.to_be_bytes()).collect();
        assert_eq!(npy("a.npy", &file(">f4", "False", "(1, 2)", &singles)).unwrap().values, [0.5, -2.0]);
        let integers: Vec<u8> = [-7i64, 9].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(npy("a.npy", &file("<i8", "False", "(2, 1)", &integers)).unwrap().values, [-7.0, 9.0]);
        assert_eq!(
            npy("a.npy", &file("|b1", "False", "(1, 3)", &[0, 1, 1])).unwrap().values,
            [0.0, 1.0, 1.0]
        );
        assert_eq!(npy("a.npy", &file("|u1", "False", "(1, 2)", &[0, 255])).unwrap().values, [0.0, 255.0]);
    }

    #[test]
    fn what_is_no_matrix_is_named() {
        let of = |descr, shape, data: &[u8]| npy("a.npy", &file(descr, "False", shape, data)).unwrap_err();
        let format = |e: &ReadError, part: &str| {
            assert!(matches!(e, ReadError::Format { .. }) && e.to_string().contains(part), "{e}");
        };
        format(&of("<f8", "(8,)", &[0; 64]), "[8]");
        format(&of("<f8", "(2, 2, 2)", &[0; 64]), "[2, 2, 2]");
        format(&of("<f8", "(0, 3)", &[]), "0 x 3");
        format(&of("<c16", "(2, 2)", &[0; 64]), "c16");
        format(&of("<f8", "(1000000, 1000000000)", &[0; 64]), "truncated");
        format(&of("<f8", "(2, 2)", &[0; 40]), "longer than its shape");
        format(&of("|O", "(2, 2)", &[0; 32]), "type");
        format(&npy("a.npy", b"\x93NUMPY\x01\x00").unwrap_err(), "numpy.save");
        let many = file("|u1", "False", "(6000, 5000)", &vec![1; 30_000_000]);
        assert!(matches!(npy("a.npy", &many).unwrap_err(), ReadError::TooLarge { rows: 6000, .. }));
        let nan: Vec<u8> = [1.0, 2.0, f64::NAN, 4.0].iter().flat_map(|v: &f64| v.to_le_bytes()).collect();
        assert!(matches!(of("<f8", "(2, 2)", &nan), ReadError::ArrayEntry { row: 2, column: 1, .. }));
    }
}
