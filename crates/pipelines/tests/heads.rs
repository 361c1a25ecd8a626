//! The heads of a model: planted ones come out as what they are, a model in files as the same model
//! in memory, and bad input is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relata_cli::{CheckpointArgs, Given};
use relata_pipelines::backend::{self, BackendKind};
use relata_pipelines::runner::{self, Outcome, Progress, RunOptions};
use relata_pipelines::{DynPipeline, Ready};
use relata_relations::Seed;
use relata_runs::{Input, Profile, Tables};
use relata_training::encoder::{Checkpoint, EncoderConfig, EncoderFamily, Stored, tiny_tokenizer};
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Command, Output};

fn run(pipeline: &dyn DynPipeline, input: Option<Input>, out: &Path, jobs: usize) -> Outcome {
    let options = RunOptions {
        profile: Profile::Smoke,
        seed: 1,
        out: out.to_owned(),
        jobs: NonZeroUsize::new(jobs).unwrap(),
        input,
        progress: Progress::Silent,
    };
    runner::run(pipeline, &backend::open(BackendKind::Flex).unwrap(), &options).unwrap()
}

fn open(given: &Given) -> Ready {
    relata_pipelines::open("heads", given).unwrap()
}

fn checkpoint(family: EncoderFamily) -> Checkpoint {
    let tokenizer = tiny_tokenizer(family);
    let config = EncoderConfig::new(family, 1, 2, 12, 20, 64, tokenizer.vocabulary).unwrap();
    Checkpoint::random(config, &tokenizer.json, 0.4, Seed(5)).unwrap()
}

#[test]
fn planted_heads_come_out_as_what_they_are_whatever_the_threads() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let tiny = open(&Given::Nothing).pipeline;
    let [one, three] = [(0, 1), (1, 3)].map(|(k, jobs)| run(tiny.as_ref(), None, dirs[k].path(), jobs));
    assert!(one.is_success(), "{:?} {:?}", one.failed_cells, one.failed_checks);
    let bytes = |o: &Outcome, name: &str| fs::read(o.dir.tables().join(name)).unwrap();
    for name in ["heads.csv", "queries.csv", "limits.csv", "spectra.csv"] {
        assert_eq!(bytes(&one, name), bytes(&three, name), "{name}");
    }
    let tables = Tables::read_dir(&one.dir.tables()).unwrap();
    let heads = tables.get("heads").unwrap();
    assert_eq!(heads.len(), 16);
    for model in ["tiny-bert", "tiny-gpt2"] {
        let first = heads.filter("model", model).unwrap().filter("layer", 0i64).unwrap();
        let antisymmetric = first.floats("antisymmetric").unwrap();
        assert!(antisymmetric[0] < 1e-6 && antisymmetric[1] > 1.0 - 1e-6, "{model}: {antisymmetric:?}");
        // Antisymmetric forms have their singular values in pairs.
        let second =
            tables.get("spectra").unwrap().filter("model", model).unwrap().filter("layer", 0i64).unwrap();
        let s = second.filter("head", 1i64).unwrap().floats("singular_value").unwrap();
        assert!(s.chunks(2).all(|p| (p[0] - p[1]).abs() < 1e-6 * p[0]), "{s:?}");
        assert!(first.floats("explained_variance").unwrap()[2] > 0.999);
        assert!(first.floats("tau_between_queries").unwrap()[2] > 0.98);
        let cosine = heads.filter("model", model).unwrap().floats("margin_cosine").unwrap();
        assert!(cosine.iter().all(|c| *c > 0.0 && *c <= 1.0 + 1e-9), "{cosine:?}");
    }
    assert!(tiny.answers(&tables).unwrap().unwrap().contains("of 16"));
}

#[test]
fn a_model_in_files_is_read_with_its_text() {
    for family in EncoderFamily::ALL {
        let dir = tempfile::tempdir().unwrap();
        let (model, text) = (dir.path().join("model"), dir.path().join("page.txt"));
        checkpoint(family).write(&model, Stored::F32, 5).unwrap();
        fs::write(&text, "The utility of one is not that of the other. ".repeat(6)).unwrap();
        let given =
            Given::Checkpoint(CheckpointArgs { model: Some(model.clone()), text: Some(text.clone()) });
        let input_hash = || open(&given).input.unwrap().hash;
        let hash = input_hash();
        let Ready { pipeline, input } = open(&given);
        let outcome = run(pipeline.as_ref(), input, dir.path(), 2);
        assert!(outcome.is_success(), "{:?}", outcome.failed_cells);
        assert!(outcome.dir.path().to_str().unwrap().ends_with(&format!("smoke-flex-1-{}", &hash[..12])));
        assert_eq!(outcome.summary.unwrap().value("heads").unwrap().round() as i64, 2);
        let tables = Tables::read_dir(&outcome.dir.tables()).unwrap();
        let models = tables.get("models").unwrap();
        assert_eq!(models.texts("family").unwrap(), [family.name()]);
        assert!(models.ints("text_tokens").unwrap()[0] > models.ints("tokens_read").unwrap()[0]);

        // Another text is another input; the same files are the same.
        assert_eq!(input_hash(), hash);
        fs::write(&text, "Another page.").unwrap();
        assert_ne!(input_hash(), hash);
        // The run is verified against what it read, which has changed.
        let output = program(dir.path(), &["verify", outcome.dir.path().to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("changed since the run"), "{said}");
    }
}

fn program(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relata-pipelines")).args(arguments).current_dir(dir).output().unwrap()
}

#[test]
fn bad_input_is_refused_with_its_status() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str], status: i32, part: &str| {
        let output = program(dir.path(), arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(said.contains(part), "{arguments:?} should mention `{part}`: {said}");
    };
    refused(&["run", "heads", "--model", "nowhere"], 4, "nowhere");
    refused(&["run", "heads", "--text", "page"], 2, "--model");
    refused(&["run", "width-two", "--model", "m"], 2, "width-two");
    let c = checkpoint(EncoderFamily::Bert);
    c.write(&dir.path().join("m"), Stored::F32, usize::MAX).unwrap();
    fs::write(dir.path().join("empty"), " \n").unwrap();
    refused(&["run", "heads", "--model", "m", "--text", "empty"], 4, "empty");
    refused(&["run", "heads", "--model", "m", "--text", "absent"], 4, "absent");
    let mut config = c.config().to_json();
    config["model_type"] = "mamba".into();
    fs::write(dir.path().join("m/config.json"), config.to_string()).unwrap();
    refused(&["run", "heads", "--model", "m"], 4, "mamba");
}
