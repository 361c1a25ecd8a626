//! The loops of a step that are not matrix products, vectorised.
//!
//! Each is a struct with an `#[inline(always)]` `call` for the reason given in
//! [`activation`](super::activation), and its inner loop a function of its own, whose arguments do
//! not alias. Closures, also those given to iterators, are not inlined that far: what computes is
//! written as loops.

use pulp::{Arch, NullaryFnOnce};

/// `gradient <- gradient * slope`.
pub(super) fn multiply(gradient: &mut [f32], slope: &[f32]) {
    struct Op<'a>(&'a mut [f32], &'a [f32]);
    impl NullaryFnOnce for Op<'_> {
        type Output = ();
        #[inline(always)]
        fn call(self) {
            run(self.0, self.1);
        }
    }
    #[inline(always)]
    fn run(gradient: &mut [f32], slope: &[f32]) {
        for (g, s) in gradient.iter_mut().zip(slope) {
            *g *= s;
        }
    }
    Arch::new().dispatch(Op(gradient, slope));
}

/// `to <- to + from`.
pub(super) fn add(to: &mut [f32], from: &[f32]) {
    add_columns(to, from);
}

/// `sums <- sums + (the sum of the columns)`. `columns`: `sums.len() x n`.
pub(super) fn add_columns(sums: &mut [f32], columns: &[f32]) {
    struct Op<'a>(&'a mut [f32], &'a [f32]);
    impl NullaryFnOnce for Op<'_> {
        type Output = ();
        #[inline(always)]
        fn call(self) {
            for column in self.1.chunks_exact(self.0.len()) {
                run(self.0, column);
            }
        }
    }
    #[inline(always)]
    fn run(sums: &mut [f32], column: &[f32]) {
        for (s, v) in sums.iter_mut().zip(column) {
            *s += v;
        }
    }
    Arch::new().dispatch(Op(sums, columns));
}

/// `values[i, j] <- (values[i, j] + bias[i]) signs[i] roots[j]`; no signs and no roots are ones.
pub(super) fn finish(values: &mut [f32], bias: &[f32], signs: Option<&[f32]>, roots: Option<&[f32]>) {
    for (j, column) in values.chunks_exact_mut(bias.len()).enumerate() {
        column.iter_mut().zip(bias).for_each(|(v, b)| *v += b);
        weigh(column, signs, roots.map(|r| r[j]));
    }
}

/// `values[i, j] <- values[i, j] signs[i] roots[j]`. `values`: `height x n`.
pub(super) fn weigh_all(values: &mut [f32], height: usize, signs: Option<&[f32]>, roots: Option<&[f32]>) {
    if signs.is_none() && roots.is_none() {
        return;
    }
    for (j, column) in values.chunks_exact_mut(height).enumerate() {
        weigh(column, signs, roots.map(|r| r[j]));
    }
}

fn weigh(column: &mut [f32], signs: Option<&[f32]>, root: Option<f32>) {
    if let Some(signs) = signs {
        column.iter_mut().zip(signs).for_each(|(v, s)| *v *= s);
    }
    if let Some(root) = root {
        column.iter_mut().for_each(|v| *v *= root);
    }
}

/// `error <- error - factor * values`; the sum of the squares. Both hold columns of `height`
/// numbers.
pub(super) fn subtract(error: &mut [f32], values: &[f32], factor: f32, height: usize) -> f64 {
    struct Op<'a> {
        error: &'a mut [f32],
        values: &'a [f32],
        factor: f32,
        height: usize,
    }
    impl NullaryFnOnce for Op<'_> {
        type Output = f64;
        #[inline(always)]
        fn call(self) -> f64 {
            let mut sum = 0.0;
            let columns = self.error.chunks_exact_mut(self.height).zip(self.values.chunks_exact(self.height));
            for (error, values) in columns {
                sum += f64::from(run(error, values, self.factor));
            }
            sum
        }
    }
    #[inline(always)]
    fn run(error: &mut [f32], values: &[f32], factor: f32) -> f32 {
        let n = error.len();
        let values = &values[..n];
        for i in 0..n {
            error[i] = values[i].mul_add(-factor, error[i]);
        }
        squares(error)
    }
    Arch::new().dispatch(Op { error, values, factor, height })
}

/// The sum of squares in f64, of a few thousand numbers at most in f32 in between.
pub(super) fn norm_squared(values: &[f32]) -> f64 {
    /// Short enough that a sum in f32 loses nothing that matters.
    const RUN: usize = 1024;
    struct Op<'a>(&'a [f32]);
    impl NullaryFnOnce for Op<'_> {
        type Output = f64;
        #[inline(always)]
        fn call(self) -> f64 {
            let mut sum = 0.0;
            for part in self.0.chunks(RUN) {
                sum += f64::from(squares(part));
            }
            sum
        }
    }
    Arch::new().dispatch(Op(values))
}

/// In as many sums at once as two vectors hold.
#[inline(always)]
fn squares(values: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0f32; LANES];
    let mut parts = values.chunks_exact(LANES);
    for part in &mut parts {
        for l in 0..LANES {
            sums[l] += part[l] * part[l];
        }
    }
    sums.iter().sum::<f32>() + parts.remainder().iter().map(|v| v * v).sum::<f32>()
}

/// The numbers of one step of Adam.
#[derive(Clone, Copy)]
pub(super) struct AdamStep {
    pub(super) beta1: f32,
    pub(super) beta2: f32,
    /// `1 - beta1^t`.
    pub(super) correction1: f32,
    /// `1 - beta2^t`.
    pub(super) correction2: f32,
    pub(super) epsilon: f32,
    pub(super) rate: f32,
    /// What weights are multiplied by first: 1 less the decay.
    pub(super) keep: f32,
    /// What the gradient is multiplied by: below 1 where it is clipped.
    pub(super) shrink: f32,
}

impl AdamStep {
    /// One step on some of the parameters, in the order of operations of burn's rule.
    pub(super) fn take(self, values: &mut [f32], gradient: &[f32], [first, second]: [&mut [f32]; 2]) {
        struct Op<'a> {
            step: AdamStep,
            values: &'a mut [f32],
            gradient: &'a [f32],
            first: &'a mut [f32],
            second: &'a mut [f32],
        }
        impl NullaryFnOnce for Op<'_> {
            type Output = ();
            #[inline(always)]
            fn call(self) {
                run(self.step, self.values, self.gradient, self.first, self.second);
            }
        }
        #[inline(always)]
        fn run(s: AdamStep, values: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
            let n = values.len();
            let (gradient, first, second) = (&gradient[..n], &mut first[..n], &mut second[..n]);
            for i in 0..n {
                let g = gradient[i] * s.shrink;
                first[i] = first[i] * s.beta1 + g * (1.0 - s.beta1);
                second[i] = second[i] * s.beta2 + g * g * (1.0 - s.beta2);
                let (m, v) = (first[i] / s.correction1, second[i] / s.correction2);
                values[i] = values[i] * s.keep - s.rate * (m / (v.sqrt() + s.epsilon));
            }
        }
        Arch::new().dispatch(Op { step: self, values, gradient, first, second });
    }
}
