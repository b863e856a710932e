"""
Writes GGUF version 3.
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import os
import struct
from pathlib import Path

import numpy as np

from quantise import q4_0, q8_0
from tokenizer import CONTROL, HERE

ALIGNMENT = 32
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
FILE_TYPES = {'F16': 1, 'Q4_0': 2, 'Q8_0': 7}
TENSOR_TYPES = {'F32': 0, 'F16': 1, 'Q4_0': 2, 'Q8_0': 8}
NORMAL, CONTROL_TOKEN = 1, 3
ENCODERS = {
    'F32': lambda values: values.astype('<f4').tobytes(),
    'F16': lambda values: values.astype('<f2').tobytes(),
    'Q8_0': q8_0,
    'Q4_0': q4_0,
}


def string(text):
    data = text.encode()
    return struct.pack('<Q', len(data)) + data


def array(kind, items):
    packed = b''.join(map(string, items)) if kind == STRING else struct.pack(f'<{len(items)}i', *items)
    return struct.pack('<IQ', kind, len(items)) + packed


SCALARS = {
    UINT32: lambda value: struct.pack('<I', value),
    FLOAT32: lambda value: struct.pack('<f', value),
    BOOL: lambda value: struct.pack('<?', value),
    STRING: string,
}


def metadata(shape, tokenizer, file_type):
    # Its tags trim what is around them, so it says the same without the line ends.
    template = ''.join(line.strip() for line in (HERE / 'chat-template.jinja').read_text().splitlines())
    types = [NORMAL] * len(tokenizer.tokens) + [CONTROL_TOKEN] * len(CONTROL)
    return [
        ('general.architecture', STRING, 'llama'),
        ('general.name', STRING, 'nano-tiny'),
        ('general.license', STRING, 'mit'),
        ('general.file_type', UINT32, FILE_TYPES[file_type]),
        ('general.quantization_version', UINT32, 2),
        ('llama.context_length', UINT32, shape.context),
        ('llama.embedding_length', UINT32, shape.width),
        ('llama.block_count', UINT32, shape.layers),
        ('llama.feed_forward_length', UINT32, shape.feed_forward),
        ('llama.attention.head_count', UINT32, shape.heads),
        ('llama.attention.head_count_kv', UINT32, shape.kv_heads),
        ('llama.attention.key_length', UINT32, shape.head),
        ('llama.attention.value_length', UINT32, shape.head),
        ('llama.attention.layer_norm_rms_epsilon', FLOAT32, shape.epsilon),
        ('llama.rope.freq_base', FLOAT32, shape.rope_base),
        ('llama.rope.dimension_count', UINT32, shape.head),
        ('llama.vocab_size', UINT32, shape.vocabulary),
        ('tokenizer.ggml.model', STRING, 'gpt2'),
        ('tokenizer.ggml.pre', STRING, 'llama-bpe'),
        ('tokenizer.ggml.tokens', ARRAY, array(STRING, [*tokenizer.tokens, *CONTROL])),
        ('tokenizer.ggml.token_type', ARRAY, array(INT32, types)),
        ('tokenizer.ggml.merges', ARRAY, array(STRING, tokenizer.merges)),
        ('tokenizer.ggml.bos_token_id', UINT32, tokenizer.control['<|begin_of_text|>']),
        ('tokenizer.ggml.eos_token_id', UINT32, tokenizer.control['<|end_of_text|>']),
        ('tokenizer.ggml.add_bos_token', BOOL, True),
        ('tokenizer.chat_template', STRING, template),
    ]


def tensor_type(name, values, file_type):
    if values.ndim == 1:
        return 'F32'
    # The embedding is also the output matrix: its rounding errors reach every choice directly.
    return 'Q8_0' if file_type == 'Q4_0' and name == 'token_embd.weight' else file_type


def write(path, shape, tokenizer, weights, file_type):
    """Through a temporary name, so that a reader never sees half a file."""
    tensors = {name: weight.detach().numpy().astype(np.float32) for name, weight in weights.items()}
    kinds = {name: tensor_type(name, values, file_type) for name, values in tensors.items()}
    fields = metadata(shape, tokenizer, file_type)

    head = [b'GGUF', struct.pack('<IQQ', 3, len(tensors), len(fields))]
    for key, kind, value in fields:
        head += [string(key), struct.pack('<I', kind), value if kind == ARRAY else SCALARS[kind](value)]

    body = []
    for name, values in tensors.items():
        data = ENCODERS[kinds[name]](values)
        dimensions = values.shape[::-1]  # fastest first
        head += [string(name), struct.pack(f'<I{len(dimensions)}Q', len(dimensions), *dimensions)]
        head += [struct.pack('<IQ', TENSOR_TYPES[kinds[name]], sum(map(len, body)))]
        body.append(data + bytes(-len(data) % ALIGNMENT))

    front = b''.join(head)
    path = Path(path)
    temporary = path.with_suffix('.partial')
    temporary.write_bytes(front + bytes(-len(front) % ALIGNMENT) + b''.join(body))
    os.replace(temporary, path)


def write_all(folder, shape, tokenizer, weights):
    for file_type in FILE_TYPES:
        write(Path(folder) / f'tiny-{file_type}.gguf', shape, tokenizer, weights, file_type)
