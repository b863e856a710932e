"""Writes the GGUF files of a checkpoint: python3 export.py CHECKPOINT"""

import sys

import torch

from gguf import write_all
from model import Shape
from problems import HERE
from tokenizer import Tokenizer

write_all(HERE.parent / 'models', Shape(), Tokenizer.load(), torch.load(sys.argv[1])['weights'])
