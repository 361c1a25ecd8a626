//! One page of all runs, which needs no other file.

use super::readable::{counted, day_and_time, duration, number};
use super::results::ResultsError;
use relata_cli::pipeline_info;
use relata_runs::{Better, CellEntry, Manifest, Metric, RunDir, Status, Summary, WorkTree};
use std::fmt::Write as _;
use std::path::Path;

const STYLE: &str = include_str!("report.css");
/// A drawing with more marks than this is shown as pixels, which then are fewer bytes.
const LARGEST_SVG: u64 = 1_500_000;
/// So many of the longest cells are listed.
const LONGEST: usize = 5;

/// The runs as one HTML page that lies in `root`, and those that cannot be shown, with the reason.
/// Figures are part of the page; only links to tables leave it.
pub fn report(root: &Path, runs: &[RunDir]) -> (String, Vec<(RunDir, ResultsError)>) {
    let (mut shown, mut sections, mut unreadable): (Vec<(RunDir, Manifest)>, Vec<String>, _) =
        (vec![], vec![], vec![]);
    for dir in runs {
        let section = |manifest: Manifest| Ok((run(root, dir, &manifest, shown.len())?, manifest));
        match Manifest::read(dir.path()).map_err(ResultsError::from).and_then(section) {
            Ok((section, manifest)) => {
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
    page += "<header>\n<h1>Relata</h1>\n<p>Relation functions as inner products of neural networks: ";
    page += &format!("{}.</p>\n</header>\n<main>\n", counted(shown.len(), "run"));
    page += &overview(&shown);
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

fn overview(runs: &[(RunDir, Manifest)]) -> String {
    let mut out = String::from(
        "<div class=\"scroll\"><table class=\"overview\">\n<thead><tr><th>pipeline</th><th>profile</th><th>backend</th>\
         <th class=\"n\">seed</th><th>outcome</th><th class=\"n\">cells</th><th class=\"n\">time</th><th>started</th></tr></thead>\n<tbody>\n",
    );
    for (k, (_, m)) in runs.iter().enumerate() {
        push(
            &mut out,
            format_args!(
                "<tr><td><a href=\"#run-{k}\">{}</a></td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td>{}</td>\
                 <td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
                escape(&m.pipeline),
                m.profile,
                m.backend,
                m.seed,
                outcome(m),
                m.cells.len(),
                duration(m.seconds),
                day_and_time(m.started_unix)
            ),
        );
    }
    out + "</tbody>\n</table></div>\n"
}

fn run(root: &Path, dir: &RunDir, manifest: &Manifest, k: usize) -> Result<String, ResultsError> {
    let name = dir.path().file_name().unwrap_or_default().to_string_lossy();
    let mut out = format!("<section id=\"run-{k}\">\n<h3>{} {}</h3>\n", escape(&name), outcome(manifest));
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
        out += &metrics(&Summary::read(&dir.summary())?);
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
    out += &figures(dir, manifest)?;
    out += &details(root, dir, manifest);
    Ok(out + "</section>\n")
}

fn metrics(summary: &Summary) -> String {
    let mut out = String::from(
        "<div class=\"scroll\"><table class=\"metrics\">\n<thead><tr><th>metric</th><th class=\"n\">value</th>\
         <th class=\"n\">limit</th><th>unit</th><th></th></tr></thead>\n<tbody>\n",
    );
    for (name, Metric { value, unit, limit, better, reason }) in &summary.metrics {
        let about = match (reason, better) {
            (Some(reason), _) => escape(reason),
            (None, Better::Lower) => "lower is better".to_owned(),
            (None, Better::Higher) => "higher is better".to_owned(),
            (None, Better::Neutral) => String::new(),
        };
        let cell = |x: &Option<f64>, none: &str| match x {
            Some(x) => format!("<td class=\"n\" title=\"{x}\">{}</td>", number(*x)),
            None => format!("<td class=\"n none\">{none}</td>"),
        };
        push(
            &mut out,
            format_args!(
                "<tr><td><code>{}</code></td>{}{}<td>{}</td><td class=\"about\">{about}</td></tr>\n",
                escape(name),
                cell(value, "n/a"),
                cell(limit, ""),
                if unit == "1" { String::new() } else { escape(unit) },
            ),
        );
    }
    out + "</tbody>\n</table></div>\n"
}

/// The figures as part of the page: drawings stay drawings, so they are sharp at every size.
fn figures(dir: &RunDir, manifest: &Manifest) -> Result<String, ResultsError> {
    let mut out = String::new();
    let drawings = manifest.files.keys().filter_map(|f| f.strip_prefix("figures/")?.strip_suffix(".svg"));
    for name in drawings {
        let svg = dir.figures().join(format!("{name}.svg"));
        let small = std::fs::metadata(&svg).is_ok_and(|m| m.len() <= LARGEST_SVG);
        let (path, kind) =
            if small { (svg, "svg+xml") } else { (dir.figures().join(format!("{name}.png")), "png") };
        let bytes = std::fs::read(&path)
            .map_err(|source| relata_runs::TableError::Read { path: path.clone(), source })?;
        push(
            &mut out,
            format_args!(
                "<figure><img alt=\"{name}\" src=\"data:image/{kind};base64,{}\"><figcaption>{}</figcaption></figure>\n",
                base64(&bytes),
                escape(&name.replace('-', " ")),
                name = escape(name)
            ),
        );
    }
    Ok(if out.is_empty() { out } else { format!("<div class=\"figures\">\n{out}</div>\n") })
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
    let base = dir.path().strip_prefix(root).unwrap_or(dir.path());
    for (k, table) in manifest.files.keys().filter(|f| f.starts_with("tables/")).enumerate() {
        let target = base
            .join(table)
            .components()
            .map(|c| c.as_os_str().to_string_lossy())
            .collect::<Vec<_>>()
            .join("/");
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
