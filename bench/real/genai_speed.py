"""Measures replies of onnxruntime-genai: genai_speed.py FOLDER THREADS, 0 threads for its defaults.

Each line of the input has tokens and maxTokens; each line of the output the tokens of the reply,
and the milliseconds to the first of them and from there to the last.
"""

import json
import sys
import time

import numpy as np
import onnxruntime_genai as og

folder, threads = sys.argv[1], int(sys.argv[2])
config = og.Config(folder)
if threads:
    options = dict(intra_op_num_threads=threads)
    config.overlay(json.dumps(dict(model=dict(decoder=dict(session_options=options)))))
model = og.Model(config)
print("ready", flush=True)
for line in sys.stdin:
    task = json.loads(line)
    started = time.perf_counter()
    parameters = og.GeneratorParams(model)
    length = len(task["tokens"]) + task["maxTokens"]
    # The end of a turn does not end the reply, so each has maxTokens tokens.
    parameters.set_search_options(max_length=length, min_length=length, do_sample=False)
    generator = og.Generator(model, parameters)
    generator.append_tokens(np.array(task["tokens"], dtype=np.int32))
    generator.generate_next_token()
    reply = [int(generator.get_next_tokens()[0])]
    first = time.perf_counter()
    while len(reply) < task["maxTokens"]:
        generator.generate_next_token()
        reply.append(int(generator.get_next_tokens()[0]))
    ended = time.perf_counter()
    times = dict(firstTokenTime=(first - started) * 1000, decodeTime=(ended - first) * 1000)
    print(json.dumps(dict(tokens=reply, **times)), flush=True)
