//! Benchmarks live in this package's benches/.
