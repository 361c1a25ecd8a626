//! Tables: what is written reads back, and what is damaged is named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use proptest::prelude::*;
use relata_runs::{Row, Table, TableError, Tables, Value};

fn value() -> impl Strategy<Value = Value> {
    let finite = any::<f64>().prop_filter("finite", |f| f.is_finite());
    prop_oneof![
        any::<i64>().prop_map(Value::Int),
        finite.prop_map(Value::Float),
        // Texts that look like numbers, like missing values, and like CSV.
        "[-+0-9.e,\"\n\r a-z]{0,8}".prop_map(Value::Text),
        Just(Value::Missing),
    ]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = proptest::collection::vec((0..4_usize, value()), 1..5).prop_map(|fields| {
        let mut row = Row::new("t");
        for (k, v) in fields {
            let column = ["x", "a,b", "say \"a\"", "two\nlines"][k];
            if row.fields.iter().all(|(c, _)| c != column) {
                row = row.with(column, v);
            }
        }
        row
    });
    proptest::collection::vec(row, 1..8)
}

proptest! {
    #[test]
    fn a_table_reads_back_as_it_was_written(rows in rows()) {
        let table = Table::from_rows("t", &rows).unwrap();
        let again = Table::from_csv("t", table.to_csv().as_bytes()).unwrap();
        prop_assert_eq!(&again, &table);
        prop_assert_eq!(again.to_csv(), table.to_csv());
    }

    #[test]
    fn a_row_reads_back_from_json(values in proptest::collection::vec(value(), 0..6)) {
        let row = values.into_iter().enumerate().fold(Row::new("t"), |r, (k, v)| r.with(format!("c{k}"), v));
        let again: Row = serde_json::from_str(&serde_json::to_string(&row).unwrap()).unwrap();
        prop_assert_eq!(again, row);
    }

    #[test]
    fn a_cut_table_never_reads_as_a_table_with_more_or_other_rows(rows in rows(), cut in 0.0..1.0_f64) {
        let table = Table::from_rows("t", &rows).unwrap();
        let csv = table.to_csv();
        let mut at = (csv.len() as f64 * cut) as usize;
        while !csv.is_char_boundary(at) {
            at -= 1;
        }
        // A cut at a line end leaves a shorter table; only the manifest's hash can tell. Any other
        // cut is an error.
        if let Ok(short) = Table::from_csv("t", &csv.as_bytes()[..at]) {
            prop_assert!(short.len() <= table.len());
            prop_assert!(short.rows().zip(table.rows()).all(|(a, b)| a == b));
        }
    }
}

#[test]
fn non_finite_numbers_become_reasons() {
    let rows = [
        Row::new("t").with("a", f64::NAN).with("b", f64::NEG_INFINITY),
        Row::new("t").with("a", 1.0).with("c", f64::INFINITY).with("reason", "diverged"),
        Row::new("t").with("a", -0.0),
    ];
    // Here `reason` is a column of the rows' own, so it keeps its place.
    let table = Table::from_rows("t", &rows).unwrap();
    assert_eq!(
        table.to_csv(),
        "a,b,c,reason\n,,,\"nan in a; -inf in b\"\n1.0,,,\"diverged; inf in c\"\n0.0,,,\n"
    );
    assert_eq!(table.optional_floats("a").unwrap(), [None, Some(1.0), Some(0.0)]);
}

#[test]
fn non_finite_numbers_survive_a_stored_row() {
    let row = Row::new("t").with("a", f64::NAN).with("b", f64::INFINITY).with("c", f64::NEG_INFINITY);
    let again: Row = serde_json::from_str(&serde_json::to_string(&row).unwrap()).unwrap();
    let of = |r| Table::from_rows("t", &[r]).unwrap().to_csv();
    assert_eq!(of(again), of(row));
}

#[test]
fn columns_answer_in_their_type_or_say_where_not() {
    let rows = [
        Row::new("t").with("name", "7").with("rank", 1_usize).with("error", 0.5),
        Row::new("t").with("name", "b").with("rank", 2_usize).with("error", Option::<f64>::None),
        Row::new("t").with("name", "7").with("rank", 2_usize).with("error", 2.0),
    ];
    let table = Table::from_rows("t", &rows).unwrap();
    assert_eq!(table.ints("rank").unwrap(), [1, 2, 2]);
    assert_eq!(table.floats("rank").unwrap(), [1.0, 2.0, 2.0]);
    assert_eq!(table.texts("name").unwrap(), ["7", "b", "7"]);
    assert_eq!(table.distinct("rank").unwrap(), [Value::Int(1), Value::Int(2)]);
    assert_eq!(table.filter("rank", 2.0).unwrap().len(), 2);
    assert_eq!(table.filter("name", "7").unwrap().len(), 2);
    assert!(table.filter("name", 7_i64).unwrap().is_empty());
    let message = |e: TableError| e.to_string();
    assert_eq!(
        message(table.floats("error").unwrap_err()),
        "table `t`, column `error`, row 2: expected a number, found nothing"
    );
    assert_eq!(
        message(table.ints("name").unwrap_err()),
        "table `t`, column `name`, row 1: expected a whole number, found a text `7`"
    );
    assert_eq!(
        message(table.floats("eror").unwrap_err()),
        "table `t` has no column `eror`; it has name, rank, error"
    );
}

#[test]
fn damaged_tables_are_named_with_their_line() {
    let cases = [
        ("", "table `t`, line 1: the file is empty: it needs a header"),
        ("a,b\n1,2\n3\n", "table `t`, line 3: 1 fields where the header has 2"),
        ("a,b\n1,2\n3,4", "table `t`, line 3: the last line is cut short (no line end)"),
        ("a,b\n1,x\n", "table `t`, line 2: column `b`: `x` is neither a finite number nor a quoted text"),
        ("a,b\n1,NaN\n", "table `t`, line 2: column `b`: `NaN` is neither a finite number nor a quoted text"),
        ("a,b\n1,\"x\n2,3\n", "table `t`, line 2: a quote is opened and never closed"),
        ("a,b\n1,\"x\"y\n", "table `t`, line 2: text after a closing quote"),
        ("a,b\n1,x\"y\n", "table `t`, line 2: a quote inside a bare field"),
        ("a,a\n", "table `t`, row 0: column `a` appears twice"),
        ("a,\n", "table `t`, row 0: column `` needs a name"),
    ];
    for (csv, message) in cases {
        assert_eq!(Table::from_csv("t", csv.as_bytes()).unwrap_err().to_string(), message, "{csv:?}");
    }
    let not_text = Table::from_csv("t", &b"a\n1\n\xff\n"[..]).unwrap_err();
    assert_eq!(not_text.to_string(), "table `t`, line 3: not UTF-8");
}

#[test]
fn rows_that_make_no_table_are_refused() {
    let refused = |rows: &[Row]| Table::from_rows("t", rows).unwrap_err().to_string();
    assert_eq!(refused(&[]), "table `t` has no rows");
    assert_eq!(refused(&[Row::new("t")]), "table `t` has no rows");
    assert_eq!(refused(&[Row::new("u").with("a", 1.0)]), "row 1 belongs to table `u`, not to `t`");
    let twice = Row::new("t").with("a", 1.0).with("a", 2.0);
    assert_eq!(refused(&[twice]), "table `t`, row 1: column `a` appears twice");
    assert!(matches!(Table::from_rows("../t", &[]), Err(TableError::Name { .. })));
}

#[test]
fn a_directory_of_tables_reads_back_and_forgets_old_ones() {
    let dir = tempfile::tempdir().unwrap();
    let rows =
        vec![Row::new("b").with("x", 1.0), Row::new("a").with("y", 2_i64), Row::new("b").with("x", 3.0)];
    let tables = Tables::from_rows(rows).unwrap();
    std::fs::write(dir.path().join("old.csv"), "x\n1\n").unwrap();
    tables.write_dir(dir.path()).unwrap();
    assert_eq!(Tables::read_dir(dir.path()).unwrap(), tables);
    assert_eq!(tables.iter().map(|t| (t.name.as_str(), t.len())).collect::<Vec<_>>(), [("a", 1), ("b", 2)]);
    assert_eq!(tables.get("c").unwrap_err().to_string(), "there is no table `c`; there are a, b");
}

#[test]
fn large_counts_keep_all_their_digits() {
    assert_eq!(Value::from(u64::MAX), Value::Text("18446744073709551615".to_owned()));
    assert_eq!(Value::from(7_u64), Value::Int(7));
    assert_eq!(Value::from(true), Value::Int(1));
}

#[test]
fn means_are_of_equal_numbers_in_order() {
    let row = |x: f64, y: f64| Row::new("t").with("x", x).with("y", y);
    let t = Table::from_rows("t", &[row(2.0, 1.0), row(1.0, 5.0), row(2.0, 4.0), row(2.0, 1.0)]).unwrap();
    assert_eq!(t.means("x", "y").unwrap(), (vec![1.0, 2.0], vec![5.0, 2.0]));
    assert!(t.means("x", "z").is_err());
}
