//! A checkpoint on the host: configuration, weights in f32, tokenizer.

use super::config::EncoderConfig;
use super::error::EncoderError;
use super::family::EncoderFamily;
use super::names::{Wanted, wanted};
use super::text::Text;
use burn::tensor::{bf16, f16};
use relata_relations::{Seed, Stream};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A checkpoint of an encoder: shape, weights, tokenizer.
///
/// Weights of 16 and 64 bits become f32, whatever the default type of a device is. Tensors that the
/// encoder does not need (pooling, language-model heads) are not read.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    config: EncoderConfig,
    tensors: BTreeMap<String, HostTensor>,
    text: Text,
}

/// The entries of a tensor in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// How weights are stored in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// 32-bit floats.
    F32,
    /// IEEE 754 half precision.
    F16,
    /// The upper half of 32-bit floats.
    Bf16,
}

impl HostTensor {
    /// The sizes.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The entries, in row-major order.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The entries, to change them; they must stay finite.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

impl Checkpoint {
    /// Reads a directory with `config.json`, `tokenizer.json` and `model.safetensors`, or
    /// `model.safetensors.index.json` and the shards that it names. Names of tensors may have a
    /// prefix (`bert.`, `transformer.`); theirs here have none.
    ///
    /// # Errors
    /// [`EncoderError`] says which file, field or tensor is absent, damaged, misshapen or not
    /// finite.
    pub fn read(dir: &Path) -> Result<Self, EncoderError> {
        let config = EncoderConfig::parse(&read_text(dir, "config.json")?)?;
        let text = Text::parse(&read_text(dir, "tokenizer.json")?)?;
        let mut tensors = BTreeMap::new();
        let all = wanted(&config);
        for group in files(dir, &config, &all)? {
            let bytes = std::fs::read(&group.path).map_err(|e| io(&group.path, e))?;
            let file = SafeTensors::deserialize(&bytes)
                .map_err(|e| EncoderError::Corrupt { path: group.path.clone(), reason: e.to_string() })?;
            let prefix = match group.prefix {
                Some(prefix) => prefix,
                None => prefix(file.names().into_iter(), config.family)?,
            };
            for w in group.wanted {
                let (name, view) = find(&file, &prefix, w).ok_or_else(|| missing(&prefix, w, &config))?;
                let values = numbers(&name, &view)?;
                if view.shape() != w.shape {
                    let found = view.shape().to_vec();
                    return Err(EncoderError::Shape { name, found, expected: w.shape.clone() });
                }
                if let Some(index) = values.iter().position(|v| !v.is_finite()) {
                    return Err(EncoderError::NonFinite { name, index, value: values[index] });
                }
                tensors.insert(w.name.clone(), HostTensor { shape: w.shape.clone(), values });
            }
        }
        Ok(Self { config, tensors, text })
    }

    /// A checkpoint with random weights: normal of deviation `deviation`, biases too, gains around one.
    /// Every tensor has its own stream of the seed, so that one that is replaced leaves the
    /// others as they were.
    ///
    /// # Errors
    /// [`EncoderError::Tokenizer`] if the text does not describe a tokenizer.
    pub fn random(
        config: EncoderConfig,
        tokenizer: &str,
        deviation: f64,
        seed: Seed,
    ) -> Result<Self, EncoderError> {
        let text = Text::parse(tokenizer)?;
        let draw = |w: Wanted| {
            let mut s: Stream = seed.stream(&format!("checkpoint/{}", w.name));
            let centre = if w.gain { 1.0 } else { 0.0 };
            let count: usize = w.shape.iter().product();
            let values = (0..count).map(|_| (centre + deviation * s.normal()) as f32).collect();
            (w.name, HostTensor { shape: w.shape, values })
        };
        let tensors = wanted(&config).into_iter().map(draw).collect();
        Ok(Self { config, tensors, text })
    }

    /// The shape of the encoder.
    #[must_use]
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// The tokenizer.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// The tensor of that name, without prefix; for instance
    /// `encoder.layer.0.attention.self.query.weight`, `[out, in]`, of BERT and
    /// `h.0.attn.c_attn.weight`, `[in, 3 out]`, of GPT-2.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&HostTensor> {
        self.tensors.get(name)
    }

    /// The same, to change its entries.
    pub fn tensor_mut(&mut self, name: &str) -> Option<&mut HostTensor> {
        self.tensors.get_mut(name)
    }

    /// Writes the directory that [`Checkpoint::read`] reads, in files of at most `shard` tensors.
    ///
    /// # Errors
    /// [`EncoderError::Io`]
    pub fn write(&self, dir: &Path, stored: Stored, shard: usize) -> Result<(), EncoderError> {
        let put = |name: &str, bytes: &[u8]| {
            let path = dir.join(name);
            std::fs::write(&path, bytes).map_err(|e| io(&path, e))
        };
        std::fs::create_dir_all(dir).map_err(|e| io(dir, e))?;
        put("config.json", self.config.to_json().to_string().as_bytes())?;
        put("tokenizer.json", self.text.to_json()?.as_bytes())?;
        let all: Vec<(&String, &HostTensor)> = self.tensors.iter().collect();
        let groups: Vec<_> = all.chunks(shard.max(1)).collect();
        let mut map = serde_json::Map::new();
        for (k, group) in groups.iter().enumerate() {
            let file = match groups.len() {
                1 => "model.safetensors".to_owned(),
                n => format!("model-{:05}-of-{n:05}.safetensors", k + 1),
            };
            map.extend(group.iter().map(|(name, _)| ((*name).clone(), file.clone().into())));
            let path = dir.join(&file);
            let bytes = serialize(group, stored)
                .map_err(|reason| EncoderError::Corrupt { path: path.clone(), reason })?;
            put(&file, &bytes)?;
        }
        if groups.len() > 1 {
            let index = serde_json::json!({ "weight_map": map });
            put("model.safetensors.index.json", index.to_string().as_bytes())?;
        }
        Ok(())
    }

    /// A tensor that every checkpoint of this family has: reading and drawing both make all of
    /// them.
    pub(crate) fn required(&self, name: &str) -> Result<&HostTensor, EncoderError> {
        let layers = self.config.layers;
        self.tensors.get(name).ok_or_else(|| EncoderError::Missing { name: name.to_owned(), layers })
    }
}

/// A file and the tensors that are to be taken from it.
struct Group<'a> {
    path: PathBuf,
    wanted: Vec<&'a Wanted>,
    /// Known from the index; of a single file it is found when the file has been read.
    prefix: Option<String>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The files of the weights. A single file comes before an index, as in the library that writes
/// them.
fn files<'a>(dir: &Path, config: &EncoderConfig, all: &'a [Wanted]) -> Result<Vec<Group<'a>>, EncoderError> {
    let single = dir.join("model.safetensors");
    if single.is_file() {
        return Ok(vec![Group { path: single, wanted: all.iter().collect(), prefix: None }]);
    }
    let index_path = dir.join("model.safetensors.index.json");
    if !index_path.is_file() {
        return Err(EncoderError::Absent { path: dir.into(), what: "model.safetensors".to_owned() });
    }
    let text = read_text(dir, "model.safetensors.index.json")?;
    let index: Index = serde_json::from_str(&text)
        .map_err(|e| EncoderError::Corrupt { path: index_path, reason: e.to_string() })?;
    let prefix = prefix(index.weight_map.keys().map(String::as_str), config.family)?;
    let mut by_file: BTreeMap<&String, Vec<&Wanted>> = BTreeMap::new();
    for w in all {
        let mut names = w.names().map(|n| format!("{prefix}{n}"));
        let file = names.find_map(|n| index.weight_map.get(&n)).ok_or_else(|| missing(&prefix, w, config))?;
        by_file.entry(file).or_default().push(w);
    }
    let group = |(file, wanted): (&String, Vec<&'a Wanted>)| {
        // An index may name files beside itself only.
        if Path::new(file).file_name().is_none_or(|f| f != file.as_str()) || !dir.join(file).is_file() {
            return Err(EncoderError::Absent { path: dir.into(), what: file.clone() });
        }
        Ok(Group { path: dir.join(file), wanted, prefix: Some(prefix.clone()) })
    };
    by_file.into_iter().map(group).collect()
}

/// What stands before the names of the tensors.
fn prefix<'a>(
    mut names: impl Iterator<Item = &'a str>,
    family: EncoderFamily,
) -> Result<String, EncoderError> {
    let ending = match family {
        EncoderFamily::Bert => "embeddings.word_embeddings.weight",
        EncoderFamily::Gpt2 => "wte.weight",
    };
    names
        .find_map(|n| n.strip_suffix(ending).filter(|p| p.is_empty() || p.ends_with('.')))
        .map(str::to_owned)
        .ok_or(EncoderError::Foreign { family, ending })
}

fn find<'d>(file: &SafeTensors<'d>, prefix: &str, wanted: &Wanted) -> Option<(String, TensorView<'d>)> {
    wanted.names().map(|n| format!("{prefix}{n}")).find_map(|n| file.tensor(&n).ok().map(|view| (n, view)))
}

fn missing(prefix: &str, wanted: &Wanted, config: &EncoderConfig) -> EncoderError {
    EncoderError::Missing { name: format!("{prefix}{}", wanted.name), layers: config.layers }
}

fn numbers(name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, EncoderError> {
    let data = view.data();
    // Files are little-endian; chunks have the size of the type, which the file's header was
    // checked against.
    let half = |w: &[u8]| u16::from_le_bytes([w[0], w[1]]);
    Ok(match view.dtype() {
        Dtype::F32 => data.chunks_exact(4).map(|w| f32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect(),
        Dtype::F16 => data.chunks_exact(2).map(|w| f16::from_bits(half(w)).to_f32()).collect(),
        Dtype::BF16 => data.chunks_exact(2).map(|w| bf16::from_bits(half(w)).to_f32()).collect(),
        Dtype::F64 => {
            let wide = |w: &[u8]| f64::from_le_bytes([w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]]);
            data.chunks_exact(8).map(|w| wide(w) as f32).collect()
        }
        found => return Err(EncoderError::Type { name: name.to_owned(), found }),
    })
}

fn serialize(group: &[(&String, &HostTensor)], stored: Stored) -> Result<Vec<u8>, String> {
    let (dtype, encode): (Dtype, fn(f32) -> Vec<u8>) = match stored {
        Stored::F32 => (Dtype::F32, |v| v.to_le_bytes().to_vec()),
        Stored::F16 => (Dtype::F16, |v| f16::from_f32(v).to_bits().to_le_bytes().to_vec()),
        Stored::Bf16 => (Dtype::BF16, |v| bf16::from_f32(v).to_bits().to_le_bytes().to_vec()),
    };
    let bytes: Vec<Vec<u8>> =
        group.iter().map(|(_, t)| t.values.iter().flat_map(|v| encode(*v)).collect()).collect();
    let views = group
        .iter()
        .zip(&bytes)
        .map(|((name, t), data)| Ok((*name, TensorView::new(dtype, t.shape.clone(), data)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|e| e.to_string())?;
    safetensors::serialize(views, None).map_err(|e| e.to_string())
}

fn read_text(dir: &Path, name: &str) -> Result<String, EncoderError> {
    let path = dir.join(name);
    if !dir.is_dir() {
        let source = match std::fs::metadata(dir) {
            Err(e) => e,
            Ok(_) => std::io::ErrorKind::NotADirectory.into(),
        };
        return Err(io(dir, source));
    }
    if !path.is_file() {
        return Err(EncoderError::Absent { path: dir.into(), what: name.to_owned() });
    }
    std::fs::read_to_string(&path).map_err(|e| io(&path, e))
}

fn io(path: &Path, source: std::io::Error) -> EncoderError {
    EncoderError::Io { path: path.into(), source }
}
