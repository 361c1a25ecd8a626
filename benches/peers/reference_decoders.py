"""Randomly initialised tiny decoders and what `transformers` computes with them, for the tests of relata-models.

    pip install torch transformers
    python benches/peers/reference_decoders.py [NAME...]     # writes crates/models/tests/reference/decoders/NAME
    python benches/peers/reference_decoders.py --model DIR --prompts FILE     # top-5 tokens of each line, DIR/prompts.json

Weights are drawn wide (deviation 0.4, biases and gains too). reference.json has the token numbers, the residual stream before every layer,
the output after the last normalisation, each layer's attention weights, the last token's logits, the same after patches of a head's output
(by hooks on the output matrices), and the logits after a prompt of 300 tokens.
"""

import argparse
import json
from pathlib import Path

import torch
import transformers as t
from tokenizers import Tokenizer, models, pre_tokenizers

TEXT = "The maps of 2."
ROOT = Path(__file__).resolve().parents[2] / "crates" / "models" / "tests" / "reference" / "decoders"
MERGES = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("i", "n"), ("p", "r"), ("o", "d")]
LONG = 300


def byte_pairs():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = ["<|endoftext|>"] + alphabet + [a + b for a, b in MERGES]
    k = Tokenizer(models.BPE({w: i for i, w in enumerate(words)}, MERGES))
    k.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    k.add_special_tokens(["<|endoftext|>"])
    return k, len(words)


def widen(model, seed):
    g = torch.Generator().manual_seed(seed)
    # Gemma stores gains less 1.
    gain = 0.0 if model.config.model_type == "gemma" else 1.0
    with torch.no_grad():
        for name, p in model.named_parameters():
            centre = gain if p.dim() == 1 and name.endswith("weight") else 0.0
            p.copy_(centre + 0.4 * torch.randn(p.shape, generator=g))
    model.tie_weights()
    return model.eval()


def output_matrix(model, layer):
    if hasattr(model, "gpt_neox"):
        return model.gpt_neox.layers[layer].attention.dense
    if hasattr(model, "transformer"):
        return model.transformer.h[layer].attn.c_proj
    return model.model.layers[layer].self_attn.o_proj


def patched(model, ids, layer, head, positions, values, size):
    """Logits after the last token, with the head's output at these positions set to these values (one row each)."""

    def hook(_, inputs):
        z = inputs[0].clone()
        for p, v in zip(positions, values):
            z[:, p, head * size : (head + 1) * size] = torch.tensor(v)
        return (z,) + inputs[1:]

    handle = output_matrix(model, layer).register_forward_pre_hook(hook)
    with torch.no_grad():
        out = model(torch.tensor([ids])).logits[0, -1]
    handle.remove()
    return out


def numbers(x):
    return [round(v, 6) for v in x.flatten().tolist()]


def write(name, model, tokenizer, size, **save):
    directory = ROOT / name
    directory.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(directory, **save)
    (directory / "generation_config.json").unlink(missing_ok=True)
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    ids = tokenizer.encode(TEXT).ids
    with torch.no_grad():
        out = model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
        long = [(7 * k * k + 3 * k) % len(tokenizer.get_vocab()) for k in range(LONG)]
        after = model(torch.tensor([long])).logits[0, -1]
    states = [numbers(h[0]) for h in out.hidden_states]
    g = torch.Generator().manual_seed(99)
    drawn = lambda rows: torch.randn((rows, size), generator=g).tolist()
    one, two = drawn(1), drawn(2)
    patches = []
    for layer, head, positions, values in [
        (0, 1, [2, 4], [[0.0] * size] * 2), (1, 0, [len(ids) - 1], one), (0, 3, [0, 5], two),
    ]:
        logits = patched(model, ids, layer, head, positions, values, size)
        flat = [round(v, 7) for row in values for v in row]
        patches.append({"layer": layer, "head": head, "positions": positions, "values": flat, "logits": numbers(logits)})
    reference = {
        "text": TEXT, "ids": ids, "residual": states[:-1], "output": states[-1],
        "attention": [numbers(a[0]) for a in out.attentions], "logits": numbers(out.logits[0, -1]),
        "patched": patches, "long": long, "long_logits": numbers(after),
    }
    (directory / "reference.json").write_text(json.dumps(reference, separators=(",", ":")))


def sizes(vocabulary, **more):
    return dict(
        vocab_size=vocabulary, hidden_size=12, num_hidden_layers=2, num_attention_heads=4, intermediate_size=16,
        max_position_embeddings=320, attn_implementation="eager", tie_word_embeddings=True, bos_token_id=0, eos_token_id=0,
        pad_token_id=None,
    ) | more


def rope(kind, **more):
    """Settings of rotary positions, in the words of both generations of the library."""
    if int(t.__version__.split(".")[0]) >= 5:
        return {"rope_parameters": {"rope_type": kind, "rope_theta": 100.0} | more}
    return {"rope_theta": 100.0, "rope_scaling": {"rope_type": kind} | more}


def all_models():
    tokenizer, n = byte_pairs()
    llama3 = rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
    grouped = dict(num_key_value_heads=2)
    makers = {
        "llama": lambda: t.LlamaForCausalLM(t.LlamaConfig(**sizes(n, head_dim=6, **grouped))),
        "llama_llama3": lambda: t.LlamaForCausalLM(t.LlamaConfig(**sizes(n, head_dim=8, **grouped, **llama3))),
        "llama_linear": lambda: t.LlamaForCausalLM(
            t.LlamaConfig(**sizes(n, head_dim=6, num_key_value_heads=1, attention_bias=True, mlp_bias=True, **rope("linear", factor=4.0)))
        ),
        "mistral": lambda: t.MistralForCausalLM(
            t.MistralConfig(**sizes(n, head_dim=6, sliding_window=512, tie_word_embeddings=False, **grouped))
        ),
        "qwen2": lambda: t.Qwen2ForCausalLM(t.Qwen2Config(**sizes(n, hidden_size=16, **grouped))),
        "qwen3": lambda: t.Qwen3ForCausalLM(t.Qwen3Config(**sizes(n, head_dim=6, **grouped))),
        "gemma": lambda: t.GemmaForCausalLM(t.GemmaConfig(**sizes(n, head_dim=6, num_key_value_heads=1))),
        "gpt_neox": lambda: t.GPTNeoXForCausalLM(
            t.GPTNeoXConfig(**sizes(n, hidden_size=32, rotary_pct=0.5, tie_word_embeddings=False))
        ),
        "gpt2": lambda: t.GPT2LMHeadModel(
            t.GPT2Config(vocab_size=n, n_embd=16, n_layer=2, n_head=4, n_positions=320, attn_implementation="eager", bos_token_id=0, eos_token_id=0)
        ),
    }
    head = {"llama_llama3": 8, "qwen2": 4, "gpt_neox": 8, "gpt2": 4}
    return {k: (m, tokenizer, head.get(k, 6)) for k, m in makers.items()}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("names", nargs="*", default=[])
    arguments.add_argument("--model", type=Path)
    arguments.add_argument("--prompts", type=Path)
    a = arguments.parse_args()
    torch.set_num_threads(1)
    if a.model:
        model = t.AutoModelForCausalLM.from_pretrained(a.model, dtype=torch.float32).eval()
        tokenizer = Tokenizer.from_file(str(a.model / "tokenizer.json"))
        found = []
        for prompt in a.prompts.read_text().splitlines():
            ids = tokenizer.encode(prompt).ids
            with torch.no_grad():
                top = model(torch.tensor([ids])).logits[0, -1].topk(5)
            found.append({"prompt": prompt, "ids": ids, "top": top.indices.tolist(), "logits": numbers(top.values)})
        (a.model / "prompts.json").write_text(json.dumps(found, indent=1))
        return
    for k, (name, (make, tokenizer, size)) in enumerate(all_models().items()):
        if not a.names or name in a.names:
            save = {"max_shard_size": "8KB"} if name == "qwen2" else {}
            write(name, widen(make(), 20 + k), tokenizer, size, **save)


main()
