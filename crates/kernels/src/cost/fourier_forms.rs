//! Closed forms of the Fourier norms of named relations, recognised by their names and checked
//! against their values.
//!
//! For `r(x, y) = f(x - y)` with a Fourier transform that does not change sign, `|F|` lives on
//! `v = -w`, has mass `f(0)` and second moment `-f''(0)`.

use super::error::BoundError;
use super::moments::{Extension, FourierNorms, Moment};
use relata_relations::special::{bessel_i, hurwitz_zeta};
use relata_relations::{Points, Relation, Space, evaluate};
use std::f64::consts::PI;
use std::num::NonZeroUsize;

/// Mass, first and second moment; `None` where infinite.
type Moments = (f64, Option<f64>, Option<f64>);

/// The norms, if the relation is one whose transform is known.
pub(super) fn formula(r: &dyn Relation) -> Result<Option<FourierNorms>, BoundError> {
    let full = r.name();
    let name = full.split('(').next().unwrap_or_default();
    let (x, y) = r.spaces();
    if x.dim() != y.dim() {
        return Ok(None);
    }
    let values = Values::of(r)?;
    let own = values.own;
    let found: Option<(Moments, Extension)> = match name {
        "gaussian" | "gaussian-8d" | "gaussian-measure" => {
            let rate = -values.near.ln() / values.distance.powi(2);
            values
                .confirmed(|t| (-rate * t * t).exp())
                .then(|| (gaussian(2.0 * rate, x.dim()), Extension::Bochner))
        }
        "gaussian-shifted" if x.dim() == 1 => shifted(&values).map(|m| (m, Extension::Formula)),
        "matern-12" | "matern-32" | "matern-52" if x.dim() == 1 => {
            let (value, moments) = matern(name);
            let c = root(|c| value(c * values.distance) - values.near);
            values.confirmed(|t| value(c * t)).then(|| (moments(c), Extension::Bochner))
        }
        "von-mises" if on_circle(x) => {
            let kappa = own.ln();
            let f = move |t: f64| (kappa * (2.0 * PI * t).cos()).exp();
            // m I_m(k) = k / 2 (I_{m-1}(k) - I_{m+1}(k)), and the sum telescopes.
            let first = 2.0 * PI * kappa * (bessel_i(0.0, kappa) + bessel_i(1.0, kappa));
            let second = 4.0 * PI * PI * kappa * own;
            values.confirmed(f).then_some(((own, Some(first), Some(second)), Extension::Bochner))
        }
        "poisson" if on_circle(x) => {
            let a = (own - 1.0) / (own + 1.0);
            let f = move |t: f64| (1.0 - a * a) / (1.0 - 2.0 * a * (2.0 * PI * t).cos() + a * a);
            let first = 4.0 * PI * a / (1.0 - a).powi(2);
            let second = 8.0 * PI * PI * a * (1.0 + a) / (1.0 - a).powi(3);
            values.confirmed(f).then_some(((own, Some(first), Some(second)), Extension::Bochner))
        }
        "periodic-sobolev" | "periodic-sobolev-2" if on_circle(x) => {
            let order = (1..=3).find(|s| (own - 1.0 - 2.0 * zeta(2 * s)).abs() < 1e-12);
            order.map(|s| (sobolev(own, s), Extension::Bochner))
        }
        "sinc" if x.dim() == 1 => {
            let c = PI * own;
            let f = move |t: f64| (c * t).sin() / (PI * t);
            let moments = (own, Some(c * c / (2.0 * PI)), Some(c.powi(3) / (3.0 * PI)));
            values.confirmed(f).then_some((moments, Extension::Bochner))
        }
        "shifted-sine" if on_circle(x) => {
            Some(((1.0, Some(2.0 * PI), Some(4.0 * PI * PI)), Extension::Formula))
        }
        _ => None,
    };
    Ok(found.map(|((mass, first, second), extension)| {
        let because = "its Fourier transform decays too slowly";
        let moment = |m: Option<f64>| match m {
            Some(v) => Moment::Finite(v),
            None => Moment::Infinite { because: because.into() },
        };
        FourierNorms {
            mass: Moment::Finite(mass),
            first: [moment(first), moment(first)],
            second: [moment(second), moment(second)],
            extension,
            uncertainty: 0.0,
        }
    }))
}

/// Values at some pairs.
struct Values {
    /// Distances and values of pairs.
    pairs: Vec<(f64, f64)>,
    /// `r(x, x)`.
    own: f64,
    /// A pair at a distance, to fit a rate on.
    near: f64,
    distance: f64,
}

impl Values {
    fn of(r: &dyn Relation) -> Result<Self, BoundError> {
        let rule = r.spaces().0.quadrature(NonZeroUsize::MIN.saturating_add(2))?;
        let rows: Vec<usize> = (0..rule.len().min(9)).collect();
        let at: Points = rule.nodes().select(&rows).unwrap_or_else(|| rule.nodes().clone());
        let v = evaluate(r, &at, &at)?;
        let apart = |i: usize, j: usize| -> f64 {
            let d2: f64 = at.row(i).iter().zip(at.row(j)).map(|(a, b)| (a - b).powi(2)).sum();
            let sign = if at.dim() == 1 { (at.row(i)[0] - at.row(j)[0]).signum() } else { 1.0 };
            sign * d2.sqrt()
        };
        let n = at.len();
        let pairs: Vec<(f64, f64)> = (0..n)
            .flat_map(|i| (0..n).map(move |j| (i, j)))
            .filter(|(i, j)| i != j)
            .map(|(i, j)| (apart(i, j), v[(i, j)]))
            .collect();
        let (distance, near) = pairs.first().map_or((1.0, 1.0), |(d, v)| (d.abs(), *v));
        Ok(Self { pairs, own: v[(0, 0)], near, distance })
    }

    /// Whether the relation is this function of the distance, at all pairs.
    fn confirmed(&self, f: impl Fn(f64) -> f64) -> bool {
        let close = |(t, v): &(f64, f64)| (f(t.abs()) - v).abs() <= 1e-10 * (1.0 + v.abs());
        !self.pairs.is_empty() && self.pairs.iter().all(close)
    }
}

fn on_circle(space: &dyn Space) -> bool {
    space.name() == "torus"
}

/// Frequencies of `exp(-|x|^2 / (2 l^2))` are Gaussian with variance `1 / l^2` in each coordinate.
fn gaussian(variance: f64, p: usize) -> Moments {
    let p = p as f64;
    let mean = (2.0 * variance).sqrt() * (libm::lgamma(0.5 * (p + 1.0)) - libm::lgamma(0.5 * p)).exp();
    (1.0, Some(mean), Some(p * variance))
}

/// `exp(-rate (x - y + shift)^2)`: a shift turns phases alone.
fn shifted(values: &Values) -> Option<Moments> {
    let log = |t: f64| values.pairs.iter().find(|(s, _)| (s - t).abs() < 1e-9).map(|(_, v)| v.ln());
    let t = values.distance;
    let (up, down, zero) = (log(t)?, log(-t)?, values.own.ln());
    let rate = -(up - 2.0 * zero + down) / (2.0 * t * t);
    let shift = (down - up) / (4.0 * rate * t);
    let value = |s: f64| (-rate * (s + shift).powi(2)).exp();
    let close = values.pairs.iter().all(|(s, v)| (value(*s) - v).abs() < 1e-10);
    close.then(|| gaussian(2.0 * rate, 1))
}

type Profile = fn(f64) -> f64;

/// Densities `C / (w^2 + c^2)^m` on the line, normalised to mass 1.
fn matern(name: &str) -> (Profile, fn(f64) -> Moments) {
    match name {
        "matern-12" => (|u| (-u).exp(), |_| (1.0, None, None)),
        "matern-32" => (|u| (1.0 + u) * (-u).exp(), |c| (1.0, Some(2.0 * c / PI), Some(c * c))),
        _ => (
            |u| (1.0 + u + u * u / 3.0) * (-u).exp(),
            |c| (1.0, Some(4.0 * c / (3.0 * PI)), Some(c * c / 3.0)),
        ),
    }
}

/// Coefficients 1 and `m^-2s`, twice, at the frequencies `2 pi m`.
fn sobolev(own: f64, order: u32) -> Moments {
    let first = (order > 1).then(|| 4.0 * PI * zeta(2 * order - 1));
    let second = (order > 1).then(|| 8.0 * PI * PI * zeta(2 * order - 2));
    (own, first, second)
}

fn zeta(s: u32) -> f64 {
    hurwitz_zeta(f64::from(s), 1.0)
}

/// The root of a decreasing function on the positive half line, by bisection.
fn root(f: impl Fn(f64) -> f64) -> f64 {
    let (mut a, mut b) = (0.0, 1e6);
    for _ in 0..200 {
        let mid = 0.5 * (a + b);
        if f(mid) > 0.0 { a = mid } else { b = mid }
    }
    0.5 * (a + b)
}
