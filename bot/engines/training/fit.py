"""Multinomial logistic regression on shares of classes, by L-BFGS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from bot.engines.training.matrix import Numbers


class Linear(Protocol):
    """Anything that is linear in weights of features by classes."""

    def logits(self, weights: Numbers) -> Numbers:
        """Rows by classes."""
        ...

    def gradient(self, errors: Numbers) -> Numbers:
        """Features by classes."""
        ...


@dataclass(frozen=True)
class Dense:
    """A plain matrix, rows by features."""

    matrix: Numbers

    def logits(self, weights: Numbers) -> Numbers:
        """Rows by classes."""
        return self.matrix @ weights

    def gradient(self, errors: Numbers) -> Numbers:
        """Features by classes."""
        return self.matrix.T @ errors


def fitted(rows: Linear, shares: Numbers, freedom: float, iterations: int) -> Numbers:
    """The weights (features by classes) that find ``shares`` (rows by classes, a row's sum is its weight) likeliest.

    ``freedom`` is C of scikit-learn: the penalty is half the sum of squared weights over it.
    """
    shape = rows.gradient(np.zeros_like(shares)).shape
    totals = shares.sum(axis=1, keepdims=True)

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        weights = flat.reshape(shape)
        told = log_softmax(rows.logits(weights), axis=1)
        value = -(shares * told).sum() * freedom + (flat @ flat) / 2
        slope = rows.gradient(np.exp(told) * totals - shares) * freedom + weights
        return float(value), slope.astype(float).ravel()

    found: Numbers = minimize(
        loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 10}
    ).x.reshape(shape)
    return found
