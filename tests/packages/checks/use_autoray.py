"""One text of array functions, on NumPy and on tensors, told apart by the module of their class."""

import autoray
import numpy as np
import torch

x = np.arange(12.0).reshape(3, 4) - 5
t = torch.tensor(x)
assert autoray.infer_backend(t) == "torch" and autoray.get_dtype_name(t) == "float64"
calls = [
    ("sum", {"axis": 1}),
    ("max", {"axis": 0}),
    ("prod", {"axis": 0}),
    ("transpose", {}),
    ("clip", {"a_min": -1, "a_max": 2}),
    ("fft.fft", {"axis": 0}),
    ("linalg.norm", {"axis": 1}),
    ("linalg.svd", {}),
    ("cumsum", {"axis": 0}),
    ("tril", {}),
    ("tanh", {}),
]
for name, options in calls:
    ours, numpys = autoray.do(name, t, **options), autoray.do(name, x, **options)
    if name == "linalg.svd":
        ours, numpys = ours[1], numpys[1]
    assert isinstance(ours, torch.Tensor), name
    np.testing.assert_allclose(autoray.to_numpy(ours), numpys, atol=1e-12, err_msg=name)
pieces = autoray.do("split", t, 2, axis=1)
assert [tuple(piece.shape) for piece in pieces] == [(3, 2), (3, 2)]


def orthonormal(a):
    rows = []
    for row in a:
        for other in rows:
            row = row - autoray.do("tensordot", other, row, 1) * other
        rows.append(row / autoray.do("linalg.norm", row))
    return autoray.do("stack", rows)


a = torch.eye(3, dtype=torch.double) + 0.1 * torch.ones(3, 3, dtype=torch.double).tril()
q = autoray.autojit(orthonormal, backend="torch")(a)
assert torch.allclose(q @ q.T, torch.eye(3, dtype=torch.double))
generator = autoray.do("random.default_rng", 42, like="torch")
assert autoray.do("shape", generator.normal(size=(2, 3))) == (2, 3)
print("ok")
