//! Kendall's rank correlation in `O(n log n)` (W. R. Knight, JASA 61, 1966).

/// How many pairs two utilities order alike, oppositely, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kendall {
    /// Pairs ordered alike.
    pub concordant: u64,
    /// Pairs ordered oppositely.
    pub discordant: u64,
    /// Pairs tied in the first utility (perhaps in both).
    pub tied_first: u64,
    /// Pairs tied in the second utility (perhaps in both).
    pub tied_second: u64,
    /// All pairs.
    pub pairs: u64,
}

impl Kendall {
    /// `tau_a`: concordant less discordant pairs, over all pairs; 0 for fewer than two items.
    #[must_use]
    pub fn tau_a(&self) -> f64 {
        if self.pairs == 0 { 0.0 } else { self.difference() / self.pairs as f64 }
    }

    /// `tau_b`, which corrects for ties; `None` where one utility is constant.
    #[must_use]
    pub fn tau_b(&self) -> Option<f64> {
        let untied = (self.pairs - self.tied_first) as f64 * (self.pairs - self.tied_second) as f64;
        (untied > 0.0).then(|| self.difference() / untied.sqrt())
    }

    fn difference(&self) -> f64 {
        self.concordant as f64 - self.discordant as f64
    }
}

/// Compares two utilities of the same items; `None` for different lengths or a NaN.
///
/// ```
/// use relata_debreu::families::kendall;
/// let k = kendall(&[1.0, 2.0, 3.0], &[10.0, 30.0, 20.0]).ok_or("different lengths")?;
/// assert_eq!((k.concordant, k.discordant), (2, 1));
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn kendall(first: &[f64], second: &[f64]) -> Option<Kendall> {
    if first.len() != second.len() || first.iter().chain(second).any(|v| v.is_nan()) {
        return None;
    }
    // -0 and 0 are one value.
    let mut pairs: Vec<(f64, f64)> = first.iter().zip(second).map(|(a, b)| (a + 0.0, b + 0.0)).collect();
    pairs.sort_by(|p, q| p.0.total_cmp(&q.0).then(p.1.total_cmp(&q.1)));
    let choose = |k: usize| (k as u64) * (k as u64 - u64::from(k > 0)) / 2;
    let runs = |same: &dyn Fn(usize) -> bool| {
        let (mut total, mut length) = (0, 1);
        for k in 1..=pairs.len() {
            if k < pairs.len() && same(k) {
                length += 1;
            } else {
                total += choose(length);
                length = 1;
            }
        }
        total
    };
    let tied_first = runs(&|k| pairs[k].0.total_cmp(&pairs[k - 1].0).is_eq());
    let tied_both = runs(&|k| {
        pairs[k].0.total_cmp(&pairs[k - 1].0).is_eq() && pairs[k].1.total_cmp(&pairs[k - 1].1).is_eq()
    });
    let mut column: Vec<f64> = pairs.iter().map(|p| p.1).collect();
    let discordant = inversions(&mut column);
    let mut tied_second = 0;
    let mut length = 1;
    for k in 1..=column.len() {
        if k < column.len() && column[k].total_cmp(&column[k - 1]).is_eq() {
            length += 1;
        } else {
            tied_second += choose(length);
            length = 1;
        }
    }
    let all = choose(pairs.len());
    let concordant = all + tied_both - tied_first - tied_second - discordant;
    Some(Kendall { concordant, discordant, tied_first, tied_second, pairs: all })
}

/// Sorts and returns the number of pairs that were in the wrong order.
fn inversions(v: &mut [f64]) -> u64 {
    let n = v.len();
    let mut merged = v.to_vec();
    let (mut count, mut width) = (0u64, 1);
    while width < n {
        for start in (0..n).step_by(2 * width) {
            let (mid, end) = ((start + width).min(n), (start + 2 * width).min(n));
            let (mut a, mut b) = (start, mid);
            for slot in &mut merged[start..end] {
                if a < mid && (b == end || v[a] <= v[b]) {
                    *slot = v[a];
                    a += 1;
                } else {
                    count += (mid - a) as u64;
                    *slot = v[b];
                    b += 1;
                }
            }
        }
        v.copy_from_slice(&merged);
        width *= 2;
    }
    count
}
