//! Decoders that cannot be read or asked: each is refused with the cause.

use crate::decoders::{reference_dir, tiny};
use burn::tensor::Device;
use relata_models::decoder::{
    Decoder, DecoderCheckpoint, DecoderError, DecoderFamily, Patch, PatchValue, RotaryScaling,
};
use relata_models::encoder::{EncoderError, Overlong, Stored};
use relata_models::{ModelCheckpoint, ModelError};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn written(c: &DecoderCheckpoint, shard: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    c.write(dir.path(), Stored::F32, shard).unwrap();
    dir
}

fn edit(dir: &Path, change: impl Fn(&mut Value)) -> DecoderError {
    let path = dir.join("config.json");
    let before = fs::read_to_string(&path).unwrap();
    let mut config: Value = serde_json::from_str(&before).unwrap();
    change(&mut config);
    fs::write(&path, config.to_string()).unwrap();
    let error = DecoderCheckpoint::read(dir).unwrap_err();
    fs::write(&path, before).unwrap();
    error
}

#[test]
fn settings_that_cannot_be_computed_are_named() {
    let dir = written(&tiny(DecoderFamily::Llama), usize::MAX);
    let yarn = edit(dir.path(), |c| c["rope_scaling"] = json!({"rope_type": "yarn", "factor": 4.0}));
    assert!(
        matches!(yarn, DecoderError::Variant { field: "rope_scaling", .. })
            && yarn.to_string().contains("yarn")
    );
    let factor = edit(dir.path(), |c| c["rope_scaling"] = json!({"type": "linear"}));
    assert!(factor.to_string().contains("factor") && factor.to_string().contains("missing"), "{factor}");
    let act = edit(dir.path(), |c| c["hidden_act"] = json!("relu2"));
    assert!(act.to_string().contains("relu2"), "{act}");
    let grouping = edit(dir.path(), |c| c["num_key_value_heads"] = json!(3));
    assert!(matches!(grouping, DecoderError::Grouping { heads: 4, key_heads: 3 }), "{grouping}");
    assert!(matches!(
        edit(dir.path(), |c| c["model_type"] = json!("gemma2")),
        DecoderError::Architecture { found } if found.contains("gemma2")
    ));
    let size = edit(dir.path(), |c| c["num_hidden_layers"] = json!(3));
    assert!(size.to_string().contains("layers.2."), "{size}");
    let shape = edit(dir.path(), |c| c["intermediate_size"] = json!(25));
    assert!(matches!(shape, DecoderError::Files(EncoderError::Shape { .. })), "{shape}");
    let foreign = edit(dir.path(), |c| c["model_type"] = json!("gpt_neox"));
    assert!(matches!(foreign, DecoderError::Foreign { family: DecoderFamily::GptNeox, .. }), "{foreign}");
    for size in ["hidden_size", "num_hidden_layers", "vocab_size", "num_attention_heads"] {
        for value in [json!(0), json!(u64::MAX), json!("many"), json!(null)] {
            let error = edit(dir.path(), |c| c[size] = value.clone());
            assert!(!error.to_string().is_empty());
        }
    }
}

#[test]
fn truncated_shards_are_found_before_they_are_read() {
    for shard in [usize::MAX, 5] {
        let dir = written(&tiny(DecoderFamily::Qwen2), shard);
        let weights = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "safetensors"))
            .max()
            .unwrap();
        let bytes = fs::read(&weights).unwrap();
        for length in [0, 5, 60, bytes.len() - 1] {
            fs::write(&weights, &bytes[..length]).unwrap();
            let error = DecoderCheckpoint::read(dir.path()).unwrap_err();
            let named = match &error {
                DecoderError::Truncated { path, found, expected } => {
                    assert_eq!((*found, *expected), (length as u64, bytes.len() as u64));
                    *path == weights
                }
                DecoderError::Files(EncoderError::Corrupt { path, .. }) => *path == weights,
                _ => false,
            };
            assert!(named, "{length}: {error}");
        }
        fs::remove_file(&weights).unwrap();
        let error = DecoderCheckpoint::read(dir.path()).unwrap_err();
        assert!(matches!(error, DecoderError::Files(EncoderError::Absent { .. })), "{error}");
    }
}

#[test]
fn weights_that_are_not_finite_are_found_when_they_are_moved() {
    let mut c = tiny(DecoderFamily::Llama);
    c.tensor_mut("layers.1.self_attn.k_proj.weight").unwrap().values_mut()[37] = f32::NAN;
    let dir = written(&c, usize::MAX);
    let read = DecoderCheckpoint::read(dir.path()).unwrap();
    let error = Decoder::new(&read, &Device::flex().into()).unwrap_err();
    assert!(matches!(error, DecoderError::Files(EncoderError::NonFinite { index: 37, .. })), "{error}");
}

#[test]
fn prompts_that_cannot_be_read_are_named() {
    let decoder = Decoder::new(&tiny(DecoderFamily::Llama), &Device::flex().into()).unwrap();
    assert!(matches!(decoder.begin(&[]), Err(DecoderError::Batch { prompt: 0, .. })));
    assert!(matches!(
        decoder.begin(&[&[1, 2], &[]]),
        Err(DecoderError::Batch { prompt: 1, found: 0, first: 2 })
    ));
    assert!(matches!(
        decoder.begin(&[&[1; 41]]),
        Err(DecoderError::Files(EncoderError::TooLong { tokens: 41, context: 40 }))
    ));
    assert!(matches!(
        decoder.begin(&[&[1, 4000]]),
        Err(DecoderError::Files(EncoderError::Token { id: 4000, position: 1, .. }))
    ));
    let patch =
        |positions: &[usize], value| Patch { layer: 0, head: 1, positions: positions.to_vec(), value };
    let refused = |p: Patch| decoder.advance(decoder.begin(&[&[1, 2, 3]]).unwrap(), 2, &[p]).unwrap_err();
    let late = refused(patch(&[3], PatchValue::Zero));
    assert!(matches!(late, DecoderError::Patch { found: 3, .. }), "{late}");
    assert!(matches!(
        refused(patch(&[1], PatchValue::Same(vec![0.0; 5]))),
        DecoderError::Patch { found: 5, .. }
    ));
    assert!(matches!(refused(patch(&[0, 1], PatchValue::Each(vec![0.0; 4]))), DecoderError::Patch { .. }));
    let nowhere = Patch { layer: 2, ..patch(&[0], PatchValue::Zero) };
    assert!(matches!(refused(nowhere), DecoderError::Number { what: "layer", found: 2, count: 2 }));
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let dir = written(&tiny(DecoderFamily::Llama), usize::MAX);
    fs::copy(reference_dir("llama").join("tokenizer.json"), dir.path().join("tokenizer.json")).unwrap();
    let read = DecoderCheckpoint::read(dir.path()).unwrap();
    let error = read.tokens("zzz the maps", Overlong::Refuse).unwrap_err();
    assert!(matches!(error, DecoderError::Files(EncoderError::Unembedded { .. })), "{error}");
}

#[test]
fn a_directory_is_read_as_what_it_is() {
    let dir = written(&tiny(DecoderFamily::Llama), usize::MAX);
    assert!(matches!(ModelCheckpoint::read(dir.path()), Ok(ModelCheckpoint::Decoder(_))));
    let bert = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/bert");
    assert!(matches!(ModelCheckpoint::read(&bert), Ok(ModelCheckpoint::Encoder(_))));
    fs::write(dir.path().join("config.json"), r#"{"model_type": "mamba"}"#).unwrap();
    let error = ModelCheckpoint::read(dir.path()).unwrap_err();
    let ModelError::Encoder(EncoderError::Architecture { found }) = &error else { panic!("{error}") };
    assert!(found == "mamba" && error.to_string().contains("llama"), "{error}");
}

#[test]
fn frequencies_follow_their_laws() {
    let config = |name: &str| DecoderCheckpoint::read(&reference_dir(name)).unwrap().config().clone();
    let plain = config("llama").rotary.unwrap();
    assert_eq!((plain.scaling, plain.frequencies()[0]), (RotaryScaling::Default, 1.0));
    let linear = config("llama_linear").rotary.unwrap();
    assert_eq!(linear.frequencies()[0], 0.25);
    // Planes that turn more than 4 times over 64 positions stay, those below once are 8 times slower.
    let scaled = config("llama_llama3").rotary.unwrap();
    let unscaled: Vec<f64> = (0..4).map(|p| 100f64.powf(-f64::from(p) / 4.0)).collect();
    let ratio: Vec<f64> = scaled.frequencies().iter().zip(&unscaled).map(|(a, b)| a / b).collect();
    assert!((ratio[0] - 1.0).abs() < 1e-12 && (ratio[3] - 1.0 / 8.0).abs() < 0.2, "{ratio:?}");
    assert!(ratio.windows(2).all(|r| r[1] <= r[0]), "{ratio:?}");
}
