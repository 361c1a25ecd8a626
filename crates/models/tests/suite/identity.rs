//! Prompts of identity rules.

use crate::decoders::{reference_dir, tiny};
use burn::tensor::Device;
use relata_models::decoder::{Decoder, DecoderCheckpoint, DecoderFamily};
use relata_models::{IdentityError, IdentityPrompts, IdentityRule, IdentityTokens};
use relata_relations::Seed;

const TOKENS: [u32; 40] = {
    let mut all = [0; 40];
    let mut k = 0;
    while k < 40 {
        all[k] = 10 + k as u32;
        k += 1;
    }
    all
};

fn tokens() -> IdentityTokens {
    IdentityTokens { words: TOKENS.to_vec(), between: 1, after: 2 }
}

#[test]
fn prompts_follow_their_rule() {
    for shots in [0, 1, 3, 10] {
        let [aba, abb] = IdentityRule::ALL.map(|rule| tokens().prompts(rule, shots, 25, Seed(1)).unwrap());
        for ((a, b), (first, second)) in
            aba.prompts.iter().zip(&abb.prompts).zip(aba.answers.iter().zip(&abb.answers))
        {
            assert_eq!((a.len(), b.len()), (6 * shots + 4, 6 * shots + 4));
            let mut words = Vec::new();
            for (k, (x, y)) in a.chunks(6).zip(b.chunks(6)).enumerate() {
                assert_eq!((x[1], x[3], &x[..4]), (1, 1, &y[..4]));
                words.extend([x[0], x[2]]);
                if k < shots {
                    assert_eq!((x[4], y[4], x[5], y[5]), (x[0], x[2], 2, 2));
                } else {
                    assert_eq!((*first, *second), (x[0], x[2]));
                }
            }
            let count = words.len();
            words.sort_unstable();
            words.dedup();
            assert_eq!((words.len(), count), (2 * (shots + 1), 2 * (shots + 1)));
        }
        assert_ne!(aba.prompts[0], aba.prompts[1]);
        assert_ne!(aba, tokens().prompts(IdentityRule::Aba, shots, 25, Seed(2)).unwrap());
    }
    let few = tokens().prompts(IdentityRule::Abb, 20, 1, Seed(0));
    assert!(matches!(few, Err(IdentityError::Words { shots: 20, needed: 42, found: 40 })));
}

#[test]
fn accuracy_counts_the_answers_of_the_model_itself() {
    let decoder = Decoder::new(&tiny(DecoderFamily::Llama), &Device::flex().into()).unwrap();
    let drawn = tokens().prompts(IdentityRule::Aba, 2, 9, Seed(3)).unwrap();
    // Answers that are the model's own for four of the nine, and not for the others.
    let answers: Vec<u32> = drawn
        .prompts
        .iter()
        .enumerate()
        .map(|(k, p)| decoder.next(p, 2).unwrap()[usize::from(k >= 4)].token)
        .collect();
    let own = IdentityPrompts { answers, ..drawn };
    for batch in [1, 4, 100] {
        assert!((own.accuracy(&decoder, batch).unwrap() - 4.0 / 9.0).abs() < 1e-12);
    }
    let long = tokens().prompts(IdentityRule::Aba, 7, 1, Seed(3)).unwrap();
    assert!(matches!(long.accuracy(&decoder, 1), Err(IdentityError::Decoder(_))));
}

#[test]
fn a_tokenizer_without_ends_of_lines_is_refused() {
    assert!(matches!(
        IdentityTokens::of(tiny(DecoderFamily::Llama).text()),
        Err(IdentityError::Separator("`^`"))
    ));
    let bytes = DecoderCheckpoint::read(&reference_dir("llama")).unwrap();
    let found = IdentityTokens::of(bytes.text()).unwrap();
    let spelled = |id| bytes.text().token(id).unwrap();
    assert_eq!((spelled(found.between), spelled(found.after)), ("^".to_owned(), "\u{10a}".to_owned()));
    assert!(found.words.iter().all(|w| spelled(*w) == "the"), "{:?}", found.words);
}
