//! The list of pipelines. The command line, `--help`, `list`, the registry of the program and the
//! report all derive from it.

use crate::input::Takes;
use relata_runs::{BackendKind, NameError, Profile};
use std::fmt::Write as _;

/// What there is to know about a pipeline before it is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PipelineInfo {
    /// The name under which it is run.
    pub name: &'static str,
    /// The question it answers, in one line.
    pub about: &'static str,
    /// What its figures show, in one line.
    pub produces: &'static str,
    /// What it takes of the user's own.
    pub takes: Takes,
}

/// All pipelines, in the order in which `run all` takes those that run by themselves.
pub const PIPELINES: &[PipelineInfo] = &[
    PipelineInfo {
        name: "symmetric",
        about: "How close do shared encoders <phi(x), phi(y)> come to the best rank-d kernel?",
        produces: "error against rank and width beside the Eckart-Young limit, for symmetric relations",
        takes: Takes::Catalogue,
    },
    PipelineInfo {
        name: "asymmetric",
        about: "How close do separate encoders <phi(x), psi(y)> come to the best rank-d relation?",
        produces: "error against rank and width beside the Eckart-Young limit, for asymmetric relations",
        takes: Takes::Catalogue,
    },
    PipelineInfo {
        name: "symmetry-gap",
        about: "What can a shared encoder not do, however wide it is?",
        produces: "error along a path from symmetric to antisymmetric, beside the closed-form floor",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "width-two",
        about: "Why does rank 2 decide every comparison while no finite rank approximates the step?",
        produces: "L2 error and sign accuracy of an order against rank, on one page",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "rkhs",
        about: "What are the kernels of Hilbert spaces, how few features do they need, and what do networks learn of them?",
        produces: "low-rank methods beside their limit, ridge regression without the matrix, learned spectra, closed forms",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "rkbs",
        about: "What do two different encoders represent, and in which norms?",
        produces: "l_p norms and sparse interpolation, representer theorems, Krein splits, networks as Banach spaces",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "heads",
        about: "Which heads of a trained model are retrievals, and what kernels are they?",
        produces: "spectra, asymmetry, explained order and margins of every head, and their ranking",
        takes: Takes::Checkpoint,
    },
    PipelineInfo {
        name: "debreu",
        about: "When does a preorder have a utility, and what stands in the way when it has none?",
        produces: "orders, noisy comparisons, Wold surfaces, widths of families, estimators, consumers",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "neurons",
        about: "How many neurons by theorem, construction, fit, readout and training, and how many are certainly too few?",
        produces: "neurons and rank against the error, budgets of the theorems, width against depth",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "retrieval",
        about: "Does attention retrieve what a preorder prefers, with the error that was promised?",
        produces: "error against temperature, rank and context length below its bounds; designed heads on fresh contexts",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "width",
        about: "How wide must a head be for keys to be told apart and orders to be had?",
        produces: "margins of optimised keys beside what is known, orders beside Cover's count, widths of random families",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "dispersion",
        about: "What happens to retrieval in contexts a thousand times as long as in training?",
        produces: "accuracy, attention and entropy to 16384 items: softmax, adaptive temperature, designed head",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "order",
        about: "How many pairs does an order take that is learned, and what is it worth to know that it has a utility?",
        produces: "accuracy against training pairs: utility, inner products, perceptron, Abstractor, published curves",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "argsort",
        about: "How many sorted sequences teach a system to sort, and sequences of which length?",
        produces: "whole sequences right against training sequences and length, beside published curves",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "set",
        about: "Do relations of pairs tell whether three cards form a set that was never seen?",
        produces: "accuracy against training triples: symmetric, asymmetric and pooled relations, perceptron",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "contains-set",
        about: "Do relations inside groups of three tell whether five cards contain a set?",
        produces: "accuracy against training hands, as published and without its leak: relational convolutions, others",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "abstract-rules",
        about: "Which systems follow a rule about objects that they never saw?",
        produces: "accuracy against objects held out: same or different, match to sample, distributions, identity rules",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "templates",
        about: "Which systems read words of symbols that they never saw, and what is one number per head worth?",
        produces: "accuracy on words of unseen and of seen symbols against the number of symbols seen",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "symbols-correct-errors",
        about: "How many corrupted measurements do symbols forgive?",
        produces: "relations recovered exactly against the corrupted share, by absolute errors and by least squares",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "relational-bounds",
        about: "What does an error of a relation become in the systems that are built on it?",
        produces: "measured errors beside their bounds: layers of relations, relational attention, several relations",
        takes: Takes::Nothing,
    },
    PipelineInfo {
        name: "preferences",
        about: "Which utility have preferences that you collected, and what stands in its way?",
        produces: "strengths with intervals, wins ordered by strength, models on held-out data; efficiency of consumers",
        takes: Takes::Preferences,
    },
    PipelineInfo {
        name: "analyse",
        about: "Which parts has a relation that you measured, and what rank does it need?",
        produces: "its matrix, its spectrum, error against rank, and how well encoders predict held-out pairs",
        takes: Takes::Measured,
    },
];

/// Pipelines that no list shows and `run all` passes over: for tests and for measurements of
/// everything but the work itself.
pub const HIDDEN: &[PipelineInfo] = &[PipelineInfo {
    name: "empty",
    about: "What do cells cost that do nothing? 100, 1000 and 10000 of them, by profile",
    produces: "one row per cell",
    takes: Takes::Nothing,
}];

/// The pipeline of that name, or the nearest one in the error.
pub fn pipeline_info(name: &str) -> Result<&'static PipelineInfo, NameError> {
    let found = PIPELINES.iter().chain(HIDDEN).find(|p| p.name == name);
    found.ok_or_else(|| NameError::new("pipeline", name, PIPELINES.iter().map(|p| p.name)))
}

/// What there is to run, as text for people.
#[must_use]
pub fn list() -> String {
    let mut out = String::from("Pipelines (run <pipeline>)\n");
    // Formatting into a string cannot fail.
    for p in PIPELINES {
        let takes = p.takes.usage().map(|u| format!("\n  {:14} takes: {u}", "")).unwrap_or_default();
        let _ = writeln!(out, "  {:14} {}\n  {:14} figures: {}{takes}", p.name, p.about, "", p.produces);
    }
    out += "\nProfiles (--profile)\n";
    for p in Profile::ALL {
        let default = if p == Profile::default() { " (default)" } else { "" };
        let _ = writeln!(out, "  {p:14} {}{default}", p.about());
    }
    out += "\nBackends (--backend)\n";
    for b in BackendKind::ALL {
        let default = if b == BackendKind::default() { " (default)" } else { "" };
        let _ = writeln!(out, "  {b:14} {}{default}", b.about());
    }
    out
}
