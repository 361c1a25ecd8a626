//! Random features of stationary kernels.

use crate::fast::KernelProfile;
use faer::Mat;
use relata_relations::{Factors, Points, Seed, Stream};
use thiserror::Error;

/// How frequencies are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Independent draws (Rahimi and Recht 2007).
    Independent,
    /// Blocks of orthogonal directions, lengths as if independent (Yu, Suresh, Choromanski,
    /// Holtmann-Rice and Kumar 2016): less variance for Gaussian kernels.
    Orthogonal,
}

/// `phi(x) = (cos <w_k, x>, sin <w_k, x>)_k / sqrt(M)`, whose inner products are unbiased estimates
/// of a stationary kernel with standard deviation `O(1 / sqrt M)`, exact on the diagonal.
#[derive(Clone, Debug)]
pub struct RandomFeatures {
    /// Frequencies, `M x p`.
    frequencies: Mat<f64>,
}

/// Why there are no features.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FeatureError {
    /// A kernel without a spectral density here.
    #[error("{0} has no random Fourier features here; use a Gaussian or Matern kernel")]
    NoSpectralDensity(String),
    /// Features come in pairs of a cosine and a sine.
    #[error("{0} features were asked for; they come in pairs, at least one")]
    Odd(usize),
    /// A space without coordinates.
    #[error("the dimension is 0; it must be at least 1")]
    ZeroDimension,
    /// Frequencies above the largest double.
    #[error("the frequencies overflow: the length-scale is {0:e}; rescale the points")]
    Overflow(f64),
}

impl RandomFeatures {
    /// `count` features (an even number) of a Gaussian or Matern kernel on `R^dim`. The spectral
    /// measure is normal, or Student's with `2 nu` degrees of freedom.
    ///
    /// ```
    /// use relata_kernels::fast::KernelProfile;
    /// use relata_kernels::lowrank::{RandomFeatures, Spread};
    /// use relata_relations::{Factors, Points, Seed};
    /// let f = RandomFeatures::new(&KernelProfile::gaussian(1.0)?, 2, 4000, Spread::Orthogonal, Seed(1))?;
    /// let x = f.phi(&Points::new(2, vec![0.0, 0.0, 1.0, 0.0])?);
    /// let k = (0..4000).map(|j| x[(0, j)] * x[(1, j)]).sum::<f64>();
    /// assert!((k - (-0.5f64).exp()).abs() < 0.03);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`FeatureError`] if the kernel has no spectral density here, `count` is odd or 0, `dim` is 0,
    /// or the length-scale is so small that frequencies overflow.
    pub fn new(
        profile: &KernelProfile,
        dim: usize,
        count: usize,
        spread: Spread,
        seed: Seed,
    ) -> Result<Self, FeatureError> {
        if dim == 0 {
            return Err(FeatureError::ZeroDimension);
        }
        if count == 0 || !count.is_multiple_of(2) {
            return Err(FeatureError::Odd(count));
        }
        let (length, freedom) = match (profile.gaussian_length(), profile.matern()) {
            (Some(length), _) => (length, None),
            (_, Some((length, twice_nu))) => (length, Some(twice_nu)),
            _ => return Err(FeatureError::NoSpectralDensity(profile.to_string())),
        };
        let mut s = seed.stream("kernels/random-features");
        let directions = directions(count / 2, dim, spread, &mut s);
        // A Student vector is a normal one over the root of an independent mean of squares.
        let stretch: Vec<f64> = (0..count / 2)
            .map(|_| {
                let mut mean = |f: usize| (0..f).map(|_| s.normal().powi(2)).sum::<f64>() / f as f64;
                freedom.map_or(1.0, |f| mean(f).sqrt().recip()) / length
            })
            .collect();
        let frequencies = Mat::from_fn(count / 2, dim, |k, c| directions[(k, c)] * stretch[k]);
        if !frequencies.is_all_finite() {
            return Err(FeatureError::Overflow(length));
        }
        Ok(Self { frequencies })
    }

    /// The frequencies, `M x p`.
    #[must_use]
    pub fn frequencies(&self) -> &Mat<f64> {
        &self.frequencies
    }
}

impl Factors for RandomFeatures {
    fn rank(&self) -> usize {
        2 * self.frequencies.nrows()
    }

    fn phi(&self, x: &Points) -> Mat<f64> {
        let angles = x.as_mat() * self.frequencies.transpose();
        let m = self.frequencies.nrows();
        let scale = (m as f64).sqrt().recip();
        Mat::from_fn(x.len(), 2 * m, |i, k| {
            let t = angles[(i, k % m)];
            scale * if k < m { t.cos() } else { t.sin() }
        })
    }

    fn psi(&self, y: &Points) -> Mat<f64> {
        self.phi(y)
    }
}

/// Rows with the law of standard normal vectors.
fn directions(count: usize, dim: usize, spread: Spread, s: &mut Stream) -> Mat<f64> {
    let mut normal = |rows: usize, columns: usize| Mat::from_fn(rows, columns, |_, _| s.normal());
    if spread == Spread::Independent {
        return normal(count, dim);
    }
    let mut out = Mat::zeros(count, dim);
    for start in (0..count).step_by(dim) {
        let (q, r) = super::thin_qr(normal(dim, dim).as_ref());
        let lengths = normal(dim, dim);
        for k in 0..dim.min(count - start) {
            // The sign of the triangular factor makes the orthogonal one uniform.
            let length = lengths.row(k).norm_l2() * r[(k, k)].signum();
            (0..dim).for_each(|c| out[(start + k, c)] = q[(c, k)] * length);
        }
    }
    out
}
