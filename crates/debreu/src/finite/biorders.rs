//! Biorders: relations between two sets that two utilities and a comparison explain.
//!
//! A relation `R` between finite sets `X` and `Y` is a *biorder* iff it has the Ferrers property:
//! `x R y` and `x' R y'` imply `x R y'` or `x' R y`. Then, and only then, `x R y` iff `f(x) > g(y)`
//! (A. Ducamp and J.-C. Falmagne, J. Math. Psychology 6, 1969): biorders are what the sign of an
//! inner product of width two, `<(f(x), 1), (1, -g(y))>`, can say.

use thiserror::Error;

/// Two utilities with `x R y` iff `rows[x] > columns[y]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BiorderUtility {
    /// `f` on the first set.
    pub rows: Vec<u32>,
    /// `g` on the second set.
    pub columns: Vec<u32>,
}

/// Two related pairs without a relation across: no utilities explain them.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "not a biorder: ({row_1}, {column_1}) and ({row_2}, {column_2}) are related, but neither ({row_1}, {column_2}) nor ({row_2}, {column_1}) is"
)]
pub struct NotFerrers {
    /// First element of the first pair.
    pub row_1: usize,
    /// Its second element.
    pub column_1: usize,
    /// First element of the second pair.
    pub row_2: usize,
    /// Its second element.
    pub column_2: usize,
}

/// The utilities of a biorder between `{0, .., rows - 1}` and `{0, .., columns - 1}`, or the two
/// pairs that exclude them.
///
/// ```
/// use relata_debreu::finite::biorder_utility;
/// // Who solves which exercise: ability against difficulty.
/// let solves = [[true, false, false], [true, true, false]];
/// let u = biorder_utility(2, 3, |x, y| solves[x][y])?;
/// assert!(u.rows[1] > u.columns[1] && u.rows[0] <= u.columns[1] && u.rows[1] <= u.columns[2]);
/// # Ok::<(), relata_debreu::finite::NotFerrers>(())
/// ```
///
/// # Errors
/// [`NotFerrers`].
///
/// Complexity: `O(rows * columns)` calls, `O(rows * (log rows + columns))` time.
pub fn biorder_utility(
    rows: usize,
    columns: usize,
    mut related: impl FnMut(usize, usize) -> bool,
) -> Result<BiorderUtility, NotFerrers> {
    let sets: Vec<Vec<bool>> = (0..rows).map(|x| (0..columns).map(|y| related(x, y)).collect()).collect();
    let sizes: Vec<usize> = sets.iter().map(|s| s.iter().filter(|m| **m).count()).collect();
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by_key(|&x| (sizes[x], x));
    // Nested sets, small to large; the level of a column is that of the largest set without it.
    let (mut f, mut g) = (vec![0u32; rows], vec![0u32; columns]);
    for (place, &x) in order.iter().enumerate() {
        let before = place.checked_sub(1).map(|p| order[p]);
        let (below, size) = before.map_or((0, 0), |b| (f[b], sizes[b]));
        if let Some(row_1) = before {
            let lost = |y: &usize| sets[row_1][*y] && !sets[x][*y];
            let gained = |y: &usize| sets[x][*y] && !sets[row_1][*y];
            if let Some(column_1) = (0..columns).find(lost) {
                // As large as the one before and without all of it, so it has something of its own.
                let column_2 = (0..columns).find(gained).unwrap_or(column_1);
                return Err(NotFerrers { row_1, column_1, row_2: x, column_2 });
            }
        }
        f[x] = below + u32::from(sizes[x] > size);
        (0..columns).filter(|&y| !sets[x][y]).for_each(|y| g[y] = f[x]);
    }
    Ok(BiorderUtility { rows: f, columns: g })
}
