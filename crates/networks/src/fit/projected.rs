//! Functions projected on the span of features: the heads are eliminated (Golub and Pereyra 1973).
//!
//! With `F` the weighted features and a constant (`n x (N + 1)`) and `T` the functions (`n x d`), the
//! loss of hidden weights is `min_C |T - F C|^2 + l |C|^2`. With `F = U S V'` the heads are
//! `C = V S / (S^2 + l) U' T`. The derivative of the residual is `-P dF C` with the part `P` that the
//! features do not span, plus `-(P dF F^+)' T`, which Kaufman (1975) leaves out. Both parts of the
//! normal matrix are entrywise products where a parameter moves one feature alone, so that no
//! matrix with `n d` rows is formed for one hidden layer.

use super::hidden::{Hidden, Passed};
use crate::normal::lower_gram;
use faer::{Accum, Mat};
use relata_relations::multiply;
use relata_relations::spectral::{ThinSvd, thin_svd};

/// The functions that one encoder has to represent.
#[derive(Clone, Debug)]
pub(super) struct Functions {
    /// Nodes in the frame of the fit, `n x p`.
    pub(super) inputs: Mat<f64>,
    /// Roots of the weights of the nodes, of mass one.
    pub(super) roots: Vec<f64>,
    /// The functions times the roots, `n x d`.
    pub(super) targets: Mat<f64>,
}

/// Directions of the feature span, relative to the largest, that count as none: those of a readout.
const TOLERANCE: f64 = 1e-11;

/// Numbers in the matrix of derivatives beyond which a fit of several layers is refused: half a
/// gibibyte.
pub(super) const MAX_DERIVATIVES: usize = 1 << 26;

/// A point of the search, with its heads.
#[derive(Clone, Debug)]
pub(super) struct Projected {
    pub(super) hidden: Hidden,
    passed: Passed,
    /// An orthonormal basis of the span of the weighted features and the constant, `n x k`.
    pub(super) basis: Mat<f64>,
    /// `S` and `V` of the directions that are kept.
    sizes: Vec<f64>,
    directions: Mat<f64>,
    /// `C`, `(N + 1) x d`.
    pub(super) heads: Mat<f64>,
    /// `T - F C`, `n x d`.
    pub(super) rest: Mat<f64>,
    ridge: f64,
    /// `|T - F C|^2 + l |C|^2`.
    pub(super) loss: f64,
}

/// The lower half of the normal matrix, and the direction of steepest descent.
pub(super) struct Normal {
    pub(super) matrix: Mat<f64>,
    pub(super) descent: Vec<f64>,
}

impl Projected {
    /// `None` where features are not finite or their decomposition does not converge.
    pub(super) fn at(hidden: Hidden, f: &Functions, ridge: f64) -> Option<Self> {
        let passed = hidden.pass(f.inputs.as_ref());
        let (n, width) = (f.roots.len(), hidden.width());
        let features = passed.features();
        let weighted =
            Mat::from_fn(n, width + 1, |i, k| f.roots[i] * if k < width { features[(i, k)] } else { 1.0 });
        if !weighted.is_all_finite() {
            return None;
        }
        let ThinSvd { left: u, values: s, right: v } = thin_svd(weighted.as_ref()).ok()?;
        let kept = s.iter().take_while(|x| **x > TOLERANCE * s[0]).count();
        let (basis, directions) = (u.subcols(0, kept).to_owned(), v.subcols(0, kept).to_owned());
        let sizes = s[..kept].to_vec();
        let mut seen = Mat::zeros(kept, f.targets.ncols());
        multiply(seen.as_mut(), Accum::Replace, basis.transpose(), f.targets.as_ref(), 1.0);
        // U S^2 / (S^2 + l) U' T is what the heads make of T.
        let part = |k: usize| sizes[k] * sizes[k] / (sizes[k] * sizes[k] + ridge);
        let met = Mat::from_fn(kept, seen.ncols(), |k, o| part(k) * seen[(k, o)]);
        let mut rest = f.targets.clone();
        multiply(rest.as_mut(), Accum::Add, basis.as_ref(), met.as_ref(), -1.0);
        let solved = Mat::from_fn(kept, seen.ncols(), |k, o| met[(k, o)] / sizes[k]);
        let mut heads = Mat::zeros(width + 1, seen.ncols());
        multiply(heads.as_mut(), Accum::Replace, directions.as_ref(), solved.as_ref(), 1.0);
        let loss = rest.squared_norm_l2() + ridge * heads.squared_norm_l2();
        if !loss.is_finite() {
            return None;
        }
        Some(Self { hidden, passed, basis, sizes, directions, heads, rest, ridge, loss })
    }

    /// The squared error of these heads on other nodes.
    pub(super) fn outside(&self, f: &Functions) -> f64 {
        let passed = self.hidden.pass(f.inputs.as_ref());
        let width = self.hidden.width();
        let mut values = Mat::zeros(f.roots.len(), self.heads.ncols());
        for (o, mut column) in values.col_iter_mut().enumerate() {
            column.fill(self.heads[(width, o)]);
        }
        multiply(values.as_mut(), Accum::Add, passed.features(), self.heads.subrows(0, width), 1.0);
        weigh(&mut values, &f.roots);
        (&f.targets - values).squared_norm_l2()
    }

    /// The Gauss-Newton model of the loss here.
    pub(super) fn normal(&self, f: &Functions) -> Normal {
        if self.hidden.layers.len() == 1 { self.one_layer(f) } else { self.layers(f) }
    }

    /// Derivatives of the features with the part that the features span taken off: of a ridge, the
    /// part by which it leaves them free.
    fn projected(&self, mut derivatives: Mat<f64>) -> Mat<f64> {
        let mut spanned = Mat::zeros(self.basis.ncols(), derivatives.ncols());
        multiply(spanned.as_mut(), Accum::Replace, self.basis.transpose(), derivatives.as_ref(), 1.0);
        for p in 0..spanned.ncols() {
            for (k, s) in self.sizes.iter().enumerate() {
                // 1 - c with c^2 = l / (s^2 + l).
                spanned[(k, p)] *= 1.0 - (self.ridge / (s * s + self.ridge)).sqrt();
            }
        }
        multiply(derivatives.as_mut(), Accum::Add, self.basis.as_ref(), spanned.as_ref(), -1.0);
        derivatives
    }

    /// Every parameter moves one feature: parameter `p` that of unit `p mod N`.
    fn one_layer(&self, f: &Functions) -> Normal {
        let width = self.hidden.width();
        let mut own = self.passed.last(f.inputs.as_ref());
        weigh(&mut own, &f.roots);
        let count = own.ncols();
        // J' E for every parameter and function.
        let mut pulls = Mat::zeros(count, self.rest.ncols());
        multiply(pulls.as_mut(), Accum::Replace, own.transpose(), self.rest.as_ref(), 1.0);
        let descent = (0..count)
            .map(|p| (0..pulls.ncols()).map(|o| pulls[(p, o)] * self.heads[(p % width, o)]).sum())
            .collect();
        let own = self.projected(own);
        let mut gram = lower_gram(own.as_ref());
        let heads = self.heads.subrows(0, width);
        let mut of_heads = Mat::zeros(width, width);
        multiply(of_heads.as_mut(), Accum::Replace, heads, heads.transpose(), 1.0);
        // The second part: (F'F + l)^-1 of the units, times J'E E'J.
        let inverse = Mat::from_fn(width, self.sizes.len(), |k, j| {
            self.directions[(k, j)] / (self.sizes[j] * self.sizes[j] + self.ridge).sqrt()
        });
        let mut of_units = Mat::zeros(width, width);
        multiply(of_units.as_mut(), Accum::Replace, inverse.as_ref(), inverse.transpose(), 1.0);
        let of_pulls = lower_gram(pulls.transpose());
        for q in 0..count {
            for p in q..count {
                let (k, l) = (p % width, q % width);
                gram[(p, q)] = gram[(p, q)] * of_heads[(k, l)] + of_pulls[(p, q)] * of_units[(k, l)];
            }
        }
        Normal { matrix: gram, descent }
    }

    /// Several layers: one row per node and function. Kaufman's shorter Jacobian.
    fn layers(&self, f: &Functions) -> Normal {
        let (n, d, width) = (f.roots.len(), self.rest.ncols(), self.hidden.width());
        let mut own = self.passed.last(f.inputs.as_ref());
        weigh(&mut own, &f.roots);
        let mut pulls = Mat::zeros(own.ncols(), d);
        multiply(pulls.as_mut(), Accum::Replace, own.transpose(), self.rest.as_ref(), 1.0);
        let mut descent: Vec<f64> = (0..own.ncols())
            .map(|p| (0..d).map(|o| pulls[(p, o)] * self.heads[(p % width, o)]).sum())
            .collect();
        let own = self.projected(own);
        let mut all = Mat::<f64>::zeros(n * d, self.hidden.parameters());
        for p in 0..own.ncols() {
            for o in 0..d {
                let head = self.heads[(p % width, o)];
                (0..n).for_each(|i| all[(o * n + i, p)] = own[(i, p)] * head);
            }
        }
        let heads = self.heads.subrows(0, width);
        self.passed.earlier(&self.hidden, f.inputs.as_ref(), heads, |mut m| {
            weigh(&mut m, &f.roots);
            let at = descent.len();
            descent.push((0..d).map(|o| (0..n).map(|i| m[(i, o)] * self.rest[(i, o)]).sum::<f64>()).sum());
            let m = self.projected(m);
            for o in 0..d {
                (0..n).for_each(|i| all[(o * n + i, at)] = m[(i, o)]);
            }
        });
        Normal { matrix: lower_gram(all.as_ref()), descent }
    }
}

fn weigh(m: &mut Mat<f64>, roots: &[f64]) {
    for column in m.col_iter_mut() {
        column.iter_mut().zip(roots).for_each(|(v, r)| *v *= r);
    }
}
