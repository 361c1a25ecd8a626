#![no_main]
//! Any bytes as a file of a checkpoint whose other files are sound: config.json, weights in one file
//! or in shards (the header of safetensors), the index of shards, the tokenizer in both forms.
use libfuzzer_sys::fuzz_target;
use relata_relations::Seed;
use relata_models::encoder::{Checkpoint, EncoderConfig, EncoderFamily, Stored, tiny_tokenizer};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Sound checkpoints: in one file, and in shards.
fn sound() -> &'static [(PathBuf, Vec<(String, Vec<u8>)>)] {
    static SOUND: OnceLock<Vec<(PathBuf, Vec<(String, Vec<u8>)>)>> = OnceLock::new();
    SOUND.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let root = root.join(format!("relata-fuzz-checkpoint-{}", std::process::id()));
        let kinds = [
            (EncoderFamily::Bert, usize::MAX),
            (EncoderFamily::Gpt2, 8),
            (EncoderFamily::Mpnet, usize::MAX),
        ];
        let make = |(k, (family, shard)): (usize, (EncoderFamily, usize))| {
            let dir = root.join(k.to_string());
            let tokenizer = tiny_tokenizer(family);
            let config = EncoderConfig::new(family, 1, 1, 4, 4, 8, tokenizer.vocabulary).expect("a shape");
            let checkpoint = Checkpoint::random(config, &tokenizer.json, 0.3, Seed(5)).expect("a checkpoint");
            checkpoint.write(&dir, Stored::F32, shard).expect("a directory");
            let files = fs::read_dir(&dir).expect("a directory").map(|entry| {
                let path = entry.expect("a file").path();
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                (name, fs::read(&path).expect("a file"))
            });
            let mut files: Vec<_> = files.collect();
            files.sort();
            (dir, files)
        };
        kinds.into_iter().enumerate().map(make).collect()
    })
}

fuzz_target!(|bytes: &[u8]| {
    let [which, rest @ ..] = bytes else { return };
    let sound = sound();
    let (dir, files) = &sound[usize::from(which % 3)];
    let place = usize::from(which / 3);
    // Beyond the files that are there: the other form of a tokenizer, in place of the first.
    let other = ["vocab.txt", "vocab.json", "merges.txt"];
    let (name, whole) = match files.get(place % (files.len() + other.len())) {
        Some((name, whole)) => (name.as_str(), Some(whole)),
        None => (other[place % other.len()], None),
    };
    let tokenizer = dir.join("tokenizer.json");
    if whole.is_none() {
        fs::remove_file(&tokenizer).expect("a tokenizer");
    }
    fs::write(dir.join(name), rest).expect("a file");
    match Checkpoint::read(dir) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(found) => {
            assert!(found.files().iter().all(|f| f.starts_with(dir)));
            let _ = found.tokens("a b", relata_models::encoder::Overlong::Refuse);
        }
    }
    match whole {
        Some(whole) => fs::write(dir.join(name), whole).expect("a file"),
        None => {
            fs::remove_file(dir.join(name)).expect("a file");
            let kept = files.iter().find(|(name, _)| name == "tokenizer.json").expect("a tokenizer");
            fs::write(&tokenizer, &kept.1).expect("a file");
        }
    }
});
