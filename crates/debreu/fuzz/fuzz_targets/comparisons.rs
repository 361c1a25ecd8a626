#![no_main]
//! Any bytes as a table of comparisons; what is read must convert.
use libfuzzer_sys::fuzz_target;
use relata_debreu::readers::read_comparisons;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(t) = read_comparisons(bytes) {
        let c = t.comparisons().expect("items are numbered by the reader");
        let _ = c.utility();
        let _ = t.rankings().expect("rows were checked");
        let _ = t.outcomes().expect("rows were checked");
    }
});
