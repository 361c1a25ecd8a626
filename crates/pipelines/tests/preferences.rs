//! Collected preferences: a published example against published numbers, what must not matter, and
//! what is wrong with a file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relata_cli::{Given, PreferencesArgs};
use relata_pipelines::backend::{self, BackendKind};
use relata_pipelines::runner::{self, Outcome, Progress, RunOptions};
use relata_pipelines::{OpenError, Ready};
use relata_runs::{Profile, Summary, Tables};
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data").join(name)
}

fn run(args: &PreferencesArgs, out: &Path) -> Outcome {
    let Ready { pipeline, input } =
        relata_pipelines::open("preferences", &Given::Preferences(args.clone())).unwrap();
    let options = RunOptions {
        profile: Profile::Smoke,
        seed: 3,
        out: out.to_owned(),
        jobs: NonZeroUsize::new(2).unwrap(),
        input,
        progress: Progress::Silent,
        ..RunOptions::default()
    };
    runner::run(pipeline.as_ref(), &backend::open(BackendKind::Flex).unwrap(), &options).unwrap()
}

struct Done {
    tables: Tables,
    summary: Summary,
    answers: String,
    figures: Vec<String>,
}

fn done(args: &PreferencesArgs) -> Done {
    let dir = tempfile::tempdir().unwrap();
    let outcome = run(args, dir.path());
    let tables = Tables::read_dir(&outcome.dir.tables()).unwrap();
    let Ready { pipeline, .. } =
        relata_pipelines::open("preferences", &Given::Preferences(args.clone())).unwrap();
    let answers = pipeline.answers(&tables).unwrap().unwrap();
    let mut figures: Vec<String> =
        pipeline.figures(&tables).unwrap().iter().map(|f| format!("{f:?}")).collect();
    figures.truncate(9);
    let summary = Summary::read(&outcome.dir.summary()).unwrap();
    Done { tables, summary, answers, figures }
}

fn of_text(name: &str, text: &str) -> Done {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(name);
    fs::write(&file, text).unwrap();
    done(&PreferencesArgs::new(file))
}

fn refused(name: &str, text: &str, change: impl Fn(&mut PreferencesArgs)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(name);
    fs::write(&file, text).unwrap();
    let mut args = PreferencesArgs::new(file);
    change(&mut args);
    match relata_pipelines::open("preferences", &Given::Preferences(args)) {
        Err(OpenError::Input(e)) => e.to_string(),
        Err(e) => panic!("{e}"),
        Ok(_) => panic!("{text} was taken"),
    }
}

/// Strengths of a model less that of one item.
fn strengths(done: &Done, model: &str, base: &str) -> Vec<(String, f64)> {
    let table = done.tables.get("strengths").unwrap().filter("model", model).unwrap();
    let (items, values) = (table.texts("item").unwrap(), table.floats("strength").unwrap());
    let zero = items.iter().zip(&values).find(|(i, _)| *i == base).unwrap().1;
    items.iter().zip(&values).map(|(i, v)| (i.clone(), v - zero)).collect()
}

/// A. Agresti, *Categorical Data Analysis* (1990), fits these games with Baltimore at 0.
#[test]
fn the_american_league_of_1987() {
    let found = done(&PreferencesArgs::new(example("baseball.csv")));
    let published = [
        ("Milwaukee", 1.58),
        ("Detroit", 1.44),
        ("Toronto", 1.29),
        ("New York", 1.25),
        ("Boston", 1.11),
        ("Cleveland", 0.68),
        ("Baltimore", 0.0),
    ];
    let values = strengths(&found, "bradley-terry", "Baltimore");
    for ((team, value), (name, exact)) in values.iter().zip(published) {
        assert!(team == name && (value - exact).abs() < 0.006, "{team} {value}");
    }
    let data = found.tables.get("data").unwrap();
    // Every pair of seven teams met 13 times.
    assert!((data.floats("weight").unwrap()[0] - 21.0 * 13.0).abs() < 1e-9);
    assert!(
        found.answers.contains("a square matrix of wins") && found.answers.contains("± one standard error")
    );
    assert!(found.answers.contains("no utility agrees"), "{}", found.answers);
    assert_eq!(found.figures.len(), 3);
    // Thurstone's unit is the standard deviation: nearly a logistic one over 1.6.
    let normal = strengths(&found, "thurstone", "Baltimore");
    assert!((values[0].1 / normal[0].1 - 1.6).abs() < 0.1);
    assert!(found.summary.value("held_out_all_bradley_terry").unwrap() > 0.0);
}

#[test]
fn a_run_goes_on_where_it_was_and_knows_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("games.csv");
    fs::copy(example("baseball.csv"), &file).unwrap();
    let args = PreferencesArgs::new(&file);
    let first = run(&args, dir.path());
    let again = run(&args, dir.path());
    assert_eq!(first.dir.tables(), again.dir.tables());
    let text = fs::read_to_string(&file).unwrap().replace("Milwaukee", "Brewers");
    fs::write(&file, text).unwrap();
    let other = run(&args, dir.path());
    let tables = Tables::read_dir(&other.dir.tables()).unwrap();
    assert_eq!(tables.get("strengths").unwrap().texts("item").unwrap()[0], "Brewers");
}

#[test]
fn a_likelihood_without_a_maximum_is_said_and_still_ordered() {
    let found = of_text("chain.csv", "winner,loser\na,b\nb,c\na,c\n");
    assert!(found.answers.contains("one utility agrees with all 3 comparisons"), "{}", found.answers);
    assert!(found.answers.contains("a never lost to any of the 2 others"), "{}", found.answers);
    let order: Vec<String> = strengths(&found, "bradley-terry", "c").into_iter().map(|s| s.0).collect();
    assert_eq!(order, ["a", "b", "c"]);
    assert!(found.summary.value("log_likelihood_bradley_terry").is_none());
}

#[test]
fn ties_rankings_and_blank_ballots() {
    let games = "model_a,model_b,winner\nx,y,model_a\ny,x,model_a\nx,y,tie (bothbad)\ny,z,model_b\nz,x,tie\nz,y,model_b\nx,z,model_a\nz,x,model_a\n";
    let found = of_text("arena.csv", games);
    for model in ["davidson", "rao-kupper", "bradley-terry", "thurstone"] {
        assert_eq!(strengths(&found, model, "z").len(), 3, "{model}");
    }
    assert!(found.tables.get("tie_parameters").unwrap().len() == 2);
    let ballots = "# NUMBER ALTERNATIVES: 3\n# ALTERNATIVE NAME 1: ann\n4: 1,{2,3}\n3: {1,2},3\n3: 3,2,1\n2: \n2: 2,3,1\n";
    let found = of_text("votes.toi", ballots);
    assert!(
        found.answers.contains("2 ballots are blank") && found.answers.contains("Plackett–Luce with ties")
    );
    let plain = of_text("rankings.csv", "5,ann,bob,cid\n3,bob,cid,ann\n2,cid,ann,bob\n");
    assert_eq!(strengths(&plain, "plackett-luce", "bob").len(), 3);
    let other =
        of_text("votes.csv", "count,first,second,third\n5,ann,bob,cid\n3,bob,cid,ann\n2,cid,ann,bob\n");
    assert_eq!(strengths(&plain, "plackett-luce", "bob"), strengths(&other, "plackett-luce", "bob"));
}

#[test]
fn consumers_one_by_one() {
    let equal = "price_g0,quantity_g0,price_g1,quantity_g1,price_g2,quantity_g2\n0.1,13.5,0.7,4.8,0.2,5.0\n0.3,13.9,0.1,4.8,0.6,4.8\n";
    let found = of_text("panel.csv", equal);
    assert!(found.answers.contains("GARP holds") && found.answers.contains("CCEI 1,"), "{}", found.answers);
    let two = "household,p1,x1,p2,x2\nu,1,1,2,2\nu,2,2,1,1\nv,1,2,2,1\nv,2,1,1,2\n";
    let found = of_text("two.csv", two);
    let table = found.tables.get("consumers").unwrap();
    assert_eq!(table.texts("household").unwrap(), ["u", "v"]);
    assert_eq!(table.floats("ccei").unwrap(), [0.8, 1.0]);
    assert!((table.floats("varian").unwrap()[0] - 0.9).abs() < 1e-12);
    assert_eq!(table.values("violation_on_lines").unwrap()[0].to_string(), "2, 3");
}

#[test]
fn choices_and_features() {
    // One feature, two alternatives 1 apart; the better one is chosen 3 times of 4.
    let rows: String = (0..8)
        .map(|k| {
            let better = u8::from(k % 4 != 3);
            format!("{},{k},{},0\n{},{k},{},1\n", k % 4, 1 - better, k % 4, better)
        })
        .collect();
    let found = of_text("choices.csv", &format!("person,case,choice,x\n{rows}"));
    let table = found.tables.get("coefficients").unwrap();
    assert!((table.floats("coefficient").unwrap()[0] - 3f64.ln()).abs() < 1e-8);
    // Copies of four people are no more than four people: errors by cluster, not by choice.
    let ratio = table.floats("clustered_error").unwrap()[0] / table.floats("standard_error").unwrap()[0];
    assert!((ratio - (2.0f64 * 4.0 / 3.0).sqrt()).abs() < 1e-8);
    let dir = tempfile::tempdir().unwrap();
    let (file, features) = (dir.path().join("g.csv"), dir.path().join("f.csv"));
    fs::write(&file, "winner,loser,count\na,b,3\nb,a,1\n").unwrap();
    fs::write(&features, "item,size\nb,0\na,1\nunused,5\n").unwrap();
    let mut args = PreferencesArgs::new(&file);
    args.features = Some(features);
    let found = done(&args);
    assert!(
        (found.tables.get("features").unwrap().floats("coefficient").unwrap()[0] - 3f64.ln()).abs() < 1e-8
    );
}

#[test]
fn ties_count_in_utilities_of_features() {
    let with_features = |text: &str, features: &str| {
        let dir = tempfile::tempdir().unwrap();
        let (file, of) = (dir.path().join("g.csv"), dir.path().join("f.csv"));
        fs::write(&file, text).unwrap();
        fs::write(&of, features).unwrap();
        let mut args = PreferencesArgs::new(&file);
        args.features = Some(of);
        done(&args)
    };
    let number = |tables: &relata_runs::Tables, table: &str, column: &str| {
        tables.get(table).unwrap().floats(column).unwrap()[0]
    };
    // Davidson's model of two items is saturated: the odds are 3, the ties 4 / sqrt(3 1).
    let games = "left,right,outcome,count\na,b,left,3\na,b,right,1\nb,a,tie,4\n";
    let found = with_features(games, "item,size\nb,0\na,1\n");
    let near =
        |found: f64, expected: f64| assert!((found - expected).abs() < 1e-8, "{found} is not {expected}");
    near(number(&found.tables, "features", "coefficient"), 3f64.ln());
    near(number(&found.tables, "feature_ties", "log_tendency"), (4.0 / 3f64.sqrt()).ln());
    near(number(&found.tables, "feature_model", "choices"), 8.0);
    near(number(&found.tables, "feature_model", "left_out"), 0.0);
    // A feature for each item but one is Davidson's model of strengths.
    let games = "left,right,outcome,count\na,b,left,5\na,b,tie,2\na,b,right,3\nb,c,left,4\nb,c,tie,3\nb,c,right,2\n\
                 a,c,left,6\na,c,tie,1\na,c,right,1\n";
    let found = with_features(games, "item,p,q\na,1,0\nb,0,1\nc,0,0\n");
    let table = found.tables.get("strengths").unwrap().filter("model", "davidson").unwrap();
    let of = |item: &str| table.filter("item", item).unwrap().floats("strength").unwrap()[0];
    let features = found.tables.get("features").unwrap().floats("coefficient").unwrap();
    assert!((features[0] - (of("a") - of("c"))).abs() < 1e-6, "{features:?}");
    assert!((features[1] - (of("b") - of("c"))).abs() < 1e-6, "{features:?}");
    // In rankings, too: nothing is left out.
    let found = with_features("a,b=c\nb,a,c\na=c,b\nc,b,a\na=b,c\n", "item,p\na,1\nb,0.3\nc,0\n");
    near(number(&found.tables, "feature_model", "left_out"), 0.0);
}

#[test]
fn what_is_wrong_is_said_with_what_the_file_was_taken_for() {
    let e = refused("x.csv", "left,right,outcome\na,b,perhaps\n", |_| ());
    assert!(
        e.contains(
            "x.csv, read as comparisons (left, right, outcome), separated by commas: line 2, column 5"
        ),
        "{e}"
    );
    let e = refused("x.toc", "# NUMBER ALTERNATIVES: 2\n# NUMBER VOTERS: 3\n1: 1,2\n", |a| a.strict = true);
    assert!(e.contains("voters: 3, the data have 1"), "{e}");
    let e = refused("x.csv", "winner,loser\na,b\n", |a| a.attributes = vec!["cost".into()]);
    assert!(e.contains("for choices in long form"), "{e}");
    let e = refused("x.csv", "case,choice,x\n1,1,0\n1,0,1\n", |a| a.attributes = vec!["cost".into()]);
    assert!(e.contains("no column of numbers `cost`; there are x"), "{e}");
    let e = refused("x.csv", "winner,loser,count\na,b,0\n", |_| ());
    assert!(e.contains("no item ever won"), "{e}");
}
