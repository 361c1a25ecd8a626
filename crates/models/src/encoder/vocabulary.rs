//! The tokenizer of a checkpoint: `tokenizer.json`, or made from the vocabularies that older
//! checkpoints have.

use super::error::EncoderError;
use super::family::EncoderFamily;
use super::files::Directory;
use super::text::Text;
use crate::decoder::DecoderFamily;
use serde_json::{Map, Value, json};

const TOKENIZER: &str = "tokenizer.json";
const PIECES: &str = "vocab.txt";
const PAIRS: [&str; 2] = ["vocab.json", "merges.txt"];
/// How models of SentencePiece are called beside checkpoints.
const SENTENCE_PIECE: [&str; 4] =
    ["sentencepiece.bpe.model", "spiece.model", "tokenizer.model", "sentencepiece.model"];

/// The tokenizer of a decoder: that of GPT-2 may be old byte pairs, any other is `tokenizer.json`.
pub(crate) fn read_decoder_tokenizer(
    dir: &mut Directory<'_>,
    family: DecoderFamily,
) -> Result<Text, EncoderError> {
    let sentences = "tokenizer.model";
    match family {
        DecoderFamily::Gpt2 => read_tokenizer(dir, EncoderFamily::Gpt2),
        _ if !dir.has(TOKENIZER) && dir.has(sentences) => {
            Err(EncoderError::SentencePiece { path: dir.join(sentences) })
        }
        _ => {
            let json = dir.text(TOKENIZER)?;
            parsed(dir, TOKENIZER, &json)
        }
    }
}

/// Reads the tokenizer of a directory.
pub(super) fn read_tokenizer(dir: &mut Directory<'_>, family: EncoderFamily) -> Result<Text, EncoderError> {
    if dir.has(TOKENIZER) {
        let json = dir.text(TOKENIZER)?;
        return parsed(dir, TOKENIZER, &json);
    }
    match family {
        EncoderFamily::Gpt2 | EncoderFamily::Roberta => {
            if PAIRS.iter().all(|name| dir.has(name)) {
                return byte_pairs(dir, family);
            }
            if let [true, false] | [false, true] = PAIRS.map(|name| dir.has(name)) {
                return Err(dir.absent(if dir.has(PAIRS[0]) { PAIRS[1] } else { PAIRS[0] }));
            }
        }
        _ => {
            if dir.has(PIECES) {
                return word_pieces(dir, family);
            }
        }
    }
    Err(match SENTENCE_PIECE.into_iter().find(|name| dir.has(name)) {
        Some(name) => EncoderError::SentencePiece { path: dir.join(name) },
        None => dir.absent(TOKENIZER),
    })
}

fn parsed(dir: &Directory<'_>, name: &str, json: &str) -> Result<Text, EncoderError> {
    Text::parse(json).map_err(|e| match e {
        EncoderError::Tokenizer(reason) => EncoderError::TokenizerFile { path: dir.join(name), reason },
        other => other,
    })
}

/// WordPiece (Wu et al. 2016) as BERT uses it: one token per line of `vocab.txt`.
fn word_pieces(dir: &mut Directory<'_>, family: EncoderFamily) -> Result<Text, EncoderError> {
    let settings = SpecialTokens::read(dir)?;
    let text = dir.text(PIECES)?;
    let mut vocabulary = Map::new();
    for (id, line) in text.strip_suffix('\n').unwrap_or(&text).split('\n').enumerate() {
        vocabulary.insert(line.trim_end_matches('\r').to_owned(), json!(id));
    }
    let mpnet = family == EncoderFamily::Mpnet;
    let default =
        if mpnet { ["<s>", "</s>", "<pad>", "<mask>"] } else { ["[CLS]", "[SEP]", "[PAD]", "[MASK]"] };
    let names = ["cls_token", "sep_token", "pad_token", "mask_token"];
    let [first, last, padding, mask]: [String; 4] =
        std::array::from_fn(|k| settings.token(names[k]).unwrap_or_else(|| default[k].to_owned()));
    let unknown = settings.token("unk_token").unwrap_or_else(|| "[UNK]".to_owned());
    let around = around(dir, PIECES, &vocabulary, [&first, &last])?;
    if !vocabulary.contains_key(&unknown) {
        return Err(lacks(dir, PIECES, &unknown));
    }
    let special = [&first, &last, &padding, &mask, &unknown];
    let json = json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": added(&vocabulary, &special),
        "normalizer": {"type": "BertNormalizer", "clean_text": true,
                       "handle_chinese_chars": settings.flag("tokenize_chinese_chars").unwrap_or(true),
                       "strip_accents": settings.flag("strip_accents"),
                       "lowercase": settings.flag("do_lower_case").unwrap_or(true)},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": around, "decoder": null,
        "model": {"type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    });
    parsed(dir, PIECES, &json.to_string())
}

/// Byte pairs (Radford et al. 2019): `vocab.json` has the tokens, `merges.txt` a pair per line.
fn byte_pairs(dir: &mut Directory<'_>, family: EncoderFamily) -> Result<Text, EncoderError> {
    let settings = SpecialTokens::read(dir)?;
    let wrong = |dir: &Directory<'_>, name: &str, reason: String| {
        Err(EncoderError::TokenizerFile { path: dir.join(name), reason })
    };
    let text = dir.text(PAIRS[0])?;
    let vocabulary: Map<String, Value> = match serde_json::from_str(&text) {
        Ok(Value::Object(map)) if map.values().all(Value::is_u64) => map,
        Ok(_) => {
            return wrong(dir, PAIRS[0], "it must be a JSON object of tokens and their numbers".to_owned());
        }
        Err(e) => return wrong(dir, PAIRS[0], e.to_string()),
    };
    let text = dir.text(PAIRS[1])?;
    let mut merges = Vec::new();
    for (k, line) in text.lines().enumerate() {
        let is_version = k == 0 && line.starts_with("#version");
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            _ if is_version || line.is_empty() => {}
            [_, _] => merges.push(line),
            _ => {
                let reason =
                    format!("line {} is `{line}`; it must be two tokens and a blank between them", k + 1);
                return wrong(dir, PAIRS[1], reason);
            }
        }
    }
    let (around, special) = if family == EncoderFamily::Roberta {
        let [first, last] = [("cls_token", "<s>"), ("sep_token", "</s>")]
            .map(|(name, default)| settings.token(name).unwrap_or_else(|| default.to_owned()));
        let around = around(dir, PAIRS[0], &vocabulary, [&first, &last])?;
        let rest = ["<pad>", "<unk>", "<mask>"].map(str::to_owned);
        (around, [first, last].into_iter().chain(rest).collect::<Vec<_>>())
    } else {
        (Value::Null, vec!["<|endoftext|>".to_owned()])
    };
    let special: Vec<&String> = special.iter().collect();
    let json = json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": added(&vocabulary, &special),
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "trim_offsets": true, "use_regex": true,
                          "add_prefix_space": settings.flag("add_prefix_space").unwrap_or(false)},
        "post_processor": around, "decoder": null,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": false, "vocab": vocabulary, "merges": merges},
    });
    parsed(dir, PAIRS[1], &json.to_string())
}

/// The tokens that enclose a text.
fn around(
    dir: &Directory<'_>,
    file: &str,
    vocabulary: &Map<String, Value>,
    ends: [&String; 2],
) -> Result<Value, EncoderError> {
    let mut tokens = Map::new();
    for end in ends {
        let id = vocabulary.get(end).ok_or_else(|| lacks(dir, file, end))?;
        tokens.insert(end.clone(), json!({"id": end, "ids": [id], "tokens": [end]}));
    }
    let token = |end: &str| json!({"SpecialToken": {"id": end, "type_id": 0}});
    let part = |id: &str| json!({"Sequence": {"id": id, "type_id": 0}});
    let [first, last] = ends.map(|end| token(end));
    Ok(json!({
        "type": "TemplateProcessing",
        "single": [first, part("A"), last],
        "pair": [first, part("A"), last, part("B"), last],
        "special_tokens": tokens,
    }))
}

/// The special tokens that the vocabulary has: a text may contain them as they are.
fn added(vocabulary: &Map<String, Value>, special: &[&String]) -> Vec<Value> {
    let mut all: Vec<(u64, &String)> =
        special.iter().filter_map(|s| Some((vocabulary.get(*s)?.as_u64()?, *s))).collect();
    all.sort_unstable();
    all.dedup();
    let entry = |(id, content): (u64, &String)| {
        json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
               "normalized": false, "special": true})
    };
    all.into_iter().map(entry).collect()
}

fn lacks(dir: &Directory<'_>, file: &str, token: &str) -> EncoderError {
    let reason = format!("it lacks the token `{token}`");
    EncoderError::TokenizerFile { path: dir.join(file), reason }
}

/// What tokenizer_config.json and special_tokens_map.json say, where they are there.
struct SpecialTokens([Value; 2]);

impl SpecialTokens {
    fn read(dir: &mut Directory<'_>) -> Result<Self, EncoderError> {
        let mut read = |name: &str| match dir.optional_text(name)? {
            None => Ok(Value::Null),
            Some(text) => serde_json::from_str(&text)
                .map_err(|e| EncoderError::Corrupt { path: dir.join(name), reason: e.to_string() }),
        };
        Ok(Self([read("tokenizer_config.json")?, read("special_tokens_map.json")?]))
    }

    fn token(&self, name: &str) -> Option<String> {
        self.0.iter().find_map(|file| {
            let value = file.get(name)?;
            value.as_str().or_else(|| value.get("content")?.as_str()).map(str::to_owned)
        })
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.0.iter().find_map(|file| file.get(name)?.as_bool())
    }
}
