#![no_main]
//! Any bytes as a list of rankings.
use libfuzzer_sys::fuzz_target;
use relata_debreu::readers::read_rankings;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(t) = read_rankings(bytes) {
        assert!(t.orders.iter().flat_map(|o| o.tiers.iter().flatten()).all(|&i| i < t.items.len()));
        let _ = t.rankings();
    }
});
