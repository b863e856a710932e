"""Lays out an export of onnxruntime-genai's builder as transformers.js reads it.

transformers_js_layout.py FOLDER OUTPUT: the data is linked. The builder leaves the width of the KV
cache open, which transformers.js takes for 0, so the graph gets the width of genai_config.json.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import onnx

folder, output = Path(sys.argv[1]), Path(sys.argv[2])
width = json.loads((folder / "genai_config.json").read_text())["model"]["decoder"]["head_size"]
graph = onnx.load(folder / "model.onnx", load_external_data=False)
for tensor in [*graph.graph.input, *graph.graph.output]:
    if "key" in tensor.name or "value" in tensor.name:
        tensor.type.tensor_type.shape.dim[3].dim_value = width
(output / "onnx").mkdir(parents=True)
onnx.save(graph, output / "onnx" / "model.onnx")
os.link(folder / "model.onnx.data", output / "onnx" / "model.onnx.data")
shutil.copy(folder.parent / "hf" / "config.json", output)
