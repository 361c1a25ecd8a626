//! Tables as Parquet: what others read of the files, and the bytes of a small one by the format's book.
#![allow(clippy::unwrap_used, clippy::panic)]

use relata_runs::{Row, Table, Value};

fn table() -> Table {
    let rows = [
        Row::new("t").with("n", 1_i64).with("x", 0.1 + 0.2).with("name", "a,\"b\"\nφ").with("mixed", 1_i64),
        Row::new("t").with("n", -7_i64).with("x", f64::NAN).with("name", "").with("mixed", 0.5),
        Row::new("t").with("n", i64::MIN).with("x", 3_i64).with("nothing", Value::Missing),
        Row::new("t").with("wide", (1_i64 << 53) + 1),
        Row::new("t").with("wide", 0.5),
    ];
    Table::from_rows("t", &rows).unwrap()
}

/// By hand, from the definition of the format: header of the page, levels, value, footer.
#[test]
fn a_table_of_one_number_is_as_the_book_says() {
    let bytes = Table::from_rows("t", &[Row::new("t").with("a", 2_i64)]).unwrap().to_parquet().unwrap();
    let mut expected = b"PAR1".to_vec();
    // The page: a data page (0) of 14 bytes, one value, plain (0), levels run-length encoded (3).
    expected.extend([0x15, 0, 0x15, 28, 0x15, 28, 0x2c, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0]);
    // Two bytes of levels: one row, there. The value.
    expected.extend([2, 0, 0, 0, 2, 1, 2, 0, 0, 0, 0, 0, 0, 0]);
    let footer = expected.len();
    // Version 1; the schema: `table` with one child, `a` of 64 bits, optional; one row.
    expected.extend([0x15, 2, 0x19, 0x2c, 0x48, 5]);
    expected.extend(b"table");
    expected.extend([0x15, 2, 0, 0x15, 4, 0x25, 2, 0x18, 1, b'a', 0, 0x16, 2]);
    // One group with one column at byte 4: type, encodings, path, codec, values, sizes, place.
    expected.extend([0x19, 0x1c, 0x19, 0x1c, 0x26, 8, 0x1c, 0x15, 4, 0x19, 0x25, 0, 6, 0x19, 0x18, 1, b'a']);
    expected.extend([0x15, 0, 0x16, 2, 0x16, 62, 0x16, 62, 0x26, 8, 0, 0]);
    // Bytes and rows of the group; who wrote it.
    expected.extend([0x16, 62, 0x16, 2, 0, 0x28]);
    let program = format!("relata {}", env!("CARGO_PKG_VERSION"));
    expected.push(program.len() as u8);
    expected.extend(program.as_bytes());
    expected.push(0);
    let length = (expected.len() - footer) as u32;
    expected.extend(length.to_le_bytes());
    expected.extend(b"PAR1");
    assert_eq!(bytes, expected);
}

/// What pyarrow reads, as JSON lines of types and columns.
const READ: &str = "
import json, sys
import pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
print(json.dumps([[f.name, str(f.type)] for f in table.schema]))
print(json.dumps(table.to_pydict()))
";

#[test]
#[ignore = "needs a python3 with pyarrow first in PATH"]
fn pyarrow_reads_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let read = |table: &Table| {
        let path = dir.path().join("t.parquet");
        std::fs::write(&path, table.to_parquet().unwrap()).unwrap();
        let output = std::process::Command::new("python3").args(["-c", READ]).arg(&path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines = text.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
        (lines.next().unwrap(), lines.next().unwrap())
    };
    let (types, columns) = read(&table());
    let expected = serde_json::json!([
        ["n", "int64"],
        ["x", "double"],
        ["name", "string"],
        ["mixed", "double"],
        ["nothing", "double"],
        ["wide", "string"],
        ["reason", "string"]
    ]);
    assert_eq!(types, expected);
    let expected = serde_json::json!({
        "n": [1, -7, i64::MIN, null, null],
        "x": [0.1 + 0.2, null, 3.0, null, null],
        "name": ["a,\"b\"\nφ", "", null, null, null],
        "mixed": [1.0, 0.5, null, null, null],
        "nothing": [null, null, null, null, null],
        "wide": [null, null, null, "9007199254740993", "0.5"],
        "reason": [null, "nan in x", null, null, null],
    });
    assert_eq!(columns, expected);
    // Many columns, many rows, long runs of what is missing.
    let row = |i: i64| {
        let row = Row::new("t").with("i", i);
        (0..40).fold(row, |row, k| if (i / 300) % 2 == 0 { row.with(format!("c{k}"), i * k) } else { row })
    };
    let (types, columns) = read(&Table::from_rows("t", &(0..3000).map(row).collect::<Vec<_>>()).unwrap());
    assert_eq!(types.as_array().unwrap().len(), 41);
    for i in 0..3000_usize {
        let expected = if (i / 300) % 2 == 0 { serde_json::json!(i * 39) } else { serde_json::Value::Null };
        assert_eq!(columns["c39"][i], expected, "row {i}");
    }
}
