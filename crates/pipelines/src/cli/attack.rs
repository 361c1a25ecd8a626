//! `attack`.

use super::print;
use super::status::Failure;
use indicatif::{ProgressBar, ProgressStyle};
use relata_attack::{Effort, run};
use relata_cli::AttackArgs;
use std::time::Duration;

pub(super) fn attack(args: &AttackArgs) -> Result<(), Failure> {
    let effort = match args.rounds {
        Some(rounds) => Effort::Rounds(rounds),
        None => Effort::Time(Duration::from_secs_f64(60.0 * args.minutes)),
    };
    let bar = match args.rounds {
        Some(rounds) => ProgressBar::new(rounds),
        None => ProgressBar::no_length(),
    };
    let style = ProgressStyle::with_template("attack: round {pos}, {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    // A panic is a violation that is counted; its message stands in the count.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let ledger = run(args.seed, effort, &mut |round| bar.set_position(round));
    std::panic::set_hook(hook);
    bar.finish_and_clear();
    print::print(&ledger.to_string());
    match ledger.violations() {
        0 => Ok(()),
        count => Err(anyhow::anyhow!("{count} of {} claims are false", ledger.checks()).into()),
    }
}
