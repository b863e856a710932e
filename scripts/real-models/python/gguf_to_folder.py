"""Writes a GGUF file as a Hugging Face folder in float32: gguf_to_folder.py SOURCE FOLDER"""

import json
import os
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

source, folder = sys.argv[1:]
place, name = os.path.split(os.path.abspath(source))
tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=name)
tokenizer.save_pretrained(folder)

loaded = AutoModelForCausalLM.from_pretrained(place, gguf_file=name, dtype=torch.float32)
config = loaded.config
if hasattr(config, "quantization_config"):
    del config.quantization_config
# Weights that came out of a GGUF file are marked as quantized; those of a fresh model are not. It
# has none of its own, because both together would take twice the memory.
with torch.device("meta"):
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
model.load_state_dict(loaded.state_dict(), assign=True)
model.tie_weights()
if model.generation_config is None or model.generation_config.eos_token_id is None:
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id
    )
model.save_pretrained(folder)

# transformers 4, which optimum uses, reads the base of the rotary positions from a field of its own.
path = os.path.join(folder, "config.json")
with open(path) as file:
    saved = json.load(file)
saved.setdefault("rope_theta", saved.get("rope_parameters", {}).get("rope_theta", 10000.0))
with open(path, "w") as file:
    json.dump(saved, file, indent=2)
