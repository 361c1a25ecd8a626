//! Filters over the relations inside groups of objects.

use crate::error::SystemError;
use crate::learn::{System, Takes, indices};
use crate::parts::SystemParts;
use crate::relation::{RelationTensor, RelationTensorConfig};
use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor};
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// How a filter's values over the orders of a group become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderPooling {
    /// The largest.
    Max,
    /// The mean.
    Mean,
}

/// The shape of a [`RelationalConvolution`].
#[derive(Clone, Debug, PartialEq)]
pub struct RelationalConvolutionConfig {
    /// Objects per example.
    pub objects: usize,
    /// The relations.
    pub relations: RelationTensorConfig,
    /// Objects per group, from 2 to 4.
    pub group: usize,
    /// Graphlet filters.
    pub filters: usize,
    /// How a filter's values over the orders of a group become one.
    pub pooling: OrderPooling,
    /// Units of the hidden layers of the perceptron that reads all groups.
    pub width: usize,
    /// Logits.
    pub outputs: usize,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// Relational convolution (Altabaa and Lafferty, arXiv:2310.03240): a graphlet filter is a tensor of the
/// size of the relations inside a group, its value on a group is their inner product, pooled over the
/// orders of the group so that none is preferred; a perceptron reads the values of all filters on all
/// groups of `s` of the `m` objects. Of the objects nothing else is read.
///
/// Filters are put in each order instead of relations, so that of the relations one copy per group is made.
#[derive(Module, Debug)]
pub struct RelationalConvolution {
    relations: RelationTensor,
    filters: Param<Tensor<2>>,
    read: TrainableMlp,
    #[module(skip)]
    shape: Groups,
    #[module(skip)]
    pooling: OrderPooling,
    #[module(skip)]
    inputs: usize,
}

/// The groups of some objects.
#[derive(Clone, Copy, Debug)]
struct Groups {
    objects: usize,
    size: usize,
}

impl RelationalConvolutionConfig {
    /// Groups of three, 16 filters, the maximum over their orders, two hidden layers of 64 units, one
    /// logit, of relations that are linear maps.
    #[must_use]
    pub fn new(objects: usize, relations: RelationTensorConfig) -> Self {
        Self {
            objects,
            relations,
            group: 3,
            filters: 16,
            pooling: OrderPooling::Max,
            width: 64,
            outputs: 1,
            precision: Precision::default(),
        }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError::Shape`] for groups of fewer than 2 or more than 4 objects or of more than there are,
    /// no filter, or more than 2000 groups; [`SystemError::Config`].
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<RelationalConvolution, SystemError> {
        let shape = Groups { objects: self.objects, size: self.group };
        let refused = |what, value, expected: String| Err(SystemError::Shape { what, value, expected });
        let most = self.objects.min(4);
        if !(2..=most).contains(&self.group) {
            let expected = format!("from 2 to {most}, of {} objects", self.objects);
            return refused("the number of objects of a group", self.group, expected);
        }
        if self.filters == 0 {
            return refused("the number of filters", 0, "at least 1".to_owned());
        }
        // Before they are listed: each has its filters in every order.
        let count = (0..self.group).fold(1.0, |c, k| c * (self.objects - k) as f64 / (k + 1) as f64);
        if count > 2000.0 {
            return refused("the number of groups", count as usize, "at most 2000".to_owned());
        }
        let mut parts = SystemParts::new(seed, device, self.precision);
        let entries = self.group * self.group * self.relations.relations;
        let spread = 1.0 / (entries as f64).sqrt();
        let read = MlpConfig::new(shape.groups().len() * self.filters, self.outputs).with_width(self.width);
        Ok(RelationalConvolution {
            relations: self.relations.init(seed, "relations", &mut parts)?,
            filters: parts.table("filters", entries, self.filters, spread),
            read: parts.perceptron("read", &read.with_depth(2).with_activation(Activation::Relu))?,
            shape,
            pooling: self.pooling,
            inputs: self.relations.encoder.inputs,
        })
    }
}

impl Groups {
    /// The groups, each in rising order.
    fn groups(self) -> Vec<Vec<usize>> {
        (0..self.size).fold(vec![Vec::new()], |groups: Vec<Vec<usize>>, _| {
            let longer = |g: &Vec<usize>| -> Vec<Vec<usize>> {
                let from = g.last().map_or(0, |last| last + 1);
                (from..self.objects).map(|next| [&g[..], &[next]].concat()).collect()
            };
            groups.iter().flat_map(longer).collect()
        })
    }

    /// The orders of the places of a group.
    fn orders(self) -> Vec<Vec<usize>> {
        (0..self.size).fold(vec![Vec::new()], |orders, last| {
            let longer = |order: &Vec<usize>| -> Vec<Vec<usize>> {
                let insert = |at| {
                    let mut order = order.clone();
                    order.insert(at, last);
                    order
                };
                (0..=order.len()).map(insert).collect()
            };
            orders.iter().flat_map(longer).collect()
        })
    }
}

impl System for RelationalConvolution {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let device = objects.device().into();
        let (groups, orders, s) = (self.shape.groups(), self.shape.orders(), self.shape.size);
        // Relations as [B, m m d_r], the relation last, so that a group's are in the order of a filter's.
        let relations = self.relations.at(objects, places).swap_dims(1, 2).swap_dims(2, 3);
        let [batch, m, _, d_r] = relations.dims();
        let inside = groups.iter().flat_map(|g| g.iter().flat_map(move |i| g.iter().map(move |j| i * m + j)));
        let inside = indices(inside, &device);
        let rows = relations.reshape([batch, m * m, d_r]).select(1, inside);
        let rows = rows.reshape([batch * groups.len(), s * s * d_r]);
        let filters: Vec<Tensor<2>> = orders
            .iter()
            .map(|o| {
                let entry = move |k: usize| (o[k / (s * d_r)] * s + o[k / d_r % s]) * d_r + k % d_r;
                self.filters.val().select(0, indices((0..s * s * d_r).map(entry), &device))
            })
            .collect();
        let count = self.filters.val().dims()[1];
        let values = match self.pooling {
            OrderPooling::Max => {
                let all = rows.matmul(Tensor::cat(filters, 1));
                all.reshape([batch * groups.len(), orders.len(), count]).max_dim(1)
            }
            // The mean of inner products is that with the mean.
            OrderPooling::Mean => {
                let mean = Tensor::stack::<3>(filters, 0).mean_dim(0).reshape([s * s * d_r, count]);
                rows.matmul(mean).reshape([batch * groups.len(), 1, count])
            }
        };
        self.read.forward(values.reshape([batch, groups.len() * count]))
    }

    fn takes(&self) -> Takes {
        Takes { system: "relational convolution", objects: Some(self.shape.objects), dim: self.inputs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use relata_kernels::Encoders;
    use relata_tasks::gaussian_objects;
    use relata_training::{points_to_tensor, tensor_to_vec};

    #[test]
    fn filters_are_inner_products_with_the_relations_of_groups_in_every_order() {
        let device: NetworkDevice = Device::flex().into();
        let points = gaussian_objects(5, 4, &mut Seed(1).stream("x")).unwrap();
        let on = device.clone().autodiff();
        let x = points_to_tensor(&points, &on, Precision::F64);
        let at: Vec<Tensor<1, Int>> =
            (0..4usize).map(|p| indices([p, (p + 2) % 5].into_iter(), &on)).collect();
        for (pooling, encoders) in
            [(OrderPooling::Max, Encoders::Separate), (OrderPooling::Mean, Encoders::Shared)]
        {
            let relations = RelationTensorConfig::linear(4, 2, 3, encoders);
            let config = RelationalConvolutionConfig {
                group: 3,
                filters: 2,
                pooling,
                precision: Precision::F64,
                ..RelationalConvolutionConfig::new(4, relations)
            };
            let net = config.init(Seed(2), &device).unwrap();
            let r = tensor_to_vec(net.relations.at(x.clone(), &at)).unwrap();
            let f = tensor_to_vec(net.filters.val()).unwrap();
            let mut values = Vec::new();
            for b in 0..2 {
                for g in [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]] {
                    for filter in 0..2 {
                        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
                        let of = |o: [usize; 3]| -> f64 {
                            let mut sum = 0.0;
                            for (i, j, k) in (0..18).map(|e| (e / 6, e / 2 % 3, e % 2)) {
                                let relation = r[((b * 2 + k) * 4 + g[o[i]]) * 4 + g[o[j]]];
                                sum += relation * f[((3 * i + j) * 2 + k) * 2 + filter];
                            }
                            sum
                        };
                        let all = orders.map(of);
                        values.push(match pooling {
                            OrderPooling::Max => all.into_iter().fold(f64::NEG_INFINITY, f64::max),
                            OrderPooling::Mean => all.iter().sum::<f64>() / 6.0,
                        });
                    }
                }
            }
            let data = TensorData::new(values, [2, 8]);
            let values = Tensor::<2>::from_data(data, (&*on, Precision::F64.dtype()));
            let expected = tensor_to_vec(net.read.forward(values)).unwrap();
            let found = tensor_to_vec(net.logits(x.clone(), &at)).unwrap();
            for (a, b) in found.iter().zip(&expected) {
                assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{a} {b}");
            }
        }
    }

    #[test]
    fn groups_that_do_not_fit_are_refused() {
        let refused = |objects, group| {
            let relations = RelationTensorConfig::linear(4, 2, 3, Encoders::Shared);
            let config = RelationalConvolutionConfig::new(objects, relations);
            let config = RelationalConvolutionConfig { group, ..config };
            config.init(Seed(0), &Device::flex().into()).unwrap_err().to_string()
        };
        assert!(refused(5, 6).contains("objects of a group is 6; it must be from 2 to 4, of 5"));
        assert!(refused(2, 3).contains("from 2 to 2"));
        assert!(refused(100, 3).contains("the number of groups is 161700; it must be at most 2000"));
    }
}
