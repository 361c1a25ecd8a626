//! Files of preferences under the many names that people give to columns.

use relata_debreu::readers::{CollectedPreferences, ComparisonOutcome, read_preferences};

fn read(text: &str) -> CollectedPreferences {
    read_preferences(text.as_bytes(), None, &Default::default()).unwrap_or_else(|e| panic!("{text}\n{e}"))
}

fn refused(text: &str) -> String {
    match read_preferences(text.as_bytes(), None, &Default::default()) {
        Err(e) => e.to_string(),
        Ok(found) => panic!("{text}\nwas read as {}", found.taken().what),
    }
}

/// Each comparison as text: the items in alphabetical order, the better one before `>`.
fn comparisons(text: &str) -> Vec<String> {
    let CollectedPreferences::Comparisons(t) = read(text) else {
        panic!("{text}\nis not read as comparisons, but as {}", read(text).taken().what)
    };
    let name = |k: usize| t.items[k].as_str();
    let of = |r: &relata_debreu::readers::ComparisonRow| {
        let (a, b) = (name(r.first), name(r.second));
        let text = match r.outcome {
            ComparisonOutcome::First => format!("{a} > {b}"),
            ComparisonOutcome::Second => format!("{b} > {a}"),
            ComparisonOutcome::Tie => format!("{} = {}", a.min(b), a.max(b)),
        };
        if (r.count - 1.0).abs() < 1e-12 { text } else { format!("{} {text}", r.count) }
    };
    t.rows.iter().map(of).collect()
}

#[test]
fn winners_by_any_name() {
    for text in [
        "winner,loser\nann,bob\n",
        "Winner\tLoser\tSurface\nann\tbob\tclay\n",
        "tourney_id,winner_id,winner_name,loser_id,loser_name\n1,101,ann,102,bob\n",
        "chosen;rejected\nann;bob\n",
        "left,right,winner\nann,bob,left\n",
        "left,right,winner\nbob,ann,right\n",
        "model_a,model_b,winner\nann,bob,A\n",
        "model_a,model_b,winner\nbob,ann,model_b\n",
        "Model A,Model B,Winner\nbob,ann,Model B\n",
        "item1,item2,choice\nbob,ann,2\n",
        "item_1,item_2,choice\nbob,ann,ann\n",
        "left_item,right_item,chosen\nbob,ann,right\n",
        "image_left,image_right,winner\nbob,ann,right\n",
        "output_1,output_2,preference\nann,bob,1\n",
        "White,Black,Result\nann,bob,1-0\n",
        "White,Black,Result\nbob,ann,0-1\n",
        "home_team,away_team,home_score,away_score\nann,bob,3,1\n",
        "HomeTeam,AwayTeam,FTHG,FTAG,FTR\nbob,ann,0,2,A\n",
        "team1,team2,score1,score2\nbob,ann,0,2\n",
        "id,model_a,model_b,winner_model_a,winner_model_b,winner_tie\n7,ann,bob,1,0,0\n",
        "player1|player2|win1|win2\nann|bob|1|0\n",
    ] {
        assert_eq!(comparisons(text), ["ann > bob"], "{text}");
    }
}

#[test]
fn ties_by_any_name() {
    for tie in
        ["tie", "Tie", "tie (bothbad)", "tie_bothbad", "both_bad", "draw", "drawn", "equal", "no preference"]
    {
        let text = format!("model_a,model_b,winner\nann,bob,{tie}\nann,bob,model_a\n");
        assert_eq!(comparisons(&text), ["ann = bob", "ann > bob"], "{text}");
    }
    assert_eq!(comparisons("White,Black,Result\nann,bob,1/2-1/2\n"), ["ann = bob"]);
    assert_eq!(comparisons("HomeTeam,AwayTeam,FTR\nann,bob,D\nann,bob,H\n"), ["ann = bob", "ann > bob"]);
    assert_eq!(comparisons("team1,team2,score1,score2\nann,bob,2,2\n"), ["ann = bob"]);
    assert_eq!(
        comparisons("model_a,model_b,winner_model_a,winner_model_b,winner_tie\nann,bob,0,0,1\n"),
        ["ann = bob"]
    );
    assert_eq!(
        comparisons("model_a,model_b,winner\n\"big, 7b\",\"small, 1b\",model_b\n"),
        ["small, 1b > big, 7b"]
    );
}

#[test]
fn choices_in_long_form_by_any_name() {
    for (set, chosen, person) in [
        ("chid", "choice", "id"),
        ("obsID", "choice", "respID"),
        ("custom_id", "CHOICE", "person"),
        ("choice_set", "chosen", "respondent_id"),
        ("choiceset", "is_chosen", "panel_id"),
        ("qID", "decision", "hhid"),
        ("case", "selected", "individual"),
    ] {
        // `custom_id` is not a name that is known for a set.
        let set = if set == "custom_id" { "obs_id" } else { set };
        let text = format!(
            "{person},{set},alt,{chosen},a,b\n1,1,x,1,0.5,2\n1,1,y,0,1,1\n2,2,x,0,2,0\n2,2,y,1,0,3\n"
        );
        let CollectedPreferences::Choices(t) = read(&text) else {
            panic!("{text}\nis read as {}", read(&text).taken().what)
        };
        assert_eq!((t.chosen.as_slice(), t.sets.len()), (&[0, 1][..], 2), "{text}");
        assert_eq!(t.people.as_deref(), Some(&[0, 1][..]), "{text}");
        assert_eq!(t.features.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(), ["a", "b"], "{text}");
    }
}

#[test]
fn rankings_in_other_clothes() {
    for text in [
        "ann > bob = cid\nbob > ann > cid\n",
        "ann>bob=cid\nbob>ann>cid\n",
        "voter,item,rank\n1,ann,1\n1,bob,2\n1,cid,2\n2,ann,2\n2,bob,1\n2,cid,3\n",
        "Race,Driver,Finish,Team\nr1,cid,2,x\nr1,ann,1,x\nr2,bob,1,y\nr1,bob,2,y\nr2,cid,3,x\nr2,ann,2,x\n",
        "rank1,rank2,rank3\nann,bob=cid,\nbob,ann,cid\n",
    ] {
        let CollectedPreferences::Rankings(t) = read(text) else { panic!("{text}") };
        let tiers = |k: usize| -> Vec<Vec<&str>> {
            let of = |tier: &Vec<usize>| {
                let mut names: Vec<&str> = tier.iter().map(|i| t.items[*i].as_str()).collect();
                names.sort_unstable();
                names
            };
            t.orders[k].tiers.iter().map(of).collect()
        };
        assert_eq!(t.orders.len(), 2, "{text}");
        assert_eq!(tiers(0), [vec!["ann"], vec!["bob", "cid"]], "{text}");
        assert_eq!(tiers(1), [["bob"], ["ann"], ["cid"]], "{text}");
    }
}

#[test]
fn what_is_not_a_ranking_is_not_read_as_one() {
    for text in ["item,score\nann,3\nbob,2\n", "name,elo,games\nann,1500,3\nbob,1400,3\ncid,1450,2\n"] {
        let e = refused(text);
        assert!(e.contains("a column of numbers beside columns of names"), "{e}");
        assert!(e.contains("winner,loser"), "{e}");
    }
    let e = refused("voter,item,rank\n1,ann,1\n1,bob,zero\n");
    assert!(
        e.contains("rankings in long form") && e.contains("line 3") && e.contains("a place, from 1 on"),
        "{e}"
    );
    let e = refused("voter,item,rank\n1,ann,1\n1,ann,2\n");
    assert!(e.contains("`ann` appears twice"), "{e}");
    let e = refused("home_team,away_team,home_score,away_score\nann,bob,three,1\n");
    assert!(e.contains("a score") && e.contains("three"), "{e}");
}
