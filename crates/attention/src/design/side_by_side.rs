//! Networks of single coordinates as one network of all of them.

use relata_networks::{Activation, Affine, Block, Mlp, NetworkError, Skip, Trainable};
use relata_relations::faer::Mat;

/// A ReLU network of one input, and which coordinate that is.
pub(super) struct Placed<'a> {
    pub(super) net: &'a Mlp,
    pub(super) coordinate: usize,
}

/// `z -> (net_1(z_i), net_2(z_j), ..)` for points of `dim` coordinates: block diagonal layers.
/// Shorter networks are carried along by identities, which ReLU leaves alone after a ReLU layer.
pub(super) fn beside(dim: usize, nets: &[Placed<'_>]) -> Result<Mlp, NetworkError> {
    let depth = nets.iter().map(|p| p.net.blocks().len()).max().unwrap_or(0);
    // A network without hidden layers passes both parts of its input.
    let layers: Vec<Vec<Affine>> = nets.iter().map(|p| padded(p.net, depth)).collect();
    let mut blocks = Vec::with_capacity(depth);
    for layer in 0..depth {
        let parts: Vec<&Affine> = layers.iter().map(|l| &l[layer]).collect();
        let affine = if layer == 0 { first(dim, nets, &parts) } else { diagonal(&parts) };
        blocks.push(Block {
            affine,
            activation: Activation::Relu,
            skip: Skip::None,
            training: Trainable::Free,
        });
    }
    let heads: Vec<&Affine> = layers.iter().map(|l| &l[depth]).collect();
    let head = if depth == 0 { first(dim, nets, &heads) } else { diagonal(&heads) };
    Mlp::new(blocks, head)
}

/// The layers of a network, and its head, with identities in between.
fn padded(net: &Mlp, depth: usize) -> Vec<Affine> {
    let mut layers: Vec<Affine> = net.blocks().iter().map(|b| b.affine.clone()).collect();
    let mut head = net.head().clone();
    if layers.is_empty() && depth > 0 {
        let inputs = head.inputs();
        let signed = |i: usize, k: usize| {
            if i != k / 2 {
                return 0.0;
            }
            if k.is_multiple_of(2) { 1.0 } else { -1.0 }
        };
        layers.push(Affine::new(Mat::from_fn(inputs, 2 * inputs, signed), vec![0.0; 2 * inputs]));
        let both =
            Mat::from_fn(2 * inputs, head.outputs(), |i, k| signed(i / 2, i) * head.weight()[(i / 2, k)]);
        head = Affine::new(both, head.bias().to_vec());
    }
    while layers.len() < depth {
        let width = head.inputs();
        layers.push(Affine::new(Mat::identity(width, width), vec![0.0; width]));
    }
    layers.push(head);
    layers
}

/// Each part sees its own coordinate.
fn first(dim: usize, nets: &[Placed<'_>], parts: &[&Affine]) -> Affine {
    let outputs = parts.iter().map(|p| p.outputs()).sum();
    let mut weight = Mat::zeros(dim, outputs);
    let mut column = 0;
    for (part, placed) in parts.iter().zip(nets) {
        for k in 0..part.outputs() {
            weight[(placed.coordinate, column + k)] = part.weight()[(0, k)];
        }
        column += part.outputs();
    }
    Affine::new(weight, biases(parts))
}

fn diagonal(parts: &[&Affine]) -> Affine {
    let (inputs, outputs) = parts.iter().fold((0, 0), |(i, o), p| (i + p.inputs(), o + p.outputs()));
    let mut weight = Mat::zeros(inputs, outputs);
    let (mut row, mut column) = (0, 0);
    for part in parts {
        weight.submatrix_mut(row, column, part.inputs(), part.outputs()).copy_from(part.weight());
        row += part.inputs();
        column += part.outputs();
    }
    Affine::new(weight, biases(parts))
}

fn biases(parts: &[&Affine]) -> Vec<f64> {
    parts.iter().flat_map(|p| p.bias().iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use relata_networks::{MlpConfig, squaring_network};
    use relata_relations::{Points, Seed};

    #[test]
    fn each_network_sees_its_own_coordinate_whatever_its_depth() {
        let deep = squaring_network(3).unwrap();
        let shallow = MlpConfig::new(1, 2).with_width(5).with_depth(1).init(Seed(1), "shallow").unwrap();
        let shallow = {
            let blocks = shallow.blocks().iter().map(|b| Block { activation: Activation::Relu, ..b.clone() });
            Mlp::new(blocks.collect(), shallow.head().clone()).unwrap()
        };
        let line = Mlp::new(Vec::new(), Affine::new(Mat::from_fn(1, 1, |_, _| 3.0), vec![-1.0])).unwrap();
        let all = beside(
            3,
            &[
                Placed { net: &deep, coordinate: 2 },
                Placed { net: &shallow, coordinate: 0 },
                Placed { net: &line, coordinate: 0 },
                Placed { net: &deep, coordinate: 1 },
            ],
        )
        .unwrap();
        let z = Points::from_rows(&[[0.3, 0.7, 0.1], [-0.4, 0.2, 0.9]]).unwrap();
        let found = all.forward(&z);
        assert_eq!((found.ncols(), all.blocks().len()), (5, 3));
        for i in 0..2 {
            let at = |k: usize| Points::line(vec![z.row(i)[k]]).unwrap();
            let (a, b) = (deep.forward(&at(2)), shallow.forward(&at(0)));
            let expected =
                [a[(0, 0)], b[(0, 0)], b[(0, 1)], 3.0 * z.row(i)[0] - 1.0, deep.forward(&at(1))[(0, 0)]];
            for (k, e) in expected.into_iter().enumerate() {
                assert!((found[(i, k)] - e).abs() < 1e-14, "{i} {k}: {} {e}", found[(i, k)]);
            }
        }
    }
}
