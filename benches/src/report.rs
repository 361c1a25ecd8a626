//! What comparisons found, as CSV, JSON, a Markdown table and a figure.

use crate::compare::CompareError;
use crate::measured::{Measured, Spread};
use crate::rows::ROWS;
use relata_plotting::{Axis, Bars, Chart, Figure, FigureWidth};
use relata_runs::{Row, Table, write_atomic};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// All rows that were measured in a folder, now or before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Results {
    /// Where: processor, cores.
    machine: String,
    pub(crate) rows: Vec<Measured>,
}

const JSON: &str = "peers.json";

impl Results {
    /// Those of an earlier run in this folder on this machine, or none.
    pub(crate) fn earlier(folder: &Path) -> Self {
        let machine = machine();
        let read = std::fs::read(folder.join(JSON)).ok();
        let found: Option<Self> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        found.filter(|f| f.machine == machine).unwrap_or(Self { machine, rows: vec![] })
    }

    /// Puts the rows of one comparison in the place of those that it gave before.
    pub(crate) fn replace(&mut self, name: &str, rows: Vec<Measured>) {
        self.rows.retain(|r| r.name != name);
        self.rows.extend(rows);
        let place = |r: &Measured| ROWS.iter().position(|row| row.name == r.name);
        self.rows.sort_by_key(place);
    }

    /// Writes everything into the folder.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), CompareError> {
        let json = serde_json::to_vec_pretty(self)?;
        write_atomic(&folder.join(JSON), &json)?;
        if self.rows.is_empty() {
            return Ok(());
        }
        self.table()?.write(&folder.join("peers.csv"))?;
        write_atomic(&folder.join("peers.md"), self.markdown().as_bytes())?;
        if let Some(figure) = self.figure() {
            figure.write_to(folder)?;
        }
        Ok(())
    }

    fn table(&self) -> Result<Table, CompareError> {
        let row = |m: &Measured| {
            let [ours, theirs] = [&m.ours, &m.theirs].map(|v| Spread::of(v));
            let part = |s: Option<Spread>, of: fn(Spread) -> f64| s.map(of);
            let [found, allowed] = m.difference.map_or([None, None], |d| d.map(Some));
            Row::new("peers")
                .with("name", m.name.as_str())
                .with("work", m.work.as_str())
                .with("peer", m.peer.as_deref().unwrap_or("none"))
                .with("unit", m.unit.as_str())
                .with("ours", part(ours, |s| s.median))
                .with("ours_low", part(ours, |s| s.low))
                .with("ours_high", part(ours, |s| s.high))
                .with("theirs", part(theirs, |s| s.median))
                .with("theirs_low", part(theirs, |s| s.low))
                .with("theirs_high", part(theirs, |s| s.high))
                .with("theirs_gave_up", m.theirs_gave_up)
                .with("ratio", m.ratio())
                .with("goal", m.goal)
                .with("difference", found)
                .with("difference_allowed", allowed)
                .with("ours_threads", m.threads[0])
                .with("theirs_threads", m.threads[1])
                .with("ours_peak_mib", m.peak_mib[0])
                .with("theirs_peak_mib", m.peak_mib[1])
                .with("quick", m.quick)
                .with("load", m.load)
                .with("command", command(&m.name))
        };
        Ok(Table::from_rows("peers", &self.rows.iter().map(row).collect::<Vec<_>>())?)
    }

    /// The table of docs/performance.md.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "{}. Medians (range) of rounds in turn; memory is the most that the process held; the load is what \
             wanted a processor before.\n\n",
            self.machine
        );
        text += "| `--only` | work | ours | peer | theirs | ratio | goal | MiB, ours and theirs | load |\n";
        text += "|---|---|---|---|---|---|---|---|---|\n";
        for m in &self.rows {
            let time = |v: &[f64]| match Spread::of(v) {
                Some(s) => {
                    format!("{} ({} to {}) {}", number(s.median), number(s.low), number(s.high), m.unit)
                }
                None => String::new(),
            };
            let peer = m.peer.as_deref().unwrap_or("none");
            let least = if m.theirs_gave_up { ">= " } else { "" };
            let ratio = m.ratio().map_or_else(String::new, |r| format!("{least}{}", number(r)));
            let bound = if m.peer.is_some() { ">=" } else { "<=" };
            let goal = match (m.goal, m.met()) {
                (Some(goal), Some(true)) => format!("{bound} {}", number(goal)),
                (Some(goal), Some(false)) => format!("{bound} {}: **missed**", number(goal)),
                (Some(goal), None) => format!("{bound} {}: not decided", number(goal)),
                (None, _) => String::new(),
            };
            let mib = m.peak_mib.map(|p| p.map_or_else(|| "-".to_owned(), |p| format!("{p:.0}")));
            let note = m.note.as_deref().map(|n| format!(" ({n})")).unwrap_or_default();
            let quick = if m.quick { ", `--quick`" } else { "" };
            let load = m.load.map_or_else(|| "-".to_owned(), |l| format!("{l:.1}"));
            let name = &m.name;
            text += &format!(
                "| `{name}` | {}{note}{quick} | {} | {peer} | {} | {ratio} | {goal} | {}, {} | {load} |\n",
                m.work,
                time(&m.ours),
                time(&m.theirs),
                mib[0],
                mib[1]
            );
        }
        text
    }

    /// How many times as fast, row by row; none where no row has a peer.
    fn figure(&self) -> Option<Figure> {
        let with_peer: Vec<(String, f64)> = (self.rows.iter())
            .filter_map(|m| {
                let peer = m.peer.as_deref()?.split(' ').next()?;
                Some((format!("{}, {peer}", m.name.replace('/', " ")), m.ratio()?))
            })
            .collect();
        if with_peer.is_empty() {
            return None;
        }
        // As powers of two, so that bars grow to both sides of "as fast".
        let (names, ratios): (Vec<String>, Vec<f64>) = with_peer.into_iter().unzip();
        let powers: Vec<f64> = ratios.iter().map(|r| r.log2()).collect();
        let ends = powers.iter().fold((-1.0f64, 1.0f64), |(low, high), p| (low.min(*p), high.max(*p)));
        let every = ((ends.1 - ends.0) / 8.0).ceil().max(1.0);
        let ticks = ((ends.0 / every).floor() as i64..=(ends.1 / every).ceil() as i64).map(|k| {
            let power = k as f64 * every;
            (power, number(power.exp2()))
        });
        let axis = Axis::linear("times as fast as the peer").labeled_ticks(ticks.collect::<Vec<_>>());
        let chart = Chart::new()
            .x(Axis::linear(""))
            .y(axis)
            .hline(0.0, "as fast")
            .bars(Bars::grouped(names).series("ratio of medians", &powers));
        Some(Figure::new(FigureWidth::Double).name("peers").height(260.0).panel(chart))
    }
}

/// The page with this table between its marks; `None` for a page without them.
pub(crate) fn into_page(page: &str, table: &str) -> Option<String> {
    const MARKS: [&str; 2] = ["<!-- peers: begin -->\n", "<!-- peers: end -->"];
    let (before, rest) = page.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    Some(format!("{before}{}\n{table}\n{}{after}", MARKS[0], MARKS[1]))
}

/// What measures a row again.
fn command(name: &str) -> String {
    format!("cargo xtask bench --against-peers --only {name}")
}

/// Three digits.
fn number(v: f64) -> String {
    if v == 0.0 || !(1e-3..1e5).contains(&v.abs()) {
        return format!("{v:.2e}");
    }
    let digits = (2 - v.abs().log10().floor() as i32).max(0) as usize;
    format!("{v:.digits$}")
}

/// The processor and its cores.
fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|l| l.strip_prefix("model name")?.split(':').nth(1)).map(str::trim);
    let model = model.unwrap_or(std::env::consts::ARCH);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    format!("{model}, {cores} cores")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn row(name: &str, peer: Option<&str>, ours: f64, theirs: f64) -> Measured {
        Measured {
            name: name.into(),
            work: "some work".into(),
            peer: peer.map(Into::into),
            unit: "ms".into(),
            ours: vec![ours, 2.0 * ours, 3.0 * ours],
            theirs: if peer.is_some() { vec![theirs] } else { vec![] },
            theirs_gave_up: false,
            threads: [2, 1],
            peak_mib: [Some(8.25), None],
            difference: None,
            goal: Some(2.0),
            note: None,
            quick: true,
            load: Some(7.25),
        }
    }

    #[test]
    fn rows_keep_the_order_of_the_list_and_later_ones_replace_earlier_ones() {
        let mut all = Results { machine: machine(), rows: vec![] };
        let (product, fast) =
            (row("kernels/product", Some("numpy 2"), 1.0, 30.0), row("cells/overhead", None, 1.0, 0.0));
        all.replace("cells/overhead", vec![fast]);
        all.replace(
            "kernels/product",
            vec![product.clone(), Measured { peer: Some("sklearn 1".into()), ..product }],
        );
        all.replace("training/64-256", vec![row("training/64-256", Some("torch 2"), 4.0, 4.0)]);
        let names: Vec<&str> = all.rows.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["training/64-256", "kernels/product", "kernels/product", "cells/overhead"]);
        all.replace("kernels/product", vec![]);
        assert_eq!(all.rows.len(), 2);

        let folder = tempfile::tempdir().unwrap();
        all.write(folder.path()).unwrap();
        assert_eq!(Results::earlier(folder.path()), all);
        let table = Table::read(&folder.path().join("peers.csv")).unwrap();
        assert_eq!(table.floats("ours").unwrap(), [8.0, 2.0]);
        assert!(folder.path().join("peers.svg").is_file());
        let text = std::fs::read_to_string(folder.path().join("peers.md")).unwrap();
        assert!(
            text.contains("| `training/64-256` | some work, `--quick` | 8.00 (4.00 to 12.0) ms | torch 2 |"),
            "{text}"
        );
        assert!(text.contains("| 0.500 | >= 2.00: **missed** | 8, - | 7.2 |"), "{text}");
        assert!(text.contains("| none |  |  | <= 2.00 | 8, - | 7.2 |"), "{text}");
        // Of another machine nothing is kept.
        let other = Results { machine: "an abacus".into(), ..all };
        other.write(folder.path()).unwrap();
        assert!(Results::earlier(folder.path()).rows.is_empty());
    }

    #[test]
    fn a_table_takes_the_place_of_the_one_before() {
        let page = "text\n<!-- peers: begin -->\n\nold\n\n<!-- peers: end -->\nmore\n";
        let once = into_page(page, "| new |\n").unwrap();
        assert_eq!(once, "text\n<!-- peers: begin -->\n\n| new |\n\n<!-- peers: end -->\nmore\n");
        assert_eq!(into_page(&once, "| new |\n").unwrap(), once);
        assert!(into_page("text\n<!-- peers: begin -->\n", "").is_none());
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");
        assert!(into_page(&std::fs::read_to_string(here).unwrap(), "").is_some());
    }

    #[test]
    fn numbers_have_three_digits() {
        let shown: Vec<String> = [0.0, 1.234_5, 0.012_34, 123.4, 98_765.0, 2.5e-6].map(number).into();
        assert_eq!(shown, ["0.00e0", "1.23", "0.0123", "123", "98765", "2.50e-6"]);
    }
}
