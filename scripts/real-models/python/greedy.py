"""Continues prompts greedily: greedy.py FOLDER REQUESTS ANSWERS, two JSON files.

A request has messages, for the chat template, or tokens, and maxTokens. Its answer has the text and
the tokens of the prompt, the tokens of the reply, each with its log-probability and the second
best one's.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, source, target = sys.argv[1:]
torch.set_num_threads(2)
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
ends = model.generation_config.eos_token_id
ends = set(ends if isinstance(ends, list) else [ends])

answers = []
for request in json.load(open(source)):
    prompt = None
    tokens = request.get("tokens")
    if tokens is None:
        prompt = tokenizer.apply_chat_template(
            request["messages"], tokenize=False, add_generation_prompt=True
        )
        tokens = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    reply, best, second = [], [], []
    cache, given = None, tokens
    with torch.no_grad():
        while len(reply) < request["maxTokens"]:
            step = model(torch.tensor([given]), past_key_values=cache, use_cache=True)
            cache = step.past_key_values
            top = step.logits[0, -1].log_softmax(-1).topk(2)
            given = [top.indices[0].item()]
            reply += given
            best.append(top.values[0].item())
            second.append(top.values[1].item())
            if given[0] in ends:
                break
    answers.append(
        dict(prompt=prompt, promptTokens=tokens, tokens=reply, logprobs=best, secondLogprobs=second)
    )
json.dump(answers, open(target, "w"))
