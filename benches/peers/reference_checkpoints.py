"""Randomly initialised tiny checkpoints and what `transformers` computes with them, for the tests of relata-models' encoders.

    pip install torch transformers
    python benches/peers/reference_checkpoints.py [FAMILY...]     # writes crates/models/tests/reference/FAMILY
    python benches/peers/reference_checkpoints.py --out DIR       # every family, and those that share its code, elsewhere
    python benches/peers/reference_checkpoints.py --model DIR --text FILE    # the same numbers of any checkpoint, DIR/reference.json
    RELATA_REFERENCE=DIR cargo test --release --locked --workspace --test suite encoders    # compares DIR, or every folder in it, too

Weights are drawn wide (deviation 0.4, biases and gains too), so that no part of the architecture is near the identity or zero. The files
differ in what checkpoints of strangers differ in: prefixes of names, shards, tokenizers. reference.json has the token numbers, the residual
stream before every layer, the output, and each layer's attention weights, all computed in f32.
"""

import argparse
import json
from pathlib import Path

import torch
import transformers as t
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

TEXT = "The utility of a product: 2 maps."
SHORT = "The product of 2 maps."
ROOT = Path(__file__).resolve().parents[2] / "crates" / "models" / "tests" / "reference"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def wordpiece():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    words = special + list(LETTERS) + [f"##{c}" for c in LETTERS] + list(".,:2") + ["the", "of", "product", "##ed"]
    k = Tokenizer(models.WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    k.normalizer = normalizers.BertNormalizer(lowercase=True)
    k.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    k.add_special_tokens(special)
    k.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    # As published tokenizers do, and as a reader must not.
    k.enable_truncation(8)
    k.enable_padding(length=8)
    return k, len(words)


MERGES = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("i", "n"), ("p", "r"), ("o", "d")]


def byte_pairs():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = ["<|endoftext|>"] + alphabet + [a + b for a, b in MERGES]
    k = Tokenizer(models.BPE({w: i for i, w in enumerate(words)}, MERGES))
    k.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    k.add_special_tokens(["<|endoftext|>"])
    return k, len(words)


def vocab_txt(directory):
    """Word pieces as old checkpoints have them, cased here, and what the slow tokenizer makes of a text."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "T", "##he"] + list("ofprdmas.2") + [f"##{c}" for c in "roductfmaps"]
    (directory / "vocab.txt").write_text("\n".join(words) + "\n")
    (directory / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False}))
    slow = t.DistilBertTokenizer(str(directory / "vocab.txt"), do_lower_case=False)
    return slow.encode, len(words)


def vocab_json(directory):
    """Byte pairs as old checkpoints have them."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    marks = list("Theproductofmaps.2") + ["Ġ"]
    words = special + sorted(set(marks)) + ["th", "the", "Ġthe", "in", "pr", "od", "<mask>", ","]
    (directory / "vocab.json").write_text(json.dumps({w: i for i, w in enumerate(words)}, ensure_ascii=False))
    lines = ["#version: 0.2"] + [f"{a} {b}" for a, b in MERGES if a + b in words and all(w in words for w in (a, b))]
    (directory / "merges.txt").write_text("\n".join(lines) + "\n")
    slow = t.RobertaTokenizer(str(directory / "vocab.json"), str(directory / "merges.txt"))
    return slow.encode, len(words)


def widen(model, seed):
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            centre = 1.0 if p.dim() == 1 and name.endswith("weight") else 0.0
            p.copy_(centre + 0.4 * torch.randn(p.shape, generator=g))
    return model.eval()


def reference(model, encode, text, digits):
    ids = encode(text)[: model.config.max_position_embeddings]
    with torch.no_grad():
        out = model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
    numbers = lambda t: [round(v, digits) for v in t.flatten().tolist()]
    states = [numbers(h[0]) for h in out.hidden_states]
    return {
        "text": text,
        "ids": ids,
        "residual": states[:-1],
        "output": states[-1],
        "attention": [numbers(a[0]) for a in out.attentions],
    }


def fast(tokenizer):
    """The tokens of a text without the cuts and the padding that the tokenizer's file asks for."""
    plain = Tokenizer.from_str(tokenizer.to_str())
    plain.no_truncation()
    plain.no_padding()
    return lambda text: plain.encode(text).ids


def write(directory, model, base, encode, tokenizer=None, text=SHORT, digits=6, **save):
    directory.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(directory, **save)
    (directory / "generation_config.json").unlink(missing_ok=True)
    if tokenizer:
        tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    numbers = reference(base, encode, text, digits)
    (directory / "reference.json").write_text(json.dumps(numbers, separators=(",", ":")))


def sizes(vocabulary):
    return dict(
        vocab_size=vocabulary, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
        max_position_embeddings=36, attn_implementation="eager",
    )


def bert(directory):
    tokenizer, vocabulary = wordpiece()
    config = t.BertConfig(**sizes(vocabulary) | dict(hidden_size=16, intermediate_size=24, max_position_embeddings=64))
    model = widen(t.BertForMaskedLM(config), 0)
    write(directory, model, model.bert, fast(tokenizer), tokenizer, TEXT, 7)


def gpt2(directory):
    tokenizer, vocabulary = byte_pairs()
    config = t.GPT2Config(
        vocab_size=vocabulary, n_embd=16, n_layer=2, n_head=2, n_positions=64, attn_implementation="eager",
        bos_token_id=0, eos_token_id=0,
    )
    model = widen(t.GPT2LMHeadModel(config), 1)
    write(directory, model, model.transformer, fast(tokenizer), tokenizer, TEXT, 7, max_shard_size="12KB")


def distilbert(directory):
    directory.mkdir(parents=True, exist_ok=True)
    encode, vocabulary = vocab_txt(directory)
    config = t.DistilBertConfig(
        vocab_size=vocabulary, dim=8, n_layers=2, n_heads=2, hidden_dim=12, max_position_embeddings=36,
        attn_implementation="eager",
    )
    model = widen(t.DistilBertForMaskedLM(config), 2)
    write(directory, model, model.distilbert, encode, text="The maps of 2.")


def roberta(directory, config=t.RobertaConfig, model=t.RobertaForMaskedLM, base="roberta", seed=3):
    directory.mkdir(parents=True, exist_ok=True)
    encode, vocabulary = vocab_json(directory)
    whole = widen(model(config(**sizes(vocabulary), type_vocab_size=1, layer_norm_eps=1e-5)), seed)
    write(directory, whole, getattr(whole, base), encode, text="the maps, the product")


def mpnet(directory):
    tokenizer, vocabulary = wordpiece()
    model = widen(t.MPNetModel(t.MPNetConfig(**sizes(vocabulary), layer_norm_eps=1e-5)), 4)
    write(directory, model, model, fast(tokenizer), tokenizer, "The maps of product.")


def electra(directory):
    tokenizer, vocabulary = wordpiece()
    config = t.ElectraConfig(**sizes(vocabulary), embedding_size=6, hidden_act="gelu_python")
    model = widen(t.ElectraForPreTraining(config), 5)
    write(directory, model, model.electra, fast(tokenizer), tokenizer)


def xlm_roberta(directory):
    roberta(directory, t.XLMRobertaConfig, t.XLMRobertaForMaskedLM, seed=6)


def camembert(directory):
    roberta(directory, t.CamembertConfig, t.CamembertForMaskedLM, seed=7)


FAMILIES = dict(bert=bert, gpt2=gpt2, distilbert=distilbert, roberta=roberta, mpnet=mpnet, electra=electra)
RELATIVES = dict(xlm_roberta=xlm_roberta, camembert=camembert)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("families", nargs="*", choices=[*FAMILIES, []], default=[])
    arguments.add_argument("--out", type=Path)
    arguments.add_argument("--model", type=Path)
    arguments.add_argument("--text", type=Path)
    a = arguments.parse_args()
    torch.set_num_threads(1)
    if a.model:
        model = t.AutoModel.from_pretrained(a.model, attn_implementation="eager").float().eval()
        text = " ".join(a.text.read_text().split()[:80])
        numbers = reference(model, fast(Tokenizer.from_file(str(a.model / "tokenizer.json"))), text, 7)
        (a.model / "reference.json").write_text(json.dumps(numbers))
        return
    made = FAMILIES | RELATIVES if a.out else {f: FAMILIES[f] for f in a.families or FAMILIES}
    for name, make in made.items():
        make((a.out or ROOT) / name)


main()
