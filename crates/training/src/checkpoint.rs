//! Checkpoints: a run that was killed goes on from its last one exactly as if it had not been.
//!
//! A checkpoint is a safetensors file with the weights, the moments of Adam, the best weights and
//! the history, all as 64-bit floats (which hold f32 exactly), and a JSON header with the position
//! in the random stream, the fingerprint of the run and a checksum. It is written to a neighbouring
//! file and renamed: a reader sees the old one or the new one, whole.

use crate::adam::Moments;
use crate::checkpoint_error::CheckpointError;
use crate::config::TrainParams;
use crate::outcome::{Data, StepRecord};
use crate::state::{Best, State};
use relata_networks::{Mlp, RelationNet};
use relata_relations::{Relation, Seed, Stream};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What makes two runs the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fingerprint {
    config: TrainParams,
    seed: u64,
    relations: Vec<String>,
    /// Checksum of the initial networks.
    networks: u64,
    /// Checksum of given nodes and weights; 0 where the spaces are sampled.
    data: u64,
}

/// A checkpoint file and the run that it must belong to.
pub(crate) struct Checkpoint {
    path: PathBuf,
    fingerprint: Fingerprint,
}

/// The header's key; the only one, so that files are byte-stable.
const KEY: &str = "relata-training";
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    fingerprint: Fingerprint,
    /// Position in the random stream; a string, because JSON numbers end at 64 bits.
    position: String,
    /// Adam's step count of each parameter; 0 where it has none.
    times: Vec<usize>,
    best: Option<BestHeader>,
    checksum: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BestHeader {
    step: usize,
    error: f64,
    without_progress: usize,
}

type Tensors = BTreeMap<String, Vec<f64>>;

impl Fingerprint {
    pub(crate) fn new(
        nets: &[RelationNet],
        relations: &[&dyn Relation],
        data: Data<'_>,
        config: &TrainParams,
        seed: Seed,
    ) -> Self {
        let mut networks = Checksum::default();
        for net in nets {
            networks.text(&net.encoders().to_string());
            networks.mlp(net.phi_net());
            networks.mlp(net.psi_net());
            if let RelationNet::Indefinite(_, signs) = net {
                networks.numbers(signs);
            }
        }
        let mut given = Checksum::default();
        if let Data::Quadratures(rules) | Data::Factored { rules, .. } = data {
            for q in rules {
                given.numbers(q.nodes().as_slice());
                given.numbers(q.weights());
            }
        }
        if let Data::Factored { factors, .. } = data {
            for f in factors.iter().flatten() {
                given.word(f.nrows() as u64);
                f.col_iter().for_each(|c| c.iter().for_each(|v| given.word(v.to_bits())));
            }
        }
        let data = if matches!(data, Data::Spaces) { 0 } else { given.0 };
        let relations = relations.iter().map(|r| r.name()).collect();
        Self { config: config.clone(), seed: seed.0, relations, networks: networks.0, data }
    }
}

impl Checkpoint {
    pub(crate) fn new(path: &Path, fingerprint: Fingerprint) -> Self {
        Self { path: path.into(), fingerprint }
    }

    /// Puts the state of the file, if there is one, in the place of `state`.
    pub(crate) fn resume(&self, state: &mut State<'_>, stream: &mut Stream) -> Result<(), CheckpointError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(CheckpointError::Io { path: self.path.clone(), source }),
        };
        let (header, mut tensors) = self.parse(&bytes)?;
        self.same_run(&header.fingerprint)?;
        let lengths = state.trainee.lengths();
        let weights = self.take_all(&mut tensors, "weight", &lengths)?;
        let mut moments = Vec::new();
        for (k, &time) in header.times.iter().enumerate() {
            let Some(&length) = lengths.get(k) else { return Err(self.corrupt("too many moments")) };
            moments.push(match time {
                0 => None,
                time => Some(Moments {
                    time,
                    first: self.take(&mut tensors, &format!("first.{k:03}"), length)?,
                    second: self.take(&mut tensors, &format!("second.{k:03}"), length)?,
                }),
            });
        }
        let best = match header.best {
            None => None,
            Some(BestHeader { step, error, without_progress }) => {
                let parameters = self.take_all(&mut tensors, "best", &lengths)?;
                Some(Best { step, error, without_progress, parameters })
            }
        };
        let position =
            header.position.parse().map_err(|_| self.corrupt("the stream's position is not a number"))?;
        state.history = self.history(&mut tensors)?;
        if state.history.len() > self.fingerprint.config.steps {
            return Err(self.corrupt("more steps than the run has"));
        }
        state.trainee.set_parameters(&weights);
        state.trainee.set_moments(&moments);
        stream.seek(position);
        state.best = best;
        Ok(())
    }

    /// Writes the state, atomically.
    pub(crate) fn write(&self, state: &State<'_>, stream: &Stream) -> Result<(), CheckpointError> {
        let mut tensors = Tensors::new();
        let mut add_all = |name: &str, values: Vec<Vec<f64>>| {
            for (k, v) in values.into_iter().enumerate() {
                tensors.insert(format!("{name}.{k:03}"), v);
            }
        };
        add_all("weight", state.trainee.parameters()?);
        if let Some(best) = &state.best {
            add_all("best", best.parameters.clone());
        }
        let moments = state.trainee.moments()?;
        let times = moments.iter().map(|m| m.as_ref().map_or(0, |m| m.time)).collect();
        for (k, m) in moments.into_iter().enumerate() {
            if let Some(m) = m {
                tensors.insert(format!("first.{k:03}"), m.first);
                tensors.insert(format!("second.{k:03}"), m.second);
            }
        }
        // Absent numbers are NaN: a measured error or norm is never.
        let column = |f: fn(&StepRecord) -> f64| state.history.iter().map(f).collect();
        tensors.insert("history.loss".into(), column(|r| r.loss));
        tensors.insert("history.rate".into(), column(|r| r.learning_rate));
        tensors.insert("history.norm".into(), column(|r| r.gradient_norm));
        tensors.insert("history.held_out".into(), column(|r| r.held_out.unwrap_or(f64::NAN)));
        let mut header = Header {
            format: FORMAT,
            fingerprint: self.fingerprint.clone(),
            position: stream.position().to_string(),
            times,
            best: state.best.as_ref().map(|b| BestHeader {
                step: b.step,
                error: b.error,
                without_progress: b.without_progress,
            }),
            checksum: 0,
        };
        header.checksum = checksum(&header, &tensors);
        let bytes = serialize(&header, &tensors).map_err(|reason| self.corrupt(reason))?;
        let io = |source| CheckpointError::Io { path: self.path.clone(), source };
        let partial = self.path.with_added_extension("partial");
        let mut file = std::fs::File::create(&partial).map_err(io)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(io)?;
        std::fs::rename(&partial, &self.path).map_err(io)
    }

    fn parse(&self, bytes: &[u8]) -> Result<(Header, Tensors), CheckpointError> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| self.corrupt(e.to_string()))?;
        let file = SafeTensors::deserialize(bytes).map_err(|e| self.corrupt(e.to_string()))?;
        let text = metadata.metadata().as_ref().and_then(|m| m.get(KEY));
        let text = text.ok_or_else(|| self.corrupt("it has no header of ours"))?;
        let mut header: Header = serde_json::from_str(text).map_err(|e| self.corrupt(e.to_string()))?;
        if header.format != FORMAT {
            return Err(self.corrupt(format!("format {} is not {FORMAT}", header.format)));
        }
        let mut tensors = Tensors::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F64 {
                return Err(self.corrupt(format!("tensor `{name}` is {:?}, not F64", view.dtype())));
            }
            let words = view.data().chunks_exact(8);
            let bits = words.map(|w| w.iter().rev().fold(0u64, |acc, b| (acc << 8) | u64::from(*b)));
            tensors.insert(name.to_owned(), bits.map(f64::from_bits).collect());
        }
        let expected = std::mem::take(&mut header.checksum);
        if checksum(&header, &tensors) != expected {
            return Err(self.corrupt("its checksum is wrong"));
        }
        Ok((header, tensors))
    }

    fn same_run(&self, found: &Fingerprint) -> Result<(), CheckpointError> {
        let mine = &self.fingerprint;
        let json = |c: &TrainParams| serde_json::to_string(c).unwrap_or_default();
        let pairs = [
            ("configuration", json(&found.config), json(&mine.config)),
            ("seed", found.seed.to_string(), mine.seed.to_string()),
            ("relation", found.relations.join(", "), mine.relations.join(", ")),
            ("initial network's checksum", found.networks.to_string(), mine.networks.to_string()),
            ("training nodes' checksum", found.data.to_string(), mine.data.to_string()),
        ];
        match pairs.into_iter().find(|(_, found, expected)| found != expected) {
            None => Ok(()),
            Some((what, found, expected)) => {
                Err(CheckpointError::OtherRun { path: self.path.clone(), what, found, expected })
            }
        }
    }

    fn history(&self, tensors: &mut Tensors) -> Result<Vec<StepRecord>, CheckpointError> {
        let losses = tensors.remove("history.loss").ok_or_else(|| self.corrupt("it has no history"))?;
        let rates = self.take(tensors, "history.rate", losses.len())?;
        let norms = self.take(tensors, "history.norm", losses.len())?;
        let errors = self.take(tensors, "history.held_out", losses.len())?;
        let number = |v: f64| (!v.is_nan()).then_some(v);
        let record = |step: usize| StepRecord {
            step,
            loss: losses[step],
            learning_rate: rates[step],
            gradient_norm: norms[step],
            held_out: number(errors[step]),
        };
        Ok((0..losses.len()).map(record).collect())
    }

    fn take_all(
        &self,
        t: &mut Tensors,
        name: &str,
        lengths: &[usize],
    ) -> Result<Vec<Vec<f64>>, CheckpointError> {
        lengths.iter().enumerate().map(|(k, n)| self.take(t, &format!("{name}.{k:03}"), *n)).collect()
    }

    fn take(&self, tensors: &mut Tensors, name: &str, length: usize) -> Result<Vec<f64>, CheckpointError> {
        let values =
            tensors.remove(name).ok_or_else(|| self.corrupt(format!("tensor `{name}` is missing")))?;
        if values.len() != length {
            let found = values.len();
            return Err(self.corrupt(format!("tensor `{name}` has {found} numbers, {length} were expected")));
        }
        Ok(values)
    }

    fn corrupt(&self, reason: impl Into<String>) -> CheckpointError {
        CheckpointError::Corrupt { path: self.path.clone(), reason: reason.into() }
    }
}

fn serialize(header: &Header, tensors: &Tensors) -> Result<Vec<u8>, String> {
    let text = serde_json::to_string(header).map_err(|e| e.to_string())?;
    let bytes: Vec<(&str, Vec<u8>)> = tensors
        .iter()
        .map(|(name, v)| (name.as_str(), v.iter().flat_map(|x| x.to_le_bytes()).collect()))
        .collect();
    let views = bytes
        .iter()
        .map(|(name, data)| Ok((*name, TensorView::new(Dtype::F64, vec![data.len() / 8], data)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|e| e.to_string())?;
    safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), text)]))).map_err(|e| e.to_string())
}

/// Of the tensors and of the header with 0 in the checksum's place.
fn checksum(header: &Header, tensors: &Tensors) -> u64 {
    let mut sum = Checksum::default();
    sum.text(&serde_json::to_string(header).unwrap_or_default());
    for (name, values) in tensors {
        sum.text(name);
        sum.numbers(values);
    }
    sum.0
}

/// FNV-1a over 64-bit words: it catches accidents, not attacks.
struct Checksum(u64);

impl Default for Checksum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Checksum {
    fn word(&mut self, w: u64) {
        self.0 = (self.0 ^ w).wrapping_mul(0x0000_0100_0000_01b3);
        // The multiplication moves bits up only; the rotation brings them back into play.
        self.0 = self.0.rotate_left(29);
    }

    fn numbers(&mut self, values: &[f64]) {
        self.word(values.len() as u64);
        values.iter().for_each(|v| self.word(v.to_bits()));
    }

    fn text(&mut self, text: &str) {
        self.word(text.len() as u64);
        text.bytes().for_each(|b| self.word(u64::from(b)));
    }

    fn mlp(&mut self, mlp: &Mlp) {
        for block in mlp.blocks() {
            self.text(&format!("{} {:?} {:?}", block.activation, block.skip, block.training));
        }
        for affine in mlp.blocks().iter().map(|b| &b.affine).chain([mlp.head()]) {
            self.word(affine.inputs() as u64);
            self.numbers(affine.bias());
            affine.weight().col_iter().for_each(|c| c.iter().for_each(|w| self.word(w.to_bits())));
        }
    }
}
