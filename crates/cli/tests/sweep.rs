//! What a configuration of a sweep means, and what is wrong with one.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use relata_cli::{Asked, Sweep, SweepError};
use relata_runs::{BackendKind, Profile};

fn runs(text: &str) -> Result<Vec<relata_cli::RunArgs>, String> {
    Sweep::parse(text)?.runs().map_err(|e| e.to_string())
}

#[test]
fn a_grid_is_every_combination() {
    let all = runs(
        r#"
        out = "results"
        [[grid]]
        pipelines = ["rkhs", "width"]
        profiles = ["smoke", "paper"]
        seeds = { from = 5, to = 8 }
        backend = "ndarray"
        [[grid]]
        pipelines = ["analyse"]
        parameters = { file = ["a.csv", "b.csv"], eps = [0.1, 0.01], undirected = [true, false], missing = ["zero"] }
        "#,
    )
    .unwrap();
    assert_eq!(all.len(), 2 * 2 * 3 + 2 * 2 * 2);
    let first = &all[0];
    let Asked::One { pipeline, .. } = &first.asked else { panic!() };
    assert_eq!((pipeline.name, first.options.seed, first.options.profile), ("rkhs", 5, Profile::Smoke));
    assert_eq!(first.options.backend, BackendKind::Ndarray);
    assert!(all.iter().all(|r| r.options.out.to_str() == Some("results") && r.shard.is_none()));
    let Asked::One { given, .. } = &all[12].asked else { panic!() };
    let relata_cli::Given::Measured(given) = given.as_ref() else { panic!() };
    assert_eq!((given.file.to_str(), given.reading.undirected), (Some("a.csv"), true));
    // No two runs are the same.
    for (k, run) in all.iter().enumerate() {
        assert!(!all[..k].contains(run), "{run:?}");
    }
}

#[test]
fn what_cannot_be_swept_is_said_before_anything_starts() {
    let grid = |rest: &str| format!("[[grid]]\npipelines = [\"rkhs\"]\n{rest}");
    for (text, parts) in [
        (String::new(), vec!["grid"]),
        ("grid = []".to_owned(), vec!["empty", "[[grid]]"]),
        ("[[grid]]\npipelines = []".to_owned(), vec!["grid 1 is empty", "pipelines"]),
        (grid("profiles = []"), vec!["profiles"]),
        (grid("seeds = []"), vec!["grid 1 is empty", "seeds"]),
        (grid("seeds = { from = 3, to = 3 }"), vec!["seeds"]),
        (grid("seeds = { from = 0, to = 1000000000 }"), vec!["1000000000 runs", "at most 100000"]),
        (grid("seeds = { from = 0, to = 18446744073709551615 }"), vec!["18446744073709551615 runs"]),
        (grid("sedes = [1]"), vec!["unknown field `sedes`", "line 3"]),
        ("shard = 2\n[[grid]]\npipelines = [\"rkhs\"]".to_owned(), vec!["unknown field `shard`", "line 1"]),
        (grid("profiles = [\"smal\"]"), vec!["smal", "smoke"]),
        (grid("[grid.parameters]\neps = [0.1]"), vec!["grid 1", "belongs to the pipeline `analyse`"]),
        (grid("[grid.parameters]\nepz = [0.1]"), vec!["grid 1", "--epz"]),
        (grid("[grid.parameters]\nseed = [0]"), vec!["`seed`", "a place of its own"]),
        (grid("[grid.parameters]\neps = []"), vec!["values of the parameter `eps`"]),
        ("[[grid]]\npipelines = [\"rkh\"]".to_owned(), vec!["did you mean `rkhs`?"]),
        ("[[grid]]\npipelines = [\"all\"]".to_owned(), vec!["unknown pipeline `all`"]),
        ("[[grid]]\npipelines = [\"analyse\"]".to_owned(), vec!["grid 1", "FILE"]),
        (
            "[[grid]]\npipelines = [\"analyse\"]\nparameters = { file = [\"a\"], eps = [2.0] }".to_owned(),
            vec!["above 0 and below 1"],
        ),
        ("[[grid]]\npipelines = [\"analyse\"]\nparameters = { file = [[1]] }".to_owned(), vec!["array"]),
    ] {
        let message = runs(&text).unwrap_err();
        assert!(parts.iter().all(|part| message.contains(part)), "{text}\n{message}");
    }
    let huge = "pipelines = [\"rkhs\"]\nseeds = { from = 0, to = 9223372036854775807 }\n".to_owned();
    let grids = format!("[[grid]]\n{huge}").repeat(20);
    assert!(matches!(Sweep::parse(&grids).unwrap().runs(), Err(SweepError::Large { .. })));
}

#[test]
fn a_file_that_is_no_configuration_is_not_read_to_its_end() {
    let dir = std::env::temp_dir().join(format!("relata-sweep-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("large.toml");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    let message = Sweep::read(&path).unwrap_err().to_string();
    assert!(message.contains("1099511627776 bytes"), "{message}");
    assert!(matches!(Sweep::read(&dir.join("none.toml")), Err(SweepError::Read { .. })));
    std::fs::remove_dir_all(dir).unwrap();
}

proptest! {
    /// Whatever stands in the file: an answer, no panic, and no more than a line of runs for a byte.
    #[test]
    fn any_text_has_an_answer(
        cuts in prop::collection::vec((0_usize..220, prop::char::any()), 0..12),
    ) {
        let mut text: Vec<char> = "out = \"r\"\nshards = 3\nmax_cells = 9\n[[grid]]\npipelines = [\"rkhs\", \"analyse\"]\n\
            profiles = [\"smoke\"]\nseeds = { from = 0, to = 99 }\nbackend = \"flex\"\nparameters = { file = [\"a\"] }\n\
            [slurm]\ntime = \"1\"\noptions = []\n".chars().collect();
        for (at, c) in cuts {
            let at = at % text.len();
            text[at] = c;
        }
        let text: String = text.into_iter().collect();
        if let Ok(config) = Sweep::parse(&text)
            && let Ok(runs) = config.runs()
        {
            prop_assert!(runs.len() <= 100_000);
        }
    }
}
