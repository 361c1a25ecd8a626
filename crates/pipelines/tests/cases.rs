//! Files of the kinds that people have, analysed: numbers computed independently, and sentences.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use relata_cli::{Given, MeasuredArgs, Missing, ReadingArgs, SpacesOf, TriangleOf};
use relata_files::{MissingChoice, ReadParams, SpacesChoice, Triangle, read_matrix};
use relata_pipelines::backend::{self, BackendKind};
use relata_pipelines::{CellContext, OpenError, Ready, Stages};
use relata_relations::Seed;
use relata_runs::{Profile, Row, Summary, Tables};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../files/tests/cases").join(name)
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data").join(name)
}

fn open(args: &MeasuredArgs) -> Result<Ready, OpenError> {
    relata_pipelines::open("analyse", &Given::Measured(args.clone()))
}

/// Summary and sentences of all cells that need no networks.
fn analysed(args: &MeasuredArgs) -> (Tables, Summary, String) {
    let Ready { pipeline, .. } = open(args).unwrap_or_else(|e| panic!("{}: {e}", args.file.display()));
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
        rows.extend(
            pipeline.run(&cell.config, &cx).unwrap_or_else(|e| panic!("{}: {e}", args.file.display())),
        );
    }
    let tables = Tables::from_rows(rows).unwrap();
    let summary = pipeline.summarise(&tables).unwrap();
    assert_eq!(pipeline.checks(&tables, &summary).unwrap(), Vec::<String>::new());
    pipeline.figures(&tables).unwrap();
    let words = pipeline.answers(&tables).unwrap().unwrap();
    (tables, summary, words.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn with(name: &str, say: impl Fn(&mut ReadingArgs)) -> MeasuredArgs {
    let mut args = MeasuredArgs::new(case(name));
    say(&mut args.reading);
    args
}

fn close(found: Option<f64>, expected: f64, context: &str) {
    let found = found.unwrap_or_else(|| panic!("{context} has no value"));
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        "{context}: {found} is not {expected}"
    );
}

fn parts(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{text}\nlacks {part:?}");
    }
}

#[test]
fn one_similarity_in_many_clothes() {
    for name in [
        "savetxt.txt",
        "write-table.txt",
        "all-quoted.csv",
        "decimal-comma.csv",
        "comment-lines.csv",
        "numeric-header.csv",
        "sep-line.csv",
        "similarity.csv.gz",
        "lower-triangle.csv",
    ] {
        let triangle = (name == "lower-triangle.csv").then_some(TriangleOf::Mirror);
        let (tables, summary, words) = analysed(&with(&format!("matrix/{name}"), |r| r.triangle = triangle));
        for (metric, expected) in [
            ("rows", 4.0),
            ("columns", 4.0),
            ("psd", 1.0),
            ("numerical_rank", 4.0),
            ("shared_relative_error_rank_1", 0.454_777_117_4),
            ("shared_relative_error_rank_2", 0.162_020_691_3),
        ] {
            close(summary.value(metric), expected, &format!("{name}: {metric}"));
        }
        let definiteness = tables.get("definiteness").unwrap();
        close(Some(definiteness.floats("smallest_eigenvalue").unwrap()[0]), 0.203_852_364_4, name);
        parts(
            &words,
            &["R is 4 x 4, read as a matrix", "Row and column i are the same object", "--spaces two"],
        );
        assert!(words.contains("R is positive semidefinite: it is an inner product"), "{words}");
    }
}

#[test]
fn two_spaces_where_the_user_says_so() {
    let (_, summary, words) = analysed(&with("matrix/users-items.npy", |r| r.spaces = Some(SpacesOf::Two)));
    for (metric, expected) in [
        ("numerical_rank", 4.0),
        ("relative_error_rank_1", 0.619_210_843_7),
        ("relative_error_rank_2", 0.375_425_909_8),
    ] {
        close(summary.value(metric), expected, metric);
    }
    assert_eq!(summary.value("psd"), None);
    parts(&words, &["It relates two different spaces (--spaces two says so)", "it takes two encoders"]);
    let (_, _, words) = analysed(&MeasuredArgs::new(case("matrix/users-items.npy")));
    parts(
        &words,
        &["an array of NumPy (<i8, 4 x 4)", "it is square and no names say otherwise (--spaces two"],
    );
    let one = |spaces| {
        analysed(&with("list/users-and-items.csv", |r| {
            r.missing = Some(Missing::Zero);
            r.spaces = spaces;
        }))
    };
    assert_eq!((one(None).1.value("rows"), one(None).1.value("columns")), (Some(3.0), Some(4.0)));
    assert_eq!(one(Some(SpacesOf::One)).1.value("rows"), Some(4.0));
}

#[test]
fn precision_is_that_of_the_file() {
    let (_, summary, words) = analysed(&MeasuredArgs::new(case("matrix/gram-f4.npy")));
    close(summary.value("psd"), 1.0, "psd");
    close(summary.value("numerical_rank"), 3.0, "rank");
    parts(
        &words,
        &[
            "R is positive semidefinite within the rounding of its entries (its entries are single precision; \
             --tolerance says otherwise)",
            "the negative part 0 %, the antisymmetric part 0 %",
            "The rank of R is 3 up to rounding (its entries are single precision)",
        ],
    );
    let (_, summary, words) = analysed(&with("matrix/gram-f4.npy", |r| r.tolerance = Some(0.0)));
    assert!(summary.value("psd") == Some(0.0) && summary.value("numerical_rank").unwrap() > 30.0);
    parts(&words, &["R is not positive semidefinite"]);
}

#[test]
fn what_a_file_is_taken_for_comes_first() {
    let (_, _, words) = analysed(&MeasuredArgs::new(case("list/numeric-ids.csv")));
    parts(
        &words,
        &[
            "Relation: R is 3 x 3, read as a list of pairs (column 1 to column 2, value in column 3)",
            "--as matrix",
        ],
    );
    let (_, _, words) = analysed(&MeasuredArgs::new(case("matrix/thousands.csv")));
    parts(&words, &["with thousands separators (2,045 is 2045)"]);
    let (_, _, words) = analysed(&MeasuredArgs::new(case("list/pairs.csv")));
    parts(&words, &["Entries that the file does not name are 0", "--missing hole if they are not known"]);
    let refused = |name: &str| match open(&MeasuredArgs::new(case(name))) {
        Err(OpenError::Input(e)) => e.to_string(),
        _ => panic!("{name} was read"),
    };
    parts(
        &refused("matrix/lower-triangle.csv"),
        &[
            "lower-triangle.csv: read as a matrix with a header and row names, separated by commas: line 2, column 3 (oak, elm)",
        ],
    );
    parts(&refused("matrix/sentinel.npy"), &["the largest double", "--missing hole"]);
}

/// The matrix of a file times a factor, as text.
fn times(name: &str, options: &ReadParams, factor: f64) -> String {
    let r = read_matrix(&fs::read(case(name)).unwrap(), options).unwrap();
    let hole = |k: usize| r.holes.as_ref().is_some_and(|holes| holes[k]);
    let entry = |k: usize| if hole(k) { "NA".to_owned() } else { format!("{:e}", r.values[k] * factor) };
    let mut text = String::new();
    if let Some(labels) = &r.column_labels {
        text += &format!("{}{}\n", if r.row_labels.is_some() { "," } else { "" }, labels.join(","));
    }
    for i in 0..r.rows {
        let row: Vec<String> = (0..r.columns).map(|j| entry(i * r.columns + j)).collect();
        let label = r.row_labels.as_ref().map(|l| format!("{},", l[i])).unwrap_or_default();
        text += &format!("{label}{}\n", row.join(","));
    }
    text
}

/// Sentences without the numbers that carry the unit: what follows `=` or `nearest`.
fn without_unit(words: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for word in words.split(' ') {
        let carries = out.last().is_some_and(|last| *last == "=" || *last == "nearest");
        out.push(if carries { "#" } else { word });
    }
    out.join(" ")
}

#[test]
fn the_unit_changes_no_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("r.csv");
    let of = |text: &str, options: &ReadParams| {
        fs::write(&file, text).unwrap();
        let mut args = MeasuredArgs::new(&file);
        args.reading.missing = options.missing.map(|_| Missing::Hole);
        without_unit(&analysed(&args).2)
    };
    let default = ReadParams::default;
    let holes = || ReadParams { missing: Some(MissingChoice::Hole), ..default() };
    for (name, options) in [
        ("savetxt.txt", default()),
        ("write-table.txt", default()),
        ("all-quoted.csv", default()),
        ("decimal-comma.csv", default()),
        ("comment-lines.csv", default()),
        ("numeric-header.csv", default()),
        ("sep-line.csv", default()),
        ("similarity.csv.gz", default()),
        ("holes-na.csv", holes()),
        ("no-diagonal.csv", holes()),
        ("sentinel.npy", holes()),
        ("booleans.csv", default()),
        ("thousands.csv", default()),
        ("chinese-labels.csv", default()),
        ("gram-f4.npy", default()),
        ("net.dl", default()),
        ("net.mtx", default()),
        ("users-items.npy", ReadParams { spaces: Some(SpacesChoice::Two), ..default() }),
        ("lower-triangle.csv", ReadParams { triangle: Triangle::Mirror, ..default() }),
    ] {
        let name = format!("matrix/{name}");
        let expected = of(&times(&name, &options, 1.0), &options);
        for factor in [1e-200, 1e160] {
            assert_eq!(of(&times(&name, &options, factor), &options), expected, "{name} times {factor:e}");
        }
    }
}

#[test]
fn holes_are_bracketed_and_said() {
    let hole = |r: &mut ReadingArgs| r.missing = Some(Missing::Hole);
    for (name, known, total) in [
        ("matrix/holes-na.csv", 13.0, 20),
        ("list/holes.csv", 13.0, 20),
        ("matrix/no-diagonal.csv", 12.0, 16),
        ("matrix/sentinel.npy", 7.0, 9),
        ("list/ratings-timestamp.csv", 3.0, 4),
        ("list/undirected.csv", 5.0, 25),
    ] {
        let (tables, summary, words) = analysed(&with(name, hole));
        close(summary.value("known_entries"), known, name);
        parts(
            &words,
            &[&format!("of its {total} entries are not known"), "upper bounds", "lower bounds"]
                .map(|p| if total == 4 { p.replace("entries are", "entries is") } else { p.to_owned() })
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
        );
        let limits = tables.get("partial_limits").unwrap();
        let (lower, upper) = (limits.floats("lower").unwrap(), limits.floats("upper").unwrap());
        assert!(lower.iter().zip(&upper).all(|(l, u)| *l <= u + 1e-9), "{name}: {lower:?} {upper:?}");
    }
    // The list and the matrix hold the same ratings.
    let of = |name: &str| analysed(&with(name, hole)).1;
    let (matrix, list) = (of("matrix/holes-na.csv"), of("list/holes.csv"));
    for rank in [1, 2] {
        let at = |s: &Summary| s.value(&format!("relative_error_rank_{rank}_upper_bound")).unwrap();
        assert!((at(&matrix) - at(&list)).abs() < 1e-6, "rank {rank}");
    }
    // Distances with what is not known on the diagonal: known distances decide nothing, but a block
    // with a known diagonal does.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("d.csv");
    fs::write(&file, ",a,b,c\na,0,1,2\nb,1,0,\nc,2,,0\n").unwrap();
    let mut args = MeasuredArgs::new(&file);
    args.reading.missing = Some(Missing::Hole);
    let (_, summary, words) = analysed(&args);
    close(summary.value("psd"), 0.0, "psd");
    parts(
        &words,
        &["Whatever the unknown entries are, the symmetric part of R is not positive semidefinite"],
    );
    // A rank that is planted is found, and predicted entries are held out of the known ones.
    let text: String = (0..14)
        .map(|i| {
            let entry = |j: usize| match (3 * i + 5 * j) % 7 {
                0 => String::new(),
                _ => format!(
                    "{}",
                    (i as f64 * 0.9).sin() * (j as f64 * 0.7).cos()
                        + 0.3 * (i as f64 - 6.0) * (j as f64 * 0.4).sin()
                ),
            };
            (0..12).map(entry).collect::<Vec<_>>().join(",") + "\n"
        })
        .collect();
    fs::write(&file, text).unwrap();
    let (tables, summary, words) = analysed(&args);
    assert!(summary.value("relative_error_rank_2_upper_bound").unwrap() < 1e-8, "{words}");
    assert!(summary.value("relative_error_rank_1_lower_bound").unwrap() > 0.05, "{words}");
    close(summary.value("rank_for_eps_l2"), 2.0, "rank");
    let held_out = tables.get("held_out").unwrap().filter("method", "mean").unwrap();
    let entries: i64 = held_out.ints("entries").unwrap().iter().sum();
    close(Some(entries as f64), summary.value("known_entries").unwrap(), "each known entry is held out once");
    assert!(summary.value("held_out_entries_error_completion").unwrap() < 0.5);
}

#[test]
fn weights_are_those_of_the_entries() {
    let dir = tempfile::tempdir().unwrap();
    let (file, weights) = (dir.path().join("r.csv"), dir.path().join("w.csv"));
    fs::write(&file, ",a,b,c\nx,1,2,3\ny,2,4,6\nz,1,1,9\n").unwrap();
    let mut args = MeasuredArgs::new(&file);
    args.reading.weights = Some(weights.clone());
    // Without the last line the matrix has rank 1: with weight 0 it counts for nothing, whatever
    // the order of the labels.
    fs::write(&weights, ",c,a,b\nz,0,0,0\nx,1,2,3\ny,1,1,1\n").unwrap();
    let (_, summary, words) = analysed(&args);
    assert!(summary.value("relative_error_rank_1_upper_bound").unwrap() < 1e-7, "{words}");
    parts(&words, &["Errors, fits and predictions are weighted"]);
    for (text, part) in [
        (",a,b,c\nx,1,1,1\ny,1,1,1\nz,1,-2,1\n", "the entry z, b has the weight -2"),
        (",a,b\nx,1,1\ny,1,1\nz,1,1\n", "the entry x, c has no weight"),
        ("0,0,0\n0,0,0\n0,0,0\n", "every weight is 0"),
        ("1,1\n1,1\n", "they have 2 rows, and the relation 3"),
    ] {
        fs::write(&weights, text).unwrap();
        let message = open(&args).err().unwrap().to_string();
        parts(&message, &["w.csv, the weights", part]);
    }
}

/// Predictions and their errors weigh entries: one of weight next to nothing may be anything, and a
/// weight that all have is none.
#[test]
fn held_out_entries_count_what_they_weigh() {
    let dir = tempfile::tempdir().unwrap();
    let (file, weights) = (dir.path().join("r.csv"), dir.path().join("w.csv"));
    let table = |entry: &dyn Fn(usize, usize) -> f64| -> String {
        let row = |i: usize| (0..9).map(|j| format!("{:e}", entry(i, j))).collect::<Vec<_>>().join(",");
        (0..8).map(|i| row(i) + "\n").collect()
    };
    let errors = |odd: f64, weight: Option<&dyn Fn(usize, usize) -> f64>| -> Vec<f64> {
        let smooth = |i: usize, j: usize| (0.7 * i as f64).sin() * (0.5 * j as f64).cos() + 0.1 * j as f64;
        let entry = |i: usize, j: usize| if (i, j) == (3, 4) { odd } else { smooth(i, j) };
        fs::write(&file, table(&entry)).unwrap();
        let mut args = MeasuredArgs::new(&file);
        if let Some(weight) = weight {
            fs::write(&weights, table(weight)).unwrap();
            args.reading.weights = Some(weights.clone());
        }
        // With weights, the relation is analysed as one with holes, of which there are none here.
        let (_, summary, _) = analysed(&args);
        let of = |method: &str| summary.value(&format!("held_out_entries_error_{method}")).unwrap();
        ["mean", "means", "completion"].map(of).to_vec()
    };
    let near =
        |a: &[f64], b: &[f64], tolerance: f64| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance);
    let light = |i: usize, j: usize| if (i, j) == (3, 4) { 1e-14 } else { 1.0 + (i + 2 * j) as f64 / 9.0 };
    let (up, down) = (errors(4.0, Some(&light)), errors(-4.0, Some(&light)));
    // Alternating least squares start from all entries, and may end at another of its many ends.
    assert!(near(&up[..2], &down[..2], 1e-5) && near(&up, &down, 0.01), "{up:?} {down:?}");
    // Where it weighs as much as others, that entry is felt by every method.
    let heavy = |i: usize, j: usize| light(i, j).max(1.0);
    let (up, down) = (errors(4.0, Some(&heavy)), errors(-4.0, Some(&heavy)));
    assert!(up.iter().zip(&down).all(|(a, b)| (a - b).abs() > 1e-3), "{up:?} {down:?}");
    let (none, all) = (errors(0.3, None), errors(0.3, Some(&|_, _| 3.0)));
    assert!(near(&none[..2], &all[..2], 1e-12), "{none:?} {all:?}");
}

#[test]
fn cells_say_what_they_are_at() {
    let Ready { pipeline, .. } = open(&MeasuredArgs::new(case("matrix/savetxt.txt"))).unwrap();
    let device = backend::open(BackendKind::Flex).unwrap();
    let heard = Mutex::new(Vec::new());
    let listener = |stage: &str| heard.lock().unwrap().push(stage.to_owned());
    let cells = pipeline.plan(Profile::Smoke).unwrap();
    for cell in &cells {
        let (run_seed, label) = (Seed(0), cell.label.as_str());
        let told = CellContext {
            device: &device,
            run_seed,
            seed: run_seed.child(label),
            label,
            stages: Stages::told(&listener),
        };
        let rows = pipeline.run(&cell.config, &told).unwrap();
        // Who listens changes no result.
        let silent = CellContext { stages: Stages::SILENT, ..told };
        assert_eq!(rows, pipeline.run(&cell.config, &silent).unwrap(), "{label}");
    }
    let heard = heard.into_inner().unwrap();
    for stage in ["the decomposition of 4 x 4", "fold 1 of 4", "fold 4 of 4"] {
        assert!(heard.iter().any(|h| h == stage), "{heard:?}");
    }
}

fn refused(name: &str, bytes: &[u8], missing: Option<Missing>) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(name);
    fs::write(&file, bytes).unwrap();
    let mut request = MeasuredArgs::new(file);
    request.reading.missing = missing;
    match open(&request) {
        Err(OpenError::Input(e)) => e.to_string(),
        Err(e) => panic!("{e}"),
        Ok(_) => panic!("{:?} was taken", String::from_utf8_lossy(bytes)),
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_line_and_column() {
    let csv_cases: &[(&str, &[&str])] = &[
        ("1,2,3\n4,5\n6,7,8\n", &["line 2", "2 fields", "line 1 has 3", "commas"]),
        ("a,b\n1,2\n3,\n", &["line 3, column 2 (b)", "empty"]),
        (",a,b\nx,1,2\ny,3,oops\n", &["line 3, column 3 (y, b)", "`oops` is not a number"]),
        ("1,2\n3,nan\n", &["line 2, column 2", "absent (`nan`)", "--missing hole"]),
        ("1,2\n3,-inf\n", &["line 2, column 2", "finite"]),
        ("1,1e999\n3,4\n", &["line 1, column 2", "finite"]),
        ("1,NA\n3,4\n", &["line 1, column 2", "`NA`"]),
        ("1;2,5\n3;4.5\n", &["line 1, column 2", "decimal comma", "`4.5` on line 2"]),
        ("", &["empty", "source,target,value"]),
        ("\n\r\n,,\n", &["empty"]),
        ("a,b,c\n", &["no rows of data", "line 1"]),
        (",a,b\nx,1,2\nx,3,4\n", &["row", "`x`", "line 2 and line 3"]),
        ("a,b,a\n1,2,3\n4,5,6\n", &["column", "`a`", "column 1 and column 3"]),
        (",a,\nx,1,2\ny,3,4\n", &["line 1, column 3", "no label"]),
        ("0,0\n0,0\n", &["every entry is 0"]),
        ("1,2\n3,\"4\n", &["line 2", "quoted field"]),
        ("source,target,value\na,b,1\nb,a,2\na,b,3\n", &["line 4", "a, b", "line 2 already"]),
        (
            "source,target,value\na,b,1\nb,a,2\n",
            &["2 of the 4 pairs are absent", "first a, a", "--missing hole", "--missing zero"],
        ),
        ("source,target,value\na,b,1\na,c,x\n", &["line 3, column 3 (a, c)", "`x`"]),
        ("from,to,length,cost\na,b,1,2\n", &["length, cost", "--columns from,to,length"]),
        ("source,target,value\n", &["no rows of data"]),
    ];
    for (text, parts) in csv_cases {
        let message = refused("r.csv", text.as_bytes(), None);
        assert!(message.contains("r.csv"), "{message}");
        for part in *parts {
            assert!(message.contains(part), "{text:?}: {message} lacks {part:?}");
        }
    }
    assert!(refused("r.csv", b"1,2\n\xff,4\n", None).contains("line 2"));
    assert!(refused("r.npy", b"\xff\x00\x01", None).contains("numpy.save"));
    assert!(refused("r.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr'", None).contains("numpy.save"));
    let nowhere = open(&MeasuredArgs::new("no/such/file.csv")).err().unwrap().to_string();
    assert!(nowhere.contains("cannot read no/such/file.csv"), "{nowhere}");
    for eps in [0.0, 1.0, -0.5, f64::NAN] {
        let bad = MeasuredArgs { eps, ..MeasuredArgs::new(example("karate-club.csv")) };
        assert!(matches!(open(&bad), Err(OpenError::Usage { pipeline: "analyse", .. })));
    }
}
