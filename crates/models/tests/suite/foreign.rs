//! Checkpoints as strangers have them: read where they can be, refused with the cause where not.

use burn::tensor::Device;
use relata_models::encoder::{
    Checkpoint, Encoder, EncoderConfig, EncoderError, EncoderFamily, Overlong, Stored, tiny_tokenizer,
};
use relata_relations::Seed;
use safetensors::SafeTensors;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn reference(family: EncoderFamily) -> &'static Path {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(family.name());
    Box::leak(dir.into_boxed_path())
}

/// A copy that a test may change.
fn copy(of: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(of).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
    }
    dir
}

fn tiny(family: EncoderFamily) -> Checkpoint {
    let tokenizer = tiny_tokenizer(family);
    let config = EncoderConfig::new(family, 1, 2, 16, 24, 32, tokenizer.vocabulary).unwrap();
    Checkpoint::random(config, &tokenizer.json, 0.3, Seed(3)).unwrap()
}

fn written(c: &Checkpoint, shard: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    c.write(dir.path(), Stored::F32, shard).unwrap();
    dir
}

/// Gives the tensors of the single file other names, or leaves them out.
fn rename(dir: &Path, name: impl Fn(&str) -> Option<String>) {
    let path = dir.join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let views: Vec<_> = file.tensors().into_iter().filter_map(|(n, v)| Some((name(&n)?, v))).collect();
    fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
}

fn edit(dir: &Path, change: impl Fn(&mut serde_json::Map<String, Value>)) {
    let path = dir.join("config.json");
    let mut config: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(config.as_object_mut().unwrap());
    fs::write(&path, config.to_string()).unwrap();
}

fn output(dir: &Path) -> Vec<f64> {
    let checkpoint = Checkpoint::read(dir).unwrap();
    let encoder = Encoder::new(&checkpoint, &Device::flex().into()).unwrap();
    let trace = encoder.trace(&[5, 6, 9, 2, 7]).unwrap();
    let out = trace.output();
    (0..out.nrows()).flat_map(|i| (0..out.ncols()).map(move |j| (i, j))).map(|at| out[at]).collect()
}

fn said(dir: &Path) -> String {
    Checkpoint::read(dir).unwrap_err().to_string()
}

#[test]
fn embeddings_may_stand_under_the_name_of_the_output_layer() {
    for (family, words, tied) in [
        (EncoderFamily::Gpt2, "wte.weight", "lm_head.weight"),
        (EncoderFamily::Bert, "embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"),
        (EncoderFamily::DistilBert, "embeddings.word_embeddings.weight", "vocab_projector.weight"),
        (EncoderFamily::Roberta, "embeddings.word_embeddings.weight", "lm_head.decoder.weight"),
        (EncoderFamily::Mpnet, "embeddings.word_embeddings.weight", "lm_head.decoder.weight"),
        (EncoderFamily::Electra, "embeddings.word_embeddings.weight", "generator_lm_head.weight"),
    ] {
        let dir = written(&tiny(family), usize::MAX);
        let expected = output(dir.path());
        rename(dir.path(), |n| Some(if n == words { tied.to_owned() } else { format!("model.{n}") }));
        assert_eq!(output(dir.path()), expected, "{family}");
        rename(dir.path(), |n| (n != tied).then(|| n.to_owned()));
        assert!(said(dir.path()).contains("is missing"), "{family}");
    }
}

#[test]
fn a_config_without_a_name_is_recognised_by_the_tensors() {
    for family in EncoderFamily::ALL {
        let dir = copy(reference(family));
        let expected = output(dir.path());
        edit(dir.path(), |c| {
            for key in ["model_type", "architectures"] {
                c.remove(key);
            }
        });
        let read = Checkpoint::read(dir.path()).unwrap();
        assert_eq!(read.config().family, family);
        assert_eq!(output(dir.path()), expected, "{family}");
    }
    let dir = written(&tiny(EncoderFamily::Bert), usize::MAX);
    edit(dir.path(), |c| drop(c.remove("model_type")));
    rename(dir.path(), |n| Some(n.replace("embeddings", "things")));
    let why = said(dir.path());
    assert!(
        why.contains("model_type") && why.contains("architectures") && why.contains("encoder.layer."),
        "{why}"
    );
}

#[test]
fn other_names_of_settings_are_understood() {
    let dir = copy(reference(EncoderFamily::Gpt2));
    let expected = output(dir.path());
    edit(dir.path(), |c| {
        let positions = c.remove("n_positions").unwrap();
        c.insert("n_ctx".to_owned(), positions);
    });
    assert_eq!(output(dir.path()), expected);
    let dir = copy(reference(EncoderFamily::Bert));
    let expected = output(dir.path());
    edit(dir.path(), |c| drop(c.insert("hidden_act".to_owned(), json!("gelu_python"))));
    assert_eq!(output(dir.path()), expected);
    for (kind, family) in [("xlm-roberta", EncoderFamily::Roberta), ("camembert", EncoderFamily::Roberta)] {
        let dir = copy(reference(family));
        edit(dir.path(), |c| drop(c.insert("model_type".to_owned(), json!(kind))));
        assert_eq!(output(dir.path()), output(reference(family)));
    }
}

#[test]
fn positions_behind_the_padding_token_bound_the_text() {
    let checkpoint = Checkpoint::read(reference(EncoderFamily::Roberta)).unwrap();
    // 36 rows, of which the first two stand for what comes up to the padding token.
    assert_eq!(checkpoint.config().context, 34);
    let encoder = Encoder::new(&checkpoint, &Device::flex().into()).unwrap();
    assert!(encoder.trace(&[4; 34]).is_ok());
    assert!(matches!(encoder.trace(&[4; 35]), Err(EncoderError::TooLong { tokens: 35, context: 34 })));
}

#[test]
fn what_stands_in_place_of_a_file_is_named() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 440449768\n";
    let page = "\n<!DOCTYPE HTML><html><body>Not found</body></html>";
    for (text, cause) in [(pointer, "git lfs pull"), (page, "HTML")] {
        for name in ["config.json", "tokenizer.json", "model.safetensors"] {
            let dir = written(&tiny(EncoderFamily::Bert), usize::MAX);
            fs::write(dir.path().join(name), text).unwrap();
            let why = said(dir.path());
            assert!(why.contains(cause) && why.contains(name), "{name}: {why}");
        }
        let dir = written(&tiny(EncoderFamily::Bert), 9);
        let shard = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().path())
            .find(|p| p.to_string_lossy().contains("-00002-of-"))
            .unwrap();
        fs::write(&shard, text).unwrap();
        let why = said(dir.path());
        assert!(why.contains(cause) && why.contains("-00002-of-"), "{why}");
    }
}

#[test]
fn two_sets_of_weights_are_a_question() {
    let dir = written(&tiny(EncoderFamily::Gpt2), 5);
    fs::write(dir.path().join("model.safetensors"), b"a stray").unwrap();
    let why = said(dir.path());
    assert!(why.contains("two sets of weights") && why.contains("model-00001-of-"), "{why}");
    // An index whose files have been merged and removed is not a set of weights.
    let dir = written(&tiny(EncoderFamily::Gpt2), usize::MAX);
    let index = json!({"weight_map": {"wte.weight": "model-00001-of-00002.safetensors"}});
    fs::write(dir.path().join("model.safetensors.index.json"), index.to_string()).unwrap();
    Checkpoint::read(dir.path()).unwrap();
}

/// The index of a checkpoint in shards, to change it.
fn index(dir: &Path, change: impl Fn(&mut BTreeMap<String, String>)) {
    let path = dir.join("model.safetensors.index.json");
    let mut whole: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let mut map: BTreeMap<String, String> = serde_json::from_value(whole["weight_map"].take()).unwrap();
    change(&mut map);
    whole["weight_map"] = json!(map);
    fs::write(&path, whole.to_string()).unwrap();
}

#[test]
fn an_index_is_checked_against_its_files() {
    let name = "embeddings.word_embeddings.weight";
    let dir = written(&tiny(EncoderFamily::Bert), 9);
    let mut right = String::new();
    index(dir.path(), |map| {
        let files: Vec<String> = map.values().cloned().collect();
        let wrong = files.iter().find(|f| **f != map[name]).unwrap().clone();
        map.insert(name.to_owned(), wrong);
    });
    right.push_str("model-00001-of-");
    let error = Checkpoint::read(dir.path()).unwrap_err();
    assert!(matches!(&error, EncoderError::WrongShard { name: n, .. } if n == name), "{error}");
    let why = error.to_string();
    assert!(why.contains("it is in model-0000") && why.contains(&right), "{why}");

    for outside in ["../weights.safetensors", "/etc/passwd", "a/../../b.safetensors", ""] {
        let dir = written(&tiny(EncoderFamily::Bert), 9);
        index(dir.path(), |map| drop(map.insert(name.to_owned(), outside.to_owned())));
        let error = Checkpoint::read(dir.path()).unwrap_err();
        assert!(
            matches!(&error, EncoderError::Outside { file, .. } if file == outside),
            "{outside}: {error}"
        );
    }
}

#[test]
fn a_tokenizer_that_is_not_one_is_named() {
    for text in ["{}", "[1, 2]", "{\"model_type\": \"bert\"}", "not json"] {
        let dir = written(&tiny(EncoderFamily::Bert), usize::MAX);
        fs::write(dir.path().join("tokenizer.json"), text).unwrap();
        let error = Checkpoint::read(dir.path()).unwrap_err();
        assert!(
            matches!(&error, EncoderError::TokenizerFile { path, .. } if path.ends_with("tokenizer.json")),
            "{text}: {error}"
        );
    }
    let damaged = |family: EncoderFamily, file: &str, text: &str| {
        let dir = copy(reference(family));
        fs::write(dir.path().join(file), text).unwrap();
        let error = Checkpoint::read(dir.path()).unwrap_err();
        assert!(
            matches!(&error, EncoderError::TokenizerFile { path, .. } if path.ends_with(file)),
            "{file}: {error}"
        );
    };
    damaged(EncoderFamily::DistilBert, "vocab.txt", "one\ntwo\n");
    damaged(EncoderFamily::Roberta, "vocab.json", "[\"<s>\"]");
    damaged(EncoderFamily::Roberta, "vocab.json", "{\"<s>\": 0}");
    damaged(EncoderFamily::Roberta, "merges.txt", "#version: 0.2\nt h e\n");
    damaged(EncoderFamily::Roberta, "merges.txt", "#version: 0.2\nq q\n");
    let dir = copy(reference(EncoderFamily::Roberta));
    fs::remove_file(dir.path().join("merges.txt")).unwrap();
    assert!(said(dir.path()).contains("no merges.txt"));
    fs::remove_file(dir.path().join("vocab.json")).unwrap();
    fs::write(dir.path().join("sentencepiece.bpe.model"), b"\n\x0e").unwrap();
    assert!(said(dir.path()).contains("SentencePiece"));
    // Of every family, and by the name that newer checkpoints use.
    for family in EncoderFamily::ALL {
        let dir = copy(reference(family));
        for name in ["tokenizer.json", "vocab.txt", "vocab.json", "merges.txt"] {
            let _ = fs::remove_file(dir.path().join(name));
        }
        assert!(said(dir.path()).contains("no tokenizer.json"), "{}", said(dir.path()));
        fs::write(dir.path().join("tokenizer.model"), b"\n\x0e").unwrap();
        let message = said(dir.path());
        assert!(message.contains("tokenizer.model is a SentencePiece model"), "{message}");
        assert!(message.contains("save_pretrained"), "{message}");
    }
}

#[test]
fn files_with_line_ends_of_other_systems_give_the_same_tokens() {
    let dir = copy(reference(EncoderFamily::DistilBert));
    let text = "The maps of 2. oops [MASK] q";
    let tokens = |dir: &Path| Checkpoint::read(dir).unwrap().tokens(text, Overlong::Refuse).unwrap();
    let expected = tokens(dir.path());
    assert!(expected[0].words.contains(&"[MASK]".to_owned()), "{:?}", expected[0].words);
    let path = dir.path().join("vocab.txt");
    let vocabulary = fs::read_to_string(&path).unwrap();
    fs::write(&path, vocabulary.replace('\n', "\r\n")).unwrap();
    assert_eq!(tokens(dir.path()), expected);
}

#[test]
fn a_token_without_an_embedding_is_named_with_the_sizes() {
    let tokenizer = tiny_tokenizer(EncoderFamily::Bert);
    let config = EncoderConfig::new(EncoderFamily::Bert, 1, 2, 16, 24, 32, 20).unwrap();
    let checkpoint = Checkpoint::random(config, &tokenizer.json, 0.3, Seed(3)).unwrap();
    let error = checkpoint.tokens("a b z", Overlong::Refuse).unwrap_err();
    let total = tokenizer.vocabulary;
    assert!(
        matches!(&error, EncoderError::Unembedded { token, tokens, vocabulary: 20, .. } if token == "z" && *tokens == total),
        "{error}"
    );
    assert!(checkpoint.tokens("a b c", Overlong::Refuse).is_ok());
}
