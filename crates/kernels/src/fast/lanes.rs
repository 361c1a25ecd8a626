//! The vector instructions that the evaluations use, for both floating-point types.

use pulp::{Simd, bytemuck};

/// A type that fills vector registers. Everything here is one instruction, or none.
pub trait Lanes: Copy {
    /// As many numbers as a register holds.
    type Vector<S: Simd>: Copy;

    /// Numbers in a vector.
    fn count<S: Simd>() -> usize;
    /// Whole vectors, and what is left.
    fn split<S: Simd>(v: &[Self]) -> (&[Self::Vector<S>], &[Self]);
    /// Whole vectors, and what is left.
    fn split_mut<S: Simd>(v: &mut [Self]) -> (&mut [Self::Vector<S>], &mut [Self]);
    /// The same number everywhere.
    fn splat<S: Simd>(s: S, v: Self) -> Self::Vector<S>;
    /// `a + b`
    fn plus<S: Simd>(s: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a - b`
    fn minus<S: Simd>(s: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a b`
    fn times<S: Simd>(s: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a / b`
    fn over<S: Simd>(s: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a b + c`, rounded once where the machine can.
    fn fused<S: Simd>(s: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;
    /// The smaller one; `b` where that is NaN.
    fn least<S: Simd>(s: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// The larger one; `b` where that is NaN.
    fn most<S: Simd>(s: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// The square root.
    fn root<S: Simd>(s: S, v: Self::Vector<S>) -> Self::Vector<S>;
    /// The sum of all numbers.
    fn total<S: Simd>(s: S, v: Self::Vector<S>) -> Self;
    /// The number whose stored exponent is in the lowest bits of `v`, and whose significand is 1.
    fn with_exponent<S: Simd>(s: S, v: Self::Vector<S>) -> Self::Vector<S>;
}

macro_rules! lanes {
    ($real:ident, $bits:ident, $significand:literal, $vector:ident, $words:ident, $count:ident, $split:ident, $split_mut:ident, $splat:ident,
     $plus:ident, $minus:ident, $times:ident, $divide:ident, $fused:ident, $less:ident, $greater:ident, $select:ident, $least:ident, $most:ident,
     $root:ident, $total:ident, $to_words:ident, $from_words:ident) => {
        impl Lanes for $real {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn count<S: Simd>() -> usize {
                S::$count
            }

            #[inline(always)]
            fn split<S: Simd>(v: &[Self]) -> (&[S::$vector], &[Self]) {
                S::$split(v)
            }

            #[inline(always)]
            fn split_mut<S: Simd>(v: &mut [Self]) -> (&mut [S::$vector], &mut [Self]) {
                S::$split_mut(v)
            }

            #[inline(always)]
            fn splat<S: Simd>(s: S, v: Self) -> S::$vector {
                s.$splat(v)
            }

            #[inline(always)]
            fn plus<S: Simd>(s: S, a: S::$vector, b: S::$vector) -> S::$vector {
                s.$plus(a, b)
            }

            #[inline(always)]
            fn minus<S: Simd>(s: S, a: S::$vector, b: S::$vector) -> S::$vector {
                s.$minus(a, b)
            }

            #[inline(always)]
            fn times<S: Simd>(s: S, a: S::$vector, b: S::$vector) -> S::$vector {
                s.$times(a, b)
            }

            #[inline(always)]
            fn over<S: Simd>(s: S, a: S::$vector, b: S::$vector) -> S::$vector {
                s.$divide(a, b)
            }

            #[inline(always)]
            fn fused<S: Simd>(s: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                s.$fused(a, b, c)
            }

            #[inline(always)]
            fn least<S: Simd>(s: S, a: S::$vector, b: S::$vector) -> S::$vector {
                // The scalar minimum drops NaN, the vector instructions keep the second operand.
                if S::IS_SCALAR { s.$select(s.$less(a, b), a, b) } else { s.$least(a, b) }
            }

            #[inline(always)]
            fn most<S: Simd>(s: S, a: S::$vector, b: S::$vector) -> S::$vector {
                if S::IS_SCALAR { s.$select(s.$greater(a, b), a, b) } else { s.$most(a, b) }
            }

            #[inline(always)]
            fn root<S: Simd>(s: S, v: S::$vector) -> S::$vector {
                s.$root(v)
            }

            #[inline(always)]
            fn total<S: Simd>(s: S, v: S::$vector) -> Self {
                s.$total(v)
            }

            #[inline(always)]
            fn with_exponent<S: Simd>(s: S, v: S::$vector) -> S::$vector {
                let mut words = s.$to_words(v);
                for w in bytemuck::cast_slice_mut::<S::$words, $bits>(std::slice::from_mut(&mut words)) {
                    *w <<= $significand;
                }
                s.$from_words(words)
            }
        }
    };
}

lanes!(
    f64,
    u64,
    52,
    f64s,
    u64s,
    F64_LANES,
    as_simd_f64s,
    as_mut_simd_f64s,
    splat_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    div_f64s,
    mul_add_e_f64s,
    less_than_f64s,
    greater_than_f64s,
    select_f64s,
    min_f64s,
    max_f64s,
    sqrt_f64s,
    reduce_sum_f64s,
    transmute_u64s_f64s,
    transmute_f64s_u64s
);
lanes!(
    f32,
    u32,
    23,
    f32s,
    u32s,
    F32_LANES,
    as_simd_f32s,
    as_mut_simd_f32s,
    splat_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    div_f32s,
    mul_add_e_f32s,
    less_than_f32s,
    greater_than_f32s,
    select_f32s,
    min_f32s,
    max_f32s,
    sqrt_f32s,
    reduce_sum_f32s,
    transmute_u32s_f32s,
    transmute_f32s_u32s
);

/// Vectors worked on at once: as many independent chains as hide the latency of a fused
/// multiplication.
pub(super) const PACK: usize = 4;

/// `PACK` vectors.
pub(super) type Pack<T, S> = [<T as Lanes>::Vector<S>; PACK];

/// At least as many numbers as a pack has on any machine.
const MAX: usize = 16 * PACK;

/// Numbers in a pack.
#[inline(always)]
pub(super) fn pack_len<T: Lanes, S: Simd>() -> usize {
    PACK * T::count::<S>()
}

/// A pack from at most as many numbers; the rest is `fill`.
#[inline(always)]
pub(super) fn load<T: Lanes, S: Simd>(s: S, from: &[T], fill: T) -> Pack<T, S> {
    let mut pack = [T::splat(s, fill); PACK];
    if from.len() == pack_len::<T, S>() {
        pack.copy_from_slice(T::split::<S>(from).0);
    } else {
        let mut padded = [fill; MAX];
        padded[..from.len()].copy_from_slice(from);
        pack.copy_from_slice(&T::split::<S>(&padded).0[..PACK]);
    }
    pack
}

/// The first numbers of a pack.
#[inline(always)]
pub(super) fn store<T: Lanes, S: Simd>(pack: &Pack<T, S>, to: &mut [T], zero: T) {
    if to.len() == pack_len::<T, S>() {
        T::split_mut::<S>(to).0.copy_from_slice(pack);
    } else {
        let mut padded = [zero; MAX];
        T::split_mut::<S>(&mut padded).0[..PACK].copy_from_slice(pack);
        to.copy_from_slice(&padded[..to.len()]);
    }
}
