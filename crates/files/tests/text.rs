//! The lower layer: bytes to fields, and fields to numbers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use relata_files::{
    Decimal, Encoding, FilePlace, FileProblem, Look, Notation, NumberProblem, Scalar, Separator, Sheet,
    decode,
};
use std::io::Write as _;

fn fields(text: &str) -> Vec<Vec<String>> {
    let sheet = Sheet::parse(text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
    sheet.records().map(|r| r.fields().map(|f| f.text.to_owned()).collect()).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

#[test]
fn line_ends_marks_padding_and_quotes() {
    let expected = vec![vec!["a", "b"], vec!["1", "2"]];
    for text in [
        "a,b\n1,2",
        "a,b\r\n1,2\r\n\r\n",
        "\u{feff}a,b\n1,2\n",
        "a;b\n1;2\n;\n",
        "a\tb\n1\t2",
        "a|b\n1|2\n",
        "a,b,\n1,2,\n",
        "a , b\r1, 2\r",
        "\"a\",\"b\"\n1,2\n",
        "\"a\", \"b\"\n1, 2\n",
        "a b\n1 2\n",
        "  a   b  \n  1   2  \n",
        "a \t b\n1\t\t2\n",
        "sep=,\na,b\n1,2\n",
        "\"sep=;\"\r\na;b\r\n1;2\r\n",
        "# note\na,b\n% another\n1,2\n",
        "#a,b\na,b\n1,2\n#\n",
    ] {
        let bytes = text.as_bytes();
        let sheet = Sheet::read(bytes).unwrap();
        let found: Vec<Vec<&str>> = sheet.records().map(|r| r.fields().map(|f| f.text).collect()).collect();
        assert_eq!(found, expected, "{text:?}");
        assert_eq!(Sheet::read(&packed(bytes)).unwrap().len(), 2);
        for (mark, unit) in
            [([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xfe, 0xff], u16::to_be_bytes)]
        {
            let body: Vec<u8> = text.trim_start_matches('\u{feff}').encode_utf16().flat_map(unit).collect();
            assert_eq!(Sheet::read(&[&mark[..], &body].concat()).unwrap().len(), 2, "{text:?}");
            assert_eq!(Sheet::read(&body).unwrap().len(), 2, "without a mark: {text:?}");
        }
    }
    assert_eq!(fields("\"a, \"\"b\"\"\",\"c\nd\"\n1,2"), [vec!["a, \"b\"", "c\nd"], vec!["1", "2"]]);
    assert_eq!(fields("\"New York\"  1\n\"Rio\"  2\n"), [vec!["New York", "1"], vec!["Rio", "2"]]);
}

#[test]
fn places_are_those_of_the_file() {
    let sheet = Sheet::parse("sep=;\n\n\"x\ny\";1\n# note\n  zé ; \"2\"\n").unwrap();
    let at = |i: usize, j: usize| {
        let f = sheet.record(i).field(j).unwrap();
        (f.text, f.line, f.column, f.character, f.quoted)
    };
    assert_eq!(at(0, 0), ("x\ny", 3, 1, 1, true));
    assert_eq!(at(0, 1), ("1", 4, 2, 4, false));
    assert_eq!(at(1, 0), ("zé", 6, 1, 3, false));
    assert_eq!(at(1, 1), ("2", 6, 2, 8, true));
    assert_eq!((sheet.comments[0].line, sheet.comments[0].text.as_str()), (5, "note"));
    let quote = Sheet::parse("1,2\n3,\"4\n5,6\n").unwrap_err();
    assert!(matches!(
        (&*quote.problem, &quote.place),
        (FileProblem::Quote, FilePlace::Field { line: 2, column: 2, .. })
    ));
}

#[test]
fn the_separator_is_the_one_between_numbers() {
    for (text, separator, first) in [
        ("1,5;2,5\n3,5;4,5\n", Separator::Semicolon, vec!["1,5", "2,5"]),
        ("a;b,1,2\nc;d,3,4\n", Separator::Comma, vec!["a;b", "1", "2"]),
        ("x y\tz\n1,0\t2\n", Separator::Tab, vec!["x y", "z"]),
        ("1,00 0,62\n0,62 1,00\n", Separator::Blanks, vec!["1,00", "0,62"]),
        ("New York,1,2\nLos Angeles,3,4\n", Separator::Comma, vec!["New York", "1", "2"]),
        ("ann b,bob c\nbob c,dan d\n", Separator::Comma, vec!["ann b", "bob c"]),
        ("\"a\" \"b\"\n\"a\" 1 2\n\"b\" 3 4\n", Separator::Blanks, vec!["a", "b"]),
        ("1.0\n0.6 1.0\n0.3 0.5 1.0\n", Separator::Blanks, vec!["1.0"]),
        ("1, 2, 3\n4, 5, 6\n", Separator::Comma, vec!["1", "2", "3"]),
        ("user;item;rating\nann;tea;4,5\n", Separator::Semicolon, vec!["user", "item", "rating"]),
        ("7\n8\n", Separator::Comma, vec!["7"]),
    ] {
        assert_eq!(Sheet::parse(text).unwrap().separator, separator, "{text:?}");
        assert_eq!(fields(text)[0], first, "{text:?}");
    }
    assert!(Sheet::parse("sep=:\n1:2\n").unwrap_err().to_string().contains("`:`"));
}

#[test]
fn comments_are_told_from_names_that_begin_alike() {
    // A hash tag is a name: it has as many fields as the others and no blank after the mark.
    assert_eq!(fields("tag,n\n#a,1\n#b,2\n"), [["tag", "n"], ["#a", "1"], ["#b", "2"]]);
    assert_eq!(fields("tag,n\n# a,1\n#b\nc,2\n"), [["tag", "n"], ["c", "2"]]);
    let header = Sheet::parse("# made 2024\n# oak,elm\n1,2\n3,4\n").unwrap().comment_header().unwrap();
    let names: Vec<(&str, usize)> = header.record(0).fields().map(|f| (f.text, f.line)).collect();
    assert_eq!(names, [("oak", 2), ("elm", 2)]);
}

#[test]
fn what_is_not_text_is_named() {
    let message = |bytes: &[u8]| Sheet::read(bytes).unwrap_err().to_string();
    for (bytes, part) in [
        (&b"PK\x03\x04.."[..], "spreadsheet"),
        (b"\x93NUMPY\x01\x00", "NumPy"),
        (b"PAR1....", "Parquet"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"\n <HTML><body>", "HTML"),
        (b"1,2\n3,\xff\n", "line 2: the text is not UTF-8"),
        (b"1,2\r3,\xff\r", "line 2: the text is not UTF-8"),
        (b"\xff\xfe1", "UTF-16"),
        (b"\xff\xfe\x00\xd8", "UTF-16"),
        (b"ab\x00\x00\x00c", "binary"),
        (b"\x1f\x8b\x08\x00garbage", "damaged gzip"),
    ] {
        assert!(message(bytes).contains(part), "{bytes:?}: {}", message(bytes));
    }
    for empty in ["", "\n\r\n", "\u{feff}", ",,\n,,\n", "# only a note\n", "sep=;\n"] {
        let error = Sheet::parse(empty.trim_start_matches('\u{feff}')).unwrap_err();
        assert!(matches!(*error.problem, FileProblem::Empty { .. }), "{empty:?}: {error}");
    }
    assert_eq!(decode(b"a\0,\0b\0\n\0").unwrap().encoding, Encoding::Utf16Le);
}

#[test]
fn a_small_file_that_unpacks_to_too_much_is_refused() {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    let block = vec![b'1'; 1 << 20];
    (0..=1024).for_each(|_| gz.write_all(&block).unwrap());
    let error = decode(&gz.finish().unwrap()).unwrap_err();
    assert!(matches!(*error.problem, FileProblem::TooManyBytes { .. }), "{error}");
}

#[test]
fn numbers_in_every_notation() {
    for (text, value) in [
        ("1", 1.0),
        ("-1.5", -1.5),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.5E-3", 0.0015),
        ("\u{2212}2.5", -2.5),
        ("1e\u{2212}3", 0.001),
        ("2 045", 2045.0),
        ("2\u{202f}045,5", 2045.5),
        ("1'234'567.5", 1_234_567.5),
        ("1,234,567", 1_234_567.0),
        ("1,234.5", 1234.5),
        ("TRUE", 1.0),
        ("False", 0.0),
    ] {
        let notation = if text.ends_with(",5") { Notation::COMMA } else { Notation::POINT };
        assert_eq!(notation.number(text), Ok(value), "{text}");
    }
    for (text, value) in
        [("0,62", 0.62), ("2,045", 2.045), ("1.234,5", 1234.5), ("1.234", 1234.0), ("7", 7.0)]
    {
        assert_eq!(Notation::COMMA.number(text), Ok(value), "{text}");
    }
    for text in ["", "NA", "n/a", "#N/A", "NaN", "nan", "-", "--", ".", "NULL", "None", "?", "\u{2013}"] {
        assert_eq!(Notation::POINT.scalar(text), Ok(Scalar::Absent), "{text:?}");
    }
    for text in ["inf", "-Infinity", "1e999"] {
        assert!(matches!(Notation::POINT.number(text), Err(NumberProblem::NotFinite(_))), "{text}");
        assert_eq!(Look::of(text), Look::NotFinite);
    }
    for text in
        ["x", "1.2.3", "2024-01-01", "12:30", "1,23,456", "1_000", "0x10", "--1", "1e", "e5", "12,34,5"]
    {
        assert_eq!(Look::of(text), Look::Text, "{text}");
        assert!(matches!(Notation::POINT.number(text), Err(NumberProblem::Text(_))), "{text}");
    }
    for text in ["5%", "$1.5", "-$2", "3 \u{20ac}", "\u{a3}1,000"] {
        assert_eq!(Look::of(text), Look::Text, "{text}");
        assert!(matches!(Notation::POINT.number(text), Err(NumberProblem::Unit(_))), "{text}");
    }
}

#[test]
fn a_comma_is_decimal_or_not_for_a_whole_file_and_ambiguity_is_refused() {
    let of = |text: &str| {
        let sheet = Sheet::parse(text).unwrap();
        Notation::of(sheet.records().flat_map(|r| r.fields()), sheet.separator)
    };
    assert_eq!(of("\"2,045\",998\n\"1,250\",7\n").unwrap(), Notation::POINT);
    assert_eq!(of("2,045;0,5\n1,250;1,5\n").unwrap(), Notation::COMMA);
    assert_eq!(of("2,045;0.5\n1,250;1.5\n").unwrap(), Notation::POINT);
    assert_eq!(of("0,045;0,500\n").unwrap(), Notation::COMMA);
    assert_eq!(of("1.234,5;2\n").unwrap(), Notation::COMMA);
    assert_eq!(of("1,234,567;2\n").unwrap(), Notation::POINT);
    assert_eq!(of("\"0,62\",\"1,00\"\n").unwrap(), Notation::COMMA);
    let ambiguous = of("a;b\n998;2,045\n").unwrap_err();
    assert_eq!(ambiguous.line(), Some(2));
    assert!(ambiguous.to_string().contains("`2,045` may have"), "{ambiguous}");
    let mixed = of("0,5;1\n2;0.5\n").unwrap_err().to_string();
    assert!(mixed.contains("`0,5`") && mixed.contains("`0.5` on line 2"), "{mixed}");
}

#[test]
fn decimals_keep_every_digit() {
    let d = |text: &str| Notation::POINT.decimal(text).unwrap();
    assert_eq!(d("0.1"), Decimal { mantissa: 1, exponent: -1 });
    assert_eq!(d("-1,250.00"), Decimal { mantissa: -125, exponent: 1 });
    assert_eq!(d("0.000"), Decimal { mantissa: 0, exponent: 0 });
    assert_eq!(d("12e-3"), Decimal { mantissa: 12, exponent: -3 });
    assert_eq!(Notation::COMMA.decimal("1.234,50").unwrap(), Decimal { mantissa: 12345, exponent: -1 });
    let long = "1234567890123456789012345678901234567890";
    assert!(matches!(Notation::POINT.decimal(long), Err(NumberProblem::Digits(_))));
    assert!(Notation::POINT.decimal("NA").is_err());
}

proptest! {
    /// What is written is read, whatever the separator and the line ends.
    #[test]
    fn quoted_fields_survive(
        cells in prop::collection::vec(prop::collection::vec("[a-zA-Z0-9 ,;|\"é\n#]{0,6}[a-z]", 3), 1..6),
        separator in prop::sample::select(vec![',', ';', '\t', '|']),
    ) {
        let quoted = |c: &String| format!("\"{}\"", c.replace('"', "\"\""));
        let lines: Vec<String> = cells.iter().map(|r| r.iter().map(quoted).collect::<Vec<_>>().join(&separator.to_string())).collect();
        let text = format!("sep={separator}\n{}", lines.join("\n"));
        let trimmed: Vec<Vec<String>> = cells.iter().map(|r| r.iter().map(|c| c.trim().to_owned()).collect()).collect();
        prop_assert_eq!(fields(&text), trimmed);
    }

    /// A decimal is the number that was printed, and the nearest double is what Rust reads.
    #[test]
    fn decimals_are_exact(mantissa in -10i64.pow(15)..10i64.pow(15), exponent in -20i32..20) {
        let text = format!("{mantissa}e{exponent}");
        let d = Notation::POINT.decimal(&text).unwrap();
        prop_assert_eq!(d.to_f64(), text.parse::<f64>().unwrap());
        let back = i128::from(mantissa) == d.mantissa * 10i128.pow(u32::try_from((d.exponent - exponent).max(0)).unwrap());
        prop_assert!(back || mantissa == 0);
    }

    /// No bytes make the reader panic.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Sheet::read(&bytes);
    }

    /// No text does, and every number that is told is finite.
    #[test]
    fn any_text_is_read_or_refused(text in "[0-9a-z,;|\t\n\r\" .'#%=\u{2212}\u{a0}-]{0,80}") {
        if let Ok(sheet) = Sheet::parse(&text) {
            for field in sheet.records().flat_map(|r| r.fields()) {
                for notation in [Notation::POINT, Notation::COMMA] {
                    if let Ok(value) = notation.number(field.text) {
                        prop_assert!(value.is_finite());
                    }
                }
            }
        }
    }
}
