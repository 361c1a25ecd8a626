//! Expenditures in whole numbers.
//!
//! Prices and quantities that were written as decimals are whole multiples of one power of ten
//! each, so that what a bundle costs is a whole number of units, and whether two bundles cost the
//! same is a question with an answer. In floating point it is not: `0.1 * 13.5 + 0.7 * 4.8` and
//! other sums that are equal on paper differ in the last place.

use num_bigint::BigUint;
use relata_files::Decimal;
use std::cmp::Ordering;

/// Prices and quantities in whole units; none is negative.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exact {
    goods: usize,
    prices: Vec<BigUint>,
    quantities: Vec<BigUint>,
}

impl Exact {
    pub(super) fn new(goods: usize, prices: &[Decimal], quantities: &[Decimal]) -> Self {
        Self { goods, prices: whole(prices), quantities: whole(quantities) }
    }

    /// `p_t . x_s`, in units.
    fn cost(&self, t: usize, s: usize) -> BigUint {
        self.row(&self.prices, t).iter().zip(self.row(&self.quantities, s)).map(|(p, x)| p * x).sum()
    }

    /// How `p_t . x_s` compares to `p_t . x_t`.
    pub(super) fn compare(&self, t: usize, s: usize) -> Ordering {
        self.cost(t, s).cmp(&self.cost(t, t))
    }

    /// `1 - p_t . x_s / p_t . x_t`.
    pub(super) fn saved(&self, t: usize, s: usize) -> f64 {
        let (other, own) = (self.cost(t, s), self.cost(t, t));
        if other > own { -quotient(&(other - &own), &own) } else { quotient(&(&own - other), &own) }
    }

    /// How `p_t . x_s / p_t . x_t` compares to the same of another pair.
    pub(super) fn compare_ratios(&self, (t, s): (usize, usize), (u, v): (usize, usize)) -> Ordering {
        (self.cost(t, s) * self.cost(u, u)).cmp(&(self.cost(u, v) * self.cost(t, t)))
    }

    pub(super) fn same_bundle(&self, t: usize, s: usize) -> bool {
        self.row(&self.quantities, t) == self.row(&self.quantities, s)
    }

    pub(super) fn select(&self, observations: &[usize]) -> Self {
        let rows = |of: &[BigUint]| observations.iter().flat_map(|&t| self.row(of, t).to_vec()).collect();
        Self { goods: self.goods, prices: rows(&self.prices), quantities: rows(&self.quantities) }
    }

    fn row<'a>(&self, of: &'a [BigUint], t: usize) -> &'a [BigUint] {
        &of[t * self.goods..(t + 1) * self.goods]
    }
}

/// In units of the smallest power of ten among them.
fn whole(decimals: &[Decimal]) -> Vec<BigUint> {
    let used = decimals.iter().filter(|d| d.mantissa != 0);
    let unit = used.map(|d| d.exponent).min().unwrap_or(0);
    let scaled = |d: &Decimal| {
        let places = if d.mantissa == 0 { 0 } else { d.exponent.abs_diff(unit) };
        BigUint::from(d.mantissa.unsigned_abs()) * BigUint::from(10u32).pow(places)
    };
    decimals.iter().map(scaled).collect()
}

/// `a / b` for `a <= b` or a little more, to a few units in the last place.
fn quotient(a: &BigUint, b: &BigUint) -> f64 {
    // Of each the leading 64 bits, and how many were dropped behind them.
    let leading = |x: &BigUint| {
        let drop = x.bits().saturating_sub(64);
        let value = (x >> drop).iter_u64_digits().next().unwrap_or(0) as f64;
        (value, drop)
    };
    let ((a, a_drop), (b, b_drop)) = (leading(a), leading(b));
    let shift = a_drop as i64 - b_drop as i64;
    a / b * 2f64.powi(shift.clamp(-2_000, 1_000) as i32)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]
    use super::*;
    use relata_files::Notation;

    fn of(text: &str) -> Decimal {
        Notation::POINT.decimal(text).unwrap()
    }

    #[test]
    fn sums_that_are_equal_on_paper_are_equal() {
        let prices = ["0.1", "0.7", "0.2", "0.3", "0.1", "0.6"].map(of);
        let quantities = ["13.5", "4.8", "5.0", "13.9", "4.8", "4.8"].map(of);
        let e = Exact::new(3, &prices, &quantities);
        assert_eq!(e.compare(0, 1), Ordering::Equal);
        assert_eq!(e.saved(0, 1), 0.0);
        assert!(e.same_bundle(1, 1) && !e.same_bundle(0, 1));
    }

    #[test]
    fn quotients_of_numbers_of_any_size() {
        let ten = |k: u32| BigUint::from(10u32).pow(k);
        for (a, b, exact) in [(3, 3, 3.0), (200, 203, 3e-3), (0, 90, 3e-90), (390, 390, 3.0)] {
            let found = quotient(&(ten(a) * 3u32), &ten(b));
            assert!((found / exact - 1.0).abs() < 1e-13, "{a} {b}: {found}");
        }
        assert_eq!(quotient(&BigUint::ZERO, &ten(5)), 0.0);
    }
}
