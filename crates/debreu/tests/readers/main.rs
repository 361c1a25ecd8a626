//! Readers: what they accept, where they point, and that no bytes make them panic.

#![allow(clippy::unwrap_used, clippy::panic)]

mod cases;
mod variants;

use proptest::prelude::*;
use relata_debreu::readers::*;
use relata_relations::Seed;
use std::time::{Duration, Instant};

const SEEDS: [&str; 17] = [
    "winner,loser\na,b\nb,c\n",
    "left,right,outcome,count\n\"a, b\",c,tie,2.5\nc,\"d \"\"q\"\"\",right,1\n",
    "a,b=c,d\nd,a,,\n",
    "price_a,quantity_a,price_b,quantity_b\n1,2,3,4\n2,1,0.5,1e3\n",
    "# FILE NAME: x.soc\n# DATA TYPE: soc\n# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 5\n# NUMBER UNIQUE ORDERS: 2\n# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME 2: B\n# ALTERNATIVE NAME 3: C\n3: 1,2,3\n2: 3,1,2\n",
    "# NUMBER ALTERNATIVES: 4\n1: 4,2\n1: 1\n",
    "# NUMBER ALTERNATIVES: 4\n7: {1,2},{3,4}\n1: 3, {2, 1}, 4\n",
    "3\n1,Ann\n2,Bob\n3,Cee\n4,4,2\n3,1,2,3\n1,{2,3},1\n",
    "\u{feff}winner,loser\r\nx,y\r\n",
    "q,model_a,model_b,winner\n1,a,b,model_a\n2,b,a,tie (bothbad)\n",
    "player1;player2;win1;win2;ties\na;b;2,5;1;0\n",
    ",a,b\na,,3\nb,1,0\n",
    "5,a,b,c\n2,c,b,a\n",
    "first,second,count\na,b,3\nb,a,1\n",
    "a,b,c\n1,2,\n2,1,2\n",
    "household,price_a,quantity_a,p_b,q_b,year\nu,0.1,13.5,0.7,4.8,1999\nv,0.3,1e-3,2,0,2000\n",
    "person,case,alt,choice,cost,note\n1,1,bus,0,2.5,x\n1,1,car,1,5,y\n2,2,bus,1,1,z\n2,2,car,0,6,x\n",
];

/// Runs every reader; a panic fails the test.
fn all_readers(bytes: &[u8]) {
    if let Ok(t) = read_comparisons(bytes) {
        t.comparisons().unwrap();
        t.rankings().unwrap();
        t.outcomes().unwrap();
    }
    if let Ok(t) = read_rankings(bytes) {
        let _ = t.rankings();
    }
    if let Ok(t) = read_panel(bytes) {
        t.households.iter().for_each(|h| drop(h.panel.garp()));
    }
    let _ = read_choices(bytes);
    let _ = read_wins(bytes).map(|t| t.rankings().unwrap());
    let _ = read_preflib_pairs(bytes).map(|t| t.outcomes().unwrap());
    for extension in [None, Some("cat"), Some("wmd"), Some("toi")] {
        match read_preferences(bytes, extension, &PreferenceReadParams::default()) {
            Ok(t) => assert!(!t.taken().what.is_empty()),
            Err(e) => assert!(e.line > 0 && e.column > 0 && !e.to_string().is_empty()),
        }
    }
    for kind in [PreflibKind::Soc, PreflibKind::Soi, PreflibKind::Toc, PreflibKind::Toi, PreflibKind::Cat] {
        if let Ok(t) = read_preflib(bytes, kind, Totals::Note) {
            let n = t.items.len();
            assert!(t.orders.iter().flat_map(|o| o.tiers.iter().flatten()).all(|&i| i < n));
            let _ = t.rankings();
        }
    }
}

fn mutate(bytes: &mut Vec<u8>, s: &mut relata_relations::Stream) {
    const ALPHABET: &[u8] = b",,,\n\n\"\"{}:=#-+.0123456789eE_ \r\xff\xc3\x28abcNIinf";
    for _ in 0..=s.below(6) {
        let at = s.below(bytes.len() + 1);
        match s.below(6) {
            0 if at < bytes.len() => drop(bytes.remove(at)),
            1 => bytes.insert(at, ALPHABET[s.below(ALPHABET.len())]),
            2 if at < bytes.len() => bytes[at] = ALPHABET[s.below(ALPHABET.len())],
            3 => {
                let end = (at + s.below(12)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = s.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            4 => bytes.truncate(at),
            _ => {
                let other = SEEDS[s.below(SEEDS.len())].as_bytes();
                let from = s.below(other.len());
                bytes.splice(at..at, other[from..].iter().copied().take(20));
            }
        }
    }
}

#[test]
fn mutated_files_never_panic() {
    let mut s = Seed(20).stream("fuzz");
    let end = Instant::now() + Duration::from_millis(1_500);
    while Instant::now() < end {
        for _ in 0..200 {
            let mut bytes = SEEDS[s.below(SEEDS.len())].as_bytes().to_vec();
            mutate(&mut bytes, &mut s);
            all_readers(&bytes);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        all_readers(&bytes);
    }

    #[test]
    fn any_text(text in "[a-c,=\"{}:#0-9\n\r ]{0,120}") {
        all_readers(text.as_bytes());
    }

    #[test]
    fn comparisons_come_back(rows in prop::collection::vec((0usize..6, 0usize..6, 0usize..3, 1u32..50), 1..20)) {
        // Names that need quoting.
        let name = |i: usize| format!("\"item, {i} \"\"{i}\"\"\"");
        let rows: Vec<_> = rows.into_iter().filter(|r| r.0 != r.1).collect();
        let mut text = String::from("left,right,outcome,count\n");
        for (a, b, o, c) in &rows {
            text += &format!("{},{},{},{c}\n", name(*a), name(*b), ["left", "right", "tie"][*o]);
        }
        let t = read_comparisons(text.as_bytes()).unwrap();
        prop_assert_eq!(t.rows.len(), rows.len());
        for (r, (a, b, o, c)) in t.rows.iter().zip(&rows) {
            prop_assert_eq!(&t.items[r.first], &format!("item, {a} \"{a}\""));
            prop_assert_eq!(&t.items[r.second], &format!("item, {b} \"{b}\""));
            prop_assert_eq!(r.outcome, [ComparisonOutcome::First, ComparisonOutcome::Second, ComparisonOutcome::Tie][*o]);
            prop_assert!((r.count - f64::from(*c)).abs() < 1e-12);
        }
    }

    #[test]
    fn preflib_orders_come_back(orders in prop::collection::vec((1u64..9, prop::collection::vec(0u8..4, 5)), 1..10)) {
        // Levels of five alternatives make a complete order with ties.
        let mut text = String::from("# DATA TYPE: toc\n# NUMBER ALTERNATIVES: 5\n");
        text += &format!("# NUMBER VOTERS: {}\n", orders.iter().map(|o| o.0).sum::<u64>());
        let mut wanted = Vec::new();
        for (count, levels) in &orders {
            let mut tiers: Vec<Vec<usize>> = (0..4).map(|l| (0..5).filter(|&k| levels[k] == l).collect()).collect();
            tiers.retain(|t| !t.is_empty());
            let show = |t: &Vec<usize>| {
                let list = t.iter().map(|k| (k + 1).to_string()).collect::<Vec<_>>().join(",");
                if t.len() > 1 { format!("{{{list}}}") } else { list }
            };
            text += &format!("{count}: {}\n", tiers.iter().map(show).collect::<Vec<_>>().join(","));
            wanted.push(Order { tiers, count: *count });
        }
        prop_assert_eq!(read_preflib(text.as_bytes(), PreflibKind::Toc, Totals::Refuse).unwrap().orders, wanted);
    }
}

fn place(e: &PreferenceReadError) -> (usize, usize) {
    (e.line, e.column)
}

#[test]
fn errors_point_at_the_offending_field() {
    let comparisons = |t: &str| place(&read_comparisons(t.as_bytes()).unwrap_err());
    assert_eq!(comparisons("winner,looser\na,b\n"), (1, 1));
    assert_eq!(comparisons("winner,loser\na,b\na\n"), (3, 1));
    assert_eq!(comparisons("winner,loser\na,a\n"), (2, 3));
    assert_eq!(comparisons("winner,loser,count\na,b,-1\n"), (2, 5));
    assert_eq!(comparisons("winner,loser,count\na,b,inf\n"), (2, 5));
    assert_eq!(comparisons("left,right,outcome\n\"\u{e9}\u{e9}\",b,won\n"), (2, 8)); // characters, not bytes
    assert_eq!(comparisons("winner,loser\n\"a\nb\",c\nx,\"y\n"), (4, 3)); // quotes across lines
    assert_eq!(comparisons(""), (1, 1));
    assert_eq!(place(&read_comparisons(b"winner,loser\nab\xff,c\n").unwrap_err()), (2, 1)); // the line
    let rankings = |t: &str| place(&read_rankings(t.as_bytes()).unwrap_err());
    assert_eq!(rankings("a,b\nc,d,c\n"), (2, 5));
    assert_eq!(rankings("a,,b\n"), (1, 3));
    let panel = |t: &str| place(&read_panel(t.as_bytes()).unwrap_err());
    assert_eq!(panel("price_a,amount_a\n1,1\n"), (1, 1)); // without its quantity
    assert_eq!(panel("price_a,quantity_a,price_a\n1,1,1\n"), (1, 20));
    assert_eq!(panel("price_a,quantity_b\n1,1\n"), (1, 1));
    assert_eq!(panel("price_a,quantity_a\n1,-1\n"), (2, 3));
    assert_eq!(panel("price_a,quantity_a\n1,1\n1,0\n"), (3, 1)); // spends nothing
    assert_eq!(panel("price_a,quantity_a\n"), (2, 1));
}

#[test]
fn preflib_files_are_checked_against_their_kind_and_header() {
    let at = |t: &str, kind| place(&read_preflib(t.as_bytes(), kind, Totals::Refuse).unwrap_err());
    let head = "# NUMBER ALTERNATIVES: 3\n";
    assert_eq!(at(&format!("{head}2: 1,2\n"), PreflibKind::Soc), (2, 3));
    assert_eq!(at(&format!("{head}2: 1,2,2\n"), PreflibKind::Soi), (2, 8));
    assert_eq!(at(&format!("{head}2: 1,4\n"), PreflibKind::Soi), (2, 6));
    assert_eq!(at(&format!("{head}x: 1\n"), PreflibKind::Soi), (2, 1));
    assert_eq!(at(&format!("{head}1: {{1,2\n"), PreflibKind::Toi), (2, 1));
    assert_eq!(at(&format!("{head}1: 1}},2\n"), PreflibKind::Toi), (2, 4));
    assert_eq!(at("# NUMBER ALTERNATIVES: 99999999999\n1: 1\n", PreflibKind::Soi), (1, 24));
    assert_eq!(at("# DATA TYPE: toc\n", PreflibKind::Soc), (1, 14));
    assert_eq!(at(&format!("# NUMBER VOTERS: 7\n{head}2: 1,2,3\n"), PreflibKind::Soc), (3, 1));
    assert_eq!(at("1: 1,2\n", PreflibKind::Soi), (1, 1));
    // The layout before 2022.
    let t = read_preflib(SEEDS[7].as_bytes(), PreflibKind::Toc, Totals::Refuse).unwrap();
    assert_eq!(t.items, ["Ann", "Bob", "Cee"]);
    assert_eq!(t.orders[1].tiers, vec![vec![1, 2], vec![0]]);
    assert!(t.rankings().is_err()); // a tie at the top
    let soc = read_preflib(SEEDS[4].as_bytes(), PreflibKind::Soc, Totals::Refuse).unwrap();
    assert_eq!(soc.rankings().unwrap().len(), 2);
}
