//! What `rkhs` and `rkbs` share: closed-form spectra beside numerical ones, and networks in
//! training.

mod learning;
pub(super) mod spectra;

pub(super) use learning::Learning;
