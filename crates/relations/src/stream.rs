//! Randomness: named ChaCha8 streams of one seed, drawn on the host.
//!
//! A [`Seed`] names a whole experiment; [`Seed::stream`] derives an independent generator for each
//! purpose from the seed and a name, by BLAKE3 in key-derivation mode. Streams do not depend on the
//! order in which they are asked for, on threads, or on the backend that uses the numbers.

use rand::Rng;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The one seed of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream called `name`, e.g. `"training/init/phi"`.
    ///
    /// ```
    /// use relata_relations::Seed;
    /// let (mut a, mut b) = (Seed(7).stream("init"), Seed(7).stream("init"));
    /// assert_eq!(a.uniform().to_bits(), b.uniform().to_bits());
    /// assert_ne!(Seed(7).stream("init").uniform(), Seed(7).stream("data").uniform());
    /// ```
    #[must_use]
    pub fn stream(self, name: &str) -> Stream {
        let key = derive(self.0, name);
        Stream { rng: ChaCha8Rng::from_seed(key) }
    }

    /// A seed for a part of the experiment (a cell, a restart), independent of the whole's other
    /// streams.
    #[must_use]
    pub fn child(self, name: &str) -> Self {
        let key = derive(self.0, name);
        let mut word = [0u8; 8];
        word.copy_from_slice(&key[..8]);
        Self(u64::from_le_bytes(word))
    }
}

/// A generator of random numbers: ChaCha with 8 rounds, portable across machines.
#[derive(Clone, Debug)]
pub struct Stream {
    rng: ChaCha8Rng,
}

impl Stream {
    /// Uniform on `[0, 1)`, with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        self.rng.random::<f64>()
    }

    /// Uniform on `[a, b)`.
    pub fn uniform_in(&mut self, a: f64, b: f64) -> f64 {
        a + (b - a) * self.uniform()
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.rng)
    }

    /// Uniform on `{0, .., n-1}`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { self.rng.random_range(0..n) }
    }

    /// A uniformly random order of `0..n` (Fisher-Yates).
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }

    /// 32 random bits, e.g. the scrambling seed of a Sobol sequence.
    pub fn word(&mut self) -> u32 {
        self.rng.next_u32()
    }

    /// The position in the stream, to store in a checkpoint and give to [`Stream::seek`].
    #[must_use]
    pub fn position(&self) -> u128 {
        self.rng.get_word_pos()
    }

    /// Moves to a position that [`Stream::position`] returned.
    pub fn seek(&mut self, position: u128) {
        self.rng.set_word_pos(position);
    }
}

fn derive(seed: u64, name: &str) -> [u8; 32] {
    let mut h = blake3::Hasher::new_derive_key("relata 2026 random streams v1");
    h.update(&seed.to_le_bytes());
    h.update(name.as_bytes());
    *h.finalize().as_bytes()
}
