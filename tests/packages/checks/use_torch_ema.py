"""A moving average of parameters."""

import torch
from torch_ema import ExponentialMovingAverage

weight = torch.nn.Parameter(torch.tensor([0.0]))
average = ExponentialMovingAverage([weight], decay=0.9, use_num_updates=False)
expected = 0.0
for step in range(1, 6):
    weight.data.fill_(float(step))
    average.update()
    expected += 0.1 * (step - expected)
with average.average_parameters():
    assert abs(weight.item() - expected) < 1e-6
assert weight.item() == 5.0 and average.state_dict()["decay"] == 0.9
print("ok")
