//! Every public function of the libraries that returns a bound is under attack.

#![allow(clippy::unwrap_used, clippy::panic)]

use relata_attack::ATTACKS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const LIBRARIES: [&str; 5] = ["relations", "kernels", "networks", "debreu", "attention"];

/// Bounds of others, which are drawn beside ours and are not claims of ours.
const PUBLISHED: &[&str] = &["Hopfield::published_bound"];

/// Types whose values claim something about what was not computed.
const CLAIMS: &[&str] = &[
    "AfriatUtility",
    "Assessment",
    "Bound",
    "Certificate",
    "CholeskyCertificate",
    "Completion",
    "Constructed",
    "CrossCertificate",
    "DesignedHead",
    "Dropped",
    "Efficiency",
    "FourierNorms",
    "FreeMargin",
    "Gamma2",
    "HeadCertificate",
    "HoutmanMaks",
    "HullDistance",
    "Leading",
    "LeadingEigen",
    "LeftOver",
    "Limit",
    "Limits",
    "LowerBound",
    "MaxMargin",
    "Membership",
    "MinNorm",
    "MoneyPump",
    "NearestPsd",
    "NumericalSpectrum",
    "Nystrom",
    "PartialLimit",
    "PivotedCholesky",
    "Psd",
    "RankBracket",
    "Scorer",
    "SignRank",
    "SupRank",
    "SupTails",
];

/// Words in the name of a function of which the value is a bound, whatever its type.
const WORDS: &[&str] =
    &["bound", "lipschitz", "required", "margin_upper", "largest_weight", "smallest_weight"];

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// `fn name(arguments) -> result` of the public functions of a file, with the type whose they are.
fn signatures(text: &str) -> Vec<(Option<String>, String)> {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let (mut out, mut owner) = (vec![], None);
    let lines: Vec<&str> = text.lines().collect();
    for (k, line) in lines.iter().enumerate() {
        if let Some(rest) = line.strip_prefix("impl") {
            let of_trait = rest.contains(" for ");
            let name = rest.trim_start_matches(|c| c != ' ').trim();
            let name: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
            owner = (!of_trait).then_some(name);
        }
        let Some((_, rest)) = line.split_once("pub fn ").or_else(|| line.split_once("pub const fn ")) else {
            continue;
        };
        let mut signature = rest.to_owned();
        for next in lines[k + 1..].iter().take_while(|_| !signature.contains('{')).collect::<Vec<_>>() {
            if signature.contains('{') {
                break;
            }
            signature += next.trim();
        }
        let free = !line.starts_with(' ');
        out.push((if free { None } else { owner.clone() }, signature));
    }
    out
}

fn claims(owner: Option<&str>, signature: &str) -> bool {
    let name: String = signature.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let result = signature.rsplit_once("->").map_or("", |(_, r)| r);
    let words: Vec<&str> = result.split(|c: char| !c.is_alphanumeric()).collect();
    let own = owner.is_some_and(|o| CLAIMS.contains(&o)) && signature.contains("self");
    let made = CLAIMS.iter().any(|c| words.contains(c))
        || (words.contains(&"Self") && owner.is_some_and(|o| CLAIMS.contains(&o)));
    !own && (made || (WORDS.iter().any(|w| name.contains(w)) && words.contains(&"f64")))
}

#[test]
fn every_public_bound_is_attacked() {
    let attacked: BTreeSet<&str> = ATTACKS.iter().flat_map(|a| a.functions).copied().collect();
    let mut missing = vec![];
    for library in LIBRARIES {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(library).join("src");
        let mut files = vec![];
        sources(&root, &mut files);
        files.sort();
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for (owner, signature) in signatures(&text) {
                if !claims(owner.as_deref(), &signature) {
                    continue;
                }
                let name: String =
                    signature.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let full = owner.map_or_else(|| name.clone(), |o| format!("{o}::{name}"));
                if PUBLISHED.contains(&full.as_str()) {
                    continue;
                }
                let known = |path: &&str| {
                    path.starts_with(&format!("relata_{library}::")) && path.ends_with(&format!("::{full}"))
                };
                if !attacked.iter().any(known) {
                    missing
                        .push(format!("{library}: {full} ({})", file.strip_prefix(&root).unwrap().display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no attack checks\n  {}", missing.join("\n  "));
}

#[test]
fn two_runs_of_one_seed_count_the_same() {
    let run = || relata_attack::run(3, relata_attack::Effort::Rounds(1), &mut |_| ());
    assert_eq!(run(), run());
}

#[test]
fn a_false_claim_is_counted_and_shown() {
    let mut ledger = relata_attack::Ledger::default();
    ledger.check("f", true, || unreachable!());
    ledger.check("f", false, || "1 is not 2".into());
    assert_eq!((ledger.checks(), ledger.violations()), (2, 1));
    assert!(ledger.to_string().contains("1 is not 2") && ledger.to_string().contains("| `f` | 2 | 0 | 1 |"));
}
