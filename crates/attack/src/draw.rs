//! Random inputs, from one stream per round.

use relata_relations::faer::Mat;
use relata_relations::{Points, Seed, Stream};

/// A source of random inputs.
#[derive(Debug)]
pub struct Draw {
    stream: Stream,
    seed: Seed,
}

impl Draw {
    /// The source of one round of one attack.
    #[must_use]
    pub fn new(seed: Seed, attack: &str, round: u64) -> Self {
        let name = format!("attack/{attack}/{round}");
        Self { stream: seed.stream(&name), seed: seed.child(&name) }
    }

    /// A seed for what draws by itself.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The stream itself.
    pub fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// A whole number from `low` to `high`, both included.
    pub fn whole(&mut self, low: usize, high: usize) -> usize {
        low + self.stream.below(high - low + 1)
    }

    /// A number between the two.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        self.stream.uniform_in(low, high)
    }

    /// A number whose logarithm is uniform.
    pub fn magnitude(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    /// True with this probability.
    pub fn chance(&mut self, p: f64) -> bool {
        self.stream.uniform() < p
    }

    /// One of these.
    pub fn choose<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.stream.below(of.len())]
    }

    /// A unit of measurement: usually 1, sometimes very large or very small.
    pub fn unit(&mut self) -> f64 {
        if self.chance(0.5) { 1.0 } else { self.choose(&[1e-300, 1e-160, 1e-12, 1e7, 1e160, 1e300]) }
    }

    /// Normal numbers.
    pub fn normals(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.stream.normal()).collect()
    }

    /// A matrix of normal numbers, some of them rounded to whole ones, so that ties occur.
    pub fn matrix(&mut self, n: usize, m: usize) -> Mat<f64> {
        let round = self.chance(0.3);
        Mat::from_fn(n, m, |_, _| {
            let v = self.stream.normal();
            if round { (2.0 * v).round() } else { v }
        })
    }

    /// Points of the cube `[low, high]^p`.
    pub fn points(&mut self, n: usize, p: usize, low: f64, high: f64) -> Points {
        let rows: Vec<Vec<f64>> =
            (0..n.max(1)).map(|_| (0..p).map(|_| self.stream.uniform_in(low, high)).collect()).collect();
        match Points::from_rows(&rows) {
            Ok(points) => points,
            Err(e) => unreachable!("finite rows of equal length: {e}"),
        }
    }
}
