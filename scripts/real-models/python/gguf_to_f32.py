"""Rewrites a GGUF file with all tensors in float32: gguf_to_f32.py SOURCE TARGET"""

import sys

import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import dequantize

source, target = sys.argv[1:]
reader = GGUFReader(source)
architecture = reader.fields["general.architecture"].contents()
writer = GGUFWriter(target, architecture)
for name, field in reader.fields.items():
    if name.startswith("GGUF.") or name == "general.architecture":
        continue
    value = 0 if name == "general.file_type" else field.contents()
    kind, *inner = field.types
    writer.add_key_value(name, value, kind, inner[-1] if kind == GGUFValueType.ARRAY else None)
for tensor in reader.tensors:
    values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    writer.add_tensor(tensor.name, np.ascontiguousarray(values))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file(progress=False)
writer.close()
