#![no_main]
//! Any text as the configuration of a sweep: a refusal in words, or as many runs as it says.
use libfuzzer_sys::fuzz_target;
use relata_cli::{MAX_SWEEP_RUNS, Sweep};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Sweep::parse(text) {
        Err(problem) => assert!(!problem.is_empty()),
        Ok(sweep) => match sweep.runs() {
            Err(error) => assert!(!error.to_string().is_empty()),
            Ok(runs) => assert!(!runs.is_empty() && runs.len() as u128 <= MAX_SWEEP_RUNS),
        },
    }
});
