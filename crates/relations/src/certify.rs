//! Certified sup norms of `r - <phi, psi>` from a grid and Lipschitz bounds.

use crate::factors::Factors;
use crate::measure::{MeasureError, check_features, for_residuals};
use crate::points::Points;
use crate::relation::Relation;
use crate::space::Covering;
use faer::Mat;
use std::num::NonZeroUsize;

/// The most axes in all ([`Space::axes`](crate::Space::axes)) for [`certified_sup`]; `S^2 x S^2`
/// has four.
pub const MAX_GRID_DIMENSIONS: usize = 4;

/// Bounds of the sup norm of `r - <phi, psi>` over a compact domain.
#[derive(Clone, Debug, PartialEq)]
pub struct CertifiedSup {
    /// The sup norm is at most this (rigorous up to rounding errors of the evaluations, of the
    /// order of machine epsilon times the sizes involved).
    pub upper: f64,
    /// The sup norm is at least this: the largest error on the grid.
    pub lower: f64,
    /// How much of `upper` is slack between grid points.
    pub slack: f64,
}

impl CertifiedSup {
    /// `upper / lower`, at least 1: how loose the certificate may be; infinite if the error
    /// vanishes on the grid.
    #[must_use]
    pub fn looseness(&self) -> f64 {
        self.upper / self.lower
    }
}

/// Certifies `sup |r - <phi, psi>|` over `X x Y` from a grid with about `n` points per axis and
/// Lipschitz bounds.
///
/// With a covering of radius `a` of `X` and `b` of `Y`, `r` Lipschitz with constant `L`, and local
/// Lipschitz constants `l_i`, `m_j` of `phi`, `psi` around the grid points,
/// `|e(x, y)| <= |e(x_i, y_j)| + L sqrt(a^2 + b^2) + l_i a |psi_j| + m_j b |phi_i| + l_i m_j a b`,
/// and the certificate is the largest right-hand side. Complexity: `n^p n^q` evaluations.
///
/// # Errors
/// [`MeasureError::NotLipschitz`], [`MeasureError::NoFeatureBounds`],
/// [`MeasureError::TooManyDimensions`], [`SpaceError::NotCompact`](crate::SpaceError::NotCompact)
/// and whatever the evaluation says.
pub fn certified_sup(
    r: &dyn Relation,
    f: &dyn Factors,
    n: NonZeroUsize,
) -> Result<CertifiedSup, MeasureError> {
    let mut all = certified_sup_all(r, &[f], n)?;
    all.pop().ok_or(MeasureError::NoFeatureBounds)
}

/// [`certified_sup`] for several inner products at once; the relation is evaluated once.
///
/// # Errors
/// As [`certified_sup`], for the first that fails.
pub fn certified_sup_all(
    r: &dyn Relation,
    fs: &[&dyn Factors],
    n: NonZeroUsize,
) -> Result<Vec<CertifiedSup>, MeasureError> {
    let (sx, sy) = r.spaces();
    let found = sx.axes() + sy.axes();
    if found > MAX_GRID_DIMENSIONS {
        return Err(MeasureError::TooManyDimensions { found });
    }
    let l = r.lipschitz().ok_or_else(|| MeasureError::NotLipschitz { relation: r.name() })?;
    let (cx, cy) = (sx.covering(n)?, sy.covering(n)?);
    let base = l * cx.radius.hypot(cy.radius);
    let slopes = fs.iter().map(|f| Slopes::new(*f, &cx, &cy)).collect::<Result<Vec<_>, _>>()?;
    let mut all = vec![CertifiedSup { upper: 0.0, lower: 0.0, slack: 0.0 }; fs.len()];
    for_residuals(r, fs, (&cx.points, &cy.points), |k, i, j, value, approximation| {
        let e = (value - approximation).abs();
        let s = base + slopes[k].slack(i, j);
        let c = &mut all[k];
        c.lower = c.lower.max(e);
        if e + s > c.upper {
            c.upper = e + s;
            c.slack = s;
        }
    })?;
    Ok(all)
}

/// What the feature maps can change inside a cell of the grid: `l_i a`, `m_j b`, and the norms on
/// the grid.
struct Slopes {
    phi: Vec<f64>,
    psi: Vec<f64>,
    phi_norm: Vec<f64>,
    psi_norm: Vec<f64>,
}

impl Slopes {
    fn new(f: &dyn Factors, cx: &Covering, cy: &Covering) -> Result<Self, MeasureError> {
        let change = |map, slopes: Option<Vec<f64>>, cover: &Covering| -> Result<Vec<f64>, MeasureError> {
            let slopes = slopes.ok_or(MeasureError::NoFeatureBounds)?;
            check_bounds(map, &slopes, &cover.points)?;
            Ok(slopes.into_iter().map(|l| l * cover.radius).collect())
        };
        let norms = |map, m: &Mat<f64>, cover: &Covering| -> Result<Vec<f64>, MeasureError> {
            check_features(map, m, &cover.points, f.rank())?;
            Ok((0..m.nrows()).map(|i| m.row(i).norm_l2()).collect())
        };
        Ok(Self {
            phi: change("phi", f.phi_lipschitz(&cx.points, cx.radius), cx)?,
            psi: change("psi", f.psi_lipschitz(&cy.points, cy.radius), cy)?,
            phi_norm: norms("phi", &f.phi(&cx.points), cx)?,
            psi_norm: norms("psi", &f.psi(&cy.points), cy)?,
        })
    }

    fn slack(&self, i: usize, j: usize) -> f64 {
        self.phi[i] * self.psi_norm[j] + self.psi[j] * self.phi_norm[i] + self.phi[i] * self.psi[j]
    }
}

fn check_bounds(map: &'static str, bounds: &[f64], at: &Points) -> Result<(), MeasureError> {
    let found = bounds.iter().filter(|b| b.is_finite() && **b >= 0.0).count();
    if found == at.len() && bounds.len() == at.len() {
        return Ok(());
    }
    Err(MeasureError::FeatureBounds { map, expected: at.len(), found })
}
