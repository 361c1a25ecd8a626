//! Feeds a reader with mutated files for as long as asked and checks what the fuzz targets check; for machines without a nightly compiler.
//! Instead of coverage, an input is kept for further mutation if it is read or refused in a way not seen before.
//!
//! `mutate_readers comparisons|rankings|panel|preflib SECONDS [SEED]`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relata_debreu::readers::{PreflibKind, read_comparisons, read_panel, read_preflib, read_rankings};
use relata_debreu::revealed::Supremum;
use relata_relations::{Seed, Stream};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const KINDS: [PreflibKind; 4] = [PreflibKind::Soc, PreflibKind::Soi, PreflibKind::Toc, PreflibKind::Toi];
const LARGEST: usize = 4_096;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (Some(target), Some(seconds)) = (args.first(), args.get(1).and_then(|s| s.parse().ok())) else {
        panic!("usage: mutate_readers comparisons|rankings|panel|preflib SECONDS [SEED]");
    };
    let seed = args.get(2).and_then(|s| s.parse().ok()).unwrap_or(0);
    let mut s = Seed(seed).stream(target);
    let mut corpus = seeds(target);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let (start, limit) = (Instant::now(), Duration::from_secs(seconds));
    let (mut runs, mut read) = (0u64, 0u64);
    while start.elapsed() < limit {
        for _ in 0..1_000 {
            let mut bytes = corpus[s.below(corpus.len())].clone();
            for _ in 0..=s.below(4) {
                mutate(&mut bytes, &corpus, &mut s);
            }
            bytes.truncate(LARGEST);
            let outcome = run(target, &bytes);
            runs += 1;
            read += u64::from(outcome.starts_with("read"));
            if seen.insert(outcome) {
                corpus.push(bytes);
            }
        }
    }
    println!(
        "{target}: {runs} files in {seconds} s, {read} of them read, {} different outcomes, no panic",
        seen.len()
    );
}

/// What became of the bytes, without its numbers.
fn run(target: &str, bytes: &[u8]) -> String {
    let refused = |e: &dyn std::fmt::Display| {
        e.to_string().chars().filter(|c| !c.is_ascii_digit()).take(60).collect::<String>()
    };
    match target {
        "comparisons" => match read_comparisons(bytes) {
            Ok(t) => {
                let c = t.comparisons().expect("items are numbered by the reader");
                let consistent = c.utility().is_ok();
                t.rankings().expect("rows were checked");
                t.outcomes().expect("rows were checked");
                format!("read {} {} {consistent}", t.items.len().min(20), c.len().min(20))
            }
            Err(e) => refused(&e),
        },
        "rankings" => match read_rankings(bytes) {
            Ok(t) => {
                assert!(t.orders.iter().flat_map(|o| o.tiers.iter().flatten()).all(|&i| i < t.items.len()));
                format!("read {} {} {}", t.items.len().min(20), t.orders.len().min(20), t.rankings().is_ok())
            }
            Err(e) => refused(&e),
        },
        "panel" => match read_panel(bytes) {
            Ok(t) => {
                if t.panel.len() <= 60 {
                    let e = t.panel.ccei();
                    assert_eq!(t.panel.garp().is_ok(), e.index >= 1.0 && e.attained == Supremum::Attained);
                    let _ = t.panel.afriat();
                }
                format!("read {} {}", t.panel.len().min(20), t.panel.goods().min(9))
            }
            Err(e) => refused(&e),
        },
        _ => {
            let Some((first, rest)) = bytes.split_first() else { return String::new() };
            match read_preflib(rest, KINDS[usize::from(first % 4)]) {
                Ok(t) => {
                    assert!(
                        t.orders.iter().flat_map(|o| o.tiers.iter().flatten()).all(|&i| i < t.items.len())
                    );
                    format!(
                        "read {} {} {}",
                        t.items.len().min(20),
                        t.orders.len().min(20),
                        t.rankings().is_ok()
                    )
                }
                Err(e) => refused(&e),
            }
        }
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let texts: &[&[u8]] = match target {
        "comparisons" => &[
            include_bytes!("../fuzz/seeds/comparisons/ties.csv"),
            include_bytes!("../fuzz/seeds/comparisons/wins.csv"),
        ],
        "rankings" => &[include_bytes!("../fuzz/seeds/rankings/ties.csv")],
        "panel" => &[include_bytes!("../fuzz/seeds/panel/two-goods.csv")],
        "preflib" => &[
            include_bytes!("../fuzz/seeds/preflib/new.soc"),
            include_bytes!("../fuzz/seeds/preflib/old.toc"),
        ],
        other => panic!("unknown target {other}"),
    };
    texts.iter().map(|t| t.to_vec()).collect()
}

/// Flips, inserts, removes, repeats or splices, as fuzzers do.
fn mutate(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], s: &mut Stream) {
    const INTERESTING: &[&[u8]] = &[
        b",",
        b"\n",
        b"\r\n",
        b"\"",
        b"\"\"",
        b"=",
        b"{",
        b"}",
        b":",
        b"#",
        b"-",
        b"0",
        b"1e308",
        b"-1",
        b"1e-320",
        b"nan",
        b"inf",
        b"99999999999999999999",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\0",
        b"tie",
        b"left",
        b"price_",
        b"quantity_",
        b"# NUMBER ALTERNATIVES: ",
        b"4294967296",
    ];
    let at = s.below(bytes.len() + 1);
    let end = at + s.below((bytes.len() - at).min(16) + 1);
    match s.below(6) {
        0 => {
            if let Some(b) = bytes.get_mut(at) {
                *b ^= 1 << s.below(8);
            }
        }
        1 => {
            let word = INTERESTING[s.below(INTERESTING.len())];
            bytes.splice(at..at, word.iter().copied());
        }
        2 => {
            bytes.drain(at..end);
        }
        3 => {
            let piece = bytes[at..end].to_vec();
            let times = 1 + s.below(8);
            bytes.splice(at..at, piece.repeat(times));
        }
        4 => {
            let other = &corpus[s.below(corpus.len())];
            let from = s.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => {
            let word = INTERESTING[s.below(INTERESTING.len())];
            bytes.splice(at..end, word.iter().copied());
        }
    }
}
