#![no_main]
//! Any bytes as preferences of whatever kind they look like; what is read must convert.
use libfuzzer_sys::fuzz_target;
use relata_debreu::readers::{PreferenceReadParams, CollectedPreferences, read_preferences};
use relata_debreu::revealed::Supremum;

fuzz_target!(|bytes: &[u8]| {
    let extensions = [None, Some("toi"), Some("cat"), Some("wmd")];
    let Some((first, rest)) = bytes.split_first() else { return };
    let extension = extensions[usize::from(first % 4)];
    match read_preferences(rest, extension, &PreferenceReadParams::default()) {
        Ok(CollectedPreferences::Comparisons(t)) => {
            let _ = t.comparisons().expect("items are numbered by the reader").utility();
            let _ = t.rankings().expect("rows were checked");
            let _ = t.outcomes().expect("rows were checked");
        }
        Ok(CollectedPreferences::Rankings(t)) => {
            let _ = t.comparisons().expect("items are numbered by the reader");
            let _ = t.rankings();
            let _ = t.tied_rankings();
        }
        Ok(CollectedPreferences::Panels(t)) => {
            for h in t.households.iter().filter(|h| h.panel.len() <= 60) {
                let e = h.panel.ccei();
                assert_eq!(h.panel.garp().is_ok(), e.index >= 1.0 && e.attained == Supremum::Attained);
                let _ = h.panel.afriat();
            }
        }
        Ok(CollectedPreferences::Choices(t)) => {
            assert!(t.sets.iter().zip(&t.chosen).all(|(s, c)| *c < s.len()));
        }
        Err(e) => assert!(e.line > 0),
    }
});
