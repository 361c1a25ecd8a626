//! Parts of the work, for several processes or machines: which cells are whose.
//!
//! Every shard must cut the work in the same way, whenever and wherever it starts. What a cell is
//! expected to cost is learnt from earlier runs and changes as cells finish, so the first shard
//! writes down what it expects, and the others read it: a [`ShardPlan`].

use crate::cells::CellKey;
use crate::disk::{WriteError, make_directory, write_atomic, write_first};
use crate::run_dir::{RunDir, RunDirError, RunLock};
use crate::schema::{SCHEMA_VERSION, hash_bytes};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// One part of so many, counted from 0: `0/2` and `1/2` are the halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: NonZeroUsize,
}

/// Not a shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// It does not have the form of one.
    #[error("`{given}` is not a shard: it must be INDEX/COUNT, such as 0/4 for the first of four")]
    Form {
        /// What was given.
        given: String,
    },
    /// There are fewer.
    #[error("there is no shard {index} of {count}: shards are counted from 0, so the last one is {}/{count}", count - 1)]
    Range {
        /// The index that was given.
        index: usize,
        /// How many there are.
        count: usize,
    },
}

impl Shard {
    /// The part `index` of `count`.
    ///
    /// # Errors
    /// [`ShardError::Range`]
    pub fn new(index: usize, count: NonZeroUsize) -> Result<Self, ShardError> {
        if index < count.get() {
            Ok(Self { index, count })
        } else {
            Err(ShardError::Range { index, count: count.get() })
        }
    }

    /// Which part, counted from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.index
    }

    /// How many parts there are.
    #[must_use]
    pub fn count(self) -> NonZeroUsize {
        self.count
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(given: &str) -> Result<Self, ShardError> {
        let form = || ShardError::Form { given: given.to_owned() };
        let (index, count) = given.split_once('/').ok_or_else(form)?;
        // A sign or a space is not part of a number here.
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !digits(index) || !digits(count) {
            return Err(form());
        }
        Self::new(index.parse().map_err(|_| form())?, count.parse().map_err(|_| form())?)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// The cells of a piece of work in their order, and what each is expected to cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardPlan {
    schema_version: u32,
    /// Hash of everything below, which tells a damaged plan.
    checksum: String,
    cells: Vec<(CellKey, f64)>,
}

/// Shards cannot agree on a plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The plan that is there is for other cells.
    #[error(
        "{} was made by another version of the program, or for other input: {theirs} cells, of which {shared} are \
         among the {ours} of this one. Use one program on all machines; to begin anew with this one, remove that file",
        path.display()
    )]
    Other {
        /// The plan.
        path: PathBuf,
        /// How many cells it has.
        theirs: usize,
        /// How many this program has.
        ours: usize,
        /// How many are in both.
        shared: usize,
    },
    /// The plan cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The plan.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It cannot be written as JSON.
    #[error("cannot write the plan of shards as JSON: {0}")]
    Encode(#[source] serde_json::Error),
}

impl ShardPlan {
    /// The plan for these cells. A cost that is not a positive number counts as one second.
    #[must_use]
    pub fn new(cells: impl IntoIterator<Item = (CellKey, f64)>) -> Self {
        let usable = |cost: f64| if cost.is_finite() && cost > 0.0 { cost } else { 1.0 };
        let cells: Vec<_> = cells.into_iter().map(|(key, cost)| (key, usable(cost))).collect();
        Self { schema_version: SCHEMA_VERSION, checksum: checksum(SCHEMA_VERSION, &cells), cells }
    }

    /// The plan that all shards follow: the one in the file `path`, or this one, which then is put
    /// there. A damaged plan is replaced.
    ///
    /// # Errors
    /// [`PlanError`]
    pub fn agree(self, path: &Path) -> Result<Self, PlanError> {
        if let Some(parent) = path.parent() {
            make_directory(parent)?;
        }
        let json = serde_json::to_vec(&self).map_err(PlanError::Encode)?;
        if write_first(path, &json)? {
            return Ok(self);
        }
        let bytes =
            std::fs::read(path).map_err(|source| PlanError::Read { path: path.to_owned(), source })?;
        match Self::decode(&bytes) {
            None => {
                write_atomic(path, &json)?;
                Ok(self)
            }
            Some(found) if found.keys().eq(self.keys()) => Ok(found),
            Some(found) => {
                let theirs: std::collections::BTreeSet<&CellKey> = found.keys().collect();
                let shared = self.keys().filter(|key| theirs.contains(key)).count();
                let (path, ours) = (path.to_owned(), self.cells.len());
                Err(PlanError::Other { path, theirs: theirs.len(), ours, shared })
            }
        }
    }

    /// The plan in these bytes, if they are what was written.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let plan: Self = serde_json::from_slice(bytes).ok()?;
        (plan.checksum == checksum(plan.schema_version, &plan.cells)).then_some(plan)
    }

    /// The keys of all cells, in order.
    pub fn keys(&self) -> impl Iterator<Item = &CellKey> {
        self.cells.iter().map(|(key, _)| key)
    }

    /// What the cells are expected to cost, in order, in seconds.
    pub fn costs(&self) -> impl Iterator<Item = f64> {
        self.cells.iter().map(|(_, cost)| *cost)
    }

    /// What tells this plan from others.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.checksum
    }

    /// Of each cell the index of its shard, with so many of them. See [`balanced`].
    #[must_use]
    pub fn parts(&self, count: NonZeroUsize) -> Vec<usize> {
        balanced(&self.costs().collect::<Vec<f64>>(), count)
    }

    /// The places of the shard's cells, in order.
    #[must_use]
    pub fn part(&self, shard: Shard) -> Vec<usize> {
        let of = self.parts(shard.count());
        (0..of.len()).filter(|k| of[*k] == shard.index()).collect()
    }
}

/// Which part each item belongs to, so that the sums of the costs are near each other: the items
/// by falling cost, each to the part that has least so far. No part exceeds the mean by more than
/// the largest cost. The same costs give the same parts; `O(n log n)`. Costs are positive.
#[must_use]
pub fn balanced(costs: &[f64], count: NonZeroUsize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by(|a, b| costs[*b].total_cmp(&costs[*a]).then(a.cmp(b)));
    // Parts that never get an item need no place in the heap.
    let parts = count.get().min(costs.len());
    let mut least: BinaryHeap<Reverse<Load>> =
        (0..parts).map(|part| Reverse(Load { cost: 0.0, items: 0, part })).collect();
    let mut of = vec![0; costs.len()];
    for item in order {
        let Some(Reverse(Load { cost, items, part })) = least.pop() else { break };
        of[item] = part;
        least.push(Reverse(Load { cost: cost + costs[item], items: items + 1, part }));
    }
    of
}

/// What a part has so far, ordered by cost, then number, then place.
#[derive(Clone, Copy, PartialEq)]
struct Load {
    cost: f64,
    items: usize,
    part: usize,
}

impl Eq for Load {}

impl Ord for Load {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.cost.total_cmp(&other.cost).then((self.items, self.part).cmp(&(other.items, other.part)))
    }
}

impl PartialOrd for Load {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What a shard leaves beside the cells: how long each took, and why those that failed did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardNotes {
    /// Seconds by key.
    pub seconds: std::collections::BTreeMap<CellKey, f64>,
    /// Reasons by key.
    pub errors: std::collections::BTreeMap<CellKey, String>,
}

impl RunDir {
    /// The directory of what shards leave beside the cells.
    #[must_use]
    pub fn shards(&self) -> PathBuf {
        self.path().join("shards")
    }

    /// The right to compute a shard of the run alone. Waits in vain for nobody: see [`RunDir::lock`].
    ///
    /// # Errors
    /// [`RunDirError`]
    pub fn claim_shard(&self, name: &str) -> Result<RunLock, RunDirError> {
        make_directory(&self.shards())
            .map_err(|WriteError { path, source }| RunDirError::Unusable { path, source })?;
        self.claim(&format!("shards/{name}.lock"))
    }

    /// Keeps what a shard has to say, under the shard's name.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn note_shard(&self, name: &str, notes: &ShardNotes) -> Result<(), WriteError> {
        make_directory(&self.shards())?;
        let path = self.shards().join(format!("{name}.json"));
        let earlier = std::fs::read(&path).ok().and_then(|b| serde_json::from_slice(&b).ok());
        let mut all: ShardNotes = earlier.unwrap_or_default();
        all.seconds.extend(notes.seconds.clone());
        // A cell that failed earlier was tried again.
        all.errors = notes.errors.clone();
        let json = serde_json::to_vec(&all)
            .map_err(|e| WriteError { path: path.clone(), source: std::io::Error::other(e) })?;
        write_atomic(&path, &json)
    }

    /// What all shards have said, as far as it can be read: it only adds to the cells.
    #[must_use]
    pub fn shard_notes(&self) -> ShardNotes {
        let mut all = ShardNotes::default();
        let entries = std::fs::read_dir(self.shards()).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|e| e.path()).collect();
        files.sort();
        for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
            let notes = std::fs::read(file).ok().and_then(|b| serde_json::from_slice::<ShardNotes>(&b).ok());
            if let Some(notes) = notes {
                all.seconds.extend(notes.seconds);
                all.errors.extend(notes.errors);
            }
        }
        all
    }
}

fn checksum(version: u32, cells: &[(CellKey, f64)]) -> String {
    let mut text = format!("{version}\n");
    for (key, cost) in cells {
        text += &format!("{key} {cost:?}\n");
    }
    hash_bytes(text.as_bytes())
}
