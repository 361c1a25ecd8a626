"""Randomly initialised tiny checkpoints and what `transformers` computes with them, for the tests of relata-training's encoders.

    pip install torch transformers
    python benches/peers/reference_checkpoints.py                     # writes crates/training/tests/reference/{bert,gpt2}
    python benches/peers/reference_checkpoints.py --model DIR --text FILE    # the same numbers of any checkpoint, DIR/reference.json
    RELATA_REFERENCE=DIR cargo test --release --locked --workspace --test suite encoders    # compares them too

Weights are drawn wide (deviation 0.4, biases and gains too), so that no part of the architecture is near the identity or zero. The BERT
checkpoint is one file with the prefix `bert.`, the GPT-2 checkpoint several shards with the prefix `transformer.`. reference.json has the token
numbers, the residual stream before every layer, the output, and each layer's attention weights, all computed in f32.
"""

import argparse
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoModel, BertConfig, BertForMaskedLM, GPT2Config, GPT2LMHeadModel

TEXT = "The utility of a product: 2 maps."
ROOT = Path(__file__).resolve().parents[2] / "crates" / "training" / "tests" / "reference"


def wordpiece():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = special + list(letters) + [f"##{c}" for c in letters] + list(".,:2") + ["the", "of", "product", "##ed"]
    t = Tokenizer(models.WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.add_special_tokens(special)
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    # As published tokenizers do, and as a reader must not.
    t.enable_truncation(8)
    t.enable_padding(length=8)
    return t, len(words)


def byte_pairs():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("i", "n"), ("p", "r"), ("o", "d")]
    words = ["<|endoftext|>"] + alphabet + [a + b for a, b in merges]
    t = Tokenizer(models.BPE({w: i for i, w in enumerate(words)}, merges))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.add_special_tokens(["<|endoftext|>"])
    return t, len(words)


def widen(model, seed):
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            centre = 1.0 if p.dim() == 1 and name.endswith("weight") else 0.0
            p.copy_(centre + 0.4 * torch.randn(p.shape, generator=g))
    return model.eval()


def reference(model, tokenizer, text):
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ids = tokenizer.encode(text).ids
    ids = ids[: model.config.max_position_embeddings]
    with torch.no_grad():
        out = model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
    numbers = lambda t: [round(v, 7) for v in t.flatten().tolist()]
    states = [numbers(h[0]) for h in out.hidden_states]
    return {
        "text": text,
        "ids": ids,
        "residual": states[:-1],
        "output": states[-1],
        "attention": [numbers(a[0]) for a in out.attentions],
    }


def write(directory, lm, base, tokenizer, **save):
    lm.save_pretrained(directory, **save)
    (directory / "generation_config.json").unlink(missing_ok=True)
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    (directory / "reference.json").write_text(json.dumps(reference(base, tokenizer, TEXT), separators=(",", ":")))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--model", type=Path)
    arguments.add_argument("--text", type=Path)
    a = arguments.parse_args()
    torch.set_num_threads(1)
    if a.model:
        model = AutoModel.from_pretrained(a.model, attn_implementation="eager", dtype=torch.float32).eval()
        tokenizer = Tokenizer.from_file(str(a.model / "tokenizer.json"))
        text = " ".join(a.text.read_text().split()[:80])
        (a.model / "reference.json").write_text(json.dumps(reference(model, tokenizer, text)))
        return
    tokenizer, vocabulary = wordpiece()
    config = BertConfig(
        vocab_size=vocabulary, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
        max_position_embeddings=64, attn_implementation="eager",
    )
    bert = widen(BertForMaskedLM(config), 0)
    write(ROOT / "bert", bert, bert.bert, tokenizer)
    tokenizer, vocabulary = byte_pairs()
    config = GPT2Config(
        vocab_size=vocabulary, n_embd=16, n_layer=2, n_head=2, n_positions=64, attn_implementation="eager",
        bos_token_id=0, eos_token_id=0,
    )
    gpt2 = widen(GPT2LMHeadModel(config), 1)
    write(ROOT / "gpt2", gpt2, gpt2.transformer, tokenizer, max_shard_size="12KB")


main()
