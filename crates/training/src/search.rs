//! The smallest network that is found within an error: bisection over widths, with restarts.
//!
//! Nothing here is a lower bound. A width counts as too small when none of a few draws of the
//! hidden layers reached the error; another draw, a longer training or another optimiser might
//! have. So [`Smallest`] is an upper bound of the width that is needed, and says what the next
//! smaller width tried came to.

use relata_networks::{Readout, ReadoutError, ReadoutParams, RelationNet, solve_readout};
use relata_relations::{Factors, HeldOut, MeasureError, Quadrature, Relation, Seed, measure};
use std::collections::BTreeMap;
use thiserror::Error;

/// Where a search looks.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchParams {
    /// The widths that may be tried, smallest first.
    pub widths: Vec<usize>,
    /// Draws of the hidden layers at each width; the best one counts.
    pub restarts: usize,
    /// Heads of at most this rank are solved for.
    pub most_rank: usize,
    /// Directions of the feature span below this share of the largest count as zero.
    pub tolerance: f64,
    /// In which norm errors are measured.
    pub norm: SearchNorm,
}

/// The norm of an error on points that no fit has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchNorm {
    /// The largest error met: on a finite set, so below the sup norm.
    Largest,
    /// The root mean square, in `L2(mu x nu)`.
    L2,
}

impl SearchParams {
    /// Widths from `least` to `most` that grow by about a quarter, three restarts, ranks up to 160,
    /// the largest error.
    #[must_use]
    pub fn new(least: usize, most: usize) -> Self {
        let mut widths = vec![least.max(1)];
        while let Some(last) = widths.last().copied().filter(|w| *w < most) {
            widths.push((last + 1).max(last.saturating_mul(5) / 4).min(most));
        }
        Self { widths, restarts: 3, most_rank: 160, tolerance: 1e-11, norm: SearchNorm::Largest }
    }

    /// # Errors
    /// [`SearchError::Parameter`] naming the first field out of range.
    fn check(&self) -> Result<(), SearchError> {
        let wrong = |field, value: String, expected| Err(SearchError::Parameter { field, value, expected });
        let increasing = self.widths.windows(2).all(|w| w[0] < w[1]);
        if self.widths.first().is_none_or(|w| *w == 0) || !increasing {
            return wrong("widths", format!("{:?}", self.widths), "positive and increasing, at least one");
        }
        if self.restarts == 0 {
            return wrong("restarts", "0".into(), "at least 1");
        }
        if self.most_rank == 0 {
            return wrong("most_rank", "0".into(), "at least 1");
        }
        Ok(())
    }
}

/// Why a search cannot go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A parameter out of its range.
    #[error("{field} is {value}; it must be {expected}")]
    Parameter {
        /// The parameter.
        field: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The hidden layers could not be made.
    #[error("the hidden layers of width {width}: {source}")]
    Layers {
        /// The width.
        width: usize,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The heads could not be solved for.
    #[error(transparent)]
    Readout(#[from] ReadoutError),
    /// The error could not be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
}

/// One width that was tried: the best of its restarts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// The width.
    pub width: usize,
    /// Hidden units of all encoders.
    pub neurons: usize,
    /// The error at the largest rank, in f64 on points that no fit has seen.
    pub error: f64,
    /// Which restart was best, counted from 0.
    pub restart: usize,
}

/// What a search for one error came to.
#[derive(Clone, Debug)]
pub enum SearchOutcome {
    /// A network within the error.
    Found(Box<Smallest>),
    /// No width that may be tried has one; the attempt that came closest.
    NotFound {
        /// The attempt with the least error.
        closest: Attempt,
    },
}

impl SearchOutcome {
    /// The network, if one was found.
    #[must_use]
    pub fn found(self) -> Option<Smallest> {
        match self {
            Self::Found(s) => Some(*s),
            Self::NotFound { .. } => None,
        }
    }
}

/// The smallest network that was found within an error: an upper bound of what is needed.
#[derive(Clone, Debug)]
pub struct Smallest {
    /// The network, of the smallest rank at which its heads are within the error.
    pub net: RelationNet,
    /// Its width, the smallest that bisection found.
    pub width: usize,
    /// Its rank, the smallest that bisection found.
    pub rank: usize,
    /// Its error, in f64 on points that no fit has seen.
    pub error: f64,
    /// The next smaller width that was tried, whose draws were all above the error; `None` if the
    /// smallest width of all was found.
    pub failed: Option<Attempt>,
}

/// Hidden layers, or why there are none.
pub type MadeLayers = Result<RelationNet, Box<dyn std::error::Error + Send + Sync>>;

/// Makes the hidden layers of a width from a seed: drawn, or trained. The heads play no part.
pub type Layers<'a> = dyn Fn(usize, Seed) -> MadeLayers + 'a;

/// A search for several errors of one relation, which tries no width twice.
pub struct Search<'a> {
    relation: &'a dyn Relation,
    layers: &'a Layers<'a>,
    rules: [Quadrature; 2],
    held_out: HeldOut,
    params: SearchParams,
    seed: Seed,
    known: BTreeMap<usize, (Attempt, Readout)>,
}

impl<'a> Search<'a> {
    /// Heads are solved for on `rules` (the same twice for one shared encoder), errors are measured
    /// on `held_out`, which the rules must not contain. The hidden layers of restart `k` at width
    /// `n` come from the seed `search/n/k`.
    ///
    /// ```
    /// use relata_networks::{Activation, MlpConfig, RelationNet};
    /// use relata_relations::{HeldOut, Interval, Seed, Space, relation_fn};
    /// use relata_training::{MadeLayers, Search, SearchParams};
    /// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] * y[0]).exp());
    /// let layers = |width: usize, seed: Seed| -> MadeLayers {
    ///     let config = MlpConfig::new(1, 1).with_width(width).with_depth(1).with_activation(Activation::Tanh);
    ///     Ok(RelationNet::symmetric(config.init(seed, "phi")?))
    /// };
    /// let rule = |n: usize| Interval::unit().quadrature(n.try_into().unwrap()).unwrap();
    /// let held_out = HeldOut::Quadrature { x: rule(81), y: rule(80) };
    /// let mut search = Search::new(&r, &layers, [rule(30), rule(30)], held_out, SearchParams::new(1, 32), Seed(0))?;
    /// let smallest = search.smallest(1e-3)?.found().ok_or("not found")?;
    /// assert!(smallest.error <= 1e-3 && smallest.rank <= smallest.width + 1);
    /// assert!(smallest.failed.is_none_or(|below| below.width < smallest.width && below.error > 1e-3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SearchError::Parameter`]
    pub fn new(
        relation: &'a dyn Relation,
        layers: &'a Layers<'a>,
        rules: [Quadrature; 2],
        held_out: HeldOut,
        params: SearchParams,
        seed: Seed,
    ) -> Result<Self, SearchError> {
        params.check()?;
        Ok(Self { relation, layers, rules, held_out, params, seed, known: BTreeMap::new() })
    }

    /// The smallest width, and at that width the smallest rank, found within `eps`. Cost: about
    /// `log2` of the number of widths times the restarts, each a network and a readout; widths that
    /// were tried for another error are remembered.
    ///
    /// # Errors
    /// [`SearchError`]
    pub fn smallest(&mut self, eps: f64) -> Result<SearchOutcome, SearchError> {
        if !(eps > 0.0 && eps.is_finite()) {
            let (value, expected) = (eps.to_string(), "positive and finite");
            return Err(SearchError::Parameter { field: "eps", value, expected });
        }
        let widths = self.params.widths.clone();
        let last = widths.len() - 1;
        // The invariant: `high` was within eps, all below `low` count as not.
        let (mut low, mut high) = (0, last);
        if self.attempt(widths[last])?.error > eps {
            return Ok(SearchOutcome::NotFound { closest: self.closest() });
        }
        let mut failed = None;
        while low < high {
            let mid = usize::midpoint(low, high);
            let tried = self.attempt(widths[mid])?;
            if tried.error <= eps {
                high = mid;
            } else {
                low = mid + 1;
                failed = Some(tried);
            }
        }
        let width = widths[high];
        let (net, error) = self.smallest_rank(width, eps)?;
        Ok(SearchOutcome::Found(Box::new(Smallest { width, rank: net.rank(), net, error, failed })))
    }

    /// Every width tried so far, smallest first.
    pub fn attempts(&self) -> impl Iterator<Item = Attempt> {
        self.known.values().map(|(a, _)| *a)
    }

    fn closest(&self) -> Attempt {
        let least = self.attempts().min_by(|a, b| a.error.total_cmp(&b.error));
        least.unwrap_or(Attempt { width: 0, neurons: 0, error: f64::INFINITY, restart: 0 })
    }

    fn attempt(&mut self, width: usize) -> Result<Attempt, SearchError> {
        if let Some((known, _)) = self.known.get(&width) {
            return Ok(*known);
        }
        let mut best: Option<(Attempt, Readout)> = None;
        for restart in 0..self.params.restarts {
            let seed = self.seed.child(&format!("search/{width}/{restart}"));
            let hidden =
                (self.layers)(width, seed).map_err(|source| SearchError::Layers { width, source })?;
            let params = ReadoutParams { tolerance: self.params.tolerance };
            let readout = solve_readout(&hidden, self.relation, [&self.rules[0], &self.rules[1]], params)?;
            let net = readout.at_rank(self.most_rank(width))?;
            let error = self.error(&net)?;
            if best.as_ref().is_none_or(|(b, _)| error < b.error) {
                best = Some((Attempt { width, neurons: net.neurons(), error, restart }, readout));
            }
        }
        let (attempt, readout) = best.ok_or(SearchError::Parameter {
            field: "restarts",
            value: "0".into(),
            expected: "at least 1",
        })?;
        self.known.insert(width, (attempt, readout));
        Ok(attempt)
    }

    fn most_rank(&self, width: usize) -> usize {
        (width + 1).min(self.params.most_rank)
    }

    fn error(&self, net: &RelationNet) -> Result<f64, SearchError> {
        let report = measure(self.relation, net, &self.held_out)?;
        Ok(match self.params.norm {
            SearchNorm::Largest => report.sup,
            SearchNorm::L2 => report.l2,
        })
    }

    /// By bisection: errors of readouts fall with the rank, but for small fluctuations of a largest
    /// error.
    fn smallest_rank(&self, width: usize, eps: f64) -> Result<(RelationNet, f64), SearchError> {
        let unknown = || SearchError::Parameter {
            field: "width",
            value: width.to_string(),
            expected: "one that was tried",
        };
        let (attempt, readout) = self.known.get(&width).ok_or_else(unknown)?;
        let (mut low, mut high) = (0, self.most_rank(width));
        let mut best = (readout.at_rank(high)?, attempt.error);
        while high - low > 1 {
            let mid = usize::midpoint(low, high);
            let net = readout.at_rank(mid)?;
            let error = self.error(&net)?;
            if error <= eps {
                (high, best) = (mid, (net, error));
            } else {
                low = mid;
            }
        }
        Ok(best)
    }
}

impl std::fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tried: Vec<usize> = self.known.keys().copied().collect();
        f.debug_struct("Search").field("params", &self.params).field("tried", &tried).finish_non_exhaustive()
    }
}
