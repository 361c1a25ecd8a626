//! Feature maps that a network is meant to have, and how near their inner product is to a relation.

use super::CertifyError;
use super::rounding::{ROUND_UP, gamma};
use crate::mlp::Mlp;
use crate::relation_net::RelationNet;
use faer::{Mat, MatRef};
use relata_relations::spectral::{SymmetricEigen, symmetric_eigen, thin_svd};
use relata_relations::{
    Bracket, Definiteness, Enclosure, Points, Relation, Symmetry, evaluate, settle_vector_unit,
};

/// A feature map that interval arithmetic knows, on boxes of up to
/// [`MAX_AXES`](relata_relations::MAX_AXES) parameters.
pub struct FeatureMap<'a> {
    count: usize,
    map: Box<OnBoxes<'a>>,
}

/// Enclosures of features from those of coordinates, where there are any.
type OnBoxes<'a> = dyn Fn(&[Enclosure]) -> Option<Vec<Enclosure>> + Send + Sync + 'a;

impl std::fmt::Debug for FeatureMap<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeatureMap").field("count", &self.count).finish_non_exhaustive()
    }
}

impl<'a> FeatureMap<'a> {
    /// `count` features of a point, as a function of its coordinates: `map` is given enclosures of
    /// these and returns enclosures of the features.
    #[must_use]
    pub fn new(count: usize, map: impl Fn(&[Enclosure]) -> Vec<Enclosure> + Send + Sync + 'a) -> Self {
        Self { count, map: Box::new(move |x| Some(map(x))) }
    }

    /// Number of features.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The features on a box; `None` where they are not known there.
    pub(super) fn on(&self, x: &[Enclosure]) -> Option<Vec<Enclosure>> {
        (self.map)(x).filter(|f| f.len() == self.count)
    }
}

/// A finite expansion `<Phi, Psi>` near a relation.
#[derive(Debug)]
pub struct Expansion<'a> {
    pub(super) phi: FeatureMap<'a>,
    /// `None`: the features of `y` are those of `x`.
    pub(super) psi: Option<FeatureMap<'a>>,
    pub(super) tail: Tail,
}

/// What is known of `sup |r - <Phi, Psi>|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tail {
    /// A bound.
    Given(f64),
    /// What is left is a kernel, so that its largest value is on the diagonal.
    Diagonal,
}

impl<'a> Expansion<'a> {
    /// Features for both sides with `sup |r - <Phi, Psi>| <= tail`, which is the caller's theorem:
    /// the remainder of a series, the remainder of a matrix between exact hats, `tau_d` of a kernel
    /// with known eigenfunctions.
    #[must_use]
    pub fn new(tail: f64, phi: FeatureMap<'a>, psi: FeatureMap<'a>) -> Self {
        Self { phi, psi: Some(psi), tail: Tail::Given(tail) }
    }

    /// The same features for `x` and `y`.
    #[must_use]
    pub fn shared(tail: f64, phi: FeatureMap<'a>) -> Self {
        Self { phi, psi: None, tail: Tail::Given(tail) }
    }

    /// Features of a kernel from its columns at some anchors `z`, turned towards those of a
    /// network: `Phi(x) = k(x, Z) A` with `A' k(Z, Z) A <= 1`.
    ///
    /// Then `k - <Phi, Phi>` is a kernel as well (the columns of `A` are functions in the
    /// reproducing kernel Hilbert space, by Bessel's inequality; derived here, as for Nystrom and
    /// pivoted Cholesky), so that its sup is on the diagonal, a function of one point:
    /// [`certify_factors`](super::certify_factors) bounds it in the dimension of `x` alone. `A`
    /// makes `Phi` what the network's features are at the anchors, as far as the leading columns of
    /// `k(Z, Z)^(-1/2)` reach and functions of the unit ball can, and is scaled down by what
    /// rounding might have added.
    ///
    /// # Errors
    /// [`CertifyError::NotKernel`] unless the relation is a kernel and the network has one encoder
    /// for both sides, [`CertifyError::Inputs`], [`CertifyError::NoEnclosure`],
    /// [`CertifyError::Parameter`] for fewer anchors than features or anchors that do not determine
    /// so many.
    pub fn nystrom(k: &'a dyn Relation, net: &RelationNet, anchors: &Points) -> Result<Self, CertifyError> {
        let RelationNet::Symmetric(phi) = net else {
            return Err(CertifyError::NotKernel { relation: k.name() });
        };
        if k.definiteness() != Definiteness::PositiveSemidefinite || k.symmetry() != Symmetry::Symmetric {
            return Err(CertifyError::NotKernel { relation: k.name() });
        }
        let space = k.spaces().0;
        if anchors.dim() != space.dim() || phi.inputs() != space.dim() {
            let (space, dim) = (space.name(), space.dim());
            return Err(CertifyError::Inputs { side: "x", inputs: phi.inputs(), space, dim });
        }
        let coefficients = contraction(k, phi, anchors)?;
        let columns: Vec<Vec<Enclosure>> =
            anchors.rows().map(|z| z.iter().map(|c| Enclosure::constant(*c)).collect()).collect();
        let count = coefficients.ncols();
        let map = move |x: &[Enclosure]| {
            let values = columns.iter().map(|z| k.enclose(x, z)).collect::<Option<Vec<_>>>()?;
            let feature = |a: usize| {
                values
                    .iter()
                    .enumerate()
                    .fold(Enclosure::constant(0.0), |sum, (i, v)| sum + *v * coefficients[(i, a)])
            };
            Some((0..count).map(feature).collect())
        };
        Ok(Self { phi: FeatureMap { count, map: Box::new(map) }, psi: None, tail: Tail::Diagonal })
    }
}

/// Eigenvalues below this part of the largest do not count: their features would drown in rounding.
const CUT: f64 = 1e-8;

/// `A` with `A' k(Z, Z) A <= 1` for certain.
fn contraction(k: &dyn Relation, net: &Mlp, z: &Points) -> Result<Mat<f64>, CertifyError> {
    let (m, d) = (z.len(), net.outputs());
    let gram = evaluate(k, z, z)?;
    let no = |what: &'static str| CertifyError::Iteration { what };
    let eigen = symmetric_eigen(gram.as_ref()).map_err(|_| no("eigenvalues of the Gram matrix"))?;
    let SymmetricEigen { values, vectors } = eigen;
    let largest = values.iter().fold(0.0f64, |a, b| a.max(*b));
    // Directions of small eigenvalues have large coefficients; the network has no use for more than
    // a few besides its own.
    let mut kept: Vec<usize> = (0..m).filter(|i| values[*i] > CUT * largest).collect();
    kept.sort_by(|i, j| values[*j].total_cmp(&values[*i]));
    kept.truncate(4 * d);
    if kept.len() < d {
        return Err(CertifyError::Parameter {
            parameter: "anchors",
            value: format!("{m} that determine {} features", kept.len()),
            expected: "so many that they determine as many features as the network has",
        });
    }
    let whitening = Mat::from_fn(m, kept.len(), |i, c| vectors[(i, kept[c])] / values[kept[c]].sqrt());
    // The network's features in an orthonormal basis of the columns' span, as far as these
    // directions go.
    let wanted = whitening.transpose() * net.forward(z);
    let svd = thin_svd(wanted.as_ref()).map_err(|_| no("singular values of the alignment"))?;
    let clipped: Vec<f64> = svd.values.iter().map(|s| s.min(1.0)).collect();
    let left = &whitening * Mat::from_fn(kept.len(), d, |i, c| svd.left[(i, c)] * clipped[c]);
    settle_vector_unit();
    let bound = norm_of_gram(k, z, &gram, &left, svd.right.as_ref())?;
    let scale = 1.0 / (bound * ROUND_UP).sqrt() / ROUND_UP;
    Ok(&left * svd.right.transpose() * faer::Scale(scale))
}

/// A bound of the largest eigenvalue of `A' k(Z, Z) A` for `A = B V'` as computed, with `V`
/// orthogonal up to rounding: the largest row sum of magnitudes of `B' k(Z, Z) B`, which is nearly
/// diagonal, and of what rounding can add.
fn norm_of_gram(
    k: &dyn Relation,
    z: &Points,
    gram: &Mat<f64>,
    b: &Mat<f64>,
    v: MatRef<'_, f64>,
) -> Result<f64, CertifyError> {
    let (m, d) = (b.nrows(), b.ncols());
    let place = |x: &[f64]| -> Vec<Enclosure> { x.iter().map(|c| Enclosure::constant(*c)).collect() };
    let mut uncertain = 0.0f64;
    for i in 0..m {
        for j in 0..m {
            let exact = k.enclose(&place(z.row(i)), &place(z.row(j)));
            let exact = exact.ok_or_else(|| CertifyError::NoEnclosure { relation: k.name() })?.value();
            uncertain = uncertain.max((exact - Bracket::point(gram[(i, j)])).magnitude());
        }
    }
    let product = b.transpose() * (gram * b);
    let (size, turn) = (b.map(|v| v.abs()), v.map(|v| v.abs()));
    let around = gram.map(|v| v.abs() * 2.0 * gamma(m) + uncertain);
    let radius = size.transpose() * (around * &size);
    // The product with V' and the scaling round each entry of A, which enters twice.
    let rounded = &size * turn.transpose();
    let whole = gram.map(|v| v.abs() + uncertain);
    let turned = rounded.transpose() * (whole * &rounded);
    let orthogonal = (v.transpose() * v - Mat::<f64>::identity(d, d)).norm_l2() + d as f64 * gamma(d);
    settle_vector_unit();
    let largest = |of: &dyn Fn(usize, usize) -> f64| {
        (0..d).map(|i| (0..d).map(|j| of(i, j)).sum::<f64>()).fold(0.0, f64::max)
    };
    let before = largest(&|i, j| product[(i, j)].abs() + radius[(i, j)]) * (1.0 + orthogonal);
    let rounding = 2.5 * gamma(d + 4) * largest(&|i, j| turned[(i, j)]);
    Ok((before + rounding) * (1.0 + gamma(4 * (m + d))))
}
