//! How long it takes to fit a relation near its limit, for the comparison with other libraries
//! (`benches/peers_fitting.py`).
//!
//! * `fitting_time data RELATION RANK FOLDER` prints `limit L`, the least relative error of that rank,
//!   and writes to the folder, as f64 of little-endian bytes, points (`x`, `y`), weights (`u`, `v`)
//!   and values of the relation (`r`, row by row) for training, and `x1`, `y1`, `u1`, `v1`, `r1` held
//!   out: nodes of rules in one and two dimensions, otherwise points of equal weight.
//! * `fitting_time fit RELATION RANK UNITS` fits two encoders of one hidden layer of so many tanh
//!   units on the same points, and prints `seconds S`, the relation's evaluation included, and
//!   `error E`, relative, on the points held out.
//!
//! Threads by `RAYON_NUM_THREADS`.

use relata_kernels::{Encoders, limit};
use relata_networks::{FitParams, RelationNet, Samples, fit, fit_samples};
use relata_relations::catalogue::{gaussian, relation};
use relata_relations::{HeldOut, Quadrature, Relation, Seed, Space, evaluate, measure};
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Nodes of a rule in one dimension, per axis in two, and points in more.
const SIZES: [usize; 3] = [256, 20, 1200];
/// How many more are held out: a rule on which a kink costs no digit that matters.
const MORE: [usize; 3] = [545, 9, 400];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["data", name, rank, folder] => data(&*named(name)?, rank.parse()?, Path::new(folder)),
        ["fit", name, rank, units] => fitted(&*named(name)?, rank.parse()?, units.parse()?),
        _ => Err("arguments: data RELATION RANK FOLDER, or fit RELATION RANK UNITS".into()),
    }
}

/// A relation of the catalogue, or a Gaussian on a cube of two or four dimensions.
fn named(name: &str) -> Result<Arc<dyn Relation>, Box<dyn Error>> {
    Ok(match name {
        "gaussian-2d" => Arc::new(gaussian(2, 1.0)?),
        "gaussian-4d" => Arc::new(gaussian(4, 1.5)?),
        _ => relation(name)?,
    })
}

/// Whether a rule is affordable.
fn by_rule(r: &dyn Relation) -> bool {
    r.spaces().0.dim() <= 2 && r.spaces().1.dim() <= 2
}

/// The points of one side: other ones for every `more` and `name`.
fn points(space: &dyn Space, more: usize, name: &str) -> Result<Quadrature, Box<dyn Error>> {
    let size = SIZES[space.dim().clamp(1, 3) - 1] + more;
    let size = NonZeroUsize::new(size).unwrap_or(NonZeroUsize::MIN);
    if space.dim() <= 2 {
        return Ok(space.quadrature(size)?);
    }
    let word = Seed(0).stream(&format!("fitting-time/{name}/{more}")).word();
    Ok(Quadrature::equal_weights(space.sobol(size, word)?, space.mass())?)
}

fn sides(r: &dyn Relation, more: [usize; 3]) -> Result<[Quadrature; 2], Box<dyn Error>> {
    let (sx, sy) = r.spaces();
    let more = more[sx.dim().clamp(1, 3) - 1];
    Ok([points(sx, more, "x")?, points(sy, more + 1, "y")?])
}

fn data(r: &dyn Relation, rank: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    println!("limit {:e}", limit(r, Encoders::Separate, rank)?.relative);
    for (ending, more) in [("", [0; 3]), ("1", MORE)] {
        let [x, y] = sides(r, more)?;
        let values = evaluate(r, x.nodes(), y.nodes())?;
        let (n, m) = (x.len(), y.len());
        let r: Vec<f64> = (0..n * m).map(|k| values[(k / m, k % m)]).collect();
        for (name, numbers) in [
            ("x", x.nodes().as_slice()),
            ("y", y.nodes().as_slice()),
            ("u", x.weights()),
            ("v", y.weights()),
            ("r", &r),
        ] {
            let bytes: Vec<u8> = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
            std::fs::write(folder.join(format!("{name}{ending}")), bytes)?;
        }
    }
    Ok(())
}

fn fitted(r: &dyn Relation, rank: usize, units: usize) -> Result<(), Box<dyn Error>> {
    let ([x, y], [u, v]) = (sides(r, [0; 3])?, sides(r, MORE)?);
    let start = Instant::now();
    let params = FitParams::new(units).with_starts(1);
    let net: RelationNet = if by_rule(r) {
        fit(r, Encoders::Separate, rank, [&x, &y], &params)?.into_net()
    } else {
        // Of the same points: three in four for the fit, the others to say when to stop.
        let part = |q: &Quadrature, fits: bool| {
            let chosen: Vec<usize> = (0..q.len()).filter(|i| (i % 4 != 3) == fits).collect();
            q.nodes().select(&chosen).ok_or("no points")
        };
        let fit = [part(&x, true)?, part(&y, true)?];
        let left_out = [part(&x, false)?, part(&y, false)?];
        let samples = Samples { fit: [&fit[0], &fit[1]], left_out: [&left_out[0], &left_out[1]] };
        fit_samples(r, Encoders::Separate, rank, &samples, &params)?.into_net()
    };
    println!("seconds {}", start.elapsed().as_secs_f64());
    println!("error {:e}", measure(r, &net, &HeldOut::Quadrature { x: u, y: v })?.relative_l2);
    Ok(())
}
