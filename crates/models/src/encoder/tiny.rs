//! A tokenizer small enough to be written down, for checkpoints without data.

use super::family::EncoderFamily;
use serde_json::{Map, Value, json};

/// A tokenizer.json and the size of its vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TinyTokenizer {
    /// The text of the file.
    pub json: String,
    /// Tokens that there are.
    pub vocabulary: usize,
}

/// Splits lower-cased English text into letters, digits, common pairs of letters and marks: nothing
/// is unknown. GPT-2's begins a text with `<|endoftext|>`, that of the other families encloses
/// it in `[CLS]` and `[SEP]`.
#[must_use]
pub fn tiny_tokenizer(family: EncoderFamily) -> TinyTokenizer {
    let special: &[&str] = match family {
        EncoderFamily::Gpt2 => &["<|endoftext|>", "[UNK]"],
        _ => &["[PAD]", "[UNK]", "[CLS]", "[SEP]"],
    };
    let letters = ('a'..='z').chain('0'..='9').map(String::from);
    let marks = ".,;:!?'\"()-".chars().map(String::from);
    let pairs = ["th", "he", "in", "er", "an", "re", "on", "at", "en", "nd"];
    let first = ["the", "of", "and", "to", "is", "that", "it", "for", "as", "with", "be", "by", "one", "no"];
    let continued = letters.clone().map(|l| format!("##{l}"));
    let mut words: Vec<String> = special.iter().map(|s| (*s).to_owned()).collect();
    words.extend(letters.chain(marks).chain(continued));
    words.extend(first.map(str::to_owned));
    words.extend(pairs.iter().flat_map(|p| [(*p).to_owned(), format!("##{p}")]));
    let id = |word: &str| words.iter().position(|w| w == word).unwrap_or_default();
    let vocabulary: Map<String, Value> =
        words.iter().enumerate().map(|(k, w)| (w.clone(), json!(k))).collect();
    let token = |name: &str| json!({"SpecialToken": {"id": name, "type_id": 0}});
    let (around, ends) = match family {
        EncoderFamily::Gpt2 => {
            (json!([token("<|endoftext|>"), {"Sequence": {"id": "A", "type_id": 0}}]), &special[..1])
        }
        _ => {
            (json!([token("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, token("[SEP]")]), &special[2..])
        }
    };
    let specials: Map<String, Value> =
        ends.iter().map(|s| ((*s).to_owned(), json!({"id": s, "ids": [id(s)], "tokens": [s]}))).collect();
    let added: Vec<Value> = special
        .iter()
        .map(|s| {
            json!({"id": id(s), "content": s, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        })
        .collect();
    let json = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                       "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": around,
                           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                           "special_tokens": specials},
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    });
    TinyTokenizer { json: json.to_string(), vocabulary: words.len() }
}
