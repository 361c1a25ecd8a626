//! Damaged files by the million: case files with bytes changed, removed, doubled and spliced, read
//! with random options. Every one must be read or refused; what is read must fit together.
//!
//! ```sh
//! cargo run --release -p relata-files --example mutate -- [seconds] [seed]
//! ```
//!
//! It needs no nightly compiler, unlike the fuzz targets beside it, which find more.
#![allow(clippy::panic, clippy::expect_used)] // a failed check is the result

use relata_files::{
    Direction, Duplicates, FormChoice, HeaderChoice, ListColumns, MAX_ENTRIES, MissingChoice, ReadParams,
    Sheet, SpacesChoice, Triangle, read_matrix,
};
use std::path::Path;
use std::time::{Duration, Instant};

/// Xorshift (Marsaglia 2003): the crate has no generator of its own.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % n.max(1)
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

fn main() {
    let number =
        |k: usize, default: u64| std::env::args().nth(k).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (seconds, seed) = (number(1, 10), number(2, 1));
    let seeds = seeds();
    let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let start = Instant::now();
    let (mut tried, mut read, mut slowest) = (0u64, 0u64, Duration::ZERO);
    while start.elapsed() < Duration::from_secs(seconds) {
        let bytes = damaged(&seeds, &mut draw);
        let options = options(&mut draw);
        let begun = Instant::now();
        let fits = std::panic::catch_unwind(|| check(&bytes, &options));
        let Ok(fits) = fits else {
            panic!("{options:?}\n{:?}", String::from_utf8_lossy(&bytes));
        };
        slowest = slowest.max(begun.elapsed());
        tried += 1;
        read += u64::from(fits);
    }
    println!("{tried} files, {read} read, the others refused; the slowest took {slowest:?}");
}

/// The case files of the tests.
fn seeds() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let files = |folder: &str| {
        let mut paths: Vec<_> = std::fs::read_dir(root.join(folder))
            .expect("the case files")
            .map(|entry| entry.expect("a case file").path())
            .collect();
        paths.sort();
        paths.into_iter().map(|p| std::fs::read(p).expect("a case file")).filter(|b| b.len() < 4096).collect()
    };
    let all: [Vec<Vec<u8>>; 2] = [files("matrix"), files("list")];
    all.concat()
}

fn damaged(seeds: &[Vec<u8>], draw: &mut Draw) -> Vec<u8> {
    const TOKENS: [&[u8]; 20] = [
        b",",
        b";",
        b"\t",
        b" ",
        b"\n",
        b"\r",
        b"\"",
        b"#",
        b"%",
        b"-",
        b"e",
        b".",
        b"NA",
        b"1,000",
        b"1e999",
        b"\xe2\x88\x92",
        b"\xff",
        b"\0",
        b"nan",
        b"99999999999",
    ];
    let mut bytes = draw.of(seeds);
    for _ in 0..=draw.below(6) {
        let (i, j) = (draw.below(bytes.len() + 1), draw.below(bytes.len() + 1));
        let (i, j) = (i.min(j), i.max(j));
        match draw.below(6) {
            0 if i < bytes.len() => bytes[i] ^= 1 << draw.below(8),
            1 => drop(bytes.splice(i..j, [])),
            2 => {
                let piece = bytes[i..j].to_vec();
                drop(bytes.splice(j..j, piece));
            }
            3 => {
                let other = draw.of(seeds);
                let (p, q) = (draw.below(other.len()), draw.below(other.len()));
                drop(bytes.splice(i..j, other[p.min(q)..p.max(q)].iter().copied()));
            }
            _ => drop(bytes.splice(i..i, draw.of(&TOKENS).iter().copied())),
        }
        bytes.truncate(8192);
    }
    bytes
}

fn options(draw: &mut Draw) -> ReadParams {
    let columns = ListColumns { source: "1".to_owned(), target: "2".to_owned(), value: Some("3".to_owned()) };
    ReadParams {
        form: draw.of(&[None, None, Some(FormChoice::Matrix), Some(FormChoice::List)]),
        header: draw.of(&[None, None, Some(HeaderChoice::Yes), Some(HeaderChoice::No)]),
        columns: draw.of(&[None, None, None, Some(columns)]),
        duplicates: draw.of(&[None, None, Some(Duplicates::Sum), Some(Duplicates::Mean)]),
        direction: draw.of(&[Direction::Directed, Direction::Directed, Direction::Undirected]),
        triangle: draw.of(&[Triangle::Given, Triangle::Given, Triangle::Mirror]),
        spaces: draw.of(&[None, None, Some(SpacesChoice::One), Some(SpacesChoice::Two)]),
        missing: draw.of(&[None, Some(MissingChoice::Hole), Some(MissingChoice::Zero)]),
        array: draw.of(&[None, None, None, Some("a".to_owned())]),
    }
}

/// Whether it was read.
fn check(bytes: &[u8], options: &ReadParams) -> bool {
    if let Ok(sheet) = Sheet::read(bytes) {
        assert!(sheet.records().all(|r| !r.is_empty()), "a record without fields");
    }
    match read_matrix(bytes, options) {
        Ok(r) => {
            assert_eq!(r.values.len(), r.rows * r.columns);
            assert!(
                r.values.len() <= MAX_ENTRIES && r.values.iter().all(|v| v.is_finite()),
                "{:?}",
                r.values
            );
            assert!(r.holes.as_ref().is_none_or(|h| h.len() == r.values.len() && h.contains(&true)));
            assert!(r.row_labels.as_ref().is_none_or(|l| l.len() == r.rows));
            assert!(r.column_labels.as_ref().is_none_or(|l| l.len() == r.columns));
            true
        }
        Err(e) => {
            assert!(!e.to_string().is_empty());
            false
        }
    }
}
