//! The analysis of a measured relation: the published examples against numbers computed with numpy,
//! what must not matter (the form of the file, order, units), and what is wrong with a file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use relata_cli::{Given, MeasuredArgs, Missing, ReadingArgs};
use relata_pipelines::backend::{self, BackendKind};
use relata_pipelines::runner::{self, Outcome, Progress, RunOptions};
use relata_pipelines::{CellContext, OpenError, Ready, Stages};
use relata_relations::Seed;
use relata_runs::{Profile, Row, Summary, Table, Tables};
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data").join(name)
}

fn open(args: &MeasuredArgs) -> Result<Ready, OpenError> {
    relata_pipelines::open("analyse", &Given::Measured(args.clone()))
}

/// Tables and summary of what is computed of the relation itself, without predictions.
fn analysed(request: &MeasuredArgs) -> (Tables, Summary) {
    let Ready { pipeline, .. } = open(request).unwrap();
    let device = backend::open(BackendKind::Flex).unwrap();
    let mut rows: Vec<Row> = Vec::new();
    for cell in pipeline.plan(Profile::Smoke).unwrap() {
        if cell.label == "structure" || cell.label == "ranks" {
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
    }
    let tables = Tables::from_rows(rows).unwrap();
    let summary = pipeline.summarise(&tables).unwrap();
    assert_eq!(pipeline.checks(&tables, &summary).unwrap(), Vec::<String>::new());
    (tables, summary)
}

/// The summary of the text of a file.
fn of_text(text: &str) -> Summary {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("r.csv");
    fs::write(&file, text).unwrap();
    analysed(&MeasuredArgs::new(file)).1
}

/// The summary of the text of a file, read as the user says.
fn of_text_with(text: &str, say: impl Fn(&mut ReadingArgs)) -> Summary {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("r.csv");
    fs::write(&file, text).unwrap();
    let mut request = MeasuredArgs::new(file);
    say(&mut request.reading);
    analysed(&request).1
}

fn run(request: &MeasuredArgs, out: &Path, jobs: usize) -> Outcome {
    let Ready { pipeline, input } = open(request).unwrap();
    let options = RunOptions {
        profile: Profile::Smoke,
        seed: 3,
        out: out.to_owned(),
        jobs: NonZeroUsize::new(jobs).unwrap(),
        input,
        progress: Progress::Silent,
        ..RunOptions::default()
    };
    runner::run(pipeline.as_ref(), &backend::open(BackendKind::Flex).unwrap(), &options).unwrap()
}

fn close(found: Option<f64>, expected: f64) {
    let found = found.expect("a value");
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
}

/// Compares two summaries in everything that is not found by search.
fn same(a: &Summary, b: &Summary, context: &str) {
    assert_eq!(a.metrics.keys().collect::<Vec<_>>(), b.metrics.keys().collect::<Vec<_>>(), "{context}");
    for (name, x) in a.metrics.iter().filter(|(name, _)| !name.starts_with("rank_for_sign")) {
        match (x.value, b.metrics[name].value) {
            (Some(x), Some(y)) => assert!((x - y).abs() <= 1e-9, "{context}: {name} is {x} and {y}"),
            (x, y) => assert_eq!(x, y, "{context}: {name}"),
        }
    }
}

fn csv(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f64) -> String {
    let line = |i: usize| (0..columns).map(|j| value(i, j).to_string()).collect::<Vec<_>>().join(",") + "\n";
    (0..rows).map(line).collect()
}

/// An asymmetric square relation without structure, and one that is not square.
fn square(i: usize, j: usize) -> f64 {
    (1.3 * i as f64 + 0.7 * j as f64).sin() + 0.4 * (i as f64 * j as f64 * 0.31).cos() - 0.1 * j as f64
}

#[test]
fn the_southern_women_are_those_of_the_published_table() {
    let (tables, summary) = analysed(&MeasuredArgs::new(example("southern-women.csv")));
    let text = fs::read_to_string(example("southern-women.csv")).unwrap();
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|l| l.split(',').skip(1).map(|v| v.parse().unwrap()).collect()).collect();
    let women: Vec<f64> = rows.iter().map(|r| r.iter().sum()).collect();
    let events: Vec<f64> = (0..14).map(|j| rows.iter().map(|r| r[j]).sum()).collect();
    assert_eq!(women, [8., 7., 8., 7., 4., 4., 4., 3., 4., 4., 4., 6., 7., 8., 5., 2., 2., 2.]);
    assert_eq!(events, [3., 3., 6., 4., 8., 8., 10., 14., 12., 5., 4., 6., 3., 3.]);
    assert_eq!(women.iter().sum::<f64>().to_string(), "89");
    let spectrum = tables.get("spectrum").unwrap().floats("singular_value").unwrap();
    for (found, expected) in
        spectrum.iter().zip([6.7419081249, 4.3800982969, 2.4472608443, 2.1199108263, 1.9836791711])
    {
        close(Some(*found), expected);
    }
    for (name, expected) in [
        ("relative_error_rank_1", 0.6994915877),
        ("relative_error_rank_2", 0.5231861523),
        ("relative_error_rank_4", 0.3948873569),
        ("relative_error_rank_8", 0.1851310064),
        ("rank_for_eps_l2", 12.0),
        ("rank_for_eps_sup", 13.0),
        ("numerical_rank", 13.0),
        ("rank_for_sign", 1.0),
    ] {
        close(summary.value(name), expected);
    }
    for name in ["psd", "relative_antisymmetric_part", "relative_negative_part"] {
        let metric = &summary.metrics[name];
        assert_eq!(metric.value, None);
        assert!(metric.reason.as_ref().unwrap().contains("18 x 14"), "{metric:?}");
    }
    let labels = tables.get("objects").unwrap().filter("side", "row").unwrap().texts("label").unwrap();
    assert_eq!((labels[0].as_str(), labels[17].as_str()), ("Evelyn", "Flora"));
}

#[test]
fn the_karate_club_has_its_ties_and_no_shared_encoder() {
    let (tables, summary) = analysed(&MeasuredArgs::new(example("karate-club.csv")));
    let spectrum = tables.get("spectrum").unwrap().floats("eigenvalue").unwrap();
    close(Some(spectrum[0]), 6.7256977276);
    close(Some(spectrum[1]), 4.9770742333);
    close(Some(spectrum[33]), -4.4872291942);
    for (name, expected) in [
        ("psd", 0.0),
        ("relative_antisymmetric_part", 0.0),
        ("relative_negative_part", 0.6417985649),
        ("relative_positive_part", 0.7668732634),
        ("shared_floor", 0.6417985649),
        ("relative_error_rank_1", 0.8426339583),
        ("relative_error_rank_2", 0.7424566039),
        ("relative_error_rank_4", 0.5881862687),
        ("relative_error_rank_8", 0.3964175190),
        ("indefinite_relative_error_rank_4", 0.5881862687),
        ("shared_relative_error_rank_4", 0.6801009773),
        ("shared_relative_error_rank_8", 0.6484616146),
        ("rank_for_eps_l2", 22.0),
        ("rank_for_eps_sup", 24.0),
        ("numerical_rank", 24.0),
    ] {
        close(summary.value(name), expected);
    }
    assert!(summary.metrics["shared_rank_for_eps_l2"].reason.as_ref().unwrap().contains("0.6418"));
    let text = fs::read_to_string(example("karate-club.csv")).unwrap();
    let r: Vec<Vec<f64>> =
        text.lines().skip(1).map(|l| l.split(',').skip(1).map(|v| v.parse().unwrap()).collect()).collect();
    let degrees: Vec<f64> = r.iter().map(|r| r.iter().sum()).collect();
    assert_eq!([degrees[0], degrees[33], degrees[32], degrees[2], degrees[1]], [16., 17., 12., 10., 9.]);
    assert_eq!(degrees.iter().sum::<f64>().to_string(), "156");
    assert!((0..34).all(|i| (0..34).all(|j| r[i][j].to_bits() == r[j][i].to_bits()) && r[i][i] == 0.0));
    // The witness shows it: c'Rc < 0.
    let c = tables.get("witness").unwrap().floats("coefficient").unwrap();
    let form: f64 =
        (0..34).flat_map(|i| (0..34).map(move |j| (i, j))).map(|(i, j)| c[i] * r[i][j] * c[j]).sum();
    close(Some(form), -4.4872291942);
}

#[test]
fn the_colours_are_a_measured_kernel() {
    let (tables, summary) = analysed(&MeasuredArgs::new(example("colours.csv")));
    let spectrum = tables.get("spectrum").unwrap().floats("eigenvalue").unwrap();
    for (k, expected) in [(0, 3.914598383055), (1, 3.119652745398), (2, 2.223023616535), (13, 0.087563847799)]
    {
        close(Some(spectrum[k]), expected);
    }
    for (name, expected) in [
        ("psd", 1.0),
        ("relative_antisymmetric_part", 0.0),
        ("relative_negative_part", 0.0),
        ("shared_floor", 0.0),
        ("relative_error_rank_1", 0.7354915371),
        ("relative_error_rank_2", 0.4994061013),
        ("relative_error_rank_4", 0.2502526377),
        ("relative_error_rank_8", 0.0806083930),
        ("shared_relative_error_rank_4", 0.2502526377),
        ("rank_for_eps_l2", 11.0),
        ("rank_for_eps_sup", 12.0),
    ] {
        close(summary.value(name), expected);
    }
    // Wavelengths are matched to colours by label, although both are numbers.
    let mut with = MeasuredArgs::new(example("colours.csv"));
    with.x_features = Some(example("colours-wavelength.csv"));
    let Ready { pipeline, .. } = open(&with).unwrap();
    let cells = pipeline.plan(Profile::Smoke).unwrap();
    assert!(cells.iter().any(|cell| cell.label == "held-out/entries/symmetric/repeat=0"));
}

#[test]
fn kernels_are_positive_semidefinite_and_orders_have_no_symmetric_part() {
    let gram = of_text(&csv(9, 9, |i, j| (-0.1 * (i as f64 - j as f64).powi(2)).exp()));
    close(gram.value("psd"), 1.0);
    close(gram.value("relative_negative_part"), 0.0);
    let line = of_text(&csv(9, 9, |i, j| i as f64 - j as f64));
    close(line.value("relative_antisymmetric_part"), 1.0);
    close(line.value("psd"), 0.0);
    close(line.value("shared_floor"), 1.0);
    close(line.value("relative_error_rank_2"), 0.0);
    // y > x: two features decide every comparison, whatever the number of objects.
    let order = of_text(&csv(12, 12, |i, j| if j > i { 1.0 } else { -1.0 }));
    close(order.value("rank_for_sign"), 2.0);
    close(order.value("rank_for_sign_lower_bound"), 2.0);
    assert!(order.value("rank_for_eps_sup").unwrap() > 6.0);
    // A rank above the smaller side leaves nothing.
    close(of_text(&csv(3, 5, square)).value("relative_error_rank_8"), 0.0);
}

#[test]
fn psd_is_decided_at_rounding_and_not_above() {
    let exactly = |text: &str| of_text_with(text, |r| r.tolerance = Some(0.0));
    let with = |value: f64| exactly(&format!("2,{value}\n1,2\n"));
    // Singular; definite and asymmetric by rounding, then by more; slightly negative.
    close(of_text("1,1\n1,1\n").value("psd"), 1.0);
    close(with(1.0 + 1e-13).value("psd"), 1.0);
    close(with(1.0 + 1e-9).value("psd"), 0.0);
    close(exactly("1,1.0000001\n1.0000001,1\n").value("psd"), 0.0);
    // Printed with seven decimals it may stand for 1.00000005 everywhere; and so at every place.
    close(of_text("1,1.0000001\n1.0000001,1\n").value("psd"), 1.0);
    close(of_text("1,1.0000011\n1.0000011,1\n").value("psd"), 0.0);
    for (decimals, psd) in [(2, 1.0), (3, 1.0), (6, 1.0)] {
        // A product of two features; what rounding leaves of it has negative eigenvalues.
        let text = (0..9)
            .map(|i| {
                let row: Vec<String> =
                    (0..9).map(|j| format!("{:.decimals$}", ((i - j) as f64 / 9.0).cos())).collect();
                row.join(",") + "\n"
            })
            .collect::<String>();
        let summary = of_text(&text);
        close(summary.value("psd"), psd);
        close(summary.value("numerical_rank"), 2.0);
        close(of_text_with(&text, |r| r.tolerance = Some(1e-9)).value("psd"), 0.0);
    }
}

#[test]
fn the_form_of_the_file_does_not_matter() {
    let (n, m) = (6, 4);
    let names = |prefix: &str, k: usize| (1..=k).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>();
    let (rows, columns) = (names("r", n), names("c", m));
    let plain = csv(n, m, square);
    let expected = of_text(&plain);
    let header = format!(",{}\n", columns.join(","));
    let labelled: String =
        header.clone() + &plain.lines().zip(&rows).map(|(l, r)| format!("{r},{l}\n")).collect::<String>();
    let quoted = labelled.replace("r1,", "\"r1\",").replace("c2", "\"c2\"");
    let mut list = "source,target,value\n".to_owned();
    for i in 0..n {
        for j in 0..m {
            list += &format!("{},{},{}\n", rows[i], columns[j], square(i, j));
        }
    }
    let reversed =
        list.lines().skip(1).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\r\n");
    for (form, text) in [
        ("header", header[1..].to_owned() + &plain),
        ("labels", labelled.clone()),
        ("quotes", quoted),
        ("semicolons", labelled.replace(',', ";")),
        ("tabs", plain.replace(',', "\t")),
        ("line ends and mark", format!("\u{feff}{}\r\n\r\n", labelled.replace('\n', "\r\n"))),
        ("list", list.clone()),
        ("list in another order, without header", reversed),
    ] {
        same(&expected, &of_text(&text), form);
    }
    let dir = tempfile::tempdir().unwrap();
    for (fortran, at) in [("False", 0), ("True", 1)] {
        let order: Vec<(usize, usize)> = if at == 0 {
            (0..n).flat_map(|i| (0..m).map(move |j| (i, j))).collect()
        } else {
            (0..m).flat_map(|j| (0..n).map(move |i| (i, j))).collect()
        };
        let mut head = format!("{{'descr': '<f8', 'fortran_order': {fortran}, 'shape': ({n}, {m}), }}");
        head += &" ".repeat(63 - (head.len() + 10) % 64);
        head.push('\n');
        let data = order.into_iter().flat_map(|(i, j)| square(i, j).to_le_bytes()).collect::<Vec<u8>>();
        let size = u16::try_from(head.len()).unwrap().to_le_bytes();
        let file = dir.path().join(format!("{fortran}.npy"));
        fs::write(&file, [&b"\x93NUMPY\x01\x00"[..], &size, head.as_bytes(), &data].concat()).unwrap();
        same(&expected, &analysed(&MeasuredArgs::new(file)).1, "npy");
    }
}

#[test]
fn labels_decide_whether_there_is_one_space() {
    let one = of_text("x,a,b\na,1,2\nb,3,4\n");
    close(one.value("relative_antisymmetric_part"), (0.5f64 / 30.0).sqrt());
    // The same objects in another order are the same relation.
    same(&one, &of_text("x,b,a\na,2,1\nb,4,3\n"), "columns in another order");
    let two = of_text("x,a,c\na,1,2\nb,3,4\n");
    assert!(two.metrics["psd"].reason.as_ref().unwrap().contains("`b`"), "{:?}", two.metrics["psd"]);
    close(of_text("1,2\n3,4\n").value("relative_antisymmetric_part"), (0.5f64 / 30.0).sqrt());
    // Years as names of columns are names.
    assert_eq!(of_text("country,1990,1991,1992\nfr,1,2,9\nde,3,4,9\n").value("columns"), Some(3.0));
    // A list of a network names each object once or twice; with zeros for what is absent it is
    // square.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ties.csv");
    fs::write(&file, "from,to,weight\na,b,1\nb,a,1\nb,c,2\n").unwrap();
    let mut ties = MeasuredArgs::new(file);
    ties.reading.missing = Some(Missing::Zero);
    let (tables, summary) = analysed(&ties);
    assert_eq!((summary.value("rows"), summary.value("columns")), (Some(3.0), Some(3.0)));
    assert!(tables.get("parts").is_ok());
}

#[test]
fn transposing_scaling_and_reordering_change_what_they_should() {
    let shapes: [(usize, usize); 2] = [(8, 8), (7, 5)];
    for (n, m) in shapes {
        let given = of_text(&csv(n, m, square));
        let mut transposed = of_text(&csv(m, n, |i, j| square(j, i)));
        assert_eq!(given.value("rows"), transposed.value("columns"));
        for (a, b) in [("rows", n), ("columns", m)] {
            let meaning = given.metrics[a].meaning();
            transposed = transposed.with(a, meaning, relata_runs::Metric::new(b as f64, "1"));
        }
        same(&given, &transposed, "transposed");
        for factor in [1e-3, 7.0, 1e200, 1e-200] {
            same(&given, &of_text(&csv(n, m, |i, j| factor * square(i, j))), "scaled");
        }
        // Objects in another order: on one space the same for both sides, on two spaces any.
        let (p, q) =
            (|i: usize| (3 * i + 1) % n, |j: usize| if n == m { (3 * j + 1) % m } else { (2 * j + 1) % m });
        same(&given, &of_text(&csv(n, m, |i, j| square(p(i), q(j)))), "reordered");
    }
}

/// A relation that features explain: `tanh(x . y)` and the features.
fn explained(dir: &Path) -> MeasuredArgs {
    let x = |i: usize, k: usize| ((i * 7 + k * 13) as f64 * 0.37).sin() * 1.5;
    let y = |j: usize, k: usize| ((j * 5 + k * 11) as f64 * 0.53).cos() * 1.5;
    let (n, m) = (24, 20);
    let r = csv(n, m, |i, j| (0..2).map(|k| x(i, k) * y(j, k)).sum::<f64>().tanh());
    let labelled = r.lines().enumerate().map(|(i, l)| format!("o{i},{l}\n")).collect::<String>();
    fs::write(dir.join("r.csv"), labelled).unwrap();
    fs::write(
        dir.join("x.csv"),
        (0..n).map(|i| format!("o{i},{},{}\n", x(i, 0), x(i, 1))).collect::<String>(),
    )
    .unwrap();
    fs::write(dir.join("y.csv"), "u,v\n".to_owned() + &csv(m, 2, y)).unwrap();
    MeasuredArgs {
        x_features: Some(dir.join("x.csv")),
        y_features: Some(dir.join("y.csv")),
        eps: 0.1,
        ..MeasuredArgs::new(dir.join("r.csv"))
    }
}

#[test]
fn networks_predict_what_features_explain() {
    let dir = tempfile::tempdir().unwrap();
    let request = explained(dir.path());
    let one = run(&request, &dir.path().join("one"), 1);
    assert!(one.is_success(), "{:?} {:?}", one.failed_cells, one.failed_checks);
    let summary = one.summary.unwrap();
    let value = |name: &str| summary.value(name).unwrap();
    for setting in ["entries", "lines"] {
        let mean = value(&format!("held_out_{setting}_error_mean"));
        for network in ["asymmetric", "pairs"] {
            let error = value(&format!("held_out_{setting}_error_{network}"));
            assert!(error < 0.6 * mean, "{network} on {setting}: {error} against the mean's {mean}");
        }
        let symmetric = &summary.metrics[&format!("held_out_{setting}_error_symmetric")];
        assert!(symmetric.reason.as_ref().unwrap().contains("24 x 20"));
    }
    assert!(one.figures.iter().any(|f| f.ends_with("held-out.svg")));
    // The same bytes with two jobs, and with the lines of the features in another order: they are
    // matched by label.
    let lines = fs::read_to_string(dir.path().join("x.csv")).unwrap();
    let two = run(&request, &dir.path().join("two"), 2);
    fs::write(dir.path().join("x.csv"), lines.lines().rev().collect::<Vec<_>>().join("\n")).unwrap();
    let reversed = run(&request, &dir.path().join("reversed"), 2);
    assert_ne!(reversed.dir.path().file_name(), two.dir.path().file_name(), "another input is another run");
    for other in [&two, &reversed] {
        for file in ["summary.json", "tables/held_out.csv", "tables/limits.csv", "figures/held-out.svg"] {
            assert_eq!(
                fs::read(one.dir.path().join(file)).unwrap(),
                fs::read(other.dir.path().join(file)).unwrap(),
                "{file}"
            );
        }
    }
    // What does not match is named.
    let message = |text: &str| {
        fs::write(dir.path().join("x.csv"), text).unwrap();
        open(&request).err().unwrap().to_string()
    };
    assert!(message(&lines.replace("o7,", "o77,")).contains("no features of the row `o7`"));
    assert!(message(&(lines.clone() + "extra,1,2\n")).contains("`extra`"));
    assert!(message("1,2\n3,4\n").contains("features of 2 objects, and the relation has 24 rows"));
    assert!(message(&lines.replace("o3,", "o3,x")).contains("line 4, column 2"));
    fs::write(dir.path().join("x.csv"), &lines).unwrap();
    let mut half = request.clone();
    half.y_features = None;
    assert!(open(&half).err().unwrap().to_string().contains("--y-features"));
}

#[test]
fn one_space_has_all_networks_and_mirrors_are_held_out_together() {
    let dir = tempfile::tempdir().unwrap();
    let n = 16;
    let at = |i: usize| (i as f64 * 0.61).sin();
    fs::write(dir.path().join("r.csv"), csv(n, n, |i, j| (-(at(i) - at(j)).powi(2)).exp())).unwrap();
    fs::write(dir.path().join("x.csv"), csv(n, 1, |i, _| at(i))).unwrap();
    let mut request = MeasuredArgs::new(dir.path().join("r.csv"));
    request.x_features = Some(dir.path().join("x.csv"));
    let outcome = run(&request, &dir.path().join("out"), 2);
    assert!(outcome.is_success(), "{:?}", outcome.failed_cells);
    let summary = outcome.summary.unwrap();
    close(summary.value("psd"), 1.0);
    for network in ["symmetric", "asymmetric", "indefinite", "pairs"] {
        let error = summary.value(&format!("held_out_entries_error_{network}")).unwrap();
        assert!(error < 0.8 * summary.value("held_out_entries_error_mean").unwrap(), "{network}: {error}");
    }
    // Every entry is predicted once: the pooled norm is that of the relation.
    let table = Table::read(&outcome.dir.tables().join("held_out.csv")).unwrap();
    let mean = table.filter("setting", "entries").unwrap().filter("method", "mean").unwrap();
    close(Some(mean.floats("squared_norm").unwrap().iter().sum()), 1.0);
    assert_eq!(mean.ints("entries").unwrap().iter().sum::<i64>(), (n * n) as i64);
}

#[test]
fn a_run_resumes_and_says_what_it_found() {
    let dir = tempfile::tempdir().unwrap();
    let request = MeasuredArgs::new(example("southern-women.csv"));
    let first = run(&request, dir.path(), 2);
    assert!(first.is_success(), "{:?} {:?}", first.failed_cells, first.failed_checks);
    let second = run(&request, dir.path(), 1);
    assert_eq!((second.computed, second.reused), (0, first.computed));
    for stem in ["matrix", "spectrum", "error-against-rank", "sup-and-sign", "completion"] {
        for ending in ["svg", "pdf", "png"] {
            assert!(first.dir.figures().join(format!("{stem}.{ending}")).is_file(), "{stem}.{ending}");
        }
    }
    let tables = Tables::read_dir(&first.dir.tables()).unwrap();
    let words = open(&request).unwrap().pipeline.answers(&tables).unwrap().unwrap();
    for part in ["R is 18 x 14", "69.9 % at rank 1", "takes rank 12", "Held out"] {
        assert!(words.contains(part), "{words}");
    }
}
