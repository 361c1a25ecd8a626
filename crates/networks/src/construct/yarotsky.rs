//! Products by ReLU networks (Yarotsky 2017): squares by a sawtooth, products by squares, inner
//! products by products.

use super::mesh::relu;
use crate::mlp::{Affine, Mlp, NetworkError};
use faer::Mat;

/// The squaring network of `m` layers: `f_m(t) = t - sum_{s <= m} g_s(t) / 4^s` with the sawtooth
/// `g_s` of `2^(s-1)` teeth, which interpolates `t^2` at the multiples of `2^-m`. On `[0, 1]` the
/// error is at most `2^(-2m-2)`, attained in the middle of every piece; `f_m >= t^2`.
///
/// Three neurons a layer (two in the first): `g(t) = 2 relu(t) - 4 relu(t - 1/2)` on `[0, 1]`, and
/// the sum so far. All weights are dyadic.
///
/// ```
/// use relata_networks::squaring_network;
/// use relata_relations::Points;
/// let net = squaring_network(3)?;
/// let at = Points::line(vec![0.25, 0.3125])?; // a node, and the middle of a piece
/// let square = net.forward(&at);
/// assert_eq!(square[(0, 0)], 0.0625);
/// assert_eq!(square[(1, 0)] - 0.3125 * 0.3125, 2f64.powi(-8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`NetworkError::Empty`] if `m` is 0.
pub fn squaring_network(m: usize) -> Result<Mlp, NetworkError> {
    squares(1, m, &[vec![1.0]], &Mat::from_fn(1, 1, |_, _| 1.0))
}

/// `x y` for `|x|, |y| <= bound`, from the squares of `|x + y|`, `|x|` and `|y|` over `2 bound`:
/// error at most `bound^2 2^(-2m)`. Inputs `(x, y)`.
///
/// # Errors
/// [`NetworkError`] if `m` is 0 or the bound is not finite.
pub fn product_network(bound: f64, m: usize) -> Result<Mlp, NetworkError> {
    inner_product_network(1, bound, m)
}

/// `<u, v>` for vectors of `d` entries of magnitude at most `bound`, as a ReLU network: `d`
/// products side by side, error at most `d bound^2 2^(-2m)`. Inputs `(u, v)`, `2 d` in all; `18 d`
/// neurons in the first layer, `9 d` in the others.
///
/// # Errors
/// [`NetworkError`] if `d` or `m` is 0 or the bound is not finite.
pub fn inner_product_network(d: usize, bound: f64, m: usize) -> Result<Mlp, NetworkError> {
    let mut directions = Vec::with_capacity(3 * d);
    for k in 0..d {
        let mut row = |a: f64, b: f64| {
            let mut w = vec![0.0; 2 * d];
            (w[k], w[d + k]) = (a / (2.0 * bound), b / (2.0 * bound));
            directions.push(w);
        };
        row(1.0, 1.0);
        row(1.0, 0.0);
        row(0.0, 1.0);
    }
    // x y = 2 B^2 (((x + y) / 2B)^2 - (x / 2B)^2 - (y / 2B)^2).
    let scale = 2.0 * bound * bound;
    let combine = Mat::from_fn(3 * d, 1, |i, _| if i % 3 == 0 { scale } else { -scale });
    squares_of_sizes(2 * d, m, &directions, &combine)
}

/// Squares of `w . z` for values in `[0, 1]`, then the linear map `combine`
/// (`directions x outputs`).
fn squares(
    inputs: usize,
    m: usize,
    directions: &[Vec<f64>],
    combine: &Mat<f64>,
) -> Result<Mlp, NetworkError> {
    let n = directions.len();
    let weight = Mat::from_fn(inputs, 2 * n, |i, k| directions[k / 2][i]);
    let bias = (0..2 * n).map(|k| if k % 2 == 0 { 0.0 } else { -0.5 }).collect();
    // Units (relu(t), relu(t - 1/2)): the tooth, and the sum so far, which is t itself.
    let first = Affine::new(weight, bias);
    let readings = Readings { width: 2, tooth: [2.0, -4.0, 0.0], sum: [1.0, 0.0, 0.0] };
    finish(first, readings, n, m, combine)
}

/// Squares of `|w . z| <= 1`: the absolute value needs both signs in the first layer.
fn squares_of_sizes(
    inputs: usize,
    m: usize,
    directions: &[Vec<f64>],
    combine: &Mat<f64>,
) -> Result<Mlp, NetworkError> {
    let n = directions.len();
    if n == 0 || m == 0 {
        return Err(NetworkError::Empty { layer: 0, inputs, outputs: n * m });
    }
    // |t| = relu(t) + relu(-t); then the squaring network of |t|.
    let weight =
        Mat::from_fn(inputs, 2 * n, |i, k| if k % 2 == 0 { 1.0 } else { -1.0 } * directions[k / 2][i]);
    let sizes = Affine::new(weight, vec![0.0; 2 * n]);
    let units = Mat::from_fn(2 * n, 2 * n, |i, k| f64::from(u8::from(i / 2 == k / 2)));
    let bias = (0..2 * n).map(|k| if k % 2 == 0 { 0.0 } else { -0.5 }).collect();
    let readings = Readings { width: 2, tooth: [2.0, -4.0, 0.0], sum: [1.0, 0.0, 0.0] };
    let mut net = finish(Affine::new(units, bias), readings, n, m, combine)?;
    let mut blocks = vec![relu(sizes)];
    blocks.extend_from_slice(net.blocks());
    net = Mlp::new(blocks, net.head().clone())?;
    Ok(net)
}

/// How a layer's units give the current tooth and the sum so far.
#[derive(Clone, Copy)]
struct Readings {
    width: usize,
    tooth: [f64; 3],
    sum: [f64; 3],
}

fn finish(
    first: Affine,
    readings: Readings,
    n: usize,
    m: usize,
    combine: &Mat<f64>,
) -> Result<Mlp, NetworkError> {
    if n == 0 || m == 0 {
        return Err(NetworkError::Empty { layer: 0, inputs: first.inputs(), outputs: n * m });
    }
    let mut blocks = vec![relu(first)];
    let mut from = readings;
    let mut quarter = 0.25;
    for _ in 1..m {
        // Units relu(g), relu(g - 1/2), relu(sum - g / 4^s).
        let own = |i: usize, k: usize| {
            let (row, column) = (i % from.width, k % 3);
            match column {
                0 | 1 => from.tooth[row],
                _ => from.sum[row] - quarter * from.tooth[row],
            }
        };
        let weight =
            Mat::from_fn(from.width * n, 3 * n, |i, k| if i / from.width == k / 3 { own(i, k) } else { 0.0 });
        let bias = (0..3 * n).map(|k| if k % 3 == 1 { -0.5 } else { 0.0 }).collect();
        blocks.push(relu(Affine::new(weight, bias)));
        from = Readings { width: 3, tooth: [2.0, -4.0, 0.0], sum: [0.0, 0.0, 1.0] };
        quarter *= 0.25;
    }
    let last = |row: usize| from.sum[row] - quarter * from.tooth[row];
    let head = Mat::from_fn(from.width * n, combine.ncols(), |i, k| {
        last(i % from.width) * combine[(i / from.width, k)]
    });
    Mlp::new(blocks, Affine::new(head, vec![0.0; combine.ncols()]))
}
