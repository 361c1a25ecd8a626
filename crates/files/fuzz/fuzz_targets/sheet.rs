#![no_main]
//! Any bytes as a table of fields; fields must be places of the text, and numbers finite.
use libfuzzer_sys::fuzz_target;
use relata_files::{Notation, Sheet};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(sheet) = Sheet::read(bytes) {
        assert!(!sheet.is_empty());
        let notation = Notation::of(sheet.records().flat_map(|r| r.fields()), sheet.separator);
        for (k, field) in sheet.records().flat_map(|r| r.fields().enumerate()) {
            assert_eq!(field.column, k + 1);
            assert!(field.line >= 1 && field.character >= 1);
            if let Ok(notation) = notation
                && let Ok(value) = notation.number(field.text)
            {
                assert!(value.is_finite());
                if let Ok(decimal) = notation.decimal(field.text) {
                    assert!(decimal.to_f64() == value || field.text.eq_ignore_ascii_case("true"));
                }
            }
        }
    }
});
