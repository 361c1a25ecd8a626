#![no_main]
//! Any bytes as a table: what is read is written again as it was understood, and is no larger than
//! what was read.
use libfuzzer_sys::fuzz_target;
use relata_runs::Table;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(table) = Table::from_csv("t", bytes) {
        let text = table.to_csv();
        let again = Table::from_csv("t", text.as_bytes()).expect("a table that was written");
        assert_eq!(again, table);
        assert!(table.len() * table.columns().len() <= bytes.len() + 1);
        for column in table.columns() {
            let _ = table.floats(column);
            let _ = table.distinct(column);
        }
    }
});
