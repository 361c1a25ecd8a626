//! The table of named relations.

use super::{
    ArcCosineOrder, Entry, MaternOrder, abs_difference, arc_cosine, bridge, brownian, difference,
    directed_distance, exp_bilinear, exp_bilinear_cube, exp_bilinear_gaussian, gaussian, gaussian_measure,
    gaussian_shifted, kl_divergence, matern, mehler, negative_squared_distance, periodic_sobolev, poisson,
    polynomial, positive_part, shifted_sine, sign, sinc, smooth_asymmetric_2d, smooth_asymmetric_8d,
    smooth_order, tanh, volterra, von_mises, zonal_exp,
};
use crate::function::FnRelation;
use crate::relation::{Definiteness, RelationError, Symmetry};
use crate::spaces::Interval;
use faer::mat;

type Constructor = fn() -> Result<FnRelation, RelationError>;

const fn entry(
    symmetry: Symmetry,
    definiteness: Definiteness,
    text: [&'static str; 4],
    constructor: Constructor,
) -> Entry {
    let [name, formula, spaces, source] = text;
    Entry { name, formula, spaces, source, symmetry, definiteness, constructor }
}

const fn kernel(text: [&'static str; 4], constructor: Constructor) -> Entry {
    entry(Symmetry::Symmetric, Definiteness::PositiveSemidefinite, text, constructor)
}

const fn indefinite(text: [&'static str; 4], constructor: Constructor) -> Entry {
    entry(Symmetry::Symmetric, Definiteness::Indefinite, text, constructor)
}

const fn antisymmetric(text: [&'static str; 4], constructor: Constructor) -> Entry {
    entry(Symmetry::Antisymmetric, Definiteness::Asymmetric, text, constructor)
}

const fn asymmetric(text: [&'static str; 4], constructor: Constructor) -> Entry {
    entry(Symmetry::Asymmetric, Definiteness::Asymmetric, text, constructor)
}

pub(super) const ENTRIES: &[Entry] = &[
    kernel(
        [
            "gaussian",
            "exp(-(x - y)^2 / (2 l^2)), l = 0.5",
            "[-1, 1], uniform",
            "Rasmussen and Williams 2006, 4.2.1",
        ],
        || gaussian(1, 0.5),
    ),
    kernel(
        [
            "gaussian-8d",
            "exp(-|x - y|^2 / (2 l^2)), l = 1",
            "[-1, 1]^8, uniform",
            "tensor product of gaussian with l = 1",
        ],
        || gaussian(8, 1.0),
    ),
    kernel(
        [
            "gaussian-measure",
            "exp(-(x - y)^2 / (2 l^2)), l = 1",
            "R with N(0, 1)",
            "Zhu, Williams, Rohwer and Morciniec 1998; Rasmussen and Williams 2006, 4.3.1",
        ],
        || gaussian_measure(1, 1.0, 1.0),
    ),
    kernel(
        [
            "von-mises",
            "exp(kappa cos 2 pi (x - y)), kappa = 2",
            "torus [0, 1), uniform",
            "Fourier series; DLMF 10.35.3",
        ],
        || von_mises(2.0),
    ),
    kernel(
        [
            "poisson",
            "(1 - a^2) / (1 - 2 a cos 2 pi (x - y) + a^2), a = 0.6",
            "torus [0, 1), uniform",
            "Fourier series",
        ],
        || poisson(0.6),
    ),
    kernel(
        [
            "periodic-sobolev",
            "1 + 2 pi^2 (t^2 - t + 1/6), t = (x - y) mod 1 (order s = 1)",
            "torus [0, 1), uniform",
            "Wahba 1990, 2.1",
        ],
        || periodic_sobolev(1),
    ),
    kernel(
        [
            "periodic-sobolev-2",
            "1 - (2 pi)^4 B_4(t) / 24, t = (x - y) mod 1 (order s = 2)",
            "torus [0, 1), uniform",
            "Wahba 1990, 2.1",
        ],
        || periodic_sobolev(2),
    ),
    kernel(["brownian", "min(x, y)", "[0, 1], uniform", "Karhunen 1947; Loeve 1948"], || Ok(brownian())),
    kernel(["bridge", "min(x, y) - x y", "[0, 1], uniform", "Karhunen 1947; Loeve 1948"], || Ok(bridge())),
    kernel(
        [
            "matern-12",
            "exp(-c |x - y|), c = 1.4",
            "[-1, 1], Lebesgue",
            "Rasmussen and Williams 2006, 4.2.1; spectrum of the Ornstein-Uhlenbeck process",
        ],
        || matern(MaternOrder::Half, 1.4, 1.0),
    ),
    kernel(
        [
            "matern-32",
            "(1 + c t) exp(-c t), t = |x - y|, c = 1.4",
            "[-1, 1], Lebesgue",
            "Rasmussen and Williams 2006, 4.2.1; spectrum by the end conditions of its differential operator",
        ],
        || matern(MaternOrder::ThreeHalves, 1.4, 1.0),
    ),
    kernel(
        [
            "matern-52",
            "(1 + c t + (c t)^2 / 3) exp(-c t), t = |x - y|, c = 1.4",
            "[-1, 1], Lebesgue",
            "Rasmussen and Williams 2006, 4.2.1; spectrum by the end conditions of its differential operator",
        ],
        || matern(MaternOrder::FiveHalves, 1.4, 1.0),
    ),
    kernel(
        ["polynomial", "(1 + x y)^2", "[-1, 1], uniform", "finite rank: moments of the uniform measure"],
        || polynomial(2),
    ),
    kernel(
        [
            "sinc",
            "sin(c (x - y)) / (pi (x - y)), c = 4",
            "[-1, 1], Lebesgue",
            "Slepian and Pollak 1961; Xiao, Rokhlin and Yarvin 2001",
        ],
        || sinc(4.0),
    ),
    kernel(["zonal-exp", "exp(s <x, y>), s = 2", "S^2, uniform", "Funk-Hecke formula; DLMF 10.32"], || {
        zonal_exp(3, 2.0)
    }),
    kernel(
        ["arc-cosine-0", "1 - arccos(<x, y>) / pi", "S^1, uniform", "Cho and Saul 2009; Bach 2017"],
        || arc_cosine(ArcCosineOrder::Zero, 2),
    ),
    kernel(
        [
            "arc-cosine-1",
            "(sqrt(1 - t^2) + t (pi - arccos t)) / pi, t = <x, y>",
            "S^1, uniform",
            "Cho and Saul 2009; Bach 2017",
        ],
        || arc_cosine(ArcCosineOrder::One, 2),
    ),
    kernel(
        [
            "exp-bilinear-8d",
            "exp(x'y / sqrt 8)",
            "[-1, 1]^8, uniform",
            "the scaled softmax kernel; tensor product of exp(x y / sqrt 8)",
        ],
        || exp_bilinear_cube(8, 8f64.sqrt().recip()),
    ),
    kernel(
        [
            "exp-bilinear-8d-unit",
            "exp(x'y)",
            "[-1, 1]^8, uniform",
            "the softmax kernel; tensor product of exp(x y)",
        ],
        || exp_bilinear_cube(8, 1.0),
    ),
    entry(
        Symmetry::Symmetric,
        Definiteness::ConditionallyNegative,
        [
            "abs-difference",
            "|x - y|",
            "[0, 1], uniform",
            "eigenvalues by u'' = 2 u / lambda with its end conditions",
        ],
        || Ok(abs_difference()),
    ),
    indefinite(
        [
            "negative-squared-distance",
            "-(x - y)^2",
            "[-1, 1], uniform",
            "finite rank; conditionally positive definite (Schoenberg 1938)",
        ],
        || negative_squared_distance(1),
    ),
    indefinite(
        [
            "mehler",
            "(1 - q^2)^(-1/2) exp(-(q^2 (x^2 + y^2) - 2 q x y) / (2 (1 - q^2))), q = -1/2",
            "R with N(0, 1)",
            "Mehler 1866; DLMF 18.18.28",
        ],
        || mehler(-0.5),
    ),
    indefinite(["tanh", "tanh(2 x y - 1/2)", "[-1, 1], uniform", "Lin and Lin 2003"], || tanh(2.0, -0.5)),
    asymmetric(
        [
            "volterra",
            "1[y < x], 1/2 at x = y",
            "[0, 1], uniform",
            "singular values of Volterra's operator (Halmos 1967, problem 188)",
        ],
        || Ok(volterra()),
    ),
    antisymmetric(
        ["sign", "sgn(y - x)", "[0, 1], uniform", "Fourier series of odd half-integer frequency"],
        || Ok(sign()),
    ),
    asymmetric(
        ["smooth-order", "1 / (1 + exp(-(y - x) / s)), s = 0.1", "[0, 1], uniform", "Bradley and Terry 1952"],
        || smooth_order(0.1),
    ),
    antisymmetric(["difference", "x - y", "[0, 1], uniform", "finite rank"], || difference(0.0, 1.0)),
    asymmetric(
        [
            "directed-distance",
            "(y - x) mod 1, 1/2 at x = y",
            "torus [0, 1), uniform",
            "Fourier series of the sawtooth",
        ],
        || Ok(directed_distance()),
    ),
    asymmetric(["shifted-sine", "sin(2 pi (x - y) + 0.7)", "torus [0, 1), uniform", "finite rank"], || {
        shifted_sine(0.7)
    }),
    asymmetric(
        [
            "exp-bilinear",
            "exp(2 x y)",
            "x in [-1, 1], y in [0, 1], uniform",
            "the softmax kernel in one dimension",
        ],
        || exp_bilinear(2.0, Interval::new(-1.0, 1.0)?, Interval::unit()),
    ),
    asymmetric(
        [
            "exp-bilinear-gaussian",
            "exp(x' M y), M = [[0.3, 0.25], [-0.15, 0.2]]",
            "R^2 with N(0, I), both",
            "Mehler 1866, after a change of measure",
        ],
        || exp_bilinear_gaussian(mat![[0.3, 0.25], [-0.15, 0.2]], 1.0, 1.0),
    ),
    asymmetric(
        [
            "kl-divergence",
            "sum_i p_i log(p_i / q_i)",
            "distributions on 3 categories with all p_i >= 0.01, uniform",
            "Kullback and Leibler 1951",
        ],
        || kl_divergence(3, 0.01),
    ),
    asymmetric(
        ["gaussian-shifted", "exp(-3 (x - y + 0.3)^2)", "[-1, 1], uniform", "a shifted Gaussian kernel"],
        || gaussian_shifted(3.0, 0.3),
    ),
    asymmetric(
        ["positive-part", "max(x - y, 0)", "[0, 1], uniform", "frequencies of a clamped beam"],
        || Ok(positive_part()),
    ),
    asymmetric(
        [
            "smooth-asymmetric-2d",
            "logistic(3 x' A y + a'x - b'y), fixed A, a, b",
            "[-1, 1]^2, uniform",
            "non-separable, without structure",
        ],
        smooth_asymmetric_2d,
    ),
    asymmetric(
        [
            "smooth-asymmetric-8d",
            "sin(x' A y + a'x - b'y + 1/2), fixed A, a, b",
            "[-1, 1]^8, uniform",
            "non-separable, without structure",
        ],
        smooth_asymmetric_8d,
    ),
];
