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

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Mat;
    use relata_relations::catalogue::catalogue;
    use relata_relations::{PairForm, Relation, Seed, Space, evaluate};

    fn samples(space: &dyn Space, n: usize, name: &str) -> Points {
        space.sample(n.try_into().unwrap(), &mut Seed(4).stream(name))
    }

    #[test]
    fn forms_of_the_catalogue_are_its_relations_in_both_precisions() {
        let mut seen = 0;
        for entry in catalogue() {
            let r = entry.build().unwrap();
            let Some(form) = r.pair_form() else { continue };
            seen += 1;
            let (sx, sy) = r.spaces();
            let (x, y) = (samples(sx, 150, "x"), samples(sy, 139, "y"));
            let exact = evaluate(r.as_ref(), &x, &y).unwrap();
            let profile = KernelProfile::of_form(form).unwrap();
            let largest = exact.norm_max();
            let plain = Mat::from_fn(150, 139, |i, j| profile.value(x.row(i), y.row(j)));
            assert!((&plain - &exact).norm_max() <= 1e-12 * largest, "{}", entry.name);
            let blocks = SingleBlocks::new(profile, &x, &y).unwrap();
            let mut single = Mat::<f32>::zeros(60, 139);
            blocks.fill(71..131, 0..139, single.as_mut());
            let mut rounded = Mat::<f32>::zeros(150, 139);
            r.eval_single_into(&x, &y, rounded.as_mut()).unwrap();
            for (i, j) in (0..60).flat_map(|i| (0..139).map(move |j| (i, j))) {
                let want = exact[(71 + i, j)];
                let (a, b) = (f64::from(single[(i, j)]), f64::from(rounded[(71 + i, j)]));
                assert!((a - want).abs() <= 1e-5 * largest, "{}: {a} {want}", entry.name);
                assert!((b - want).abs() <= 1e-7 * want.abs(), "{}: {b} {want}", entry.name);
            }
        }
        assert!(seen >= 5, "{seen}");
    }

    #[test]
    fn profiles_say_their_form_and_are_made_of_it() {
        for profile in [
            KernelProfile::gaussian(0.7).unwrap(),
            KernelProfile::exponential(1.5).unwrap(),
            KernelProfile::matern32(0.2).unwrap(),
            KernelProfile::matern52(3.0).unwrap(),
            KernelProfile::polynomial(3, 0.5).unwrap(),
            KernelProfile::exp_dot(2.0).unwrap(),
        ] {
            let again = KernelProfile::of_form(profile.form().unwrap()).unwrap();
            let (x, y) = ([0.3, -0.2], [0.1, 0.9]);
            assert!((again.value(&x, &y) / profile.value(&x, &y) - 1.0).abs() < 1e-14, "{profile}");
        }
        assert!(KernelProfile::cauchy(1.0).unwrap().form().is_none());
        assert!(KernelProfile::of_form(PairForm::Gaussian { length: 0.0 }).is_err());
    }

    #[test]
    fn points_too_far_apart_are_left_to_double_precision() {
        let x = Points::line(vec![0.0, 1.0]).unwrap();
        let far = Points::line(vec![0.0, 1e6]).unwrap();
        let profile = KernelProfile::gaussian(1.0).unwrap();
        assert!(
            SingleBlocks::new(profile, &x, &x).is_some() && SingleBlocks::new(profile, &x, &far).is_none()
        );
        let huge = Points::line(vec![0.0, 1e300]).unwrap();
        for profile in [profile, KernelProfile::polynomial(2, 1.0).unwrap()] {
            assert!(SingleBlocks::new(profile, &x, &huge).is_none());
        }
        assert!(SingleBlocks::new(profile, &x, &Points::new(2, vec![0.0, 1.0]).unwrap()).is_none());
    }
}
