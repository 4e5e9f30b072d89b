"""The table of a network's layers: shapes, parameters and products counted."""

import torch
from torchinfo import summary

model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(4 * 6 * 6, 10, bias=False)
)
facts = summary(model, input_size=(2, 1, 8, 8), verbose=0, col_names=("output_size", "num_params", "mult_adds"))
assert facts.total_params == facts.trainable_params == 4 * 9 + 4 + 1440
assert facts.total_mult_adds == 2 * 36 * 40 + 2 * 1440
shapes = [each.output_size for each in facts.summary_list[1:]]
assert shapes == [[2, 4, 6, 6], [2, 4, 6, 6], [2, 144], [2, 10]]
assert "├─Conv2d: 1-1" in str(facts) and "1,480" in str(facts)
print("ok")
