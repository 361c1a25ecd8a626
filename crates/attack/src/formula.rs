//! Random formulas, evaluated in floating point with a running bound of the rounding, and in
//! interval arithmetic by the libraries.

use crate::Draw;
use relata_relations::Enclosure;

/// A formula in numbered variables.
#[derive(Clone, Debug)]
pub(crate) enum Formula {
    Variable(usize),
    Constant(f64),
    Sum(Box<Formula>, Box<Formula>),
    Difference(Box<Formula>, Box<Formula>),
    Product(Box<Formula>, Box<Formula>),
    Larger(Box<Formula>, Box<Formula>),
    Apply(Function, Box<Formula>),
}

/// Functions of one number that are defined everywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Function {
    Sin,
    Cos,
    Tanh,
    Logistic,
    Square,
    Cube,
    Abs,
    /// `exp(-t^2)`.
    Bell,
    /// `sqrt(1 + t^2)`.
    Root,
    /// `ln(1 + t^2)`.
    Log,
    /// `1 / (1 + t^2)`.
    Inverse,
}

use Function::{Abs, Bell, Cos, Cube, Inverse, Log, Logistic, Root, Sin, Square, Tanh};

const FUNCTIONS: [Function; 11] = [Sin, Cos, Tanh, Logistic, Square, Cube, Abs, Bell, Root, Log, Inverse];

/// A value and how far rounding may have moved it.
type Rounded = (f64, f64);

impl Formula {
    /// A formula of at most this depth in the variables below `axes`.
    pub(crate) fn draw(draw: &mut Draw, axes: usize, depth: usize) -> Self {
        if depth == 0 || draw.chance(0.1) {
            return if draw.chance(0.8) {
                Self::Variable(draw.whole(0, axes - 1))
            } else {
                Self::Constant(draw.between(-2.0, 2.0))
            };
        }
        let part = |draw: &mut Draw| Box::new(Self::draw(draw, axes, depth - 1));
        match draw.whole(0, 7) {
            0 => Self::Sum(part(draw), part(draw)),
            1 => Self::Difference(part(draw), part(draw)),
            2 => Self::Product(part(draw), part(draw)),
            3 => Self::Larger(part(draw), part(draw)),
            _ => {
                let function = draw.choose(&FUNCTIONS);
                Self::Apply(function, part(draw))
            }
        }
    }

    /// Whether it has continuous derivatives.
    pub(crate) fn smooth(&self) -> bool {
        match self {
            Self::Variable(_) | Self::Constant(_) => true,
            Self::Larger(..) => false,
            Self::Sum(a, b) | Self::Difference(a, b) | Self::Product(a, b) => a.smooth() && b.smooth(),
            Self::Apply(f, a) => *f != Abs && a.smooth(),
        }
    }

    /// The value, and a bound of what rounding did to it.
    pub(crate) fn value(&self, at: &[f64]) -> Rounded {
        const U: f64 = f64::EPSILON;
        let round = |v: f64, e: f64| (v, e + 4.0 * U * v.abs() + f64::MIN_POSITIVE);
        match self {
            Self::Variable(i) => (at[*i], 0.0),
            Self::Constant(c) => (*c, 0.0),
            Self::Sum(a, b) => {
                let ((a, ea), (b, eb)) = (a.value(at), b.value(at));
                round(a + b, ea + eb)
            }
            Self::Difference(a, b) => {
                let ((a, ea), (b, eb)) = (a.value(at), b.value(at));
                round(a - b, ea + eb)
            }
            Self::Product(a, b) => {
                let ((a, ea), (b, eb)) = (a.value(at), b.value(at));
                round(a * b, a.abs() * eb + b.abs() * ea + ea * eb)
            }
            Self::Larger(a, b) => {
                let ((a, ea), (b, eb)) = (a.value(at), b.value(at));
                (a.max(b), ea.max(eb))
            }
            Self::Apply(f, a) => {
                let (t, e) = a.value(at);
                let (v, slope) = f.value(t);
                // The slope a little to either side, for functions whose slope grows.
                let near = f.value(t.abs() + e).1.abs().max(slope.abs());
                // One more for the intermediate sum with 1 in the composed functions.
                round(v, near * e * 1.01 + 4.0 * U * (1.0 + v.abs()))
            }
        }
    }

    /// The formula in interval arithmetic.
    pub(crate) fn enclose(&self, at: &[Enclosure]) -> Enclosure {
        match self {
            Self::Variable(i) => at[*i],
            Self::Constant(c) => Enclosure::constant(*c),
            Self::Sum(a, b) => a.enclose(at) + b.enclose(at),
            Self::Difference(a, b) => a.enclose(at) - b.enclose(at),
            Self::Product(a, b) => a.enclose(at) * b.enclose(at),
            Self::Larger(a, b) => a.enclose(at).max(&b.enclose(at)),
            Self::Apply(f, a) => f.enclose(a.enclose(at)),
        }
    }
}

impl Function {
    /// The value, and a bound of the slope on arguments of this size.
    fn value(self, t: f64) -> (f64, f64) {
        match self {
            Sin => (t.sin(), 1.0),
            Cos => (t.cos(), 1.0),
            Tanh => (t.tanh(), 1.0),
            Logistic => (1.0 / (1.0 + (-t).exp()), 0.25),
            Square => (t * t, 2.0 * t.abs()),
            Cube => (t * t * t, 3.0 * t * t),
            Abs => (t.abs(), 1.0),
            Bell => ((-t * t).exp(), 1.0),
            Root => ((1.0 + t * t).sqrt(), 1.0),
            Log => ((1.0 + t * t).ln(), 1.0),
            Inverse => ((1.0 + t * t).recip(), 1.0),
        }
    }

    fn enclose(self, t: Enclosure) -> Enclosure {
        match self {
            Sin => t.sin(),
            Cos => t.cos(),
            Tanh => t.tanh(),
            Logistic => t.logistic(),
            Square => t.square(),
            Cube => t.powi(3),
            Abs => t.abs(),
            Bell => (-t.square()).exp(),
            Root => (t.square() + 1.0).sqrt(),
            Log => (t.square() + 1.0).ln(),
            Inverse => (t.square() + 1.0).recip(),
        }
    }
}
