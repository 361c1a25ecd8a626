//! What is known of many heads, for the comparison with other libraries (`benches/peers_heads.py`).
//!
//! `head_quantities HEADS TOKENS WIDTH DIMENSION FILE` reads inputs (tokens x width) and for each head
//! its query and key weights (width x dimension), row by row as f64 of little-endian bytes. Prints
//! `seconds S` and per head `head ..`: sums of singular values and of eigenvalues' magnitudes,
//! antisymmetric share, mean margin, mean weight of the selected key, retrieval score, variance that
//! one utility explains, Kendall's tau between queries, and the ranks for a tenth of the exponential
//! kernel and of the attention matrix. Threads by `RAYON_NUM_THREADS`.

use rayon::prelude::*;
use relata_attention::head::{
    Head, HeadError, Observed, Visibility, attention_limits, exp_kernel_limits, explained_order, rank_for,
    retrieval,
};
use relata_relations::faer::{Mat, Par, set_global_parallelism};
use std::error::Error;
use std::time::Instant;

/// The relative error for which a rank is asked.
const EPS: f64 = 0.1;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [heads, tokens, width, dimension, file] = arguments.as_slice() else {
        return Err("arguments: HEADS TOKENS WIDTH DIMENSION FILE".into());
    };
    let [heads, n, width, d] = [heads, tokens, width, dimension].map(|v| v.parse::<usize>());
    let (heads, n, width, d) = (heads?, n?, width?, d?);
    let numbers: Vec<f64> = std::fs::read(file)?
        .chunks_exact(8)
        .map(|b| <[u8; 8]>::try_from(b).map(f64::from_le_bytes))
        .collect::<Result<_, _>>()?;
    if numbers.len() != n * width + 2 * heads * width * d {
        return Err(format!("{file} has {} numbers", numbers.len()).into());
    }
    let matrix = |at: usize, rows: usize, columns: usize| {
        Mat::from_fn(rows, columns, |i, j| numbers[at + i * columns + j])
    };
    let inputs = matrix(0, n, width);
    let weights: Vec<[Mat<f64>; 2]> =
        (0..heads).map(|h| [0, 1].map(|k| matrix(n * width + (2 * h + k) * width * d, width, d))).collect();
    // Heads side by side, each on one thread.
    set_global_parallelism(Par::Seq);
    let start = Instant::now();
    let rows = weights
        .into_par_iter()
        .map(|[query, key]| quantities(&Head::new(query, key, 1.0 / (d as f64).sqrt())?, &inputs))
        .collect::<Result<Vec<_>, _>>()?;
    println!("seconds {}", start.elapsed().as_secs_f64());
    for row in rows {
        println!("head {}", row.map(|v| format!("{v:e}")).join(" "));
    }
    Ok(())
}

fn quantities(head: &Head, inputs: &Mat<f64>) -> Result<[f64; 10], HeadError> {
    let form = head.form()?;
    let n = inputs.nrows();
    let observed = Observed::new(head.scores(inputs.as_ref())?.as_ref(), Visibility::All)?;
    let found = retrieval(&observed)?;
    let order = explained_order(&observed)?;
    let rank = |limits| rank_for(&limits, EPS, n).ok().flatten().map_or(n as f64, |r| r as f64);
    Ok([
        form.singular_values.iter().sum(),
        form.eigenvalues.iter().map(|v| v.abs()).sum(),
        form.antisymmetric,
        found.queries.iter().map(|q| q.margin).sum::<f64>() / n as f64,
        found.mean_weight,
        found.score,
        order.share_of_variance,
        order.tau_between_queries,
        rank(exp_kernel_limits(&observed)?),
        rank(attention_limits(&observed)?),
    ])
}
