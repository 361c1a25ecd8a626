//! `cargo run --release -p relata-attack --example attack -- SEED ROUNDS`: the adversary alone.
use relata_attack::{Effort, run};

fn main() {
    let mut numbers = std::env::args().skip(1).map(|a| a.parse().unwrap_or(0));
    let (seed, rounds) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(10));
    println!("{}", run(seed, Effort::Rounds(rounds), &mut |_| ()));
}
