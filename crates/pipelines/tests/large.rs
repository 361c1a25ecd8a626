//! Relations that are too large to be decomposed, or held, whole: what is said of them against closed
//! forms and against the same relation held whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use relata_cli::{Given, MeasuredArgs, Missing};
use relata_pipelines::backend::{self, BackendKind};
use relata_pipelines::{CellContext, OpenError, Ready, Stages};
use relata_relations::Seed;
use relata_runs::{Profile, Row, Summary, Tables};
use std::fmt::Write as _;
use std::fs;

/// Summary and sentences.
fn analysed(text: &str, file: &str, missing: Option<Missing>) -> (Tables, Summary, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(file);
    fs::write(&path, text).unwrap();
    let mut args = MeasuredArgs::new(path);
    args.reading.missing = missing;
    let Ready { pipeline, .. } =
        relata_pipelines::open("analyse", &Given::Measured(args)).unwrap_or_else(|e| panic!("{e}"));
    let device = backend::open(BackendKind::Flex).unwrap();
    let mut rows: Vec<Row> = Vec::new();
    for cell in pipeline.plan(Profile::Smoke).unwrap() {
        let seed = Seed(0);
        let cx = CellContext {
            device: &device,
            run_seed: seed,
            seed: seed.child(&cell.label),
            label: &cell.label,
            stages: Stages::SILENT,
        };
        rows.extend(pipeline.run(&cell.config, &cx).unwrap());
    }
    let tables = Tables::from_rows(rows).unwrap();
    let summary = pipeline.summarise(&tables).unwrap();
    assert_eq!(pipeline.checks(&tables, &summary).unwrap(), Vec::<String>::new());
    assert!(pipeline.figures(&tables).unwrap().len() >= 2);
    let words = pipeline.answers(&tables).unwrap().unwrap();
    (tables, summary, words.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn has(words: &str, parts: &[&str]) {
    for part in parts {
        assert!(words.contains(part), "{words}\nlacks {part:?}");
    }
}

fn near(summary: &Summary, name: &str, expected: f64, tolerance: f64) {
    let found = summary.value(name).unwrap_or_else(|| panic!("{name}: {:?}", summary.metrics[name].reason));
    assert!((found - expected).abs() <= tolerance, "{name} is {found}, not {expected}");
}

/// Stars: object `8 k` points to each of the next seven with the value `c_k`. Singular values are
/// `sqrt(7) |c_k|`, and their squares add to the whole. One object is named on both sides, so that
/// there is one space.
fn stars(count: usize, value: impl Fn(usize) -> f64) -> String {
    let mut text = "from,to,weight\no0,o0,0\n".to_owned();
    for k in 0..count {
        for leaf in 1..8 {
            let _ = writeln!(text, "o{},o{},{}", 8 * k, 8 * k + leaf, value(k));
        }
    }
    text
}

#[test]
fn a_sparse_relation_has_the_spectrum_of_its_stars() {
    // 9 600 objects: the matrix has 92 million entries.
    let (count, value) = (1_200, |k: usize| if k < 5 { 10.0 - k as f64 } else { 0.1 });
    let (tables, summary, words) = analysed(&stars(count, value), "stars.csv", Some(Missing::Zero));
    let squares: Vec<f64> = (0..count).map(|k| 7.0 * value(k) * value(k)).collect();
    let total: f64 = squares.iter().sum();
    let left = |rank: usize| (squares[rank..].iter().sum::<f64>() / total).sqrt();
    for rank in [1, 2, 4, 8] {
        near(&summary, &format!("relative_error_rank_{rank}_lower_bound"), left(rank), 1e-4);
        near(&summary, &format!("relative_error_rank_{rank}_upper_bound"), left(rank), 1e-4);
    }
    let values = tables.get("spectrum").unwrap().floats("singular_value").unwrap();
    for (k, found) in values.iter().take(5).enumerate() {
        assert!((found - squares[k].sqrt()).abs() < 1e-9, "{k}: {found}");
    }
    // Every tie has one direction: both parts are half of the whole, and the symmetric part of a star
    // has the eigenvalues sqrt(7) c / 2 and its negative.
    near(&summary, "relative_antisymmetric_part_lower_bound", 0.5f64.sqrt(), 1e-9);
    near(&summary, "psd", 0.0, 0.0);
    assert!(summary.value("relative_negative_part_lower_bound").unwrap() <= 0.5);
    assert!(summary.value("relative_negative_part_upper_bound").unwrap() >= 0.5);
    near(&summary, "rank_for_sign", 1.0, 0.0);
    has(&words, &["R is 9600 x 9600", "c'Rc = -", "not positive semidefinite"]);
    let unsaid = &summary.metrics["held_out_entries_error_completion"];
    assert!(unsaid.value.is_none() && unsaid.reason.as_ref().unwrap().contains("9600 x 9600"), "{unsaid:?}");
}

#[test]
fn the_same_relation_held_whole_and_by_its_entries() {
    // 1 200 objects are held whole, and decomposed by leading values, for their rank is small.
    let (count, value) = (150, |k: usize| if k < 6 { 6.0 - k as f64 } else { 0.0 });
    let list: String = stars(count, value);
    let (_, whole, words) = analysed(&list, "stars.csv", Some(Missing::Zero));
    near(&whole, "numerical_rank", 6.0, 0.0);
    has(&words, &["The rank of R is 6 up to rounding"]);
    let squares: Vec<f64> = (0..6).map(|k| (6.0 - k as f64).powi(2)).collect();
    let total: f64 = squares.iter().sum();
    for rank in [1, 2, 4] {
        let left = (squares[rank..].iter().sum::<f64>() / total).sqrt();
        near(&whole, &format!("relative_error_rank_{rank}_upper_bound"), left, 1e-12);
        near(&whole, &format!("relative_error_rank_{rank}_lower_bound"), left, 1e-12);
    }
    near(&whole, "relative_error_rank_8_upper_bound", 0.0, 1e-12);
    // sqrt(4/91) = .21 and sqrt(1/91) = .105 are above 5 %.
    near(&whole, "rank_for_eps_l2", 6.0, 0.0);
    near(&whole, "rank_for_eps_l2_lower_bound", 6.0, 0.0);
}

#[test]
fn holes_in_a_large_list_are_not_zeros() {
    // Known entries of a product, a dozen for each of 5 100 rows.
    let (n, known) = (5_100usize, 12usize);
    let x = |i: usize| 1.0 + ((i * 37) % 101) as f64 / 50.0;
    let mut text = "user,item,rating\n".to_owned();
    let mut stream = Seed(1).stream("ratings");
    for i in 0..n {
        let of: std::collections::BTreeSet<usize> = (0..known).map(|_| stream.below(n)).collect();
        of.iter().for_each(|j| text += &format!("u{i},p{j},{}\n", x(i) * x(j + 7)));
    }
    let (_, summary, words) = analysed(&text, "ratings.csv", Some(Missing::Hole));
    near(&summary, "relative_error_rank_1_upper_bound", 0.0, 1e-6);
    near(&summary, "relative_error_rank_1_lower_bound", 0.0, 1e-6);
    near(&summary, "rank_for_eps_l2", 1.0, 0.0);
    has(&words, &["entries are not known", "alternating least squares"]);
    assert!(!words.contains("% of the known entries are 0"));
}

#[test]
fn what_cannot_be_done_is_said_before_it_starts() {
    let list = stars(700, |_| 1.0);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stars.csv");
    fs::write(&path, &list).unwrap();
    let refused = |say: &dyn Fn(&mut MeasuredArgs)| {
        let mut args = MeasuredArgs::new(path.clone());
        say(&mut args);
        match relata_pipelines::open("analyse", &Given::Measured(args)) {
            Err(OpenError::Input(e)) => e.to_string(),
            Err(e) => panic!("{e}"),
            Ok(_) => panic!("it was read"),
        }
    };
    let e = refused(&|_| ());
    has(&e, &["read as a list of pairs", "entries are absent", "--missing hole"]);
    let e = refused(&|a| {
        a.reading.missing = Some(Missing::Zero);
        a.x_features = Some(path.clone());
    });
    has(&e, &["5600 x 5600", "--x-features is for relations of at most 25000000 entries"]);
}
