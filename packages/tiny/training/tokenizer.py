"""Byte-level BPE of the Llama-3 kind: its pre-tokenizer, whole pre-tokens first, no merges between digits."""

import json
from collections import Counter
from pathlib import Path

import regex

HERE = Path(__file__).parent
TOKENS = 624
SAMPLES = 6000
SEED = 1
PIECES = (
    '<think', '</', 'think', '>\n', '>\n\n', ' c', ' b', '\n\n', '|', '|\n', '<TOOLCALL', '</', '>[', '>[{"', 'TOOLCALL',
    ']</', '}]</', '}}]</', '"}}]</', ' "', '":', '"},', '",', '{"', ' {"', ' [{"', '<AVAILABLE', '_TOOLS', 'AVAILABLE', '<TOOL',
    'TOOL', '_RESPONSE', 'name', 'arguments', 'system', 'user', 'assistant', 'detailed', ' thinking', ' on', ' off', '},', ' {',
)
PATTERN = regex.compile(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CONTROL = (
    '<|begin_of_text|>', '<|end_of_text|>', '<|reserved_special_token_0|>', '<|reserved_special_token_1|>',
    '<|finetune_right_pad_id|>', '<|reserved_special_token_2|>', '<|start_header_id|>', '<|end_header_id|>', '<|eom_id|>',
    '<|eot_id|>', '<|python_tag|>', *(f'<|reserved_special_token_{index}|>' for index in range(3, 8)),
)


def byte_alphabet():
    """GPT-2's printable character for every byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    shifted = (byte for byte in range(256) if byte not in printable)
    return {**{byte: chr(byte) for byte in printable}, **{byte: chr(256 + index) for index, byte in enumerate(shifted)}}


ALPHABET = byte_alphabet()
BYTES = {character: byte for byte, character in ALPHABET.items()}


class Tokenizer:
    def __init__(self, tokens, merges):
        self.tokens = tokens
        self.merges = merges
        self.ids = {token: index for index, token in enumerate(tokens)}
        self.ranks = {tuple(merge.split(' ')): rank for rank, merge in enumerate(merges)}
        self.control = {name: len(tokens) + index for index, name in enumerate(CONTROL)}
        self.size = len(tokens) + len(CONTROL)
        self.cache = {}

    @staticmethod
    def load(path=HERE / 'vocabulary.json'):
        stored = json.loads(Path(path).read_text())
        return Tokenizer(stored['tokens'], stored['merges'])

    def encode(self, text):
        """Plain text only: control tokens are put in by id."""
        ids = []
        for piece in PATTERN.findall(text):
            if piece not in self.cache:
                self.cache[piece] = self.encode_piece(''.join(ALPHABET[byte] for byte in piece.encode()))
            ids += self.cache[piece]
        return ids

    def encode_piece(self, characters):
        if characters in self.ids:
            return [self.ids[characters]]
        parts = list(characters)
        while len(parts) > 1:
            pairs = [self.ranks.get(pair, len(self.ranks)) for pair in zip(parts, parts[1:])]
            best = min(pairs)
            if best == len(self.ranks):
                break
            at = pairs.index(best)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return [self.ids[part] for part in parts]

    def decode(self, ids):
        """Control tokens are left out."""
        characters = ''.join(self.tokens[index] for index in ids if index < len(self.tokens))
        return bytes(BYTES[character] for character in characters).decode(errors='replace')


def train(counts, size):
    """The most frequent pair first; ties go to the smaller pair, so that the result does not depend on the order."""
    words = {tuple(ALPHABET[byte] for byte in piece.encode()): count for piece, count in sorted(counts.items())}
    tokens, merges = list(ALPHABET[byte] for byte in sorted(ALPHABET)), []
    while len(tokens) < size:
        pairs = Counter()
        for parts, count in words.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += count
        pair = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(' '.join(pair))
        if ''.join(pair) not in tokens:
            tokens.append(''.join(pair))
        words = {merged(parts, pair): count for parts, count in words.items()}
    return Tokenizer(tokens, merges)


def merged(parts, pair):
    out, at = [], 0
    while at < len(parts):
        whole = parts[at : at + 2] == pair
        out.append(parts[at] + parts[at + 1] if whole else parts[at])
        at += 2 if whole else 1
    return tuple(out)


def piece_counts():
    """Square roots of the counts in generated samples, so that their few words do not crowd out general text."""
    from conversations import Samples
    from problems import held_out

    samples, generated = Samples(None, SEED, held_out()), Counter()
    for _ in range(SAMPLES):
        messages, reply = samples.conversation()
        for role, text in [*messages, ('assistant', reply)]:
            generated.update(PATTERN.findall(role) + PATTERN.findall('\n\n' + text))
    counts = Counter({piece: count**0.5 for piece, count in generated.items()})
    for piece in PATTERN.findall((HERE / 'corpus.txt').read_text()):
        counts[piece] += 2
    for piece in PIECES:
        counts[piece] += 1000
    return {piece: count for piece, count in counts.items() if not regex.search(r'\p{N}', piece)}


if __name__ == '__main__':
    trained = train(piece_counts(), TOKENS)
    stored = {'tokens': trained.tokens, 'merges': trained.merges}
    (HERE / 'vocabulary.json').write_text(json.dumps(stored, ensure_ascii=False, indent=0) + '\n')
