//! Products with the matrix of one point set: each entry is computed once and used for its row and
//! for its column.

use super::panel::Panel;
use super::profile::KernelProfile;
use super::real::Real;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;
use std::ops::Range;

/// `K v` for the symmetric matrix of a panel. `v` is column-major with `width` columns; so are the
/// blocks that come back, of consecutive rows.
///
/// The points are cut into blocks. In each round of a tournament every block meets one other (the
/// circle method), so that the pairs of a round write to different blocks and can be worked on at
/// once; the order in which a block's sums are added up is that of the rounds, whatever the number
/// of threads.
pub(super) fn product<T: Real>(profile: &KernelProfile, x: &Panel<T>, v: &[T], width: usize) -> Vec<Vec<T>> {
    let blocks = blocks(x.len());
    let mut sums: Vec<Vec<T>> = blocks.iter().map(|b| vec![T::from_f64(0.0); b.len() * width]).collect();
    let own = if x.is_direct() { Vec::new() } else { x.own(profile) };
    sums.par_iter_mut().zip(&blocks).for_each(|(out, b)| {
        if x.is_direct() {
            Panel::product(profile, x, b.clone(), x, b.clone(), v, out);
        } else {
            // Matrix multiplication leaves rounding where a distance is 0, whose root is seen by
            // kernels with a kink.
            let exact = &own[b.clone()];
            multiplied(profile, x, [b, b], v, [out, &mut []], |i, k| k[(i, i)] = exact[i]);
        }
    });
    for pairs in rounds(blocks.len()) {
        let mut tasks: Vec<(usize, usize, Vec<T>, Vec<T>)> = pairs
            .into_iter()
            .map(|(i, j)| (i, j, std::mem::take(&mut sums[i]), std::mem::take(&mut sums[j])))
            .collect();
        tasks.par_iter_mut().for_each(|(i, j, along, across)| {
            let (rows, columns) = (&blocks[*i], &blocks[*j]);
            if x.is_direct() {
                Panel::product_both(profile, x, [rows.clone(), columns.clone()], v, [along, across]);
            } else {
                multiplied(profile, x, [rows, columns], v, [along, across], |_, _| ());
            }
        });
        for (i, j, along, across) in tasks {
            (sums[i], sums[j]) = (along, across);
        }
    }
    sums
}

/// Blocks of equal length, a few dozen where there are enough points, none above what fits the
/// caches.
fn blocks(n: usize) -> Vec<Range<usize>> {
    const GRAIN: usize = 64;
    const MAX: usize = 512;
    let step = (n / 32).next_multiple_of(GRAIN).clamp(GRAIN, MAX);
    (0..n).step_by(step).map(|from| from..(from + step).min(n)).collect()
}

/// Every pair of different players once, in rounds in which no player meets two others.
fn rounds(players: usize) -> impl Iterator<Item = Vec<(usize, usize)>> {
    let even = players.next_multiple_of(2);
    let others = even.saturating_sub(1);
    (0..others).map(move |r| {
        let fixed = std::iter::once((others, r));
        let turning = (1..even / 2).map(move |k| ((r + k) % others, (r + others - k) % others));
        fixed.chain(turning).filter(|(a, b)| *a < players && *b < players).collect()
    })
}

/// The block of a pair by matrix multiplication, mended row for row and added to both sides; an
/// empty second side is left out.
fn multiplied<T: Real>(
    profile: &KernelProfile,
    x: &Panel<T>,
    [rows, columns]: [&Range<usize>; 2],
    v: &[T],
    [along, across]: [&mut [T]; 2],
    mend: impl Fn(usize, &mut Mat<T>),
) {
    let (n, one) = (x.len(), T::from_f64(1.0));
    let mut block = Mat::<T>::zeros(rows.len(), columns.len());
    Panel::block(profile, x, rows, x, columns.clone(), block.as_mut());
    (0..rows.len()).for_each(|i| mend(i, &mut block));
    let v = MatRef::from_column_major_slice(v, n, v.len() / n);
    let add = |target: &mut [T], k: MatRef<'_, T>, from: &Range<usize>| {
        let out = MatMut::from_column_major_slice_mut(target, k.nrows(), v.ncols());
        matmul(out, Accum::Add, k, v.subrows(from.start, from.len()), one, Par::Seq);
    };
    add(along, block.as_ref(), columns);
    if !across.is_empty() {
        add(across, block.transpose(), rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tournament_has_every_pair_once_and_nobody_twice_in_a_round() {
        for players in 0..9usize {
            let mut met = std::collections::BTreeSet::new();
            for round in rounds(players) {
                let mut busy = std::collections::BTreeSet::new();
                for (a, b) in round {
                    assert!(a != b && busy.insert(a) && busy.insert(b), "{players}");
                    assert!(met.insert((a.min(b), a.max(b))), "{players}");
                }
            }
            assert_eq!(met.len(), players * players.saturating_sub(1) / 2);
        }
    }
}
