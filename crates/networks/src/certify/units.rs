//! Units in which an error is bounded: powers of two that bring a relation and the features of a
//! network near 1.
//!
//! `<phi, psi>` does not change when a feature is multiplied by `2^k` on one side and by `2^-k` on
//! the other, and errors are homogeneous. So squares and products of norms neither underflow nor
//! overflow, whatever the factors of a relation and its network are.

use super::find::Sizes;
use crate::relation_net::RelationNet;
use relata_relations::Bracket;

/// `2^k`, as two factors where one would not be a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Power {
    exponent: i32,
    sign: f64,
    factors: [f64; 2],
}

impl Power {
    fn new(exponent: i32, sign: f64) -> Self {
        let half = exponent / 2;
        let factors = if exponent.abs() < 1000 {
            [libm::scalbn(1.0, exponent), 1.0]
        } else {
            [libm::scalbn(1.0, half), libm::scalbn(1.0, exponent - half)]
        };
        Self { exponent, sign, factors }
    }

    /// Whether it is 1.
    pub(super) fn is_one(&self) -> bool {
        self.exponent == 0 && self.sign > 0.0
    }

    /// `v` times the power and its sign, exact unless the result is below the normal numbers.
    pub(super) fn of(&self, v: f64) -> f64 {
        self.sign * self.size_of(v)
    }

    /// `v` times the power, without its sign.
    pub(super) fn size_of(&self, v: f64) -> f64 {
        v * self.factors[0] * self.factors[1]
    }

    /// A number that is not below `v` times the power, for `v >= 0`.
    pub(super) fn up(&self, v: f64) -> f64 {
        let w = self.size_of(v);
        if v > 0.0 && w < f64::MIN_POSITIVE { w.next_up() } else { w }
    }

    /// A number that is not above `v` times the power, for `v >= 0`.
    pub(super) fn down(&self, v: f64) -> f64 {
        let w = self.size_of(v);
        if w < f64::MIN_POSITIVE { w.next_down().max(0.0) } else { w }
    }

    /// The interval times the power and its sign.
    pub(super) fn of_bracket(&self, b: Bracket) -> Bracket {
        let b = if self.exponent == 0 { b } else { b * self.factors[0] * self.factors[1] };
        if self.sign < 0.0 { -b } else { b }
    }

    /// Both factors, without the sign.
    pub(super) fn factors(&self) -> [f64; 2] {
        self.factors
    }

    fn inverse(&self) -> Self {
        Self::new(-self.exponent, 1.0)
    }
}

/// What multiplies the relation and each feature.
pub(super) struct Units {
    pub(super) relation: Power,
    pub(super) phi: Vec<Power>,
    pub(super) psi: Vec<Power>,
}

/// Exponents are multiples of this, so that problems of usual size keep their units: products of
/// four numbers below `2^(2 GRAIN)` are far from the ends of the range.
const GRAIN: i32 = 64;

/// Exponents of features at most; the other side takes the rest.
const MAX_EXPONENT: i32 = 960;

impl Units {
    /// Units in which the largest value of relation and network is near 1, and the features of both
    /// sides are of about equal size.
    pub(super) fn of(net: &RelationNet, sizes: &Sizes) -> Self {
        let products = sizes.phi.iter().zip(&sizes.psi).filter_map(|(p, q)| Some(log(*p)? + log(*q)?));
        let largest = products.chain(log(sizes.relation)).max().unwrap_or(0);
        let whole = -grained(largest, 2 * GRAIN);
        let signs = signs(net);
        let (mut phi, mut psi) = (vec![], vec![]);
        for (k, (p, q)) in sizes.phi.iter().zip(&sizes.psi).enumerate() {
            let (p, q) = (log(*p), log(*q));
            // A feature that was nowhere different from 0 has no size.
            let apart = p.zip(q).map_or(0, |(p, q)| q - p);
            let a = grained((apart + whole) / 2, GRAIN).clamp(-MAX_EXPONENT, MAX_EXPONENT);
            phi.push(Power::new(a, 1.0));
            psi.push(Power::new(whole - a, signs.map_or(1.0, |s| s[k])));
        }
        Self { relation: Power::new(whole, 1.0), phi, psi }
    }

    /// No change of units; signs of an indefinite form stand with `psi`.
    pub(super) fn plain(net: &RelationNet) -> Self {
        let rank = net.phi_net().outputs();
        let one = Power::new(0, 1.0);
        let signed = |k: usize| Power::new(0, signs(net).map_or(1.0, |s| s[k]));
        Self { relation: one, phi: vec![one; rank], psi: (0..rank).map(signed).collect() }
    }

    /// From these units to those of the relation.
    pub(super) fn back(&self) -> Power {
        self.relation.inverse()
    }
}

fn signs(net: &RelationNet) -> Option<&[f64]> {
    match net {
        RelationNet::Indefinite(_, s) => Some(s.as_slice()),
        RelationNet::Symmetric(_) | RelationNet::Asymmetric(..) => None,
    }
}

/// The exponent of a number; `None` of 0.
fn log(v: f64) -> Option<i32> {
    (v > 0.0 && v.is_finite()).then(|| libm::ilogb(v))
}

/// The multiple of `grain` nearest to 0 that is within `grain` of `v`.
fn grained(v: i32, grain: i32) -> i32 {
    v / grain * grain
}
