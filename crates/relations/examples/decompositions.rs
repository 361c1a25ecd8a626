//! Dense decompositions, for the comparison with other libraries (`benches/peers_decompositions.py`).
//!
//! `decompositions eigen|svd N FILE` reads an `N x N` matrix, row by row as f64 of little-endian bytes,
//! decomposes it with vectors, and prints `seconds S` and one `value V` per eigenvalue or singular
//! value. Threads by `RAYON_NUM_THREADS`.

use relata_relations::faer::Mat;
use relata_relations::spectral::{symmetric_eigen, thin_svd};
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, n, file] = arguments.as_slice() else { return Err("arguments: eigen|svd N FILE".into()) };
    let n: usize = n.parse()?;
    let numbers: Vec<f64> = std::fs::read(file)?
        .chunks_exact(8)
        .map(|b| <[u8; 8]>::try_from(b).map(f64::from_le_bytes))
        .collect::<Result<_, _>>()?;
    if numbers.len() != n * n {
        return Err(format!("{file} has {} numbers, not {n} x {n}", numbers.len()).into());
    }
    let a = Mat::from_fn(n, n, |i, j| numbers[i * n + j]);
    let start = Instant::now();
    let values = match what.as_str() {
        "eigen" => symmetric_eigen(a.as_ref())?.values,
        "svd" => thin_svd(a.as_ref())?.values,
        _ => return Err(format!("unknown decomposition `{what}`").into()),
    };
    println!("seconds {}", start.elapsed().as_secs_f64());
    values.iter().for_each(|v| println!("value {v:e}"));
    Ok(())
}
