"""Writes problems.jsonl, and the digests of its questions and of those in the files given as arguments."""

import json
import sys
from pathlib import Path

from problems import HERE, digest, evaluation_set, load

SEED = 20
EACH = 50

given = [problem['question'] for path in sys.argv[1:] for problem in load(path)]
own = evaluation_set(SEED, EACH, frozenset(map(digest, given)))
lines = [json.dumps({'kind': made.kind, 'question': made.question, 'answer': made.answer}) for made in own]
Path(HERE.parent / 'problems.jsonl').write_text('\n'.join(lines) + '\n')
digests = sorted({digest(question) for question in [*given, *(made.question for made in own)]})
(HERE / 'held-out.txt').write_text('\n'.join(digests) + '\n')
