"""Writes tiny models with random weights as Hugging Face folders, one per architecture.

random_folders.py TOKENIZER FOLDER: the tokenizer's folder, and the folder to write into.
"""

import json
import os
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

tokenizer_folder, target = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)

sizes = dict(
    vocab_size=len(tokenizer),
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=512,
    bos_token_id=tokenizer.bos_token_id,
    eos_token_id=tokenizer.eos_token_id,
    pad_token_id=tokenizer.pad_token_id,
)
two_layers = ["sliding_attention", "full_attention"]
models = {
    "llama": dict(model_type="llama", head_dim=32, eos_token_id=[tokenizer.eos_token_id, 0]),
    "qwen2": dict(model_type="qwen2"),
    "qwen3": dict(model_type="qwen3", head_dim=32),
    "mistral": dict(model_type="mistral", head_dim=32, sliding_window=16),
    "phi3": dict(
        model_type="phi3", original_max_position_embeddings=512, sliding_window=16
    ),
    "phi3-long": dict(
        model_type="phi3",
        max_position_embeddings=1024,
        original_max_position_embeddings=128,
        rope_parameters=dict(
            rope_type="longrope",
            type="longrope",
            rope_theta=10000.0,
            short_factor=[1.0] * 8,
            long_factor=[1.5] * 8,
            original_max_position_embeddings=128,
        ),
    ),
    "smollm3": dict(model_type="smollm3"),
    "granite": dict(model_type="granite", logits_scaling=2.0, attention_multiplier=0.3),
    "gemma": dict(model_type="gemma", head_dim=32),
    "gemma2": dict(model_type="gemma2", head_dim=32, sliding_window=16, layer_types=two_layers),
    "gemma3": dict(
        model_type="gemma3_text",
        head_dim=32,
        sliding_window=16,
        layer_types=two_layers,
        rope_parameters=dict(
            sliding_attention=dict(rope_type="default", rope_theta=10000.0),
            full_attention=dict(rope_type="default", rope_theta=1000000.0),
        ),
    ),
    "gpt-oss": dict(
        model_type="gpt_oss",
        head_dim=32,
        sliding_window=16,
        layer_types=two_layers,
        num_local_experts=4,
        num_experts_per_tok=2,
    ),
}


def set_rope_scaling(folder, parameters):
    """transformers 4, which optimum uses, reads the lengths of positions from a field of its own."""
    path = os.path.join(folder, "config.json")
    with open(path) as file:
        saved = json.load(file)
    saved["rope_scaling"] = {key: parameters[key] for key in ("type", "short_factor", "long_factor")}
    with open(path, "w") as file:
        json.dump(saved, file, indent=2)


for name, own in models.items():
    folder = os.path.join(target, name)
    torch.manual_seed(1)
    try:
        config = AutoConfig.for_model(**{**sizes, **own})
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    except Exception as error:
        print(f"{name}: {error}", file=sys.stderr)
        continue
    # Weights of the usual size make every next token about as likely as any other.
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(5)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if "rope_parameters" in own and "long_factor" in own["rope_parameters"]:
        set_rope_scaling(folder, own["rope_parameters"])
    print(name)
