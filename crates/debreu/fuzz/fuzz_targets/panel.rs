#![no_main]
//! Any bytes as a panel; the axioms must come out consistent.
use libfuzzer_sys::fuzz_target;
use relata_debreu::readers::read_panel;
use relata_debreu::revealed::Supremum;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(t) = read_panel(bytes) {
        if t.panel.len() <= 60 {
            let e = t.panel.ccei();
            assert_eq!(t.panel.garp().is_ok(), e.index >= 1.0 && e.attained == Supremum::Attained);
            let _ = t.panel.afriat();
        }
    }
});
