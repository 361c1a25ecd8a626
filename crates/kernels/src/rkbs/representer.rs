//! The linear representer theorem over `l_1` kernel spaces.

use super::RkbsError;
use crate::rkhs::repeated;
use crate::unit::Unit;
use crate::{cross_gram, gram};
use faer::Side;
use faer::linalg::solvers::Solve;
use relata_relations::{Points, Relation};

/// `max_t |K^{-1} k(t)|_1` and where.
#[derive(Clone, Debug, PartialEq)]
pub struct RepresenterConstant {
    /// The largest value met: a lower bound of the supremum over all `t`.
    pub value: f64,
    /// Number of the point at which it was met.
    pub at: usize,
}

impl RepresenterConstant {
    /// Whether no point was found at which the condition fails, up to rounding.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.value <= 1.0 + 1e-8
    }
}

/// The constant that governs representer theorems in the space `{sum_i c_i k(., t_i)}` with norm
/// `sum_i |c_i|` (Song, Zhang and Hickernell 2013): the minimum-norm interpolant of every data on
/// the nodes is `sum_i a_i k(., x_i)` over the nodes themselves iff `|K^{-1} k(t)|_1 <= 1` for all
/// `t`. It is 1 for Brownian motion, the Brownian bridge and the exponential kernel, whose sections
/// are piecewise combinations of two neighbours; it exceeds 1 for smooth kernels. Taken over the
/// points `at`.
///
/// ```
/// use relata_kernels::fast::{KernelProfile, ProfileKernel};
/// use relata_kernels::rkbs::l1_representer_constant;
/// use relata_relations::{Interval, Points};
/// let nodes = Points::line(vec![0.0, 0.2, 0.5, 1.0])?;
/// let fine = Points::line((0..=200).map(|i| f64::from(i) / 200.0).collect())?;
/// let constant = |p: KernelProfile| l1_representer_constant(&ProfileKernel::new(p, Interval::unit()), &nodes, &fine);
/// assert!(constant(KernelProfile::exponential(0.5)?)?.holds());
/// assert!(!constant(KernelProfile::gaussian(0.5)?)?.holds());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RkbsError::Duplicate`] if two nodes are the same, [`RkbsError::Singular`] if their Gram matrix
/// is, [`RkbsError::Relation`] if the kernel cannot be evaluated.
pub fn l1_representer_constant(
    kernel: &dyn Relation,
    nodes: &Points,
    at: &Points,
) -> Result<RepresenterConstant, RkbsError> {
    let sums = l1_representer_sums(kernel, nodes, at)?;
    let best = (0..sums.len()).fold(0, |b, t| if sums[t] > sums[b] { t } else { b });
    Ok(RepresenterConstant { value: sums[best], at: best })
}

/// `|K^{-1} k(t)|_1` at each of the points `at`: 1 at the nodes themselves; what
/// [`l1_representer_constant`] takes the largest of.
///
/// # Errors
/// As [`l1_representer_constant`].
pub fn l1_representer_sums(
    kernel: &dyn Relation,
    nodes: &Points,
    at: &Points,
) -> Result<Vec<f64>, RkbsError> {
    if let Some((first, second)) = repeated(nodes) {
        return Err(RkbsError::Duplicate { first, second });
    }
    let (k, cross) = (gram(kernel, nodes)?, cross_gram(kernel, nodes, at)?);
    let unit = Unit::of_mat(k.as_ref());
    let (k, cross) = (unit.divide_mat(k.as_ref()), unit.divide_mat(cross.as_ref()));
    let llt = k.llt(Side::Lower).map_err(|_| RkbsError::Singular { n: nodes.len() })?;
    let mut a = llt.solve(&cross);
    a += llt.solve(&(&cross - &k * &a));
    Ok((0..at.len()).map(|t| a.col(t).norm_l1()).collect())
}
