//! Blocks of a kernel matrix in single precision, for those who round the values anyway.

use super::panel::Panel;
use super::profile::KernelProfile;
use faer::MatMut;
use relata_relations::Points;
use std::ops::Range;

/// The values of a profile on two batches of points, block by block in single precision. Memory:
/// `O((n + m) p)`.
///
/// ```
/// use relata_kernels::fast::{KernelProfile, SingleBlocks};
/// use relata_relations::{Points, faer::Mat};
/// let x = Points::line(vec![0.0, 0.5, 1.0])?;
/// let blocks = SingleBlocks::new(KernelProfile::gaussian(1.0)?, &x, &x).ok_or("too far apart")?;
/// let mut out = Mat::<f32>::zeros(1, 2);
/// blocks.fill(2..3, 0..2, out.as_mut());
/// assert!((f64::from(out[(0, 0)]) - (-0.5f64).exp()).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SingleBlocks {
    profile: KernelProfile,
    x: Panel<f32>,
    y: Panel<f32>,
}

impl SingleBlocks {
    /// The largest size of an argument of the profile's function (a distance in units of the
    /// length-scale, or the logarithm of an exponential) for which single precision is let in: its
    /// rounding of `6e-8` of the argument is what a value is off by, relative to the largest.
    const LARGEST: f64 = 32.0;

    /// The blocks of the matrix `k(x_i, y_j)`; `None` where the points are so far apart, in units
    /// of the profile, that single precision would be off by more than `1e-5` of the largest value,
    /// or where their dimensions differ.
    #[must_use]
    pub fn new(profile: KernelProfile, x: &Points, y: &Points) -> Option<Self> {
        if x.dim() != y.dim() {
            return None;
        }
        let centre = Panel::<f32>::centre(&profile, x);
        let (profile, unit) = profile.in_unit();
        let (x, y) = (Panel::new(x, &centre, unit), Panel::new(y, &centre, unit));
        let (a, b) = (x.largest_norm(), y.largest_norm());
        let holds = a.is_finite() && b.is_finite() && profile.argument_bound(a, b) <= Self::LARGEST;
        holds.then_some(Self { profile, x, y })
    }

    /// `out[i, j] = k(x_{rows.start + i}, y_{columns.start + j})`.
    ///
    /// # Shapes
    /// `out`: `rows.len() x columns.len()`, with contiguous columns. Ranges beyond the points
    /// panic, as slices do.
    pub fn fill(&self, rows: Range<usize>, columns: Range<usize>, out: MatMut<'_, f32>) {
        Panel::block(&self.profile, &self.x, &rows, &self.y, columns, out);
    }
}
