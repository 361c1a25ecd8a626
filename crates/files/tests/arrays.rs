//! Arrays of NumPy, written by NumPy 2 (`bf16.npy` with the types of ml_dtypes): every type that is
//! read, both orders, both byte orders, archives, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use proptest::prelude::*;
use relata_files::{FilePrecision, MissingChoice, ReadParams, Reading, read_matrix};
use std::path::Path;

/// What the arrays of floats hold, and those of whole numbers.
const FLOATS: [f64; 6] = [1.0, 2.0, 0.5, -3.0, 0.25, 8.0];
const COUNTS: [f64; 6] = [1.0, 2.0, 3.0, 0.0, 7.0, 100.0];

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/arrays").join(name)).unwrap()
}

fn read(name: &str) -> Reading {
    read_matrix(&bytes(name), &ReadParams::default()).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn named(name: &str, array: &str) -> Result<Reading, String> {
    let options = ReadParams { array: Some(array.to_owned()), ..ReadParams::default() };
    read_matrix(&bytes(name), &options).map_err(|e| e.to_string())
}

fn refused(bytes: &[u8], parts: &[&str]) {
    let message = match read_matrix(bytes, &ReadParams::default()) {
        Err(e) => e.to_string(),
        Ok(r) => panic!("read as {}, which lacks {parts:?}", r.taken_for),
    };
    for part in parts {
        assert!(message.contains(part), "{message}\nlacks {part:?}");
    }
}

#[test]
fn every_type_of_number_in_both_byte_orders() {
    use FilePrecision::{Brain, Double, Exact, Half, Single};
    for (name, precision) in [
        ("f2", Half),
        ("big-f2", Half),
        ("f4", Single),
        ("big-f4", Single),
        ("f8", Double),
        ("big-f8", Double),
        ("fortran", Double),
        ("bf16", Brain),
    ] {
        let r = read(&format!("{name}.npy"));
        assert_eq!((r.rows, r.columns, r.values.as_slice()), (2, 3, &FLOATS[..]), "{name}");
        assert_eq!(r.precision, precision, "{name}");
        assert!(r.taken_for.starts_with("an array of NumPy") && r.holes.is_none(), "{}", r.taken_for);
    }
    for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "big-i4", "big-u2"] {
        let r = read(&format!("{name}.npy"));
        assert_eq!((r.rows, r.columns, r.values.as_slice()), (2, 3, &COUNTS[..]), "{name}");
        assert_eq!(r.precision, Exact, "{name}");
    }
    let truth: Vec<f64> = COUNTS.iter().map(|v| f64::from(u8::from(*v > 2.0))).collect();
    let r = read("bool.npy");
    assert_eq!((r.values, r.precision), (truth, Exact));
}

#[test]
fn one_array_of_an_archive() {
    assert_eq!(read("one.npz").values, FLOATS);
    assert_eq!(named("one.npz", "only").unwrap().values, FLOATS);
    assert_eq!(named("several.npz", "similarity").unwrap().values, FLOATS);
    assert_eq!(named("several.npz", "counts").unwrap().values, COUNTS);
    assert_eq!(named("packed.npz", "other").unwrap().values, COUNTS);
    refused(
        &bytes("several.npz"),
        &["archive of 2 arrays: counts, similarity", "say which one: FILE:counts"],
    );
    let wrong = named("several.npz", "similarities").unwrap_err();
    assert!(wrong.contains("no array `similarities`") && wrong.contains("counts, similarity"), "{wrong}");
    let plain = named("f8.npy", "similarity").unwrap_err();
    assert!(plain.contains("similarity") && plain.contains("not"), "{plain}");
}

#[test]
fn what_is_not_a_matrix_of_numbers_is_refused_with_what_would_be() {
    for (name, parts) in [
        ("object.npy", &["astype(float)"][..]),
        ("complex.npy", &["c16", "astype(float)"]),
        ("records.npy", &["a relation has two axes"]),
        ("text.npy", &["U1", "astype(float)"]),
        ("vector.npy", &["[3]", "two axes"]),
        ("cube.npy", &["[2, 2, 2]", "two axes"]),
        ("empty.npy", &["no entries"]),
        ("holes.npy", &["row 1, column 2", "--missing hole"]),
        ("infinite.npy", &["row 1, column 2", "inf"]),
    ] {
        refused(&bytes(name), parts);
    }
    let options = ReadParams { missing: Some(MissingChoice::Hole), ..ReadParams::default() };
    let r = read_matrix(&bytes("holes.npy"), &options).unwrap();
    assert_eq!(r.holes.unwrap(), [false, true, false, false, false, false]);
}

#[test]
fn damage_is_named() {
    let whole = bytes("f8.npy");
    refused(&whole[..whole.len() - 1], &["shorter than its shape", "truncated"]);
    refused(&[whole.clone(), vec![0]].concat(), &["longer than its shape"]);
    refused(&whole[..20], &["not an array that can be read"]);
    // A shape that asks for more than any memory has.
    let text = String::from_utf8_lossy(&whole[10..]).into_owned();
    let at = 10 + text.find("(2, 3)").unwrap();
    let mut huge = whole.clone();
    huge.splice(at..at + 6, b"(99999999, 99999999)".iter().copied());
    let length = u16::from_le_bytes([whole[8], whole[9]]) + 14;
    huge[8..10].copy_from_slice(&length.to_le_bytes());
    refused(&huge, &["shorter than its shape"]);
    let archive = bytes("packed.npz");
    for cut in [archive.len() / 2, archive.len() - 10] {
        refused(&archive[..cut], &["damaged archive", "numpy.savez"]);
    }
    let mut wrong = archive.clone();
    let middle = wrong.iter().position(|b| *b == b'o').unwrap() + 30;
    wrong[middle] ^= 0xff;
    let options = ReadParams { array: Some("only".to_owned()), ..ReadParams::default() };
    assert!(read_matrix(&wrong, &options).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is changed in a file, it is read or refused.
    #[test]
    fn no_change_of_bytes_is_fatal(
        which in 0usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut file = bytes(["f8.npy", "bf16.npy", "i2.npy", "several.npz", "packed.npz"][which]);
        for (at, byte) in changes {
            let k = at.index(file.len());
            file[k] = byte;
        }
        let _ = read_matrix(&file, &ReadParams::default());
    }
}
