//! One page of all runs: what each says, then its numbers, then its figures, which are files beside
//! the page unless they are wanted in it.

use super::readable::{counted, day_and_time, duration, number};
use super::results::ResultsError;
use super::story::standing;
use relata_cli::pipeline_info;
use relata_runs::{Better, CellEntry, Manifest, RunDir, Status, Summary, WorkTree};
use std::fmt::Write as _;
use std::path::Path;

const STYLE: &str = include_str!("report.css");
/// A drawing with more marks than this is shown as pixels, which then are fewer bytes.
const LARGEST_SVG: u64 = 1_500_000;
/// Where the drawings of a page are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReportFigures {
    /// In the run directories: the page is small and belongs to them.
    #[default]
    Beside,
    /// In the page, which then needs no other file.
    Within,
}

/// So many of the longest cells are listed.
const LONGEST: usize = 5;

/// The runs as one HTML page that lies in `root`, and those that cannot be shown, with the reason.
pub fn report(root: &Path, runs: &[RunDir], figures: ReportFigures) -> (String, Vec<(RunDir, ResultsError)>) {
    let (mut shown, mut sections, mut unreadable): (Vec<(RunDir, Manifest)>, Vec<String>, _) =
        (vec![], vec![], vec![]);
    let mut cells = Vec::new();
    for dir in runs {
        let section = |manifest: Manifest| {
            let k = shown.len();
            Ok((run(root, dir, &manifest, k, figures)?, manifest))
        };
        match Manifest::read(dir.path()).map_err(ResultsError::from).and_then(section) {
            Ok((section, mut manifest)) => {
                // Of thousands of runs the page alone is kept, not what each says of its cells.
                cells.push(std::mem::take(&mut manifest.cells).len());
                manifest.files.clear();
                shown.push((dir.clone(), manifest));
                sections.push(section);
            }
            Err(why) => unreadable.push((dir.clone(), why)),
        }
    }
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Relata: report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    page += "<a class=\"skip\" href=\"#runs\">Skip to the runs</a>\n<header>\n<h1>Relata</h1>\n<p>Relation functions as inner products of neural networks: ";
    page += &format!("{}.</p>\n</header>\n<main id=\"runs\">\n", counted(shown.len(), "run"));
    page += &overview(&shown, &cells);
    for (k, ((_, manifest), section)) in shown.iter().zip(&sections).enumerate() {
        let first = k == 0 || shown[k - 1].1.pipeline != manifest.pipeline;
        if first {
            page += &format!("<h2>{}</h2>\n", escape(&manifest.pipeline));
            if let Ok(info) = pipeline_info(&manifest.pipeline) {
                page += &format!("<p class=\"about\">{}</p>\n", escape(info.about));
            }
        }
        page += section;
    }
    page += "</main>\n</body>\n</html>\n";
    (page, unreadable)
}

fn overview(runs: &[(RunDir, Manifest)], cells: &[usize]) -> String {
    let mut out = String::from(
        "<div class=\"scroll\" role=\"region\" aria-label=\"All runs\" tabindex=\"0\"><table class=\"overview\">\n<caption>All runs</caption>\n\
         <thead><tr><th scope=\"col\">run</th><th scope=\"col\">outcome</th><th scope=\"col\">profile</th>\
         <th scope=\"col\">backend</th><th scope=\"col\" class=\"n\">seed</th><th scope=\"col\" class=\"n\">cells</th>\
         <th scope=\"col\" class=\"n\">time</th><th scope=\"col\">started</th></tr></thead>\n<tbody>\n",
    );
    for (k, ((_, m), cells)) in runs.iter().zip(cells).enumerate() {
        push(
            &mut out,
            format_args!(
                "<tr><td><a href=\"#run-{k}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td>\
                 <td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
                escape(&title(m)),
                outcome(m),
                m.profile,
                m.backend,
                m.seed,
                cells,
                duration(m.seconds),
                day_and_time(m.started_unix)
            ),
        );
    }
    out + "</tbody>\n</table></div>\n"
}

/// What a run is called: by the name that a person gave it, or by its pipeline.
fn title(manifest: &Manifest) -> String {
    match &manifest.name {
        Some(name) => format!("{name} ({})", manifest.pipeline),
        None => manifest.pipeline.clone(),
    }
}

fn run(
    root: &Path,
    dir: &RunDir,
    manifest: &Manifest,
    k: usize,
    drawings: ReportFigures,
) -> Result<String, ResultsError> {
    let folder = dir.path().file_name().unwrap_or_default().to_string_lossy();
    let name = manifest.name.as_ref().map(|n| format!("{} <small>{}</small>", escape(n), escape(&folder)));
    let name = name.unwrap_or_else(|| escape(&folder));
    let mut out = format!(
        "<section id=\"run-{k}\" aria-labelledby=\"title-{k}\">\n<h3 id=\"title-{k}\">{name} {}</h3>\n",
        outcome(manifest)
    );
    let failed: Vec<&CellEntry> = manifest.cells.iter().filter(|c| c.error.is_some()).collect();
    if !failed.is_empty() || !manifest.failed_checks.is_empty() {
        out += "<ul class=\"failures\">\n";
        for check in &manifest.failed_checks {
            push(&mut out, format_args!("<li>check: {}</li>\n", escape(check)));
        }
        for cell in failed {
            let error = escape(cell.error.as_deref().unwrap_or_default());
            push(&mut out, format_args!("<li>cell <code>{}</code>: {error}</li>\n", escape(&cell.label)));
        }
        out += "</ul>\n";
    }
    if manifest.files.contains_key("summary.json") {
        let summary = Summary::read(&dir.summary())?;
        out += &says(&summary);
        out += &metrics(&summary);
    }
    for (figure, why) in &manifest.drawing.undrawn {
        push(
            &mut out,
            format_args!(
                "<p>Figure <code>{}</code> could not be drawn: {}</p>\n",
                escape(figure),
                escape(why)
            ),
        );
    }
    out += &figures(root, dir, manifest, drawings)?;
    out += &details(root, dir, manifest);
    Ok(out + "</section>\n")
}

/// Sentences, before any table. Those that only put a number into words stand beside it there.
fn says(summary: &Summary) -> String {
    let of_a_number = |s: &str| {
        let meaning = |m: &relata_runs::Metric| m.meaning().trim_end_matches('.').to_owned();
        summary.metrics.values().map(meaning).any(|m| !m.is_empty() && s.starts_with(&format!("{m}: ")))
    };
    let mut out = String::new();
    for sentence in summary.sentences.iter().filter(|s| !of_a_number(s)) {
        match sentence.split_once('\n') {
            Some((first, table)) => push(
                &mut out,
                format_args!(
                    "<p>{}</p>\n<div class=\"scroll\" tabindex=\"0\"><pre>{}</pre></div>\n",
                    escape(first),
                    escape(table)
                ),
            ),
            None => push(&mut out, format_args!("<p>{}</p>\n", escape(sentence))),
        }
    }
    if out.is_empty() { out } else { format!("<div class=\"says\">\n{out}</div>\n") }
}

/// Each number with the sentence that says what it means: on narrow screens one below the other.
fn metrics(summary: &Summary) -> String {
    let mut out = String::from(
        "<table class=\"metrics\">\n<caption>Headline numbers</caption>\n<thead><tr><th scope=\"col\">what it says</th>\
         <th scope=\"col\" class=\"n\">value</th><th scope=\"col\">held against</th></tr></thead>\n<tbody>\n",
    );
    for (name, m) in &summary.metrics {
        let better = match m.better {
            Better::Lower => "lower is better",
            Better::Higher => "higher is better",
            Better::Neutral => "",
        };
        let value = match (m.value, &m.reason) {
            (Some(x), _) => {
                let unit = if m.unit == "1" { String::new() } else { format!(" {}", escape(&m.unit)) };
                format!("<td class=\"n\" title=\"{x}\">{}<small>{unit}</small></td>", number(x))
            }
            (None, reason) => {
                format!("<td class=\"n none\">{}</td>", escape(reason.as_deref().unwrap_or("n/a")))
            }
        };
        let standing = standing(m).unwrap_or_default();
        let comma = if standing.is_empty() || better.is_empty() { "" } else { ", " };
        let broken = if m.breaks_bound() { " failed" } else { "" };
        push(
            &mut out,
            format_args!(
                "<tr><td>{}<br><code>{}</code></td>{value}<td class=\"about{broken}\">{}{comma}{better}</td></tr>\n",
                escape(m.meaning()),
                escape(name),
                escape(&standing)
            ),
        );
    }
    out + "</tbody>\n</table>\n"
}

/// The figures, each with what it shows in words. Drawings stay drawings, so that they are sharp at
/// every size, unless they are so large that pixels are fewer bytes.
fn figures(
    root: &Path,
    dir: &RunDir,
    manifest: &Manifest,
    drawings: ReportFigures,
) -> Result<String, ResultsError> {
    let mut out = String::new();
    let written = |name: &str, ending: &str| manifest.files.contains_key(&format!("figures/{name}.{ending}"));
    let mut names: Vec<&str> = manifest
        .files
        .keys()
        .filter_map(|f| f.strip_prefix("figures/")?.rsplit_once('.'))
        .map(|f| f.0)
        .collect();
    names.dedup();
    for name in names {
        let path = |ending: &str| dir.figures().join(format!("{name}.{ending}"));
        let small = std::fs::metadata(path("svg")).is_ok_and(|m| m.len() <= LARGEST_SVG);
        let shown = [("svg", "svg+xml"), ("png", "png")];
        let mut shown = shown.into_iter().filter(|(ending, _)| written(name, ending));
        let pick = if small || !written(name, "png") { shown.next() } else { shown.next_back() };
        let caption = manifest.drawing.captions.get(name).map_or(name, String::as_str);
        let files: Vec<String> = ["svg", "pdf", "png"]
            .into_iter()
            .filter(|ending| written(name, ending))
            .map(|ending| format!("<a href=\"{}\">{ending}</a>", escape(&link(root, &path(ending)))))
            .collect();
        let Some((ending, kind)) = pick else {
            push(&mut out, format_args!("<p>{}: {}</p>\n", escape(caption), files.join(", ")));
            continue;
        };
        let source = match drawings {
            ReportFigures::Beside => escape(&link(root, &path(ending))),
            ReportFigures::Within => {
                let path = path(ending);
                let bytes = std::fs::read(&path)
                    .map_err(|source| relata_runs::TableError::Read { path: path.clone(), source })?;
                format!("data:image/{kind};base64,{}", base64(&bytes))
            }
        };
        push(
            &mut out,
            format_args!(
                "<figure><img loading=\"lazy\" alt=\"{alt}\" src=\"{source}\"><figcaption><b>{title}.</b> {alt} {}\
                 </figcaption></figure>\n",
                files.join(", "),
                alt = escape(caption),
                title = escape(&name.replace('-', " ")),
            ),
        );
    }
    Ok(if out.is_empty() { out } else { format!("<div class=\"figures\">\n{out}</div>\n") })
}

/// A file below the page's directory, as an address.
fn link(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn details(root: &Path, dir: &RunDir, manifest: &Manifest) -> String {
    let source = &manifest.source;
    let commit = source.commit.as_deref().map_or("unknown", |c| c.get(..12).unwrap_or(c));
    let changed = match source.work_tree {
        WorkTree::Clean => "",
        WorkTree::Dirty => " with uncommitted changes",
        WorkTree::Unknown => " (no repository)",
    };
    let mut facts = vec![
        ("program", format!("commit {commit}{changed}")),
        ("compiler", source.rustc.clone()),
        ("device", manifest.device.clone()),
        ("host", format!("{}, {}", manifest.host, counted(manifest.cores, "core"))),
        ("jobs", manifest.jobs.to_string()),
    ];
    if let Some(input) = &manifest.input {
        facts.push(("input", format!("{} ({})", input.given, input.hash.get(..12).unwrap_or(&input.hash))));
    }
    for font in &manifest.drawing.fonts {
        facts.push(("font", format!("{} ({})", font.family, font.path.display())));
    }
    let mut out = String::from("<details><summary>How it was computed</summary>\n<dl>\n");
    for (what, value) in facts {
        push(&mut out, format_args!("<dt>{what}</dt><dd>{}</dd>\n", escape(&value)));
    }
    out += "<dt>tables</dt><dd>";
    for (k, table) in manifest.files.keys().filter(|f| f.starts_with("tables/")).enumerate() {
        let target = link(root, &dir.path().join(table));
        let name = table.trim_start_matches("tables/");
        let comma = if k == 0 { "" } else { ", " };
        push(&mut out, format_args!("{comma}<a href=\"{}\">{}</a>", escape(&target), escape(name)));
    }
    out += "</dd>\n<dt>longest cells</dt><dd>";
    let mut timed: Vec<(f64, &str)> =
        manifest.cells.iter().filter_map(|c| Some((c.seconds?, c.label.as_str()))).collect();
    timed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let longest: Vec<String> = timed
        .iter()
        .take(LONGEST)
        .map(|(s, label)| format!("<code>{}</code> {}", escape(label), duration(*s)))
        .collect();
    out += &longest.join(", ");
    out + "</dd>\n</dl></details>\n"
}

fn outcome(manifest: &Manifest) -> &'static str {
    match manifest.status {
        Status::Done => "<span class=\"pill done\">done</span>",
        Status::Failed => "<span class=\"pill failed\">failed</span>",
        Status::Running => "<span class=\"pill running\">not finished</span>",
    }
}

/// Formatting into a string cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for k in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * k) & 63) as usize];
            out.push(if k <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_the_vectors_of_its_standard() {
        let vectors = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (length, expected) in vectors.iter().enumerate() {
            assert_eq!(base64(&b"foobar"[..length]), *expected);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }
}
