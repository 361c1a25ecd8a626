//! The paths from a symmetric to an antisymmetric relation of the same norm.

use relata_relations::{
    Definiteness, Evidence, Fact, Interval, Points, Regularity, Relation, RelationError, Space, Spectrum,
    Symmetry, Torus, fill,
};
use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_PI_2, TAU};

/// A path `cos(pi t / 2) s + sin(pi t / 2) a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Path {
    /// From the centred Poisson kernel `sum_m rho^|m| cos` on the torus to its conjugate
    /// `sum_m rho^|m| sin`: a fractional Hilbert transform, whose singular values do not change
    /// along the path.
    Poisson,
    /// From `exp(-(x-y)^2 / 2 l^2)` to the odd `(x-y) exp(-(x-y)^2 / 2 l^2)` on `[-1, 1]`, scaled
    /// to equal norms.
    Gaussian,
    /// From `|x - y|`, symmetric and indefinite, to `x - y` on `[0, 1]`: both have norm `1/sqrt 6`.
    Distance,
}

const RHO: f64 = 0.6;
const LENGTH: f64 = 0.4;

impl Path {
    pub(super) const ALL: [Self; 3] = [Self::Poisson, Self::Gaussian, Self::Distance];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Poisson => "poisson-conjugate",
            Self::Gaussian => "gaussian-odd",
            Self::Distance => "distance-difference",
        }
    }

    /// Fit nodes.
    pub(super) fn fit(self) -> usize {
        if self == Self::Distance { 400 } else { 200 }
    }

    /// Test nodes.
    pub(super) fn test(self) -> usize {
        if self == Self::Distance { 1600 } else { 401 }
    }

    /// The relation at `t` in `[0, 1]`.
    pub(super) fn at(self, t: f64) -> anyhow::Result<PathPoint> {
        let space: Box<dyn Space> = match self {
            Self::Poisson => Box::new(Torus::new(1)?),
            Self::Gaussian => Box::new(Interval::new(-1.0, 1.0)?),
            Self::Distance => Box::new(Interval::new(0.0, 1.0)?),
        };
        Ok(PathPoint { path: self, t, space, odd_scale: self.odd_scale() })
    }

    /// What makes the antisymmetric part as large as the symmetric one.
    fn odd_scale(self) -> f64 {
        match self {
            Self::Poisson | Self::Distance => 1.0,
            Self::Gaussian => {
                // Ratio of the norms of g(u) = exp(-u^2/2l^2) and u g(u) under the triangular
                // density of u = x - y.
                let n = 20_000;
                let (mut even, mut odd) = (0.0, 0.0);
                for i in 0..n {
                    let u = 2.0 * (f64::from(i) + 0.5) / f64::from(n);
                    let w = (2.0 - u) * (-u * u / (LENGTH * LENGTH)).exp();
                    even += w;
                    odd += w * u * u;
                }
                (even / odd).sqrt()
            }
        }
    }
}

/// A relation on a path.
#[derive(Debug)]
pub(super) struct PathPoint {
    path: Path,
    t: f64,
    space: Box<dyn Space>,
    odd_scale: f64,
}

impl PathPoint {
    /// `(cos, sin)` of the angle, exact at both ends.
    fn weights(&self) -> (f64, f64) {
        let (sin, cos) = (FRAC_PI_2 * self.t).sin_cos();
        if self.t >= 1.0 { (0.0, 1.0) } else { (cos, sin) }
    }

    fn parts(&self, x: f64, y: f64) -> (f64, f64) {
        let u = x - y;
        match self.path {
            Path::Poisson => {
                let (sin, cos) = (TAU * u).sin_cos();
                let d = 1.0 - 2.0 * RHO * cos + RHO * RHO;
                ((1.0 - RHO * RHO) / d - 1.0, 2.0 * RHO * sin / d)
            }
            Path::Gaussian => {
                let g = (-u * u / (2.0 * LENGTH * LENGTH)).exp();
                (g, self.odd_scale * u * g)
            }
            Path::Distance => (u.abs(), u),
        }
    }
}

impl Relation for PathPoint {
    fn name(&self) -> String {
        format!("{} at t = {}", self.path.name(), self.t)
    }

    fn spaces(&self) -> (&dyn Space, &dyn Space) {
        (self.space.as_ref(), self.space.as_ref())
    }

    fn eval_into(
        &self,
        x: &Points,
        y: &Points,
        out: relata_relations::faer::MatMut<'_, f64>,
    ) -> Result<(), RelationError> {
        let (cos, sin) = self.weights();
        fill(x, y, out, |x, y| {
            let (even, odd) = self.parts(x[0], y[0]);
            cos * even + sin * odd
        });
        Ok(())
    }

    fn symmetry(&self) -> Symmetry {
        match self.weights() {
            (_, s) if s <= 0.0 => Symmetry::Symmetric,
            (c, _) if c <= 0.0 => Symmetry::Antisymmetric,
            _ => Symmetry::Asymmetric,
        }
    }

    fn definiteness(&self) -> Definiteness {
        match (self.symmetry(), self.path) {
            (Symmetry::Symmetric, Path::Distance) => Definiteness::ConditionallyNegative,
            (Symmetry::Symmetric, _) => Definiteness::PositiveSemidefinite,
            (Symmetry::Antisymmetric | Symmetry::Asymmetric, _) => Definiteness::Asymmetric,
        }
    }

    /// Read off the formulas of the paths.
    fn evidence(&self, _: Fact) -> Evidence {
        Evidence::Theorem
    }

    fn regularity(&self) -> Regularity {
        if self.path == Path::Distance { Regularity::Kink } else { Regularity::Smooth }
    }

    fn spectrum(&self) -> Option<Spectrum> {
        // Fourier coefficients rho^|m| e^{+-i angle}: every singular value rho^m twice, whatever t.
        let (Path::Poisson, Symmetry::Asymmetric | Symmetry::Antisymmetric) = (self.path, self.symmetry())
        else {
            return None;
        };
        const LISTED: i32 = 64;
        let values = (1..=LISTED).flat_map(|m| [RHO.powi(m); 2]).collect();
        let rest = 2.0 * RHO.powi(2 * (LISTED + 1)) / (1.0 - RHO * RHO);
        Spectrum::singular_values(values, rest).ok()
    }
}
