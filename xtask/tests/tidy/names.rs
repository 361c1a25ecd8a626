//! Names are shown: they identify nothing, and no two things share one.

use super::{Scope, fail_with, files, root, shown, sources};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Where a name that a person typed is looked up among those there are.
const READ_NAMES: &[&str] = &["crates/runs/src/names.rs"];

/// Crates that are programs: their tables and command lines are made of names.
const PROGRAMS: &[&str] = &["crates/pipelines/", "crates/cli/", "crates/attack/"];

/// Where a hash stands for what was hashed: streams of random numbers, files, and runs to continue.
const HASHES: &[&str] = &[
    "crates/relations/src/stream.rs",
    "crates/runs/src/cells.rs",
    "crates/runs/src/schema.rs",
    "crates/training/src/checkpoint.rs",
    "crates/training/src/trainer.rs",
];

/// Columns of a comment. A row of a table cannot be broken.
const WIDEST_COMMENT: usize = 120;

/// A source file of a library up to its tests, without comments and line breaks.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().map(|line| {
        // A comment after code starts with a space; an address in a string does not.
        let line = line.trim();
        if line.starts_with("//") { "" } else { line.split(" // ").next().unwrap_or_default() }
    });
    lines.collect::<Vec<_>>().join(" ")
}

fn libraries() -> Vec<(String, String)> {
    let all = sources(Scope::Libraries).into_iter().map(|(file, text)| (shown(&file), text));
    all.filter(|(file, _)| !PROGRAMS.iter().any(|p| file.starts_with(p))).collect()
}

/// Every way to compare `expression` in `code`, for an expression that ends or starts at `at`.
fn compared(code: &str, start: usize, end: usize) -> Option<&'static str> {
    const AFTER: &[&str] = &[
        "==",
        "!=",
        ".eq(",
        ".ne(",
        ".cmp(",
        ".starts_with(",
        ".ends_with(",
        ".contains(",
        ".split",
        ".strip_prefix(",
        ".strip_suffix(",
        ".find(",
        ".eq_ignore_ascii_case(",
    ];
    const BEFORE: &[&str] = &[
        "==",
        "!=",
        "match",
        ".get(&",
        ".get(",
        ".insert(",
        ".entry(",
        ".contains_key(&",
        ".contains_key(",
        ".contains(&",
    ];
    // What turns a name into another form of itself, and closing brackets.
    let mut rest = code[end..].trim_start();
    while let Some(next) =
        [".as_str()", ".as_ref()", ".as_deref()", ".to_lowercase()", ".to_owned()", ".clone()", ".trim()"]
            .iter()
            .find_map(|form| rest.strip_prefix(form))
    {
        rest = next.trim_start();
    }
    let after = AFTER.iter().find(|word| rest.starts_with(**word));
    // The expression before the call: a path of identifiers, fields, calls without arguments.
    let path = |c: char| c.is_alphanumeric() || "_.:&*?()[]".contains(c);
    let before = code[..start].trim_end_matches(path).trim_end();
    let joined = &code[..start];
    let call = BEFORE.iter().skip(3).find(|word| {
        joined.rfind(**word).is_some_and(|i| joined[i + word.len()..].chars().all(|c| path(c) && c != ')'))
    });
    let operator = BEFORE.iter().take(3).find(|word| before.ends_with(**word));
    after.or(call).or(operator).copied()
}

/// `let x = ..name();`: what holds a name from there on.
fn holders(code: &str) -> BTreeSet<String> {
    let binding = |at: usize| {
        let statement = &code[code[..at].rfind([';', '{', '}']).map_or(0, |i| i + 1)..at];
        let (name, value) = statement.trim().strip_prefix("let ")?.split_once('=')?;
        let simple = |s: &str| s.chars().all(|c| c.is_alphanumeric() || c == '_');
        let name = name.trim();
        (simple(name) && !value.contains('{')).then(|| name.to_owned())
    };
    let ends =
        code.match_indices(".name()").filter(|(at, m)| code[at + m.len()..].trim_start().starts_with(';'));
    ends.filter_map(|(at, _)| binding(at)).collect()
}

#[test]
fn no_library_compares_names() {
    let mut found = Vec::new();
    for (file, text) in libraries().into_iter().filter(|(file, _)| !READ_NAMES.contains(&file.as_str())) {
        let code = code(&text);
        for (at, call) in code.match_indices(".name()") {
            if let Some(how) = compared(&code, at, at + call.len()) {
                let from = code[..at].char_indices().rev().nth(40).map_or(0, |(i, _)| i);
                found.push(format!("{file}: `{}.name()` and `{how}`", &code[from..at]));
            }
        }
        for holder in holders(&code) {
            for (at, word) in code.match_indices(holder.as_str()) {
                let whole = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
                let alone = whole(code[..at].chars().next_back())
                    && !code[at + word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
                if let Some(how) = compared(&code, at, at + word.len()).filter(|_| alone) {
                    found.push(format!("{file}: `{holder}`, which holds a name, and `{how}`"));
                }
            }
        }
    }
    fail_with("a name says nothing: compare `identity()`, or ask for the fact", &found);
}

/// The test above can fail: these are the comparisons that stood in libraries once.
#[test]
fn comparisons_of_names_are_found() {
    let caught = |code: &str| {
        let direct = code.match_indices(".name()").any(|(at, c)| compared(code, at, at + c.len()).is_some());
        let held = holders(code);
        direct
            || held.iter().any(|h| {
                code.match_indices(h.as_str()).any(|(at, w)| compared(code, at, at + w.len()).is_some())
            })
    };
    for wrong in [
        "a.mass() == 1.0 && a.name() == b.name()",
        "g.name() == f.name() && same_space(g, f)",
        "if !Arc::ptr_eq(a, b) && self.kernel.name() != other.kernel.name() {",
        "space.name().starts_with(\"torus\")",
        "match kind.name() { \"soc\" => 1, _ => 2 }",
        "let full = r.name(); let name = full.split('(').next();",
        "let name = k.spaces().0.name(); if name == \"torus\" || name.starts_with(\"S^\") {",
        "cache.get(&r.name())",
        "cache.insert(r.name(), tails)",
        "\"torus\" == space.name()",
    ] {
        assert!(caught(wrong), "{wrong}");
    }
    for right in [
        "let reason = format!(\"{} is not compact\", space.name());",
        "Err(Error::NotPositive(k.name()))",
        "let name = r.name(); write!(f, \"{name}\")",
        "let (relation, space) = (r.name(), space.name());",
        "factors.iter().map(|f| f.name()).collect::<Vec<_>>().join(\" x \")",
    ] {
        assert!(!caught(right), "{right}");
    }
}

#[test]
fn no_hash_stands_for_an_object() {
    let words = ["fingerprint", "blake3", "DefaultHasher"];
    let mut found = Vec::new();
    for (file, text) in libraries().into_iter().filter(|(file, _)| !HASHES.contains(&file.as_str())) {
        let code = code(&text).to_lowercase();
        for word in words.iter().filter(|w| code.contains(&w.to_lowercase())) {
            found.push(format!("{file}: {word}"));
        }
    }
    fail_with("two things with one hash may differ", &found);
}

/// Public types by name, with the crates that have one.
fn public_types() -> BTreeMap<String, BTreeSet<String>> {
    let mut types: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in libraries() {
        let krate = file.split('/').nth(1).unwrap_or_default().to_owned();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().map(str::trim) {
            let kinds = ["pub struct ", "pub enum ", "pub trait ", "pub type "];
            let Some(rest) = kinds.iter().find_map(|k| line.strip_prefix(k)) else { continue };
            let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
            types.entry(name.to_owned()).or_default().insert(krate.clone());
        }
    }
    types
}

#[test]
fn no_public_type_has_the_name_of_another() {
    let doubles = public_types().into_iter().filter(|(_, crates)| crates.len() > 1);
    let found: Vec<String> = doubles.map(|(name, crates)| format!("{name} in {crates:?}")).collect();
    fail_with("one word for two things", &found);
}

#[test]
fn knobs_and_limits_are_called_alike() {
    let mut found = Vec::new();
    for (file, text) in libraries() {
        for line in text.lines().map(str::trim_start) {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            let name = line.strip_prefix("struct ").unwrap_or_default();
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            if ["Options", "Settings", "Opts", "Knobs"].iter().any(|end| name.ends_with(end)) {
                found.push(format!(
                    "{file}: {name}; knobs of an algorithm are its `Params`, what `init` builds from is a `Config`"
                ));
            }
            for prefix in
                ["const MOST_", "const MAXIMUM_", "const LIMIT_"].iter().filter(|p| line.starts_with(**p))
            {
                found.push(format!("{file}: `{prefix}`; limits are `MAX_`"));
            }
        }
    }
    fail_with("one suffix for knobs, one prefix for limits", &found);
}

#[test]
fn comments_are_read_on_one_screen() {
    let mut found = Vec::new();
    for file in files(root(), &["rs", "py"]) {
        let text = fs::read_to_string(&file).unwrap();
        for (k, line) in text.lines().enumerate() {
            let comment = ["//", "# "].iter().any(|start| line.trim_start().starts_with(start));
            let table = ["/// |", "//! |"].iter().any(|start| line.trim_start().starts_with(start));
            let columns = line.chars().count();
            if comment && !table && columns > WIDEST_COMMENT {
                found.push(format!("{}:{}: {columns} columns", shown(&file), k + 1));
            }
        }
    }
    fail_with("comments wider than the page", &found);
}
