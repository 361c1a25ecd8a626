//! What a line of words means, and what is wrong with it.
#![allow(clippy::unwrap_used, clippy::panic)]

use clap::{CommandFactory as _, Parser};
use relata_cli::{
    As, Asked, CollectArgs, ColumnsOf, Command, Direct, DuplicatesOf, Given, HeaderLine, ListingArgs,
    ListingFormat, MeasuredArgs, Missing, PIPELINES, ReadingArgs, RunArgs, SpacesOf, Takes, TriangleOf, list,
};
use relata_runs::{BackendKind, Profile};

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn parsed(line: &str) -> Result<Command, String> {
    let words = ["relata"].into_iter().chain(line.split_whitespace());
    Cli::try_parse_from(words).map(|cli| cli.command).map_err(|e| {
        assert_eq!(e.exit_code(), 2, "{line}");
        e.to_string()
    })
}

fn run(line: &str) -> RunArgs {
    match parsed(line).unwrap() {
        Command::Run(args) | Command::Direct(Direct(args)) => args,
        other => panic!("{line} is {other:?}"),
    }
}

#[test]
fn the_definitions_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn options_stand_before_or_after_the_pipeline() {
    let after = run("run width-two --profile smoke --seed 7 --jobs 3 --backend wgpu --out o");
    assert_eq!(after, run("run --profile smoke --seed 7 --jobs 3 --backend wgpu --out o width-two"));
    assert_eq!(after, run("run --seed 9 --out o --backend wgpu width-two --seed 7 --jobs 3 --profile smoke"));
    let options = &after.options;
    assert_eq!((options.profile, options.backend, options.seed), (Profile::Smoke, BackendKind::Wgpu, 7));
    assert_eq!((options.jobs.unwrap().get(), options.out.to_str()), (3, Some("o")));
    assert_eq!(run("run all").asked, Asked::All);
    assert_eq!(run("run all").options.profile, Profile::Standard);
}

#[test]
fn a_pipeline_that_needs_a_file_is_a_command_itself() {
    let line = "analyse m.csv --x-features a.csv --y-features b.csv --eps 0.1 --missing zero --seed 3";
    assert_eq!(run(line), run(&format!("run {line}")));
    let Asked::One { pipeline, given } = run(line).asked else { panic!("one pipeline was named") };
    assert_eq!(pipeline.name, "analyse");
    let expected = MeasuredArgs {
        x_features: Some("a.csv".into()),
        y_features: Some("b.csv".into()),
        eps: 0.1,
        reading: ReadingArgs { missing: Some(Missing::Zero), ..ReadingArgs::default() },
        ..MeasuredArgs::new("m.csv")
    };
    assert_eq!(*given, Given::Measured(expected));
    let line = "analyse a.npz:k --spaces two --triangle mirror --as list --header no --columns u,i,r \
                --duplicates mean --undirected --tolerance 1e-6 --weights w.csv --missing hole";
    let Asked::One { given, .. } = run(line).asked else { panic!("one pipeline was named") };
    assert_eq!(given.files(), ["a.npz", "w.csv"].map(std::path::PathBuf::from));
    let reading = ReadingArgs {
        missing: Some(Missing::Hole),
        weights: Some("w.csv".into()),
        spaces: Some(SpacesOf::Two),
        triangle: Some(TriangleOf::Mirror),
        form: Some(As::List),
        header: Some(HeaderLine::No),
        columns: Some(ColumnsOf {
            source: "u".to_owned(),
            target: "i".to_owned(),
            value: Some("r".to_owned()),
        }),
        duplicates: Some(DuplicatesOf::Mean),
        undirected: true,
        tolerance: Some(1e-6),
    };
    assert_eq!(*given, Given::Measured(MeasuredArgs { reading, ..MeasuredArgs::new("a.npz:k") }));
    for p in PIPELINES {
        let direct = Cli::command().get_subcommands().any(|c| c.get_name() == p.name);
        assert_eq!(direct, p.takes.is_command(), "{}", p.name);
    }
}

#[test]
fn a_cell_has_its_pipelines_input_and_a_key() {
    let Command::Cell(cell) = parsed("cell width-two 3f2a --profile smoke").unwrap() else { panic!() };
    assert_eq!((cell.pipeline.name, cell.key.as_deref()), ("width-two", Some("3f2a")));
    assert_eq!(cell.options.profile, Profile::Smoke);
    let Command::Cell(cell) = parsed("cell analyse m.csv structure").unwrap() else { panic!() };
    assert_eq!(cell.key.as_deref(), Some("structure"));
    assert_eq!(*cell.given, Given::Measured(MeasuredArgs::new("m.csv")));
    let Command::Cell(cell) = parsed("cell heads --model m").unwrap() else { panic!() };
    assert_eq!((cell.key, cell.given.kind()), (None, Takes::Checkpoint));
}

#[test]
fn a_shard_belongs_to_a_run_and_a_form_to_a_list() {
    let shard = run("run width-two --shard 1/4").shard.unwrap();
    assert_eq!((shard.index(), shard.count().get()), (1, 4));
    assert_eq!(run("run --shard 1/4 width-two"), run("run width-two --shard 1/4"));
    assert_eq!(run("analyse m.csv --shard 0/2"), run("run analyse m.csv --shard 0/2"));
    assert_eq!(run("run all --shard 0/2").shard.unwrap().to_string(), "0/2");
    assert!(run("run all").shard.is_none() && run("analyse m.csv").shard.is_none());
    let Command::Collect(CollectArgs(collected)) = parsed("collect rkhs --seed 3").unwrap() else { panic!() };
    assert_eq!(collected, run("run rkhs --seed 3"));
    let cells = |line: &str| match parsed(line).unwrap() {
        Command::Cells(cells) => (cells.listing, *cells.given),
        other => panic!("{other:?}"),
    };
    let listing = ListingArgs { missing: true, format: ListingFormat::Tsv };
    assert_eq!(cells("cells width --missing --format tsv"), (listing, Given::Nothing));
    assert_eq!(cells("cells width --unfinished --format tsv").0, listing);
    assert_eq!(cells("cells width").0, ListingArgs::default());
    // There `--missing` says what absent entries mean.
    let (found, given) = cells("cells analyse m.csv --unfinished --missing zero --format tsv");
    let reading = ReadingArgs { missing: Some(Missing::Zero), ..ReadingArgs::default() };
    assert_eq!(found, listing);
    assert_eq!(given, Given::Measured(MeasuredArgs { reading, ..MeasuredArgs::new("m.csv") }));
    for (line, part) in [
        ("run rkhs --shard 2/2", "the last one is 1/2"),
        ("run rkhs --shard half", "INDEX/COUNT"),
        ("collect rkhs --shard 0/2", "--shard"),
        ("cell rkhs --shard 0/2", "--shard"),
        ("cells rkhs --format xml", "text, tsv, json"),
        ("cells all", "unknown pipeline `all`"),
        ("sweep", "<CONFIG>"),
        ("sweep s.toml --shard 0/2 --collect", "cannot be used with"),
        ("sweep s.toml --engine make", "local, snakemake, slurm"),
        ("faults --minutes 0", "above 0"),
    ] {
        let message = parsed(line).unwrap_err();
        assert!(message.contains(part), "{line}: {message}");
    }
    // What is measured is in no list, and can be asked for.
    let Asked::One { pipeline, .. } = run("run empty").asked else { panic!() };
    assert!(pipeline.name == "empty" && !list().contains("empty"));
}

#[test]
fn every_option_of_another_pipeline_is_refused_with_its_owner() {
    let options = [
        ("--model", "heads"),
        ("--text", "heads"),
        ("--eps", "analyse"),
        ("--missing", "analyse"),
        ("--spaces", "analyse"),
        ("--undirected", "analyse"),
        ("--weights", "analyse"),
        ("--attributes", "preferences"),
        ("--strict", "preferences"),
    ];
    for command in ["run", "cell"] {
        let names = PIPELINES.iter().map(|p| p.name).chain((command == "run").then_some("all"));
        for asked in names {
            let file = if ["analyse", "preferences"].contains(&asked) { "r.csv" } else { "" };
            for (option, owner) in options.iter().filter(|(_, owner)| *owner != asked) {
                for value in ["x", "", "0.5"] {
                    let message = parsed(&format!("{command} {asked} {file} {option} {value}")).unwrap_err();
                    let belongs = format!("belongs to the pipeline `{owner}`, not to `{asked}`");
                    assert!(message.contains(option) && message.contains(&belongs), "{message}");
                }
            }
        }
    }
}

#[test]
fn names_that_do_not_exist_are_refused_with_the_nearest() {
    for (line, parts) in [
        ("run symetric", ["unknown pipeline `symetric`", "did you mean `symmetric`?"]),
        ("run al", ["unknown pipeline `al`", "did you mean `all`?"]),
        ("cell all", ["unknown pipeline `all`", "known: symmetric, "]),
        ("run code-width --seed 3", ["unknown pipeline `code-width`", "analyse, all)"]),
        ("run heads --text page", ["--model", "required"]),
        ("analyse", ["<FILE>", "required"]),
        ("run analyse m.csv n.csv", ["unexpected", "n.csv"]),
        ("analyse m.csv --columns a,b,c,d", ["--columns", "two or three names"]),
        ("analyse m.csv --columns a", ["--columns", "SOURCE,TARGET,VALUE"]),
        ("analyse m.csv --spaces three", ["three", "one, two"]),
        ("analyse m.csv --missing nought", ["nought", "error, zero, hole"]),
        ("analyse m.csv --tolerance 2", ["--tolerance", "below 1"]),
    ] {
        let message = parsed(line).unwrap_err();
        assert!(parts.iter().all(|part| message.contains(part)), "{line}: {message}");
    }
}

#[test]
fn what_is_needed_before_anything_is_compiled_is_said() {
    let verify = parsed("verify r").unwrap();
    assert_eq!((verify.backend(), verify.runs().len(), verify.files().len()), (None, 1, 0));
    let doctor = parsed("doctor --backend ndarray").unwrap();
    assert_eq!((doctor.backend(), doctor.out()), (Some(BackendKind::Ndarray), None));
    let analyse = parsed("analyse r.csv --x-features x.csv --out o").unwrap();
    assert_eq!(analyse.files().len(), 2);
    assert_eq!(analyse.out().and_then(|o| o.to_str()), Some("o"));
}

#[test]
fn the_list_names_every_pipeline_and_what_it_takes() {
    let text = list();
    for p in PIPELINES {
        assert!(text.contains(&format!("  {:14} {}\n", p.name, p.about)), "{}", p.name);
        assert!(text.contains(p.produces), "{}", p.name);
    }
    assert!(text.contains("takes: FILE [--x-features CSV]") && text.contains("takes: [--model DIR"));
}
