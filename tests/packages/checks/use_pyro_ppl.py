"""Variational inference of a mean whose posterior is known, and the trace's log density."""

import pyro
import pyro.distributions as dist
import torch
from pyro import poutine
from pyro.infer import SVI, Trace_ELBO
from pyro.optim import Adam

pyro.set_rng_seed(0)
data = torch.tensor([1.0, 2.0, 3.0])


def model(data):
    mean = pyro.sample("mean", dist.Normal(0.0, 1.0))
    with pyro.plate("data", len(data)):
        pyro.sample("x", dist.Normal(mean, 1.0), obs=data)


def guide(data):
    place = pyro.param("place", torch.tensor(0.0))
    width = pyro.param("width", torch.tensor(1.0), constraint=dist.constraints.positive)
    pyro.sample("mean", dist.Normal(place, width))


inference = SVI(model, guide, Adam({"lr": 0.05}), Trace_ELBO(num_particles=16, vectorize_particles=True))
for _ in range(150):
    inference.step(data)
# The posterior is Normal(6 / 4, 1 / sqrt(4)).
assert abs(pyro.param("place").item() - 1.5) < 0.1 and abs(pyro.param("width").item() - 0.5) < 0.1
trace = poutine.trace(poutine.condition(model, {"mean": torch.tensor(2.0)})).get_trace(data)
expected = dist.Normal(0.0, 1.0).log_prob(torch.tensor(2.0)) + dist.Normal(2.0, 1.0).log_prob(data).sum()
assert torch.allclose(trace.log_prob_sum(), expected)
print("ok")
