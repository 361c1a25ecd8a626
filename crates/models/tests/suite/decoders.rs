//! Decoders against `transformers` (benches/peers/reference_decoders.py made the files) and against
//! themselves.

use burn::tensor::Device;
use relata_models::decoder::{
    Decoder, DecoderCheckpoint, DecoderConfig, DecoderFamily, DecoderSizes, Patch, PatchValue,
};
use relata_models::encoder::{EncoderFamily, Overlong, Stored, tiny_tokenizer};
use relata_relations::Seed;
use relata_relations::faer::{Mat, MatRef};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) const REFERENCES: [&str; 9] =
    ["llama", "llama_llama3", "llama_linear", "mistral", "qwen2", "qwen3", "gemma", "gpt_neox", "gpt2"];

pub(crate) fn reference_dir(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/decoders").join(name)
}

fn reference(name: &str) -> (DecoderCheckpoint, Decoder, Value) {
    let dir = reference_dir(name);
    let checkpoint = DecoderCheckpoint::read(&dir).unwrap_or_else(|e| panic!("{name}: {e}"));
    let decoder = decoder(&checkpoint);
    let text = fs::read_to_string(dir.join("reference.json")).unwrap();
    (checkpoint, decoder, serde_json::from_str(&text).unwrap())
}

fn decoder(checkpoint: &DecoderCheckpoint) -> Decoder {
    Decoder::new(checkpoint, &Device::flex().into()).unwrap()
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn ids(v: &Value) -> Vec<u32> {
    numbers(v).into_iter().map(|x| x as u32).collect()
}

fn assert_near(found: MatRef<'_, f64>, expected: &[f64], what: &str) {
    assert_eq!(found.nrows() * found.ncols(), expected.len(), "{what}");
    for i in 0..found.nrows() {
        for j in 0..found.ncols() {
            let e = expected[i * found.ncols() + j];
            let off = (found[(i, j)] - e).abs();
            assert!(off < 1e-5 * e.abs().max(1.0), "{what} at ({i}, {j}): {} and {e}", found[(i, j)]);
        }
    }
}

fn assert_all_near(found: &[f64], expected: &[f64], what: &str) {
    let m = Mat::from_fn(1, found.len(), |_, j| found[j]);
    assert_near(m.as_ref(), expected, what);
}

pub(crate) fn tiny(family: DecoderFamily) -> DecoderCheckpoint {
    let tokenizer = tiny_tokenizer(EncoderFamily::Gpt2);
    let grouped = !matches!(family, DecoderFamily::GptNeox | DecoderFamily::Gpt2);
    let sizes = DecoderSizes {
        layers: 2,
        heads: 4,
        key_heads: if grouped { 2 } else { 4 },
        head_dimension: 4,
        width: 16,
        inner: 24,
        context: 40,
        vocabulary: tokenizer.vocabulary,
    };
    let config = DecoderConfig::new(family, sizes).unwrap();
    DecoderCheckpoint::random(config, &tokenizer.json, 0.3, Seed(3)).unwrap()
}

fn causal_softmax(scores: &Mat<f64>) -> Mat<f64> {
    let n = scores.nrows();
    let weight = |i: usize, j: usize| if j <= i { scores[(i, j)].exp() } else { 0.0 };
    Mat::from_fn(n, n, |i, j| weight(i, j) / (0..=i).map(|k| weight(i, k)).sum::<f64>())
}

#[test]
fn forward_passes_are_those_of_transformers() {
    for name in REFERENCES {
        let (checkpoint, decoder, reference) = reference(name);
        let config = checkpoint.config().clone();
        let tokens = checkpoint.tokens(reference["text"].as_str().unwrap(), Overlong::Refuse).unwrap();
        let tokens = &tokens[0].ids;
        assert_eq!(*tokens, ids(&reference["ids"]), "{name}");
        let trace = decoder.trace(tokens).unwrap();
        for (l, layer) in trace.layers.iter().enumerate() {
            let expected = numbers(&reference["residual"][l]);
            assert_near(layer.residual.as_ref(), &expected, &format!("{name}: residual before layer {l}"));
        }
        assert_near(trace.output.as_ref(), &numbers(&reference["output"]), &format!("{name}: output"));
        let n = tokens.len();
        for l in 0..config.layers {
            let expected = numbers(&reference["attention"][l]);
            for h in 0..config.heads {
                let weights = causal_softmax(&trace.scores(l, h).unwrap());
                let part = &expected[h * n * n..(h + 1) * n * n];
                assert_near(weights.as_ref(), part, &format!("{name}: head {l}.{h}"));
            }
        }
        let logits = decoder.logits(decoder.begin(&[tokens]).unwrap()).unwrap();
        assert_all_near(&logits[0], &numbers(&reference["logits"]), &format!("{name}: logits"));
        // Longer than the blocks of queries.
        let long = ids(&reference["long"]);
        let logits = decoder.logits(decoder.begin(&[&long]).unwrap()).unwrap();
        let expected = numbers(&reference["long_logits"]);
        assert_all_near(&logits[0], &expected, &format!("{name}: logits after {} tokens", long.len()));
    }
}

#[test]
fn patches_are_hooks_of_transformers() {
    for name in REFERENCES {
        let (checkpoint, decoder, reference) = reference(name);
        let layers = checkpoint.config().layers;
        let tokens = ids(&reference["ids"]);
        for p in reference["patched"].as_array().unwrap() {
            let values: Vec<f32> = numbers(&p["values"]).into_iter().map(|v| v as f32).collect();
            let positions: Vec<usize> = ids(&p["positions"]).into_iter().map(|v| v as usize).collect();
            let zero = values.iter().all(|v| *v == 0.0);
            let mut kinds = vec![PatchValue::Each(values.clone())];
            kinds.extend((positions.len() == 1).then(|| PatchValue::Same(values.clone())));
            kinds.extend(zero.then_some(PatchValue::Zero));
            for value in kinds {
                let place = |k: &str| p[k].as_u64().unwrap() as usize;
                let patch =
                    Patch { layer: place("layer"), head: place("head"), positions: positions.clone(), value };
                let start = decoder.begin(&[&tokens]).unwrap();
                let end = decoder.advance(start, layers, std::slice::from_ref(&patch)).unwrap();
                let logits = decoder.logits(end).unwrap();
                let expected = numbers(&p["logits"]);
                assert_all_near(&logits[0], &expected, &format!("{name}: {patch:?}"));
                // The patch changes something, or the test could not fail.
                let plain = numbers(&reference["logits"]);
                let change = plain.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(change > 1e-3, "{name}: {change}");
            }
        }
    }
}

#[test]
fn another_grouping_of_the_keys_is_not_that_of_transformers() {
    for name in ["llama", "mistral", "qwen2", "qwen3"] {
        let (checkpoint, decoder, reference) = reference(name);
        let c = checkpoint.config();
        assert_eq!((c.heads, c.key_heads), (4, 2));
        let tokens = ids(&reference["ids"]);
        let (trace, n) = (decoder.trace(&tokens).unwrap(), tokens.len());
        let expected = numbers(&reference["attention"][0]);
        for head in 0..c.heads {
            // Head 2 j + k of key head j, against head j + 2 k of key head j.
            let wrong = (head % c.key_heads) * c.group();
            let mut layer = trace.layers[0].clone();
            layer.queries = Mat::from_fn(n, layer.queries.ncols(), |i, j| {
                let within = j % c.head_dimension;
                trace.layers[0].queries[(i, head * c.head_dimension + within)]
            });
            let weights = causal_softmax(&layer.scores(c, wrong).unwrap());
            let off = (0..n * n)
                .map(|k| (weights[(k / n, k % n)] - expected[head * n * n + k]).abs())
                .fold(0.0, f64::max);
            let same = head / c.group() == head % c.key_heads;
            assert_eq!(off < 1e-5, same, "{name} {head}: {off}");
        }
    }
}

#[test]
fn weights_of_a_head_give_its_queries_and_keys() {
    for name in REFERENCES {
        let (checkpoint, decoder, reference) = reference(name);
        let c = checkpoint.config();
        let trace = decoder.trace(&ids(&reference["ids"])).unwrap();
        for (l, h) in [(0, 0), (0, 3), (1, 1), (1, 2)] {
            let head = decoder.head(l, h).unwrap();
            let layer = &trace.layers[l];
            let pairs = [
                (&head.query, &head.query_bias, layer.queries(c, h).unwrap()),
                (&head.key, &head.key_bias, layer.keys(c, h).unwrap()),
            ];
            for (w, b, found) in pairs {
                let product = &layer.read * w;
                for i in 0..product.nrows() {
                    // Normalised queries are a positive multiple.
                    let made: Vec<f64> = (0..b.len()).map(|j| product[(i, j)] + b[j]).collect();
                    let size = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
                    let row: Vec<f64> = found.row(i).iter().copied().collect();
                    let factor = if c.normalises_queries() { size(&row) / size(&made) } else { 1.0 };
                    for (m, f) in made.iter().zip(&row) {
                        assert!((m * factor - f).abs() < 1e-5 * f.abs().max(1.0), "{name} {l}.{h}");
                    }
                }
            }
            assert_eq!((head.value.nrows(), head.output.ncols()), (c.width, c.width));
        }
        assert!(decoder.head(2, 0).is_err() && decoder.head(0, 4).is_err());
    }
}

#[test]
fn values_and_output_matrices_write_what_the_head_adds() {
    // Without the other heads and the perceptron, the last layer adds sum_j a_ij x_j W_V W_O.
    let mut checkpoint = tiny(DecoderFamily::Llama);
    for name in ["layers.0.mlp.down_proj.weight", "layers.1.mlp.down_proj.weight"] {
        checkpoint.tensor_mut(name).unwrap().values_mut().fill(0.0);
    }
    let decoder = decoder(&checkpoint);
    let tokens = [4, 8, 15, 16, 23, 42];
    let trace = decoder.trace(&tokens).unwrap();
    let c = trace.config();
    let mut expected = trace.layers[0].residual.clone();
    for h in 0..c.heads {
        let head = decoder.head(0, h).unwrap();
        let weights = causal_softmax(&trace.scores(0, h).unwrap());
        expected += weights * &trace.layers[0].read * &head.value * &head.output;
    }
    let off = (&expected - &trace.layers[1].residual).norm_max();
    assert!(off < 1e-5, "{off}");
}

#[test]
fn scores_of_equal_tokens_depend_on_the_offset_alone() {
    for family in [DecoderFamily::Llama, DecoderFamily::Qwen3, DecoderFamily::GptNeox] {
        let trace = decoder(&tiny(family)).trace(&[7; 9]).unwrap();
        for head in 0..4 {
            let s = trace.scores(0, head).unwrap();
            for (i, j) in (1..9).flat_map(|i| (1..9).map(move |j| (i, j))) {
                assert!((s[(i, j)] - s[(i - 1, j - 1)]).abs() < 1e-9, "{family} {head} ({i}, {j})");
            }
            let spread = (1..9).map(|j| (s[(8, j)] - s[(8, 0)]).abs()).fold(0.0, f64::max);
            assert!(spread > 1e-3, "{family} {head}: positions do nothing");
        }
    }
}

#[test]
fn prompts_of_a_batch_do_not_see_each_other_and_streams_go_on() {
    for family in DecoderFamily::ALL {
        let decoder = decoder(&tiny(family));
        let prompts: [&[u32]; 3] = [&[5, 6, 7, 8], &[9, 8, 7, 6], &[1, 1, 2, 3]];
        let together = decoder.logits(decoder.begin(&prompts).unwrap()).unwrap();
        for (prompt, logits) in prompts.iter().zip(&together) {
            let alone = decoder.begin(&[prompt]).unwrap();
            let middle = decoder.advance(alone, 1, &[]).unwrap();
            assert_eq!((middle.layer(), middle.shape()), (1, [1, 4]));
            assert_all_near(&decoder.logits(middle).unwrap()[0], logits, family.name());
        }
        // Patching in what a head wrote itself changes nothing; what it wrote of others does.
        let (_, wrote) = decoder.advance_keeping(decoder.begin(&prompts).unwrap(), 2, &[]).unwrap();
        let c = decoder.config();
        let own = wrote.of(c, 1, 2, &[1, 3]).unwrap().unwrap();
        let mut turned = own.clone();
        turned.rotate_left(2 * c.head_dimension);
        for (values, same) in [(own, true), (turned, false)] {
            let patch = Patch { layer: 1, head: 2, positions: vec![1, 3], value: PatchValue::Each(values) };
            let end = decoder.advance(decoder.begin(&prompts).unwrap(), 2, &[patch]).unwrap();
            let logits = decoder.logits(end).unwrap();
            let off = logits.iter().flatten().zip(together.iter().flatten()).map(|(a, b)| (a - b).abs());
            assert_eq!(off.fold(0.0, f64::max) < 1e-5, same, "{family}");
        }
    }
}

#[test]
fn the_next_tokens_are_those_of_the_logits() {
    let (_, decoder, reference) = reference("llama");
    let tokens = ids(&reference["ids"]);
    let logits = numbers(&reference["logits"]);
    let best = decoder.next(&tokens, 4).unwrap();
    let above = |l: f64| logits.iter().filter(|v| **v > l + 1e-5).count();
    for (k, candidate) in best.iter().enumerate() {
        assert!(above(candidate.logit) <= k);
    }
    let all = decoder.next(&tokens, usize::MAX).unwrap();
    assert!((all.iter().map(|c| c.probability).sum::<f64>() - 1.0).abs() < 1e-12);
    let four = decoder.generate(&tokens, 4).unwrap();
    assert_eq!(four[0], best[0].token);
    let longer: Vec<u32> = tokens.iter().chain(&four[..3]).copied().collect();
    assert_eq!(decoder.generate(&longer, 1).unwrap(), four[3..]);
}

#[test]
fn written_checkpoints_read_back_in_every_precision_and_number_of_files() {
    for family in DecoderFamily::ALL {
        let c = tiny(family);
        let tokens = [5, 9, 7, 40, 11];
        let expected = decoder(&c).trace(&tokens).unwrap().output;
        for (stored, shard, tolerance) in [
            (Stored::F32, usize::MAX, 0.0),
            (Stored::F32, 7, 0.0),
            (Stored::F16, 5, 3e-2),
            (Stored::Bf16, usize::MAX, 3e-1),
        ] {
            let dir = tempfile::tempdir().unwrap();
            c.write(dir.path(), stored, shard).unwrap();
            let read = DecoderCheckpoint::read(dir.path()).unwrap();
            assert_eq!(read.config(), c.config());
            let found = decoder(&read).trace(&tokens).unwrap().output;
            let worst = (&found - &expected).norm_max();
            assert!(worst <= tolerance, "{family} {stored:?}: {worst}");
            assert_eq!(worst == 0.0, stored == Stored::F32);
        }
    }
}
