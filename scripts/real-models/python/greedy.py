"""Answers requests greedily with transformers: greedy.py FOLDER REQUESTS ANSWERS, two JSON files.

A request has messages, perhaps tools, and maxTokens.
Prompts of equal length are computed in one batch, which needs no padding. An answer has

  prompt, promptTokens      as the chat template and the tokenizer write them
  tokens, text              the reply, with the token that ends it, and without
  ends                      characters of the text up to the end of each token
  logprobs                  of each token
  second, secondLogprobs    the next best token in each place
"""

import json
import sys
from collections import defaultdict

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, source, target = sys.argv[1:]
# Several threads wait for each other in a loop: where other programs run, one is much faster.
torch.set_num_threads(1)
tokenizer = AutoTokenizer.from_pretrained(folder)
most_in_batch = 16


def to_message(message):
    """A message as templates read it."""
    if message["role"] == "tool":
        output = message["output"]
        return dict(role="tool", content=output if isinstance(output, str) else json.dumps(output))
    calls = [
        dict(type="function", function=dict(name=call["name"], arguments=call["input"]))
        for call in message.get("toolCalls", [])
    ]
    spoken = dict(role=message["role"], content=message["content"])
    return spoken | dict(tool_calls=calls) if calls else spoken


def to_prompt(request):
    tools = [dict(type="function", function=tool) for tool in request.get("tools", [])]
    return tokenizer.apply_chat_template(
        [to_message(message) for message in request["messages"]],
        tools=tools or None,
        tokenize=False,
        add_generation_prompt=True,
    )


def decode(tokens):
    return tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)


@torch.inference_mode()
def continue_prompts(model, answers, most):
    ends = model.generation_config.eos_token_id
    ends = set(ends if isinstance(ends, list) else [ends])
    cache, given = None, torch.tensor([answer["promptTokens"] for answer in answers])
    for _ in range(most):
        step = model(given, past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache = step.past_key_values
        top = step.logits[:, -1].log_softmax(-1).topk(2)
        given = top.indices[:, :1]
        for answer, tokens, logprobs in zip(answers, top.indices.tolist(), top.values.tolist()):
            if answer["tokens"] and answer["tokens"][-1] in ends:
                continue
            answer["tokens"].append(tokens[0])
            answer["second"].append(tokens[1])
            answer["logprobs"].append(logprobs[0])
            answer["secondLogprobs"].append(logprobs[1])
        if all(answer["tokens"][-1] in ends for answer in answers):
            break


answers = []
groups = defaultdict(list)
for request in json.load(open(source)):
    prompt = to_prompt(request)
    tokens = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    answer = dict(prompt=prompt, promptTokens=tokens, tokens=[], second=[])
    answers.append(answer | dict(logprobs=[], secondLogprobs=[]))
    groups[len(tokens), request["maxTokens"]].append(answers[-1])

model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
for (_, most), group in groups.items():
    for start in range(0, len(group), most_in_batch):
        continue_prompts(model, group[start : start + most_in_batch], most)
for answer in answers:
    tokens = answer["tokens"]
    answer["text"] = decode(tokens)
    answer["ends"] = [len(decode(tokens[: end + 1])) for end in range(len(tokens))]
json.dump(answers, open(target, "w"))
