//! What the documentation says about tables, commands and files must be so.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use clap::Parser as _;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every page that people read.
fn pages() -> Vec<(PathBuf, String)> {
    let mut out = Vec::new();
    collect(root(), &mut out);
    assert!(out.len() > 12, "{}", out.len());
    out
}

fn collect(dir: &Path, out: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let generated = ["target", "runs", "book"].iter().any(|d| path == root().join(d));
            if !generated && !name.starts_with('.') {
                collect(&path, out);
            }
        } else if name.ends_with(".md") {
            out.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Lines with the language of the block of code in which they stand; none in prose.
fn lines(text: &str) -> Vec<(usize, Option<&str>, &str)> {
    let (mut block, mut out) = (None, Vec::new());
    for (k, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), block) {
            (Some(language), None) => block = Some(language),
            (Some(_), Some(_)) => block = None,
            (None, _) => out.push((k + 1, block, line)),
        }
    }
    out
}

/// Cells of a row: a bar ends one, also within code, unless there is a backslash before it.
fn cells(row: &str) -> usize {
    row.trim().replace("\\|", "").matches('|').count()
}

#[test]
fn every_row_of_a_table_has_as_many_cells_as_its_head() {
    assert_eq!([cells("| a | b |"), cells(r"| `|a\|b|` | c |")], [3, 5]);
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for (path, text) in pages() {
        let mut head = None;
        for (number, block, line) in lines(&text) {
            let is_row = block.is_none() && line.starts_with('|');
            head = if is_row { head.or(Some(cells(line))) } else { None };
            if head.is_some_and(|expected| cells(line) != expected) {
                wrong.push(format!("{}:{number}: {line}", path.display()));
            }
            rows += usize::from(is_row);
        }
    }
    assert!(wrong.is_empty(), "a bare | in a row (write \\|):\n{}", wrong.join("\n"));
    assert!(rows > 100, "{rows}");
}

/// The contents of the site name every page.
#[test]
fn the_contents_name_every_page() {
    let contents = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    for (path, _) in pages() {
        let Ok(page) = path.strip_prefix(root().join("docs")) else { continue };
        let named = contents.contains(&format!("]({})", page.display()));
        assert!(named || page == Path::new("SUMMARY.md"), "docs/SUMMARY.md does not name {}", page.display());
    }
}

/// What mdBook is told, and every link of every page: relative ones lead to files, those of the
/// contents to pages.
#[test]
fn the_site_is_whole() {
    let book: toml::Table = fs::read_to_string(root().join("book.toml")).unwrap().parse().unwrap();
    assert_eq!(book["book"]["src"].as_str(), Some("docs"));
    let (mut wrong, mut links) = (Vec::new(), 0);
    for (path, text) in pages() {
        let contents = path.ends_with("docs/SUMMARY.md");
        for (number, _, line) in lines(&text).into_iter().filter(|(_, block, _)| block.is_none()) {
            for link in line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
                if link.contains("://") || link.starts_with("mailto:") {
                    continue;
                }
                let file = link.split('#').next().unwrap();
                links += 1;
                let there = file.is_empty() || path.parent().unwrap().join(file).exists();
                if !there || contents && !file.ends_with(".md") {
                    wrong.push(format!("{}:{number}: {link}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
    assert!(links > 100, "{links}");
}

/// Commands in the documentation are commands. Those of cargo and of shells are left alone, and so is
/// what a pipe feeds.
#[test]
fn every_command_in_the_documentation_is_one() {
    let house = ["bench", "test", "lint", "doc", "ci"];
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for (path, text) in pages() {
        for (number, _, line) in lines(&text).into_iter().filter(|(_, block, _)| *block == Some("sh")) {
            let line = line.trim().trim_start_matches("$ ");
            let Some(words) = line.strip_prefix("relata ").or_else(|| line.strip_prefix("cargo xtask "))
            else {
                continue;
            };
            // What is in brackets may be left out.
            let words = words.split([';', '&', '|', '>', '#', '[']).next().unwrap();
            let words: Vec<&str> = words.split_whitespace().collect();
            if words.first().is_some_and(|w| house.contains(w)) {
                continue;
            }
            // Quoted words are one word each.
            let Some(words) = unquoted(&words.join(" ")) else {
                wrong.push(format!("{}:{number}: a quote is not closed: {line}", path.display()));
                continue;
            };
            checked += 1;
            let parsed =
                relata_cli::Program::try_parse_from(std::iter::once("relata".to_owned()).chain(words));
            if let Err(e) = parsed
                && e.use_stderr()
            {
                wrong.push(format!("{}:{number}: {line}\n{e}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 12, "{checked}");
}

fn unquoted(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(q)) if c == q => quote = None,
            (' ', None) => words.push(std::mem::take(&mut word)),
            (c, _) => word.push(c),
        }
    }
    words.push(word);
    words.retain(|w| !w.is_empty());
    quote.is_none().then_some(words)
}

/// A script of ours says what it needs instead of failing, or reads the table of a run.
#[test]
fn the_script_for_python_reads_tables_and_networks() {
    let script = root().join("examples/python/read_run.py");
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("tables")).unwrap();
    fs::write(dir.path().join("tables/errors.csv"), "rank,error,reason\n1,0.25,\n2,,\"nan in error\"\n")
        .unwrap();
    let summary = r#"{"metrics": {"worst": {"meaning": "The worst.", "value": 0.25, "unit": "ratio", "better": "lower"}}}"#;
    fs::write(dir.path().join("summary.json"), summary).unwrap();
    // `-S` hides what may be installed here: the standard library must do.
    let output =
        std::process::Command::new("python3").args(["-S", "-B"]).arg(&script).arg(dir.path()).output();
    let output = output.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("worst = 0.25: The worst.") && text.contains("errors: 2 rows"), "{text}");
}
