//! Timed tasks for the comparison with other packages: reads a file of numbers, prints JSON. The
//! driver is `benches/peers_preferences.py`. Seconds exclude reading; both the clock's and, on
//! Linux, the processor's of the main thread are given, since the former say little on a busy
//! machine.
//!
//! `preferences_tasks bradley-terry FILE L2 | garp FILE | logit FILE | utility ITEMS COMPARISONS`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use relata_debreu::estimation::{ChoiceData, LuceParams, Rankings, fit_logit, fit_luce};
use relata_debreu::finite::Comparisons;
use relata_debreu::revealed::{Panel, Supremum};
use relata_relations::{Points, Seed};
use std::error::Error;
use std::time::Instant;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["bradley-terry", file, l2] => bradley_terry(&numbers(file)?, l2.parse()?),
        ["garp", file] => garp(&numbers(file)?),
        ["logit", file] => logit(&numbers(file)?),
        ["utility", items, comparisons] => utility(items.parse()?, comparisons.parse()?),
        _ => Err("usage: bradley-terry FILE L2 | garp FILE | logit FILE | utility ITEMS COMPARISONS".into()),
    }
}

fn numbers(file: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    Ok(text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?)
}

/// A running clock and the processor time of this thread so far.
struct Stopwatch(Instant, f64);

impl Stopwatch {
    fn start() -> Self {
        Self(Instant::now(), processor_seconds())
    }

    /// `"<name>_seconds": .., "<name>_cpu": ..`
    fn read(&self, name: &str) -> String {
        let (clock, cpu) = (self.0.elapsed().as_secs_f64(), processor_seconds() - self.1);
        format!(r#""{name}seconds": {clock}, "{name}cpu": {cpu}"#)
    }
}

fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) * 1e-9
}

fn list(v: &[f64]) -> String {
    let each: Vec<String> = v.iter().map(f64::to_string).collect();
    format!("[{}]", each.join(","))
}

/// Items, then winner and loser of each comparison.
fn bradley_terry(x: &[f64], l2: f64) -> Outcome {
    let start = Stopwatch::start();
    let mut data = Rankings::new(x[0] as usize);
    for w in x[1..].chunks_exact(2) {
        data.win(w[0] as usize, w[1] as usize)?;
    }
    let fit = fit_luce(&data, &LuceParams { l2, tolerance: 1e-10, ..LuceParams::default() })?;
    let seconds = start.read("");
    println!(
        r#"{{{seconds}, "gradient": {}, "iterations": {}, "strengths": {}}}"#,
        fit.gradient_norm,
        fit.iterations,
        list(&fit.strengths)
    );
    Ok(())
}

/// Number of panels, then for each: observations, goods, prices, quantities. Each time is the
/// fastest of seven.
fn garp(x: &[f64]) -> Outcome {
    let (mut at, mut panels) = (1, Vec::new());
    for _ in 0..x[0] as usize {
        let (t, g) = (x[at] as usize, x[at + 1] as usize);
        let (p, q) = (at + 2, at + 2 + t * g);
        at = q + t * g;
        panels.push((g, x[p..q].to_vec(), x[q..at].to_vec()));
    }
    let mut fastest = [f64::INFINITY; 3];
    let (mut verdicts, mut indices) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let mut clock = Instant::now();
        let mut lap = |k: usize| {
            fastest[k] = fastest[k].min(clock.elapsed().as_secs_f64());
            clock = Instant::now();
        };
        let mut built = Vec::new();
        for (g, p, q) in &panels {
            built.push(Panel::new(Points::new(*g, p.clone())?, Points::new(*g, q.clone())?)?);
        }
        lap(0);
        verdicts = built.iter().map(|p| f64::from(u8::from(p.garp().is_ok()))).collect::<Vec<f64>>();
        lap(1);
        indices = built.iter().map(Panel::ccei).collect();
        lap(2);
    }
    let [build, garp, ccei] = fastest;
    let values: Vec<f64> = indices.iter().map(|e| e.index).collect();
    let attained = indices.iter().filter(|e| e.attained == Supremum::Attained).count();
    println!(
        r#"{{"build_seconds": {build}, "garp_seconds": {garp}, "ccei_seconds": {ccei}, "attained": {attained}, "garp": {}, "ccei": {}}}"#,
        list(&verdicts),
        list(&values)
    );
    Ok(())
}

/// Choice sets, alternatives of each, features, then for each set the chosen alternative and the
/// rows of features.
fn logit(x: &[f64]) -> Outcome {
    let (sets, size, features) = (x[0] as usize, x[1] as usize, x[2] as usize);
    let (mut rows, mut chosen) = (Vec::new(), Vec::new());
    for set in x[3..].chunks_exact(1 + size * features) {
        chosen.push(set[0] as usize);
        rows.extend_from_slice(&set[1..]);
    }
    let start = Stopwatch::start();
    let data = ChoiceData::new(Points::new(features, rows)?, &vec![size; sets], &chosen)?;
    let fit = fit_logit(&data, 0.0, 1e-10)?;
    let seconds = start.read("");
    println!(
        r#"{{{seconds}, "gradient": {}, "iterations": {}, "log_likelihood": {}, "coefficients": {}, "errors": {}}}"#,
        fit.gradient_norm,
        fit.iterations,
        fit.log_likelihood,
        list(&fit.coefficients),
        list(&fit.standard_errors)
    );
    Ok(())
}

/// Random consistent comparisons of items in a tenth as many classes.
fn utility(items: usize, comparisons: usize) -> Outcome {
    let mut s = Seed(0).stream("bench/utility");
    let class: Vec<usize> = (0..items).map(|_| s.below(items.div_ceil(10))).collect();
    let mut c = Comparisons::new(items)?;
    // A spine that decides every pair, then random pairs.
    let mut order: Vec<usize> = (0..items).collect();
    order.sort_by_key(|&i| class[i]);
    let mut add = |a: usize, b: usize| match class[a].cmp(&class[b]) {
        std::cmp::Ordering::Less => c.strict(a, b),
        std::cmp::Ordering::Greater => c.strict(b, a),
        std::cmp::Ordering::Equal => c.indifferent(a, b),
    };
    for w in order.windows(2) {
        add(w[0], w[1])?;
    }
    for _ in 0..comparisons.saturating_sub(items) {
        add(s.below(items), s.below(items))?;
    }
    let start = Stopwatch::start();
    let u = c.utility()?;
    let seconds = start.read("");
    let start = Stopwatch::start();
    let violations = c.contradicted_by(u.ranks()).len();
    let check = start.read("check_");
    let right = class.iter().zip(u.ranks()).collect::<std::collections::BTreeSet<_>>();
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = peak
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .map_or(0.0, |v| v.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0);
    println!(
        r#"{{{seconds}, {check}, "comparisons": {}, "violations": {violations}, "levels": {}, "total": {}, "classes": {}, "peak_mib": {peak}}}"#,
        c.len(),
        u.levels(),
        u.is_total(),
        right.len()
    );
    Ok(())
}
