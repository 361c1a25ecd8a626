//! Matrices of which some entries are known: how near a matrix of rank `d` comes to the known
//! entries, from above and from below.
//!
//! With every entry known and equally weighted, the singular values answer (Eckart and Young).
//! With holes, or with weights, the least error is hard to compute (Gillis and Glineur 2011), and
//! what can be said is a bracket. Above: the error of factors found by alternating least squares
//! from several starts ([`complete`]), which is an error that some matrix of rank `d` has. Below:
//! on any block of rows and columns of which every entry is known a matrix of rank `d` leaves at
//! least the tail of the block's singular values, and the errors on disjoint blocks add
//! ([`partial_limits`]).

mod als;
mod blocks;
mod limits;
mod partial;

pub use als::{Completion, CompletionParams, complete};
pub use blocks::{KnownBlock, known_blocks, known_principal_block};
pub use limits::{PartialLimit, partial_limits, partial_sup_rank};
pub use partial::{KnownEntry, PartialMatrix, PartialMatrixError};
