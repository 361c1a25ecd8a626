//! The design of a network of waves.

use super::series::Series;
use crate::certify::{Certificate, Claim, Method, find, gamma};
use crate::construct::conditions::{check, largest};
use crate::construct::constructed::Export;
use crate::construct::mesh::relu;
use crate::construct::plan::{Budget, Theorem};
use crate::construct::single::LOST;
use crate::construct::{ConstructError, ConstructRoute, Constructed};
use crate::mlp::{Affine, Mlp, NetworkError};
use crate::relation_net::RelationNet;
use faer::Mat;
use relata_kernels::cost::{AsymmetricBound, BoundParams, ErrorNorm, Hypothesis};
use relata_relations::{Relation, same_relation, same_space};

/// A network of waves within `eps` of a product of functions of differences `prod_j f_j(x_j - y_j)`
/// (a Gaussian, von Mises or Matern kernel, a shifted one, and their
/// [`tensor_product`](relata_relations::tensor_product)s), in any dimension: the construction
/// behind `AsymmetricBound::fourier_maurey`, with frequencies chosen instead of drawn.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let r = relata_relations::catalogue::relation("gaussian")?;
/// let built = relata_networks::construct_waves(&r, 1e-2)?;
/// assert!(built.certificate().upper() <= 1e-2 && built.net().neurons() <= built.budget().neurons);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ConstructError`]: as [`crate::construct()`]; [`ConstructError::NoWaves`] if a factor is not a
/// function of the difference of two numbers or takes too many waves,
/// [`ConstructError::Bound`] where the norm of the Fourier transform is infinite or unknown.
pub fn construct_waves(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    check(r, eps)?;
    Design::new(r, eps)?.build(r, eps)
}

/// The parts of `eps` that trigonometric sums and waves that are left out may cost; splines have
/// the rest.
const SERIES_SHARE: f64 = 0.12;
const DROPPED_SHARE: f64 = 0.1;
const SPLINE_SHARE: f64 = 0.77;

/// Waves that are looked at, and entries of a head, at most.
const MAX_WAVES: usize = 1 << 20;
const MAX_WEIGHTS: usize = 1 << 25;

/// `w cos(k.x - k.y + t)`, with the pieces of its splines in `x` and in `y`.
struct Wave {
    weight: f64,
    frequency: Vec<f64>,
    phase: f64,
    /// Range of `k.x` and of `k.y`.
    ranges: [(f64, f64); 2],
    pieces: [usize; 2],
}

/// What is to be built, with its error.
pub(in crate::construct) struct Design {
    waves: Vec<Wave>,
    constant: f64,
    shared: bool,
    error: f64,
    sides: [Vec<(f64, f64)>; 2],
}

impl Design {
    pub(in crate::construct) fn new(r: &dyn Relation, eps: f64) -> Result<Self, ConstructError> {
        let refuse = |reason: &'static str| ConstructError::NoWaves { relation: r.name(), reason };
        let owned = r.tensor_factors();
        let factors: Vec<&dyn Relation> =
            owned.as_ref().map_or_else(|| vec![r], |f| f.iter().map(AsRef::as_ref).collect());
        let mut ends = vec![];
        for f in &factors {
            let (x, y) = f.spaces();
            let one = |s: &dyn relata_relations::Space| match (s.dim(), s.parameters().as_deref()) {
                (1, Some([range])) => Some(*range),
                _ => None,
            };
            ends.push(
                [one(x), one(y)].map(|e| e.ok_or_else(|| refuse("a factor does not live on two intervals"))),
            );
        }
        let ends = ends.into_iter().map(|[x, y]| Ok([x?, y?])).collect::<Result<Vec<_>, ConstructError>>()?;
        // Sizes first, to share out the error; they are bounded again with the sums.
        let rough = factors.iter().map(|f| largest(*f)).collect::<Result<Vec<f64>, _>>()?;
        let all: f64 = rough.iter().product();
        let mut series: Vec<Vec<Series>> = vec![];
        for (i, f) in factors.iter().enumerate() {
            // The same relation, not the same name: two that differ may be called alike.
            let same = factors[..i].iter().position(|g| same_relation(*g, *f));
            if let Some(k) = same {
                series.push(series[k].clone());
                continue;
            }
            let share =
                SERIES_SHARE * eps * 0.9 / (factors.len() as f64 * (all / rough[i]).max(f64::MIN_POSITIVE));
            let found = Series::all(*f, ends[i], share.min(rough[i]))?;
            if found.is_empty() {
                return Err(refuse("a factor is no short sum of waves of the difference of its arguments"));
            }
            series.push(found);
        }
        let (x, y) = r.spaces();
        let same = same_space(x, y);
        let sides = [0, 1].map(|s: usize| ends.iter().map(|e| e[s]).collect::<Vec<_>>());
        // The same period number for all factors; the cheapest counts.
        let most = series.iter().map(Vec::len).max().unwrap_or(1);
        let designs = (0..most).filter_map(|k| {
            let chosen: Vec<&Series> = series.iter().map(|s| &s[k.min(s.len() - 1)]).collect();
            Self::of(&chosen, &sides, same, eps)
        });
        designs.min_by_key(Self::neurons).ok_or_else(|| refuse("the product has too many waves"))
    }

    fn of(series: &[&Series], sides: &[Vec<(f64, f64)>; 2], same: bool, eps: f64) -> Option<Self> {
        let grown: f64 = series.iter().map(|s| s.size + s.error).product();
        let sums = (grown - series.iter().map(|s| s.size).product::<f64>()) * (1.0 + 1e-12);
        if sums > SERIES_SHARE * eps {
            return None;
        }
        let (mut waves, constant, lost) = plane_waves(series, sides)?;
        waves.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        let mut dropped = 0.0;
        while let Some(last) = waves.last().filter(|w| dropped + w.weight.abs() <= DROPPED_SHARE * eps) {
            dropped += last.weight.abs();
            waves.pop();
        }
        share_out(&mut waves, SPLINE_SHARE * eps);
        let splines: f64 = waves.iter().map(Wave::spline_error).sum();
        let shared = same && waves.iter().all(|w| w.phase.abs() <= 0.0);
        let error = (sums + lost + dropped + splines) * (1.0 + 1e-12);
        Some(Self { waves, constant, shared, error, sides: sides.clone() })
    }

    pub(in crate::construct) fn neurons(&self) -> usize {
        let of = |side: usize| self.waves.iter().map(|w| w.pieces[side]).sum::<usize>();
        if self.shared { of(0) } else { of(0) + of(1) }
    }

    pub(in crate::construct) fn build(
        self,
        r: &dyn Relation,
        eps: f64,
    ) -> Result<Constructed, ConstructError> {
        let bound = AsymmetricBound::fourier_maurey(r, eps, &BoundParams::default())
            .map_err(ConstructError::Bound)?;
        let rank = 2 * self.waves.len() + 1;
        let size = self.neurons().saturating_mul(rank);
        if size > MAX_WEIGHTS {
            return Err(ConstructError::TooLarge {
                relation: r.name(),
                eps,
                pieces: size,
                most: MAX_WEIGHTS,
            });
        }
        let net = if self.shared {
            // Weights of either sign are signs of features.
            let signs =
                self.waves.iter().flat_map(|w| [w.weight.signum(); 2]).chain([self.constant.signum()]);
            let signs: Vec<f64> = signs.collect();
            let phi = self.encoder(0)?;
            if signs.iter().all(|s| *s > 0.0) {
                RelationNet::symmetric(phi)
            } else {
                RelationNet::indefinite(phi, signs)?
            }
        } else {
            RelationNet::asymmetric(self.encoder(0)?, self.encoder(1)?)?
        };
        let rounding = self.rounding(0.0);
        let upper = (self.error + rounding) * (1.0 + 1e-12);
        if upper > eps {
            return Err(ConstructError::NotCertified { relation: r.name(), eps, upper });
        }
        let mut unchecked = vec![Hypothesis::Enclosure];
        if r.tensor_factors().is_some() {
            unchecked.push(Hypothesis::TensorFactors);
        }
        let found = find(r, &net)?;
        let (norm, method) = (ErrorNorm::Sup, Method::Composition);
        let claim = Claim { upper, norm, method, pairs: found.pairs, unchecked };
        let certificate = Certificate::new(r, claim, &found)?;
        let count = |n: u128| usize::try_from(n).unwrap_or(usize::MAX);
        let mut terms: Vec<(&'static str, f64)> = bound.budget.iter().map(|t| (t.name, t.value)).collect();
        terms.push(("looseness of the certificate", eps - bound.budgeted()));
        let budget = Budget {
            eps,
            pieces: [count(bound.rank / 2); 2],
            neurons: count(bound.neurons),
            rank: count(bound.rank),
            terms,
            theorem: Theorem::Waves {
                mass: bound.constant("mass of the Fourier transform").unwrap_or(f64::NAN),
            },
            errors: [self.error; 2],
        };
        let export = Export::Loosen { change: self.rounding(f64::from(f32::EPSILON)), lost: self.lost() };
        Ok(Constructed { net, certificate, route: ConstructRoute::Waves, budget, export })
    }

    /// One hidden layer, the knots of all waves; features `sqrt|w| cos`, `sqrt|w| sin` of each, and
    /// a constant.
    fn encoder(&self, side: usize) -> Result<Mlp, NetworkError> {
        let units: usize = self.waves.iter().map(|w| w.pieces[side]).sum();
        let p = self.sides[side].len();
        let rank = 2 * self.waves.len() + 1;
        let (mut weight, mut bias) = (Mat::zeros(p, units), vec![0.0; units]);
        let (mut head, mut constants) = (Mat::zeros(units, rank), vec![0.0; rank]);
        let mut unit = 0;
        for (k, w) in self.waves.iter().enumerate() {
            let (low, high) = w.ranges[side];
            let n = w.pieces[side];
            let h = (high - low) / n as f64;
            // Signs and phases go to the second encoder, unless there is only one.
            let (scale, turn) = match (side, self.shared) {
                (0, _) => (w.weight.abs().sqrt(), 0.0),
                _ => (w.weight.signum() * w.weight.abs().sqrt(), w.phase),
            };
            let value = |i: usize| {
                let angle = low + h * i as f64 - turn;
                [scale * angle.cos(), scale * angle.sin()]
            };
            constants[2 * k..2 * k + 2].copy_from_slice(&value(0));
            for i in 0..n {
                w.frequency.iter().enumerate().for_each(|(a, f)| weight[(a, unit)] = *f);
                bias[unit] = -(low + h * i as f64);
                let (here, next) = (value(i), value(i + 1));
                for c in 0..2 {
                    let before = if i == 0 { 0.0 } else { (here[c] - value(i - 1)[c]) / h };
                    head[(unit, 2 * k + c)] = (next[c] - here[c]) / h - before;
                }
                unit += 1;
            }
        }
        constants[rank - 1] = match (side, self.shared) {
            (0, _) => self.constant.abs().sqrt(),
            _ => self.constant.signum() * self.constant.abs().sqrt(),
        };
        if units == 0 {
            return Mlp::new(vec![], Affine::new(Mat::zeros(p, rank), constants));
        }
        Mlp::new(vec![relu(Affine::new(weight, bias))], Affine::new(head, constants))
    }

    /// What the inner product loses where every weight of the heads loses [`LOST`]: features are
    /// read from units whose values add up to at most those of all ranges.
    fn lost(&self) -> f64 {
        let of = |side: usize| {
            let units =
                self.waves.iter().map(|w| w.pieces[side] as f64 * (w.ranges[side].1 - w.ranges[side].0));
            LOST * (1.0 + units.sum::<f64>())
        };
        let (x, y) = (of(0), of(1));
        let weights = self.waves.iter().map(|w| w.weight.abs()).fold(self.constant.abs(), f64::max);
        let rank = (2 * self.waves.len() + 1) as f64;
        1.1 * rank * ((x + y) * weights.sqrt() + x * y)
    }

    /// What rounding adds, where weights are rounded by `unit` relatively. A spline of a unit wave
    /// on a range `T` has changes of slope of sum at most `T + 1`; its knots are off by the
    /// rounding of sums of size at most `S`, its slopes by that of differences over pieces.
    fn rounding(&self, unit: f64) -> f64 {
        let u = unit + f64::EPSILON;
        let feature = |w: &Wave, side: usize| {
            let (low, high) = w.ranges[side];
            let (t, n) = (high - low, w.pieces[side] as f64);
            let reach: f64 = w
                .frequency
                .iter()
                .zip(&self.sides[side])
                .map(|(f, (a, b))| f.abs() * a.abs().max(b.abs()))
                .sum();
            let knots =
                (gamma(w.frequency.len() + 4) + 4.0 * u) * 2.0 * (reach + low.abs() + high.abs() + 1.0);
            (t + 1.0) * knots
                + (gamma(w.pieces[side] + 4) + u) * (1.0 + (t + 1.0) * t)
                + 8.0 * u
                + 8.0 * f64::EPSILON * (n + 1.0).powi(2)
        };
        let waves: f64 = self
            .waves
            .iter()
            .map(|w| {
                let [x, y] = [0, 1].map(|s: usize| 2.0 * feature(w, s));
                w.weight.abs() * ((1.0 + x) * (1.0 + y) - 1.0)
            })
            .sum();
        let all: f64 = self.waves.iter().map(|w| w.weight.abs()).sum::<f64>() + self.constant.abs();
        1.1 * (waves + all * (2.0 * gamma(2 * self.waves.len() + 4) + 8.0 * u))
    }
}

impl Wave {
    /// How far a spline is from the circle.
    fn distance(&self, side: usize) -> f64 {
        let (low, high) = self.ranges[side];
        ((high - low) / self.pieces[side] as f64).powi(2) / 8.0
    }

    fn spline_error(&self) -> f64 {
        let [d, e] = [self.distance(0), self.distance(1)];
        self.weight.abs() * (d + e + d * e)
    }

    fn length(&self) -> f64 {
        self.ranges.iter().map(|(low, high)| high - low).sum::<f64>() * 0.5
    }
}

/// All plane waves of a product of sums, one of each pair `+-k`, the constant, and the sum of what
/// was left out; `None` beyond [`MAX_WAVES`].
fn plane_waves(series: &[&Series], sides: &[Vec<(f64, f64)>; 2]) -> Option<(Vec<Wave>, f64, f64)> {
    let count = series
        .iter()
        .try_fold(1usize, |n, s| n.checked_mul(2 * s.terms.len() - 1).filter(|n| *n <= MAX_WAVES))?;
    let size = |s: &&Series| s.terms.iter().map(|[a, b]| a.hypot(*b)).fold(0.0, f64::max);
    let largest: f64 = series.iter().map(size).product();
    let (mut waves, mut constant, mut lost) = (vec![], 0.0, 0.0);
    for index in 0..count {
        let mut rest = index;
        let numbers: Vec<i64> = series
            .iter()
            .map(|s| {
                let n = 2 * s.terms.len() - 1;
                let m = (rest % n) as i64 - (s.terms.len() as i64 - 1);
                rest /= n;
                m
            })
            .collect();
        let (mut re, mut im) = (1.0, 0.0);
        for (s, m) in series.iter().zip(&numbers) {
            let [a, b] = s.term(*m);
            (re, im) = (re * a - im * b, re * b + im * a);
        }
        match numbers.iter().find(|m| **m != 0) {
            None => constant = re,
            Some(m) if *m < 0 => {}
            Some(_) => {
                let frequency: Vec<f64> = series.iter().zip(&numbers).map(|(s, m)| s.frequency(*m)).collect();
                let range = |side: &Vec<(f64, f64)>| {
                    let ends = frequency
                        .iter()
                        .zip(side)
                        .map(|(f, (a, b))| ((f * a).min(f * b), (f * a).max(f * b)));
                    ends.fold((0.0, 0.0), |(l, h), (a, b)| (l + a, h + b))
                };
                // 2 Re(c exp(i s)) with a real coefficient keeps its sign; others are turned.
                // Imaginary parts that are rounding are left out.
                let real = im.abs() <= 1e-11 * largest;
                if real {
                    lost += 2.0 * im.abs();
                }
                let (weight, phase) = if real { (2.0 * re, 0.0) } else { (2.0 * re.hypot(im), im.atan2(re)) };
                let ranges = [range(&sides[0]), range(&sides[1])];
                waves.push(Wave { weight, frequency, phase, ranges, pieces: [1; 2] });
            }
        }
    }
    Some((waves, constant, lost))
}

/// Pieces that cost at most `error` in all, as few as possible: `sum T / s` is least, for a given
/// `sum w s^2 / 4`, where `s^3` is in proportion to `T / w`.
fn share_out(waves: &mut [Wave], error: f64) {
    // Weights count in units of the largest.
    let unit = waves.iter().map(|w| w.weight.abs()).fold(f64::MIN_POSITIVE, f64::max);
    let set = |waves: &mut [Wave], scale: f64| {
        for w in waves.iter_mut() {
            let s = (scale * w.length() / (w.weight.abs() / unit).max(f64::MIN_POSITIVE)).cbrt().min(1.5);
            w.pieces = w.ranges.map(|(low, high)| (((high - low) / s).ceil() as usize).max(1));
        }
        waves.iter().map(Wave::spline_error).sum::<f64>()
    };
    let (mut low, mut high) = (1e-30f64, 1e6f64);
    for _ in 0..120 {
        let middle = (low * high).sqrt();
        if set(waves, middle) <= error { low = middle } else { high = middle }
    }
    set(waves, low);
}
