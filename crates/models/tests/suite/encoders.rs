//! Encoders against `transformers` (benches/peers/reference_checkpoints.py made the files), against
//! themselves, and against bad input.

use burn::tensor::Device;
use relata_models::encoder::{
    Checkpoint, Encoder, EncoderConfig, EncoderError, EncoderFamily, HeadWeights, Overlong, Stored, Text,
    tiny_tokenizer,
};
use relata_relations::Seed;
use relata_relations::faer::{Mat, MatRef};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn reference_dir(family: EncoderFamily) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(family.name())
}

/// The committed checkpoints, and those of the folder that the environment names, where it does.
fn references() -> impl Iterator<Item = (String, Checkpoint, Value)> {
    let given = std::env::var_os("RELATA_REFERENCE").map(PathBuf::from);
    let within = |dir: PathBuf| {
        let inner = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path());
        let has_reference = |dir: &PathBuf| dir.join("reference.json").is_file();
        [dir].into_iter().chain(inner).filter(has_reference).collect::<Vec<_>>()
    };
    let given = given.into_iter().flat_map(within);
    EncoderFamily::ALL.into_iter().map(reference_dir).chain(given).map(|dir| {
        let (checkpoint, reference) = read_reference(&dir);
        (dir.display().to_string(), checkpoint, reference)
    })
}

fn reference(family: EncoderFamily) -> (Checkpoint, Value) {
    read_reference(&reference_dir(family))
}

fn read_reference(dir: &Path) -> (Checkpoint, Value) {
    let reference = fs::read_to_string(dir.join("reference.json")).unwrap();
    (Checkpoint::read(dir).unwrap(), serde_json::from_str(&reference).unwrap())
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn assert_near(found: MatRef<'_, f64>, expected: &[f64], what: &str) {
    assert_eq!(found.nrows() * found.ncols(), expected.len(), "{what}");
    for i in 0..found.nrows() {
        for j in 0..found.ncols() {
            let e = expected[i * found.ncols() + j];
            assert!((found[(i, j)] - e).abs() < 1e-5, "{what} at ({i}, {j}): {} and {e}", found[(i, j)]);
        }
    }
}

fn tiny(family: EncoderFamily, layers: usize) -> Checkpoint {
    let tokenizer = tiny_tokenizer(family);
    let config = EncoderConfig::new(family, layers, 2, 16, 24, 32, tokenizer.vocabulary).unwrap();
    Checkpoint::random(config, &tokenizer.json, 0.3, Seed(3)).unwrap()
}

fn trace_of(c: &Checkpoint, ids: &[u32]) -> Mat<f64> {
    Encoder::new(c, &Device::flex().into()).unwrap().trace(ids).unwrap().output().to_owned()
}

#[test]
fn forward_passes_are_those_of_transformers() {
    for (name, checkpoint, reference) in references() {
        let text = reference["text"].as_str().unwrap();
        let config = checkpoint.config().clone();
        let tokens = checkpoint.text().tokens(text, config.context, Overlong::Refuse).unwrap();
        assert_eq!(tokens.len(), 1);
        let ids: Vec<f64> = tokens[0].ids.iter().map(|id| f64::from(*id)).collect();
        assert_eq!(ids, numbers(&reference["ids"]), "{name}");

        let encoder = Encoder::new(&checkpoint, &Device::flex().into()).unwrap();
        let trace = encoder.trace(&tokens[0].ids).unwrap();
        for (l, layer) in trace.layers().iter().enumerate() {
            let what = format!("{name}: residual stream before layer {l}");
            assert_near(layer.residual.as_ref(), &numbers(&reference["residual"][l]), &what);
        }
        assert_near(trace.output(), &numbers(&reference["output"]), &format!("{name}: output"));

        // The scores, through the attention weights that they give.
        let n = ids.len();
        for l in 0..config.layers {
            let expected = numbers(&reference["attention"][l]);
            for h in 0..config.heads {
                let weights = softmax(&trace.scores(l, h).unwrap(), config.family);
                let part = &expected[h * n * n..(h + 1) * n * n];
                assert_near(weights.as_ref(), part, &format!("{name}: head {l}.{h}"));
            }
        }
    }
}

fn softmax(scores: &Mat<f64>, family: EncoderFamily) -> Mat<f64> {
    let n = scores.nrows();
    let seen = |i: usize| if family == EncoderFamily::Gpt2 { i + 1 } else { n };
    let weight = |i: usize, j: usize| if j < seen(i) { scores[(i, j)].exp() } else { 0.0 };
    Mat::from_fn(n, n, |i, j| weight(i, j) / (0..n).map(|k| weight(i, k)).sum::<f64>())
}

#[test]
fn weights_of_a_head_give_its_queries_and_keys() {
    for family in EncoderFamily::ALL {
        let (checkpoint, reference) = reference(family);
        let ids: Vec<u32> = numbers(&reference["ids"]).iter().map(|v| *v as u32).collect();
        let encoder = Encoder::new(&checkpoint, &Device::flex().into()).unwrap();
        let trace = encoder.trace(&ids).unwrap();
        for (l, h) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let HeadWeights { query, key, query_bias, key_bias, scale } = encoder.head(l, h).unwrap();
            let read = &trace.layers()[l].read;
            for (w, b, found) in [
                (query, query_bias, trace.queries(l, h).unwrap()),
                (key, key_bias, trace.keys(l, h).unwrap()),
            ] {
                let product = read * w;
                let worst = (0..product.nrows())
                    .flat_map(|i| (0..b.len()).map(move |j| (i, j)))
                    .map(|at| (product[at] + b[at.1] - found[at]).abs())
                    .fold(0.0, f64::max);
                assert!(worst < 1e-5, "{family} {l}.{h}: {worst}");
            }
            assert_eq!(scale, 1.0 / (checkpoint.config().head_dimension() as f64).sqrt());
        }
        assert!(matches!(
            encoder.head(2, 0),
            Err(EncoderError::Number { what: "layer", found: 2, count: 2 })
        ));
        assert!(matches!(trace.scores(0, 9), Err(EncoderError::Number { what: "head", found: 9, count: 2 })));
    }
}

#[test]
fn later_tokens_change_earlier_states_but_in_gpt2() {
    for family in EncoderFamily::ALL {
        let c = tiny(family, 2);
        let (a, b) = (trace_of(&c, &[5, 6, 7, 8, 9]), trace_of(&c, &[5, 6, 7, 8, 30]));
        let change = (0..16).map(|j| (a[(1, j)] - b[(1, j)]).abs()).fold(0.0, f64::max);
        assert_eq!(change > 1e-6, family != EncoderFamily::Gpt2, "{family}: {change}");
    }
}

#[test]
fn written_checkpoints_read_back_in_every_precision_and_number_of_files() {
    for family in EncoderFamily::ALL {
        let c = tiny(family, 2);
        let ids = [5, 9, 7, 40, 11];
        let expected = trace_of(&c, &ids);
        for (stored, shard, tolerance) in [
            (Stored::F32, usize::MAX, 0.0),
            (Stored::F32, 7, 0.0),
            (Stored::F16, 5, 2e-2),
            (Stored::Bf16, usize::MAX, 2e-1),
        ] {
            let dir = tempfile::tempdir().unwrap();
            c.write(dir.path(), stored, shard).unwrap();
            assert_eq!(dir.path().join("model.safetensors").exists(), shard == usize::MAX);
            let read = Checkpoint::read(dir.path()).unwrap();
            assert_eq!(read.config(), c.config());
            let found = trace_of(&read, &ids);
            let worst = (&found - &expected).norm_max();
            assert!(worst <= tolerance, "{family} {stored:?}: {worst}");
            assert_eq!(worst == 0.0, stored == Stored::F32);
        }
    }
}

#[test]
fn long_texts_are_refused_cut_or_windowed() {
    for family in EncoderFamily::ALL {
        let text = Text::parse(&tiny_tokenizer(family).json).unwrap();
        let special = if family == EncoderFamily::Gpt2 { 1 } else { 2 };
        let long = "one utility is that of the product. ".repeat(9);
        let whole = &text.tokens(&long, usize::MAX / 2, Overlong::Refuse).unwrap()[0].ids;
        let error = text.tokens(&long, 32, Overlong::Refuse).unwrap_err();
        assert!(
            matches!(error, EncoderError::TooLong { tokens, context: 32 } if tokens == whole.len()),
            "{error}"
        );
        let cut = text.tokens(&long, 32, Overlong::Truncate).unwrap();
        assert_eq!((cut.len(), cut[0].ids.len()), (1, 32));
        let windows = text.tokens(&long, 32, Overlong::Windows(20)).unwrap();
        assert!(windows.iter().all(|w| w.ids.len() <= 20 && w.ids[0] == whole[0]));
        let body = |ids: &[u32]| ids[1..ids.len() - (special - 1)].to_vec();
        let joined: Vec<u32> = windows.iter().flat_map(|w| body(&w.ids)).collect();
        assert_eq!(joined, body(whole));
        for window in [0, special, 33] {
            assert!(matches!(
                text.tokens(&long, 32, Overlong::Windows(window)),
                Err(EncoderError::Window { .. })
            ));
        }
        for empty in ["", "  \n\t "] {
            assert!(matches!(text.tokens(empty, 32, Overlong::Refuse), Err(EncoderError::EmptyText)));
        }
    }
}

#[test]
fn tokens_that_cannot_be_read_are_named() {
    let c = tiny(EncoderFamily::Bert, 1);
    let encoder = Encoder::new(&c, &Device::flex().into()).unwrap();
    assert!(matches!(encoder.trace(&[]), Err(EncoderError::EmptyText)));
    assert!(matches!(encoder.trace(&[1; 33]), Err(EncoderError::TooLong { tokens: 33, context: 32 })));
    let vocabulary = c.config().vocabulary;
    let error = encoder.trace(&[1, 2, 4000]).unwrap_err();
    assert!(matches!(error, EncoderError::Token { id: 4000, position: 2, vocabulary: v } if v == vocabulary));
}

#[test]
fn weights_that_cannot_be_used_are_named() {
    let c = tiny(EncoderFamily::Bert, 2);
    let name = "encoder.layer.1.attention.self.key.weight";
    let write = |c: &Checkpoint| {
        let dir = tempfile::tempdir().unwrap();
        c.write(dir.path(), Stored::F32, usize::MAX).unwrap();
        dir
    };
    let error_of = |dir: &Path| Checkpoint::read(dir).unwrap_err();

    let mut broken = c.clone();
    broken.tensor_mut(name).unwrap().values_mut()[37] = f32::NAN;
    let error = error_of(write(&broken).path());
    assert!(matches!(&error, EncoderError::NonFinite { name: n, index: 37, .. } if n == name), "{error}");

    let dir = write(&c);
    let config = |change: &dyn Fn(&mut Value)| {
        let mut v = c.config().to_json();
        change(&mut v);
        fs::write(dir.path().join("config.json"), v.to_string()).unwrap();
        error_of(dir.path())
    };
    let error = config(&|v| v["num_hidden_layers"] = json!(3));
    assert!(
        error.to_string().contains("encoder.layer.2.") && error.to_string().contains("3 layers"),
        "{error}"
    );
    let error = config(&|v| v["intermediate_size"] = json!(25));
    assert!(
        matches!(&error, EncoderError::Shape { found, expected, .. } if found.contains(&24) && expected.contains(&25))
    );
    let error = config(&|v| v["num_attention_heads"] = json!(3));
    assert!(matches!(error, EncoderError::HeadDimension { width: 16, heads: 3 }), "{error}");
    let error = config(&|v| v["model_type"] = json!("llama"));
    assert!(matches!(&error, EncoderError::Architecture { found } if found == "llama"), "{error}");
    let error = config(&|v| v["position_embedding_type"] = json!("relative_key"));
    assert!(matches!(error, EncoderError::Variant { field: "position_embedding_type", .. }));
    let error = config(&|v| v["hidden_act"] = json!("swish"));
    assert!(error.to_string().contains("swish"), "{error}");
    let error = config(&|v| v["num_attention_heads"] = json!(0));
    assert!(matches!(error, EncoderError::Config { field: "the number of heads", .. }));
    let error = config(&|v| drop(v.as_object_mut().unwrap().remove("hidden_size")));
    assert!(error.to_string().contains("hidden_size"), "{error}");
    let gpt2 = tiny(EncoderFamily::Gpt2, 2).config().to_json();
    fs::write(dir.path().join("config.json"), gpt2.to_string()).unwrap();
    assert!(matches!(
        error_of(dir.path()),
        EncoderError::Foreign { family: EncoderFamily::Gpt2, ending: "wte.weight" }
    ));
}

#[test]
fn files_that_are_absent_or_half_written_are_named() {
    let c = tiny(EncoderFamily::Gpt2, 1);
    for shard in [usize::MAX, 4] {
        let dir = tempfile::tempdir().unwrap();
        c.write(dir.path(), Stored::F32, shard).unwrap();
        let weights = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "safetensors"))
            .max()
            .unwrap();
        let bytes = fs::read(&weights).unwrap();
        for length in [0, 5, 60, bytes.len() - 1] {
            fs::write(&weights, &bytes[..length]).unwrap();
            let error = Checkpoint::read(dir.path()).unwrap_err();
            assert!(
                matches!(&error, EncoderError::Corrupt { path, .. } if *path == weights),
                "{length}: {error}"
            );
        }
        fs::remove_file(&weights).unwrap();
        let error = Checkpoint::read(dir.path()).unwrap_err();
        assert!(matches!(&error, EncoderError::Absent { what, .. } if weights.ends_with(what)), "{error}");
        fs::write(&weights, &bytes).unwrap();
        for name in ["config.json", "tokenizer.json"] {
            let text = fs::read(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name), &text[..text.len() / 2]).unwrap();
            assert!(Checkpoint::read(dir.path()).is_err());
            fs::remove_file(dir.path().join(name)).unwrap();
            let error = Checkpoint::read(dir.path()).unwrap_err();
            assert!(matches!(&error, EncoderError::Absent { what, .. } if what == name), "{error}");
            fs::write(dir.path().join(name), text).unwrap();
        }
    }
    let nowhere = Path::new(env!("CARGO_MANIFEST_DIR")).join("no-such-model");
    assert!(matches!(Checkpoint::read(&nowhere), Err(EncoderError::Io { .. })));
}

#[test]
fn integer_weights_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let c = tiny(EncoderFamily::Gpt2, 1);
    c.write(dir.path(), Stored::F32, usize::MAX).unwrap();
    let path = dir.path().join("model.safetensors");
    // The type's name stands in the header as text; one of the same width keeps the file whole.
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(5).position(|w| w == b"\"F32\"").unwrap();
    bytes[at + 1] = b'I';
    fs::write(&path, bytes).unwrap();
    assert!(matches!(Checkpoint::read(dir.path()), Err(EncoderError::Type { .. })));
}
