//! All parameters of a module as flat vectors, in the order in which burn visits them.

use crate::convert::{TensorReadError, slice_to_tensor, tensor_to_vec};
use crate::precision::Precision;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// The values of every parameter, flattened row by row.
pub(crate) fn read_parameters<M: Module>(module: &M) -> Result<Vec<Vec<f64>>, TensorReadError> {
    let mut reader = Reader { values: Vec::new(), failure: None };
    module.visit(&mut reader);
    reader.failure.map_or(Ok(reader.values), Err)
}

/// The shape of every parameter.
pub(crate) fn parameter_shapes<M: Module>(module: &M) -> Vec<Vec<usize>> {
    struct Shapes(Vec<Vec<usize>>);
    impl ModuleVisitor for Shapes {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.push(param.val().dims().to_vec());
        }
    }
    let mut shapes = Shapes(Vec::new());
    module.visit(&mut shapes);
    shapes.0
}

/// The module with other parameter values; the lengths must be those of [`read_parameters`].
pub(crate) fn write_parameters<M: Module>(module: M, values: &[Vec<f64>], precision: Precision) -> M {
    module.map(&mut Writer { values: values.iter(), precision })
}

/// The Euclidean norm of the whole gradient.
pub(crate) fn gradient_norm<M: Module>(module: &M, grads: &GradientsParams) -> Result<f64, TensorReadError> {
    struct Squares<'a> {
        grads: &'a GradientsParams,
        sums: Vec<Tensor<1>>,
    }
    impl ModuleVisitor for Squares<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(g) = self.grads.get::<D>(param.id) {
                let length = g.shape().num_elements();
                self.sums.push(g.square().reshape([1, length]).sum_dim(1).reshape([1]));
            }
        }
    }
    let mut squares = Squares { grads, sums: Vec::new() };
    module.visit(&mut squares);
    if squares.sums.is_empty() {
        return Ok(0.0);
    }
    Ok(tensor_to_vec(Tensor::cat(squares.sums, 0))?.iter().sum::<f64>().sqrt())
}

struct Reader {
    values: Vec<Vec<f64>>,
    failure: Option<TensorReadError>,
}

impl ModuleVisitor for Reader {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        match tensor_to_vec(param.val()) {
            Ok(v) => self.values.push(v),
            Err(e) => self.failure = Some(e),
        }
    }
}

struct Writer<'a> {
    values: std::slice::Iter<'a, Vec<f64>>,
    precision: Precision,
}

impl ModuleMapper for Writer<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(values) = self.values.next() else { return param };
        let (id, old, mapper) = param.consume();
        let device = old.device().without_autodiff();
        let new = slice_to_tensor(values, &device, self.precision).reshape(old.shape());
        Param::from_mapped_value(id, successor(&old, new), mapper)
    }
}

/// `value`, computed off the autodiff graph, as a leaf in the place of `old`.
pub(crate) fn successor<const D: usize>(old: &Tensor<D>, value: Tensor<D>) -> Tensor<D> {
    if old.device().is_autodiff() {
        Tensor::from_inner(value).set_require_grad(old.is_require_grad())
    } else {
        value
    }
}
