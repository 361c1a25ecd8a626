//! Checkpoints of strangers: whatever stands in the files, an answer in bounded time and memory, and
//! no file that is not theirs.

use relata_models::encoder::{
    Checkpoint, EncoderConfig, EncoderError, EncoderFamily, Stored, tiny_tokenizer,
};
use relata_relations::Seed;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Small checkpoints, whole and in shards.
fn checkpoint(family: EncoderFamily, shard: usize) -> tempfile::TempDir {
    let tokenizer = tiny_tokenizer(family);
    let config = EncoderConfig::new(family, 1, 2, 8, 8, 16, tokenizer.vocabulary).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let checkpoint = Checkpoint::random(config, &tokenizer.json, 0.3, Seed(5)).unwrap();
    checkpoint.write(dir.path(), Stored::F32, shard).unwrap();
    dir
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn sizes_that_no_file_has_are_refused_at_once() {
    let dir = checkpoint(EncoderFamily::Bert, usize::MAX);
    let path = dir.path().join("config.json");
    let config: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for (field, value) in [
        ("num_hidden_layers", json!(1_000_000_000_000_u64)),
        ("num_hidden_layers", json!(u64::MAX)),
        ("hidden_size", json!(u64::MAX - 1)),
        ("vocab_size", json!(1_u64 << 62)),
        ("max_position_embeddings", json!(u64::MAX)),
        ("intermediate_size", json!(u64::MAX / 2)),
        ("pad_token_id", json!(u32::MAX)),
    ] {
        let mut changed = config.clone();
        changed[field] = value.clone();
        fs::write(&path, changed.to_string()).unwrap();
        let clock = Instant::now();
        let read = Checkpoint::read(dir.path());
        assert!(clock.elapsed() < Duration::from_secs(5), "{field} = {value} takes {:?}", clock.elapsed());
        // The token that pads is not looked at in every family.
        assert!(read.is_err() || field == "pad_token_id", "{field} = {value} was taken");
    }
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere_else() {
    use std::os::unix::fs::symlink;
    let dir = checkpoint(EncoderFamily::Gpt2, usize::MAX);
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("weights");
    let weights = dir.path().join("model.safetensors");
    fs::rename(&weights, &moved).unwrap();
    symlink(&moved, &weights).unwrap();
    let error = Checkpoint::read(dir.path()).unwrap_err();
    assert!(matches!(&error, EncoderError::Link { file, .. } if *file == weights), "{error}");
    // A link to a neighbour is one's own; a link to the directory is the user's.
    fs::remove_file(&weights).unwrap();
    fs::rename(&moved, dir.path().join("weights")).unwrap();
    symlink("weights", &weights).unwrap();
    Checkpoint::read(dir.path()).unwrap();
    symlink(dir.path(), elsewhere.path().join("model")).unwrap();
    Checkpoint::read(&elsewhere.path().join("model")).unwrap();
    // As a hub's cache has it.
    let cache = tempfile::tempdir().unwrap();
    let (blobs, snapshot) = (cache.path().join("blobs"), cache.path().join("snapshots/abc"));
    fs::create_dir(&blobs).unwrap();
    fs::create_dir_all(&snapshot).unwrap();
    fs::remove_file(&weights).unwrap();
    for (k, file) in files(dir.path()).into_iter().enumerate() {
        let name = file.file_name().unwrap().to_str().unwrap().replace("weights", "model.safetensors");
        fs::copy(&file, blobs.join(k.to_string())).unwrap();
        symlink(format!("../../blobs/{k}"), snapshot.join(name)).unwrap();
    }
    Checkpoint::read(&snapshot).unwrap();
    // A `snapshots` of one's own does not open what is around it.
    fs::rename(&blobs, cache.path().join("other")).unwrap();
    symlink(cache.path().join("other"), &blobs).unwrap();
    assert!(matches!(Checkpoint::read(&snapshot), Err(EncoderError::Link { .. })));
}

/// Flips, cuts, zeros, repetitions and numbers made large, in every file.
#[test]
fn any_damage_has_an_answer() {
    let mut stream = Seed(11).stream("damage");
    let mut refused = 0;
    for (family, shard) in
        [(EncoderFamily::Bert, usize::MAX), (EncoderFamily::Gpt2, 4), (EncoderFamily::Mpnet, 9)]
    {
        let dir = checkpoint(family, shard);
        for file in files(dir.path()) {
            let whole = fs::read(&file).unwrap();
            for _ in 0..24 {
                let mut bytes = whole.clone();
                let at = stream.below(bytes.len());
                match stream.below(6) {
                    0 => bytes[at] ^= 1 << stream.below(8),
                    1 => bytes.truncate(at),
                    2 => bytes[at..].fill(0),
                    3 => bytes.extend_from_slice(&whole[at..]),
                    // The length of the header stands in the first eight bytes.
                    4 => {
                        let k = stream.below(8.min(bytes.len()));
                        bytes[k] = stream.below(256) as u8;
                    }
                    _ => {
                        let digits: Vec<usize> =
                            (0..bytes.len()).filter(|k| bytes[*k].is_ascii_digit()).collect();
                        if !digits.is_empty() {
                            let at = digits[stream.below(digits.len())];
                            bytes.splice(at..at, std::iter::repeat_n(b'9', 1 + stream.below(18)));
                        }
                    }
                }
                fs::write(&file, &bytes).unwrap();
                let clock = Instant::now();
                refused += usize::from(Checkpoint::read(dir.path()).is_err());
                assert!(clock.elapsed() < Duration::from_secs(10), "{} hangs", file.display());
            }
            fs::write(&file, &whole).unwrap();
        }
        Checkpoint::read(dir.path()).unwrap();
    }
    assert!(refused > 100, "{refused} refusals: the damage does no damage");
}
