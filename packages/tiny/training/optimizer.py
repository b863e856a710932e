"""Muon for the hidden matrices, AdamW for the embedding and the norms."""

import torch

MOMENTUM = 0.95
BETAS = (0.9, 0.98)
EPSILON = 1e-8
# Newton–Schulz polynomial that pushes singular values to about 1 in five steps.
A, B, C = 3.4445, -4.7750, 2.0315


def orthogonal(matrix):
    """About the nearest orthogonal matrix, U V^T of the singular value decomposition, in the same shape."""
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.T
        x = A * x + (B * square + C * square @ square) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


class Optimizer:
    def __init__(self, weights, muon_rate=0.02, adam_rate=3e-3, decay=0.05):
        self.weights = weights
        self.muon_rate, self.adam_rate, self.decay = muon_rate, adam_rate, decay
        self.first = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        self.second = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        self.steps = 0

    @torch.no_grad()
    def step(self, gradients, scale):
        """`scale` is the schedule's share of the peak rate, in [0, 1]."""
        self.steps += 1
        for name, weight in self.weights.items():
            if name.startswith('blk.') and weight.dim() == 2:
                self.muon(name, weight, gradients[name], self.muon_rate * scale)
            else:
                self.adam(name, weight, gradients[name], self.adam_rate * scale)

    def muon(self, name, weight, gradient, rate):
        momentum = self.first[name].lerp_(gradient, 1 - MOMENTUM)
        update = orthogonal(gradient.lerp(momentum, MOMENTUM))
        rows, columns = weight.shape
        weight.mul_(1 - rate * self.decay).add_(update, alpha=-rate * max(1, rows / columns) ** 0.5)

    def adam(self, name, weight, gradient, rate):
        first = self.first[name].lerp_(gradient, 1 - BETAS[0])
        second = self.second[name].lerp_(gradient.square(), 1 - BETAS[1])
        unbiased = second / (1 - BETAS[1] ** self.steps)
        step = rate / (1 - BETAS[0] ** self.steps)
        if weight.dim() == 2:
            weight.mul_(1 - rate * self.decay)
        weight.addcdiv_(first, unbiased.sqrt().add_(EPSILON), value=-step)
