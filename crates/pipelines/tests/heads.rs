//! The heads of a model: planted ones come out as what they are, a model in files as the same model
//! in memory, and bad input is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use burn::tensor::Device;
use relata_cli::{CheckpointArgs, Given};
use relata_models::encoder::{
    Checkpoint, Encoder, EncoderConfig, EncoderFamily, Overlong, Stored, tiny_tokenizer,
};
use relata_pipelines::backend::{self, BackendKind};
use relata_pipelines::runner::{self, Outcome, Progress, RunOptions};
use relata_pipelines::{DynPipeline, Ready};
use relata_relations::Seed;
use relata_runs::{Input, Profile, Table, Tables};
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(pipeline: &dyn DynPipeline, input: Option<Input>, out: &Path, jobs: usize) -> Outcome {
    run_profile(Profile::Smoke, pipeline, input, out, jobs)
}

fn run_profile(
    profile: Profile,
    pipeline: &dyn DynPipeline,
    input: Option<Input>,
    out: &Path,
    jobs: usize,
) -> Outcome {
    let options = RunOptions {
        profile,
        seed: 1,
        out: out.to_owned(),
        jobs: NonZeroUsize::new(jobs).unwrap(),
        input,
        progress: Progress::Silent,
        ..RunOptions::default()
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

/// The table of heads of a standard run.
fn standard_heads(model: &Path, text: &Path) -> Table {
    let out = tempfile::tempdir().unwrap();
    let given =
        Given::Checkpoint(CheckpointArgs { model: Some(model.to_owned()), text: Some(text.to_owned()) });
    let Ready { pipeline, input } = open(&given);
    let outcome = run_profile(Profile::Standard, pipeline.as_ref(), input, out.path(), 2);
    assert!(outcome.is_success(), "{:?} {:?}", outcome.failed_cells, outcome.failed_checks);
    Tables::read_dir(&outcome.dir.tables()).unwrap().get("heads").unwrap().clone()
}

/// The expected values were computed with `transformers` in f64, over all 51 queries of the two
/// windows.
#[test]
fn a_short_last_window_counts_with_its_queries() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/heads");
    let heads = standard_heads(&data, &data.join("page.txt"));
    for (column, expected) in [
        ("mean_weight", [0.352_853_05, 0.168_951_17, 0.200_651_01, 0.398_194_20]),
        ("first_key_weight", [0.017_190_69, 0.035_709_74, 0.026_759_83, 0.035_965_65]),
        ("retrieval_score", [0.136_038_81, 0.106_169_62, 0.031_886_76, 0.110_238_51]),
        ("effective_support", [11.668_453_71, 24.865_545_99, 23.395_106_30, 6.977_944_55]),
        ("largest_key_weight", [0.313_969_72, 0.107_249_22, 0.190_621_46, 0.341_188_49]),
        ("distinct_selections", [11.0 / 51.0, 18.0 / 51.0, 6.0 / 51.0, 4.0 / 51.0]),
    ] {
        for (found, expected) in heads.floats(column).unwrap().into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{column}: {found}, not {expected}");
        }
    }
}

/// A model of 48 positions whose tokenizer adds nothing, and a text of so many tokens.
fn bare(family: EncoderFamily, tokens: usize, dir: &Path) -> (PathBuf, PathBuf) {
    let mut tokenizer: serde_json::Value = serde_json::from_str(&tiny_tokenizer(family).json).unwrap();
    tokenizer["post_processor"] = serde_json::Value::Null;
    let vocabulary = tiny_tokenizer(family).vocabulary;
    let config = EncoderConfig::new(family, 1, 2, 12, 20, 48, vocabulary).unwrap();
    let checkpoint = Checkpoint::random(config, &tokenizer.to_string(), 0.8, Seed(11)).unwrap();
    let (model, text) = (dir.join("model"), dir.join(format!("{tokens}.txt")));
    checkpoint.write(&model, Stored::F32, usize::MAX).unwrap();
    let letters: Vec<String> =
        (0..tokens).map(|k| char::from(b'a' + (k * k % 26) as u8).to_string()).collect();
    fs::write(&text, letters.join(" ")).unwrap();
    (model, text)
}

#[test]
fn every_mean_is_over_the_queries_that_have_a_choice() {
    for (family, choosing) in [(EncoderFamily::Bert, 96), (EncoderFamily::Gpt2, 94)] {
        let dir = tempfile::tempdir().unwrap();
        let (model, text) = bare(family, 97, dir.path());
        let heads = standard_heads(&model, &text);
        assert_eq!(heads.ints("queries").unwrap(), [choosing, choosing]);

        // By brute force from the traces, query by query.
        let checkpoint = Checkpoint::read(&model).unwrap();
        let encoder = Encoder::new(&checkpoint, &Device::flex().into()).unwrap();
        let page = fs::read_to_string(&text).unwrap();
        let windows = checkpoint.text().tokens(&page, 48, Overlong::Windows(48)).unwrap();
        assert_eq!(windows.iter().map(|w| w.ids.len()).collect::<Vec<_>>(), [48, 48, 1]);
        for head in 0..2 {
            let (mut selected, mut first, mut support) = (Vec::new(), Vec::new(), Vec::new());
            for window in &windows {
                let scores = encoder.trace(&window.ids).unwrap().scores(0, head).unwrap();
                let n = scores.nrows();
                for i in 0..n {
                    let keys = if family == EncoderFamily::Gpt2 { i + 1 } else { n };
                    let total: f64 = (0..keys).map(|j| scores[(i, j)].exp()).sum();
                    let weights: Vec<f64> = (0..keys).map(|j| scores[(i, j)].exp() / total).collect();
                    if keys > 1 {
                        selected.push(weights.iter().copied().fold(0.0, f64::max));
                        first.push(weights[0]);
                        support.push((-weights.iter().map(|w| w * w.ln()).sum::<f64>()).exp());
                    }
                }
            }
            for (column, values) in
                [("mean_weight", selected), ("first_key_weight", first), ("effective_support", support)]
            {
                let expected = values.iter().sum::<f64>() / values.len() as f64;
                let found = heads.floats(column).unwrap()[head];
                assert!((found - expected).abs() < 1e-5 * expected, "{family} {column}: {found}, {expected}");
            }
        }
    }
}

#[test]
fn a_text_of_one_token_is_refused_before_anything_runs() {
    for family in EncoderFamily::ALL {
        let dir = tempfile::tempdir().unwrap();
        let (model, text) = bare(family, 1, dir.path());
        let [model, text] = [&model, &text].map(|p| p.to_str().unwrap());
        let output = program(dir.path(), &["run", "heads", "--model", model, "--text", text]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "{said}");
        assert!(said.contains("single token") && said.contains(text), "{said}");
    }
}

fn program(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relata")).args(arguments).current_dir(dir).output().unwrap()
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
