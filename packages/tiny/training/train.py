r"""
Trains the model on two processes, writing GGUF files at every checkpoint.

    python3 train.py --minutes 74 --checkpoint /tmp/tiny-1.pt --log log.jsonl
    python3 train.py --stage 2 --start /tmp/tiny-1.pt --minutes 48 --seed 2 --muon-rate 0.008 --adam-rate 1.2e-3 \
        --checkpoint /tmp/tiny-2.pt --log log-2.jsonl
"""

import argparse
import json
import math
import os
import time

os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')

import torch
import torch.nn.functional as F

from batches import by_count, by_tokens
from conversations import Samples
from evaluate import scores
from evaluate_skills import skill_scores
from gguf import write_all
from later_stages import LaterSamples, evaluation_set
from mixtures import MIXTURES
from model import Shape, hidden, initial_weights, logits
from optimizer import Optimizer
from problems import HERE, held_out, load
from quantise import rounded_to_q4_0
from tokenizer import Tokenizer

WARM_UP = 100
SKILL_PROBLEMS = 30
ROUNDED_FROM = 0.88


def samples_and_batch(options, rank, tokenizer):
    """The stage's stream of samples, and the function that makes a batch of it."""
    seed = options.seed * 1000 + rank
    if options.stage == 1:
        samples = Samples(tokenizer, seed, held_out())
        return lambda: by_count(samples, options.batch // options.processes)
    samples = LaterSamples(tokenizer, seed, MIXTURES[options.stage])
    return lambda: by_tokens(samples, options.tokens // options.processes)


def loss_of(weights, shape, tokens, targets, groups):
    at = (targets >= 0).nonzero().flatten()
    predicted = logits(weights, shape, hidden(weights, shape, tokens, groups)[at])
    return F.cross_entropy(predicted, targets[at])


def starting_weights(options, shape):
    weights = torch.load(options.start)['weights'] if options.start else initial_weights(shape, options.seed)
    return {name: weight.requires_grad_() for name, weight in weights.items()}


def rounded(weights):
    return {name: rounded_to_q4_0(weight) if is_hidden_matrix(name, weight) else weight for name, weight in weights.items()}


def is_hidden_matrix(name, weight):
    return name.startswith('blk.') and weight.dim() == 2


def schedule(step, progress):
    """Warm-up by steps, then a cosine over the whole run, down to zero."""
    return min(1, step / WARM_UP) * 0.5 * (1 + math.cos(math.pi * min(1, progress)))


def worker(rank, options, shared, shared_progress, barrier):
    torch.set_num_threads(1)
    shape, tokenizer = Shape(), Tokenizer.load()
    next_batch = samples_and_batch(options, rank, tokenizer)
    weights = starting_weights(options, shape)
    optimizer = Optimizer(weights, options.muon_rate, options.adam_rate)
    started = checked = time.time()
    step, progress, recent = 0, 0.0, []
    while progress < options.until:
        step += 1
        if rank == 0:
            elapsed = (time.time() - started) / (60 * options.minutes) if options.minutes else step / options.steps
            shared_progress[step % 2] = elapsed
        fake = progress > ROUNDED_FROM and step % 2 == 0
        loss = loss_of(rounded(weights) if fake else weights, shape, *next_batch())
        gradients = torch.autograd.grad(loss, list(weights.values()))

        # Two buffers by turns, so that no process writes the next sum before every process has read this one.
        buffer = shared[step % 2]
        buffer[rank] = torch.cat([*(gradient.flatten() for gradient in gradients), loss.detach()[None]])
        barrier.wait()
        progress = shared_progress[step % 2].item()
        *parts, mean_loss = buffer.mean(0).split([*(gradient.numel() for gradient in gradients), 1])
        means = {name: part.view_as(weight) for (name, weight), part in zip(weights.items(), parts)}
        optimizer.step(means, schedule(step, progress))

        recent.append(mean_loss.item())
        if rank == 0 and (time.time() - checked > options.every or progress >= options.until):
            checkpoint(options, shape, tokenizer, weights, {
                'step': step,
                'minutes': round((time.time() - started) / 60, 2),
                'progress': round(progress, 4),
                'loss': round(sum(recent) / len(recent), 4),
            })
            checked, recent = time.time(), []
        elif len(recent) > 200:
            recent.pop(0)


def checkpoint(options, shape, tokenizer, weights, entry):
    plain = {name: weight.detach() for name, weight in weights.items()}
    torch.save({'weights': plain, **entry}, options.checkpoint)
    write_all(options.models, shape, tokenizer, plain)
    problems = load(HERE.parent / 'problems.jsonl')
    for mode in ('on', 'off'):
        entry[mode] = scores(plain, shape, tokenizer, problems, mode == 'on')
    if options.stage > 1:
        entry['skills'] = skill_scores(plain, shape, tokenizer, evaluation_set(SKILL_PROBLEMS))
    with open(options.log, 'a') as log:
        log.write(json.dumps(entry) + '\n')


def main():
    parser = argparse.ArgumentParser()
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument('--minutes', type=float, help='the schedule follows the clock')
    length.add_argument('--steps', type=int, help='the schedule follows the steps, repeatable')
    parser.add_argument('--until', type=float, default=1.0, help='share of the schedule to run')
    parser.add_argument('--stage', type=int, choices=(1, 2, 3, 4), default=1)
    parser.add_argument('--start', help='checkpoint to start from, where not from nothing')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--batch', type=int, default=64, help='samples per step of the first stage')
    parser.add_argument('--tokens', type=int, default=7000, help='tokens per step of the later stages')
    parser.add_argument('--processes', type=int, default=2)
    parser.add_argument('--muon-rate', type=float, default=0.02)
    parser.add_argument('--adam-rate', type=float, default=3e-3)
    parser.add_argument('--every', type=float, default=300, help='seconds between checkpoints')
    parser.add_argument('--checkpoint', default='/tmp/tiny.pt')
    parser.add_argument('--models', default=str(HERE.parent / 'models'))
    parser.add_argument('--log', default=str(HERE / 'log.jsonl'))
    options = parser.parse_args()

    parameters = sum(weight.numel() for weight in initial_weights(Shape(), 0).values())
    shared = torch.zeros(2, options.processes, parameters + 1).share_memory_()
    shared_progress = torch.zeros(2).share_memory_()
    barrier = torch.multiprocessing.get_context('spawn').Barrier(options.processes)
    torch.multiprocessing.spawn(worker, (options, shared, shared_progress, barrier), options.processes)


if __name__ == '__main__':
    main()
