//! A file for each kind that people have, and what has to come out.

use relata_debreu::estimation::{LuceParams, PairModel, PairParams, fit_luce, fit_pairs};
use relata_debreu::readers::*;
use relata_debreu::revealed::Supremum;

macro_rules! case {
    ($name:literal) => {
        read_preferences(
            include_bytes!(concat!("cases/", $name)),
            $name.rsplit('.').next(),
            &PreferenceReadParams::default(),
        )
    };
}

fn comparisons(p: Result<CollectedPreferences, PreferenceReadError>) -> ComparisonTable {
    match p.unwrap() {
        CollectedPreferences::Comparisons(t) => t,
        other => panic!("{other:?}"),
    }
}

fn rankings(p: Result<CollectedPreferences, PreferenceReadError>) -> OrderTable {
    match p.unwrap() {
        CollectedPreferences::Rankings(t) => t,
        other => panic!("{other:?}"),
    }
}

fn read(text: &str) -> Result<CollectedPreferences, PreferenceReadError> {
    read_preferences(text.as_bytes(), None, &PreferenceReadParams::default())
}

/// Who, over whom, how often; a tie has `=` in the middle.
fn shown(t: &ComparisonTable) -> Vec<String> {
    let sign = |r: &ComparisonRow| match r.outcome {
        ComparisonOutcome::First => ">",
        ComparisonOutcome::Second => "<",
        ComparisonOutcome::Tie => "=",
    };
    t.rows
        .iter()
        .map(|r| format!("{}{}{} {}", t.items[r.first], sign(r), t.items[r.second], r.count))
        .collect()
}

#[test]
fn comparisons_of_every_kind() {
    assert_eq!(shown(&comparisons(case!("comparisons/zero.csv"))), ["a>b 3", "b>a 1", "a>c 2", "c>b 1"]);
    assert_eq!(shown(&comparisons(case!("comparisons/fraction.csv"))), ["a>b 2.5", "b>a 0.5"]);
    let arena = comparisons(case!("comparisons/arena.csv"));
    assert_eq!(shown(&arena), ["m1>m2 1", "m2<m1 1", "m1=m2 1", "m2>m1 1"]);
    assert!(
        arena.taken.what.contains("model_a, model_b, winner") && arena.taken.notes[0].contains("question")
    );
    assert_eq!(shown(&comparisons(case!("comparisons/semicolon.csv"))), ["a>b 1", "b>a 1"]);
    let upper = comparisons(case!("comparisons/upper-bom-crlf.csv"));
    assert_eq!(shown(&upper), ["a, the first>b 1", "b>a, the first 1", "a, the first>b 1"]);
    let extra = comparisons(case!("comparisons/extra.csv"));
    assert_eq!((shown(&extra), extra.taken.notes.len()), (vec!["a>b 1".to_owned(), "b>a 1".to_owned()], 1));
}

#[test]
fn comparisons_of_kinds_that_are_not_among_the_files() {
    let of = |text: &str| shown(&comparisons(read(text)));
    assert_eq!(of("player1,player2,win1,win2\na,b,3,1\nb,c,0,2\na,c,0,0\n"), ["a>b 3", "a<b 1", "b<c 2"]);
    assert_eq!(of("home.team\taway.team\thome.wins\taway.wins\na\tb\t3\t1\n"), ["a>b 3", "a<b 1"]);
    assert_eq!(of("item_1,item_2,wins_1,wins_2,draws\na,b,3,0,4\n"), ["a>b 3", "a=b 4"]);
    assert_eq!(of("Count,Loser,Winner\n2,b,a\n"), ["a>b 2"]);
    assert_eq!(of("chosen,rejected,prompt\na,b,x\n"), ["a>b 1"]);
    assert_eq!(of("left,right,outcome\na,b,1\nb,c,0\na,c,0.5\n"), ["a>b 1", "b<c 1", "a=c 1"]);
    assert_eq!(of("left,right,outcome\na,b,1\nb,c,2\na,c,0\n"), ["a>b 1", "b<c 1", "a=c 1"]);
    assert_eq!(
        of("left,right,outcome\na,b,a\nb,c,c\na,c,Draw\na,b,tied\n"),
        ["a>b 1", "b<c 1", "a=c 1", "a=b 1"]
    );
    assert_eq!(of("option_a|option_b|preferred\nx|y|option_b\ny|x|both\n"), ["x<y 1", "y=x 1"]);
    // An item may be called as the other column is.
    assert_eq!(of("left,right,outcome\nright,b,right\n"), ["right>b 1"]);
    assert_eq!(of("winner;loser;count\na;b;2,5\n"), ["a>b 2.5"]);
    let ambiguous = read("winner;loser;count\na;b;2,045\nb;a;1,250\n").unwrap_err();
    assert!(ambiguous.to_string().contains("2,045"), "{ambiguous}");
    let wrong = read("left,right,outcome\na,b,tiebreak\n").unwrap_err();
    assert_eq!((wrong.line, wrong.column), (2, 5));
    assert!(
        wrong
            .to_string()
            .starts_with("read as comparisons (left, right, outcome), separated by commas: line 2"),
        "{wrong}"
    );
    // A matrix of wins, with and without names.
    assert_eq!(of(",a,b,c\na,0,3,1\nb,1,0,\nc,0,,0\n"), ["a>b 3", "a>c 1", "b>a 1"]);
    assert_eq!(of("a;b\n;3\n1;\n"), ["a>b 3", "b>a 1"]);
    assert_eq!(of("0 3\n1 0\n"), ["1>2 3", "2>1 1"]);
    let own = read_wins(b",a,b\na,1,3\nb,1,0\n").unwrap_err();
    assert_eq!((own.line, own.column), (2, 3));
}

#[test]
fn a_right_value_of_comparisons() {
    // c never beats a and beats b once: the likelihood equations in x = a - b and y = a - c are
    // 3 s(-x) - s(x) + s(y - x) = 0 and 2 s(-y) - s(y - x) = 0, with the logistic function s.
    let table = comparisons(case!("comparisons/zero.csv"));
    let fit = fit_luce(&table.rankings().unwrap(), &LuceParams::default()).unwrap();
    let s = |t: f64| 1.0 / (1.0 + (-t).exp());
    let (x, y) = (fit.strengths[0] - fit.strengths[1], fit.strengths[0] - fit.strengths[2]);
    assert!((3.0 * s(-x) - s(x) + s(y - x)).abs() < 1e-9 && (2.0 * s(-y) - s(y - x)).abs() < 1e-9);
    // Without c the odds are those of the pair alone; a row with the count 0 changes nothing.
    let pair = comparisons(read("winner,loser,count\na,b,3\nb,a,1\nb,a,0\n"));
    let fit = fit_luce(&pair.rankings().unwrap(), &LuceParams::default()).unwrap();
    assert!((fit.strengths[0] - fit.strengths[1] - 3f64.ln()).abs() < 1e-9);
    let arena = comparisons(case!("comparisons/arena.csv")).outcomes().unwrap();
    let fit = fit_pairs(&arena, PairModel::Davidson, &PairParams::default()).unwrap();
    // Three wins to none and a tie for m1, but for one: 2 : 1 wins and 1 tie in all.
    assert!((fit.strengths[0] - fit.strengths[1] - 2f64.ln()).abs() < 1e-8);
    assert!((fit.tie.unwrap() - (1.0 / 2f64.sqrt()).ln()).abs() < 1e-8);
}

#[test]
fn rankings_of_every_kind() {
    let cyclic = vec![
        vec![vec![0], vec![1], vec![2]],
        vec![vec![1], vec![2], vec![0]],
        vec![vec![2], vec![0], vec![1]],
    ];
    let header = rankings(case!("rankings-header.csv"));
    assert_eq!(header.items, ["ann", "bob", "cid"]);
    assert_eq!(header.orders.iter().map(|o| o.tiers.clone()).collect::<Vec<_>>(), cyclic);
    assert!(header.taken.what.contains("under a header"), "{}", header.taken.what);
    let counts = rankings(case!("rankings-counts.csv"));
    assert_eq!(counts.items, ["ann", "bob", "cid"]);
    assert_eq!(counts.orders.iter().map(|o| o.count).collect::<Vec<_>>(), [5, 3, 2]);
    assert!(counts.taken.what.contains("how often it was seen"), "{}", counts.taken.what);
    let of = |text: &str| rankings(read(text));
    let voter = of("voter;rank 1;rank 2;votes\nx;a;b=c;4\ny;c;;2\n");
    assert_eq!((voter.items.len(), voter.orders[0].count, voter.orders[1].tiers.len()), (3, 4, 1));
    assert!(voter.taken.notes[0].contains("voter"));
    assert_eq!(of("1st,2nd\na,b\n").items, ["a", "b"]);
    let places = of("a,b,c\n1,2,2\n2,,1\n");
    assert_eq!(places.orders[0].tiers, vec![vec![0], vec![1, 2]]);
    assert_eq!(places.orders[1].tiers, vec![vec![2], vec![0]]);
    // Numbers as names, which may be counts: said.
    assert!(of("3,1,2\n1,2,3\n").taken.notes[0].contains("called by numbers"));
    let twice = read("first,second\na,a\n").unwrap_err();
    assert_eq!((twice.line, twice.column), (2, 3));
}

#[test]
fn preflib_of_every_kind() {
    let tiers = |t: &OrderTable| t.orders.iter().map(|o| (o.count, o.tiers.clone())).collect::<Vec<_>>();
    let blank = rankings(case!("preflib/blank.toi"));
    assert_eq!(tiers(&blank), [(3, vec![vec![0], vec![1, 2]]), (2, vec![vec![1]])]);
    assert_eq!(blank.taken.notes, ["1 ballot is blank and says nothing."]);
    assert_eq!(tiers(&rankings(case!("preflib/no-totals.toi")))[1], (2, vec![vec![1], vec![0]]));
    assert_eq!(tiers(&rankings(case!("preflib/group-of-one.toi")))[0], (3, vec![vec![0], vec![1], vec![2]]));
    let comment = rankings(case!("preflib/comment.toi"));
    assert_eq!((comment.items[2].as_str(), tiers(&comment).len()), ("n3", 2));
    // Totals that are off are a note, or a refusal.
    let text = b"# NUMBER ALTERNATIVES: 2\n# NUMBER VOTERS: 9\n3: 1,2\n1: {},{1,2}\n2: {}\n";
    let noted = read_preflib(text, PreflibKind::Toi, Totals::Note).unwrap();
    assert_eq!(tiers(&noted), [(3, vec![vec![0], vec![1]]), (1, vec![vec![0, 1]])]);
    assert!(
        noted.taken.notes[1].contains("the header says voters: 9, the data have 6"),
        "{:?}",
        noted.taken.notes
    );
    let refused = read_preflib(text, PreflibKind::Toi, Totals::Refuse).unwrap_err();
    assert!(refused.to_string().contains("voters: 9"));
    // Categories and weighted pairs.
    let cat = b"# DATA TYPE: cat\n# NUMBER ALTERNATIVES: 3\n# NUMBER CATEGORIES: 2\n# CATEGORY NAME 1: Yes\n4: {1,3},{2}\n2: {},{1,2,3}\n";
    assert_eq!(
        tiers(&rankings(read_preferences(cat, None, &PreferenceReadParams::default())))[0].1,
        vec![vec![0, 2], vec![1]]
    );
    let wmd = b"# NUMBER ALTERNATIVES: 2\n# NUMBER EDGES: 2\n1,2,1.5\n2,1,0.0\n";
    let pairs = comparisons(read_preferences(wmd, Some("wmd"), &PreferenceReadParams::default()));
    assert_eq!(shown(&pairs), ["1>2 1.5"]);
}

#[test]
fn budgets_that_are_equal_on_paper() {
    let CollectedPreferences::Panels(t) = case!("panel-equal.csv").unwrap() else { panic!("not a panel") };
    let panel = &t.households[0].panel;
    assert!(panel.garp().is_ok() && panel.warp().is_err() && panel.compare(0, 1).is_eq());
    let ccei = panel.ccei();
    assert!((ccei.index - 1.0).abs() < 1e-15 && ccei.attained == Supremum::Attained);
    assert!(panel.houtman_maks(100).dropped.is_empty() && panel.money_pump().is_none());
    // Many consumers, other columns, decimal commas.
    let text =
        "Household;year;p1;x1;p2;x2\nann;1;0,1;13;2;1\nbob;1;1;1;2;2\nann;2;0,2;1;1;9\nbob;2;2;2;1;1\n";
    let CollectedPreferences::Panels(t) = read(text).unwrap() else { panic!("not a panel") };
    assert_eq!((t.goods.len(), t.households.len(), t.households[1].lines.clone()), (2, 2, vec![3, 5]));
    assert!(t.households[1].panel.garp().is_err() && t.taken.notes[0].contains("year"));
    assert!((t.households[0].panel.expenditure(0, 0) - 3.3).abs() < 1e-12);
    let tiny = read("p1,x1\n1,1e-400\n").unwrap_err();
    assert!(tiny.to_string().contains("too near 0"), "{tiny}");
    let huge = read("p1,x1\n1,1e-999999999\n").unwrap_err();
    assert!(huge.line == 2, "{huge}");
}

#[test]
fn choices_in_long_form() {
    let text = "\"\",case,alt,choice,dist,cost,who\n1,1,train,0,83,28.25,x\n2,1,car,1,83,15.77,x\n3,2,train,1,83,28.25,y\n4,2,car,0,83,15.77,y\n5,3,car,0,9,1,z\n6,4,car,1,9,1,z\n";
    let CollectedPreferences::Choices(t) = read(text).unwrap() else { panic!("not choices") };
    assert_eq!((t.sets.len(), t.chosen.clone()), (2, vec![1, 0]));
    let names: Vec<&str> = t.features.iter().map(|f| f.0.as_str()).collect();
    assert_eq!(names, ["dist", "cost"]);
    assert_eq!(t.taken.notes.len(), 3, "{:?}", t.taken.notes);
    let two = read("case,choice,x\n1,1,2\n1,1,3\n").unwrap_err();
    assert_eq!((two.line, two.column), (3, 3));
    let hole = read("case,choice,x\n1,1,2\n1,0,NA\n2,1,5\n2,0,6\n").unwrap_err();
    assert_eq!((hole.line, hole.column), (3, 5));
}
