//! Scrambled Sobol points of the unit cube, in f64 and away from the boundary.

/// The most points of a Sobol sequence.
pub const MAX_SOBOL_POINTS: usize = 1 << 16;

/// The most dimensions of a Sobol sequence.
pub const MAX_SOBOL_DIMENSIONS: usize = sobol_burley::NUM_DIMENSIONS as usize;

/// The first `n` points of an Owen-scrambled Sobol sequence in `(0, 1)^dims`, point after point
/// (Burley 2020).
///
/// The generator has 23 bits; half a step is added, so that no coordinate is 0 or 1. The error says
/// what there is too much of.
pub(crate) fn unit_cube(n: usize, dims: usize, scramble: u32) -> Result<Vec<f64>, &'static str> {
    const HALF_STEP: f64 = 1.0 / (1u32 << 24) as f64;
    if n > MAX_SOBOL_POINTS {
        return Err("the sequence has at most 65536 points");
    }
    if dims > MAX_SOBOL_DIMENSIONS {
        return Err("the sequence has at most 256 dimensions");
    }
    let (n, dims) = (n as u32, dims as u32);
    let values = (0..n).flat_map(|i| (0..dims).map(move |d| f64::from(sobol_burley::sample(i, d, scramble))));
    Ok(values.map(|u| u + HALF_STEP).collect())
}
