//! How often a language model continues identity rules rightly, and what it says of the capital of France.
//!
//! ```sh
//! cargo run --release -p relata-models --example identity_rules -- DIR [COUNT]
//! ```

use burn::tensor::Device;
use relata_models::decoder::{Decoder, DecoderCheckpoint};
use relata_models::encoder::Overlong;
use relata_models::{IdentityRule, IdentityTokens};
use relata_relations::Seed;
use relata_training::NetworkDevice;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let dir = PathBuf::from(arguments.next().ok_or("a directory with a checkpoint is needed")?);
    let count = arguments.next().map_or(Ok(100), |c| c.to_string_lossy().parse::<usize>())?;
    let checkpoint = DecoderCheckpoint::read(&dir)?;
    let decoder = Decoder::new(&checkpoint, &NetworkDevice::on_host(Device::flex()))?;
    let sentence = "The capital of France is";
    let tokens = checkpoint.tokens(sentence, Overlong::Refuse)?;
    for next in decoder.next(&tokens[0].ids, 5)? {
        let spelling = checkpoint.text().decode(&[next.token])?;
        println!("{sentence} |{spelling}| {:.4}", next.probability);
    }
    let words = IdentityTokens::of(checkpoint.text())?;
    println!("{} words", words.words.len());
    for shots in [1, 2, 3, 5, 10] {
        for rule in IdentityRule::ALL {
            let accuracy = words.prompts(rule, shots, count, Seed(0))?.accuracy(&decoder, 20)?;
            println!("{} with {shots} examples: {accuracy:.3} of {count}", rule.name());
        }
    }
    Ok(())
}
