"""Optimizers as functions, together in one place."""

from pullback.optim.adadelta import adadelta as adadelta
from pullback.optim.adagrad import adagrad as adagrad
from pullback.optim.adam import adam as adam
from pullback.optim.adamax import adamax as adamax
from pullback.optim.adamw import adamw as adamw
from pullback.optim.asgd import asgd as asgd
from pullback.optim.nadam import nadam as nadam
from pullback.optim.radam import radam as radam
from pullback.optim.rmsprop import rmsprop as rmsprop
from pullback.optim.rprop import rprop as rprop
from pullback.optim.sgd import sgd as sgd
