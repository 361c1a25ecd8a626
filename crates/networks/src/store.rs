//! Networks on disk: safetensors files with f64 tensors and a JSON header that describes the
//! layers.

use crate::activation::Activation;
use crate::mlp::{Affine, Block, Mlp, NetworkError, Skip, Trainable};
use crate::relation_net::RelationNet;
use faer::Mat;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a network could not be stored or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Not a complete network file.
    #[error("{path} is not a complete network file: {reason}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The tensors do not form a network.
    #[error("{path}: {source}")]
    Network {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        source: NetworkError,
    },
}

/// The key of the JSON description among the file's metadata; the only one, so that files are
/// byte-stable.
const KEY: &str = "relata";
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format: u32,
    encoders: String,
    signs: Vec<i8>,
    networks: Vec<Vec<Layer>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    activation: Activation,
    skip: Skip,
    training: Trainable,
}

/// Writes a network, atomically: the file is complete or absent. The same network gives the same
/// bytes.
///
/// # Errors
/// [`StoreError::Io`]
pub fn save(net: &RelationNet, path: &Path) -> Result<(), StoreError> {
    let bytes = to_bytes(net).map_err(|reason| StoreError::Corrupt { path: path.into(), reason })?;
    let io = |source| StoreError::Io { path: path.into(), source };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(&bytes).and_then(|()| file.as_file().sync_all()).map_err(io)?;
    file.persist(path).map_err(|e| io(e.error))?;
    Ok(())
}

/// Reads a network that [`save`] wrote.
///
/// # Errors
/// [`StoreError`] if the file cannot be read, is cut short or changed, or its tensors do not form a
/// network.
pub fn load(path: &Path) -> Result<RelationNet, StoreError> {
    let bytes = std::fs::read(path).map_err(|source| StoreError::Io { path: path.into(), source })?;
    from_bytes(&bytes).map_err(|e| match e {
        Failure::Corrupt(reason) => StoreError::Corrupt { path: path.into(), reason },
        Failure::Network(source) => StoreError::Network { path: path.into(), source },
    })
}

enum Failure {
    Corrupt(String),
    Network(NetworkError),
}

impl From<NetworkError> for Failure {
    fn from(e: NetworkError) -> Self {
        Self::Network(e)
    }
}

/// By value, to be handed to `map_err`.
#[allow(clippy::needless_pass_by_value)]
fn corrupt(reason: impl ToString) -> Failure {
    Failure::Corrupt(reason.to_string())
}

fn networks(net: &RelationNet) -> Vec<&Mlp> {
    match net {
        RelationNet::Asymmetric(phi, psi) => vec![phi, psi],
        RelationNet::Symmetric(phi) | RelationNet::Indefinite(phi, _) => vec![phi],
    }
}

fn to_bytes(net: &RelationNet) -> Result<Vec<u8>, String> {
    let (encoders, signs) = match net {
        RelationNet::Symmetric(_) => ("shared", vec![]),
        RelationNet::Asymmetric(..) => ("separate", vec![]),
        RelationNet::Indefinite(_, s) => {
            ("indefinite", s.iter().map(|v| if *v < 0.0 { -1 } else { 1 }).collect())
        }
    };
    let layer = |b: &Block| Layer { activation: b.activation, skip: b.skip, training: b.training };
    let layers = networks(net).iter().map(|m| m.blocks().iter().map(layer).collect()).collect();
    let description = Description { format: FORMAT, encoders: encoders.into(), signs, networks: layers };
    let header = serde_json::to_string(&description).map_err(|e| e.to_string())?;
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (n, mlp) in networks(net).into_iter().enumerate() {
        let affines = mlp.blocks().iter().map(|b| &b.affine).chain([mlp.head()]);
        for (l, a) in affines.enumerate() {
            let (rows, cols) = (a.inputs(), a.outputs());
            let weight = (0..rows)
                .flat_map(|i| (0..cols).flat_map(move |j| a.weight()[(i, j)].to_le_bytes()))
                .collect();
            tensors.push((format!("{n}.{l:02}.weight"), vec![rows, cols], weight));
            tensors.push((
                format!("{n}.{l:02}.bias"),
                vec![cols],
                a.bias().iter().flat_map(|b| b.to_le_bytes()).collect(),
            ));
        }
    }
    let views = tensors
        .iter()
        .map(|(name, shape, data)| Ok((name.as_str(), TensorView::new(Dtype::F64, shape.clone(), data)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|e| e.to_string())?;
    safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), header)]))).map_err(|e| e.to_string())
}

fn from_bytes(bytes: &[u8]) -> Result<RelationNet, Failure> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(corrupt)?;
    let file = SafeTensors::deserialize(bytes).map_err(corrupt)?;
    let header = metadata
        .metadata()
        .as_ref()
        .and_then(|m| m.get(KEY))
        .ok_or_else(|| corrupt("no layer description"))?;
    let description: Description = serde_json::from_str(header).map_err(corrupt)?;
    if description.format != FORMAT {
        return Err(corrupt(format!("format {} is not {FORMAT}", description.format)));
    }
    let mut mlps = description.networks.iter().enumerate().map(|(n, layers)| read_mlp(&file, n, layers));
    let mut next = || mlps.next().unwrap_or_else(|| Err(corrupt("an encoder is missing")));
    Ok(match description.encoders.as_str() {
        "shared" => RelationNet::symmetric(next()?),
        "separate" => RelationNet::asymmetric(next()?, next()?)?,
        "indefinite" => {
            RelationNet::indefinite(next()?, description.signs.iter().map(|s| f64::from(*s)).collect())?
        }
        other => return Err(corrupt(format!("unknown encoders `{other}`"))),
    })
}

fn read_mlp(file: &SafeTensors<'_>, n: usize, layers: &[Layer]) -> Result<Mlp, Failure> {
    let mut blocks = Vec::with_capacity(layers.len());
    for (l, layer) in layers.iter().enumerate() {
        let affine = read_affine(file, n, l)?;
        blocks.push(Block {
            affine,
            activation: layer.activation,
            skip: layer.skip,
            training: layer.training,
        });
    }
    Ok(Mlp::new(blocks, read_affine(file, n, layers.len())?)?)
}

fn read_affine(file: &SafeTensors<'_>, n: usize, l: usize) -> Result<Affine, Failure> {
    let (shape, weight) = read_tensor(file, &format!("{n}.{l:02}.weight"))?;
    let (_, bias) = read_tensor(file, &format!("{n}.{l:02}.bias"))?;
    let &[rows, cols] = shape.as_slice() else {
        return Err(corrupt(format!("weight {n}.{l:02} is not a matrix")));
    };
    Ok(Affine::new(Mat::from_fn(rows, cols, |i, j| weight[i * cols + j]), bias))
}

fn read_tensor(file: &SafeTensors<'_>, name: &str) -> Result<(Vec<usize>, Vec<f64>), Failure> {
    let view = file.tensor(name).map_err(|_| corrupt(format!("tensor `{name}` is missing")))?;
    if view.dtype() != Dtype::F64 {
        return Err(corrupt(format!("tensor `{name}` is {:?}, F64 was expected", view.dtype())));
    }
    let words = view.data().chunks_exact(8);
    let values =
        words.map(|w| w.iter().rev().fold(0u64, |acc, b| (acc << 8) | u64::from(*b))).map(f64::from_bits);
    Ok((view.shape().to_vec(), values.collect()))
}
