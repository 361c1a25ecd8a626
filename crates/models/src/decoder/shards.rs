//! Weights that stay in their files until a tensor is asked for.

use super::error::DecoderError;
use super::names::Wanted;
use crate::encoder::files::{Directory, SINGLE, io, shard_files};
use crate::encoder::tensors::numbers;
use crate::encoder::{EncoderError, HostTensor};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorView};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// A header is not longer than this: that of the largest models is some megabytes.
const MAX_HEADER: u64 = 100_000_000;

/// Where each tensor of some files lies.
#[derive(Clone, Debug)]
pub(super) struct Shards {
    files: Vec<PathBuf>,
    places: BTreeMap<String, Place>,
}

#[derive(Clone, Debug)]
struct Place {
    file: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    start: u64,
    bytes: usize,
}

impl Shards {
    /// Reads the headers of all files, and holds their lengths against them.
    pub(super) fn open(dir: &mut Directory<'_>) -> Result<Self, DecoderError> {
        let names = match shard_files(dir)? {
            None => vec![SINGLE.to_owned()],
            Some(files) => files,
        };
        let mut shards = Self { files: Vec::new(), places: BTreeMap::new() };
        for name in names {
            let (path, mut file) = dir.open_file(&name)?;
            let found = file.metadata().map_err(|e| io(&path, e))?.len();
            let corrupt = |reason: String| EncoderError::Corrupt { path: path.clone(), reason };
            let mut size = [0u8; 8];
            file.read_exact(&mut size).map_err(|_| corrupt("it is shorter than a header".to_owned()))?;
            let length = u64::from_le_bytes(size);
            if length > MAX_HEADER || length > found {
                return Err(corrupt(format!("its header would be {length} bytes long")).into());
            }
            let mut header = vec![0u8; length as usize];
            file.read_exact(&mut header).map_err(|e| io(&path, e))?;
            let header: Metadata = serde_json::from_slice(&header).map_err(|e| corrupt(e.to_string()))?;
            let expected = 8 + length + header.data_len() as u64;
            if expected != found {
                return Err(DecoderError::Truncated { path, found, expected });
            }
            let place = shards.files.len();
            for tensor in header.offset_keys() {
                let Some(info) = header.info(&tensor) else { continue };
                let (start, end) = info.data_offsets;
                let at = Place {
                    file: place,
                    dtype: info.dtype,
                    shape: info.shape.clone(),
                    start: 8 + length + start as u64,
                    bytes: end - start,
                };
                shards.places.insert(tensor, at);
            }
            shards.files.push(path);
        }
        Ok(shards)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// The name under which a tensor stands in the files, if it does with the shape that it must
    /// have.
    pub(super) fn find(&self, w: &Wanted, prefix: &str, layers: usize) -> Result<String, EncoderError> {
        let mut names = w.names(prefix).into_iter().flatten();
        let found = names.find(|n| self.places.contains_key(n));
        let name =
            found.ok_or_else(|| EncoderError::Missing { name: format!("{prefix}{}", w.name), layers })?;
        let shape = &self.places[&name].shape;
        if *shape != w.shape {
            return Err(EncoderError::Shape { name, found: shape.clone(), expected: w.shape.clone() });
        }
        Ok(name)
    }

    /// Reads a tensor, which becomes f32.
    pub(super) fn read(&self, name: &str) -> Result<HostTensor, EncoderError> {
        let missing = || EncoderError::Missing { name: name.to_owned(), layers: 0 };
        let place = self.places.get(name).ok_or_else(missing)?;
        let path = &self.files[place.file];
        let mut file = File::open(path).map_err(|e| io(path, e))?;
        file.seek(SeekFrom::Start(place.start)).map_err(|e| io(path, e))?;
        let mut bytes = vec![0u8; place.bytes];
        file.read_exact(&mut bytes).map_err(|e| io(path, e))?;
        let view = TensorView::new(place.dtype, place.shape.clone(), &bytes)
            .map_err(|e| EncoderError::Corrupt { path: path.clone(), reason: e.to_string() })?;
        let values = numbers(name, &view)?;
        if let Some(index) = values.iter().position(|v| !v.is_finite()) {
            return Err(EncoderError::NonFinite { name: name.to_owned(), index, value: values[index] });
        }
        Ok(HostTensor { shape: place.shape.clone(), values })
    }
}
