#![no_main]
//! Any bytes as a PrefLib file of each kind (the first byte chooses).
use libfuzzer_sys::fuzz_target;
use relata_debreu::readers::{PreflibKind, read_preflib};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let kinds = [PreflibKind::Soc, PreflibKind::Soi, PreflibKind::Toc, PreflibKind::Toi];
    if let Ok(t) = read_preflib(rest, kinds[usize::from(first % 4)]) {
        assert!(t.orders.iter().flat_map(|o| o.tiers.iter().flatten()).all(|&i| i < t.items.len()));
        let _ = t.rankings();
    }
});
