"""Continues prompts greedily with onnxruntime-genai: genai_greedy.py FOLDER REQUESTS ANSWERS.

A request has promptTokens. Its answer has the tokens of the reply, at most 24.
"""

import json
import sys

import numpy as np
import onnxruntime_genai as og

folder, source, target = sys.argv[1:]
model = og.Model(folder)
config = json.load(open(f"{folder}/genai_config.json"))["model"]
ends = config["eos_token_id"]
ends = set(ends if isinstance(ends, list) else [ends])

most = 24
answers = []
for request in json.load(open(source)):
    tokens = request["promptTokens"]
    parameters = og.GeneratorParams(model)
    parameters.set_search_options(max_length=len(tokens) + most, do_sample=False)
    generator = og.Generator(model, parameters)
    generator.append_tokens(np.array(tokens, dtype=np.int32))
    reply = []
    while len(reply) < most and not (reply and reply[-1] in ends):
        generator.generate_next_token()
        reply.append(int(generator.get_next_tokens()[0]))
    answers.append(dict(promptTokens=tokens, tokens=reply))
json.dump(answers, open(target, "w"))
