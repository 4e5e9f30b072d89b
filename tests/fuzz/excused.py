"""Where PyTorch and pullback are known to part: each such place ends a program, and is counted by its name."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tests.fuzz.observe import SWAPPED, Run, laid_out, values
from tests.fuzz.program import NAME, Step

HYBRIDS = "hybrids of inference tensors and ordinary ones"
_REFERENCES = "swap_tensors counts PyTorch's own references"
_ERRORS = {
    "INTERNAL ASSERT": "a failure inside PyTorch",
    "report a bug": "a failure inside PyTorch",
    "Expected use_count": _REFERENCES,
    "Expected no weakrefs": _REFERENCES,
    "It is not possible to get the": _REFERENCES,
    "'NoneType' object has no attribute 'next_functions'": _REFERENCES,
    "Expected gradient function to be set": _REFERENCES,
    "AsStridedBackward0 returned an invalid gradient": "axes changed in inference mode, which PyTorch's history does not tell",
    "Expected isFloatingType(grad": "a complex gradient of a real number that PyTorch refuses",
    "Trying to execute AccumulateGrad node that was": "a graph of a leaf that was swapped since",
    "select() cannot be applied to a 0-dim": "the length of an axis that out= took away, which PyTorch still reads",
    "Tensor must have a last dimension with": "a view as pairs of no elements, whose strides NumPy does not keep",
    "Tensor must have a stride divisible by": "a view as pairs of no elements, whose strides NumPy does not keep",
}


_REFUSALS = (
    "Output ", "A view was created in", "a leaf Variable", "a view of a leaf", "unsupported operation",
    "one of the variables needed", "The size of tensor", "index_copy_(): Number", "Inplace update to", "Inference tensors cannot", "Trying to backward",
    "output with shape", "view size is not compatible", "Tensor must have a ",
)  # fmt: skip


def by_error(step: Step, run: Run, expected: list[Any] | None, found: list[Any] | None) -> str | None:
    """The name of what excuses that only one library raised, or that an error ends a program."""
    if expected is not None and found is not None and ["None", ""] in (expected, found):
        return "a gradient that is not there"
    told = [error is not None and error[1].startswith("unsupported operation") for error in (expected, found)]
    if told[0] != told[1]:
        if any(1 in tensor.shape for tensor in run.tensors.values()) or _is_part_of_expanded(step, run):
            return "a write onto itself along axes of length 1, whose strides NumPy does not keep"
        if expected is None and _reads_itself(step, run) is not None:
            return "a write of expanded memory onto itself"
    unnamed = re.search(r"(detach\(\)|data)\.\w+_\(", step.text)
    if found is not None and found[1].startswith("Inplace update to inference") and (unnamed or run.odd()):
        return HYBRIDS
    if expected is None:
        if found is not None and found[1].startswith(("Inference tensors cannot be saved", "Trying to backward")):
            return "what PyTorch need not save for the gradient of a view made in no_grad mode"
        return None
    for words, name in _ERRORS.items():
        if words in expected[1]:
            return name
    if "dual_level" in step.text and found is None and expected[0] == "AttributeError" and _reads_inference(step, run):
        return "tangents of inference tensors, which PyTorch drops where nothing else takes part"
    if found is not None and found != expected and all(error[1].startswith(_REFUSALS) for error in (expected, found)):
        return "which of two refusals comes first"
    if "autograd" in step.text or "backward(" in step.text:
        if expected[1].startswith("unsupported operation"):
            return "a gradient that PyTorch cannot write into expanded memory"
        if expected[1].startswith("one of the variables needed") and found is None:
            return "a pass for some inputs that needs nothing of what was overwritten"
    return None


def is_swap_refused(step: Step, expected: list[Any] | None, found: list[Any] | None) -> bool:
    """Whether PyTorch alone has not swapped two tensors, at the end of a step, for the references it counts."""
    if expected is None or found is not None:
        return False
    refused = any(words in expected[1] for words, name in _ERRORS.items() if name == _REFERENCES)
    return refused and SWAPPED.search(step.text.rpartition("; ")[2]) is not None


def is_written_anyway(expected: list[Any] | None) -> bool:
    """Whether PyTorch may have written before it raised an error."""
    return expected is not None and expected[1].startswith(("Inplace update to inference tensor", "index "))


def after(step: Step, runs: tuple[Run, Run], expected: list[Any] | None) -> str | None:
    """The name of what the state after a step excuses; both libraries have agreed on the error."""
    run = runs[0]
    if (
        expected is not None
        and expected[1].startswith("Inplace update to inference tensor")
        and (".set_(" in step.text or not _alike_shown(*runs))
    ):
        return "PyTorch has turned axes, or shown other memory, before it refuses to write into an inference tensor"
    if re.search("(maximum|minimum)", step.text) and any(
        not np.array_equal(np.signbit(values(runs[0].tensors[name])), np.signbit(values(runs[1].tensors[name])))
        for name in step.makes
        if all(name in each.tensors and each.tensors[name].is_floating_point() for each in runs)
    ):
        return "which of two zeros is the larger"
    if any(t.requires_grad and not (t.is_floating_point() or t.is_complex()) for t in run.tensors.values()):
        return "integers that PyTorch lets require grad after fill_"
    if run.odd():
        return HYBRIDS
    return None


_RESHOWN = re.compile(r"\.(t|transpose|squeeze|unsqueeze|swapaxes|swapdims|as_strided)_\(")
_READ_OTHERWISE = re.compile("ConjBackward|ViewAsRealBackward|ViewAsComplexBackward")


def by_fact(step: Step, fact: str, expected: Any, found: Any, run: Run, failed: bool) -> str | None:
    """The name of what excuses that a fact differs after a step that has `failed` or not."""
    if " grad" in fact and failed and "backward(" in step.text:
        return "PyTorch has stored some gradients before a backward pass fails"
    if fact.endswith("strides") and (".data = " in step.text or not run.tensors[fact.split()[0]]._is_view()):
        return "how a result that is no view lies in memory"
    if isinstance(expected, list) and "INTERNAL ASSERT" in str(expected):
        return "a failure inside PyTorch"
    if isinstance(found, list) and "a view as another dtype was made" in str(found):
        return "a view as another dtype of a tensor whose axes were changed in place since"
    if fact.endswith("is view") and run.unnamed_base(fact.split()[0]):
        return "a result that is a view of memory without a name"
    if fact.endswith("grad_fn") and _RESHOWN.search(step.text) and _READ_OTHERWISE.search(str([expected, found])):
        return "a history that PyTorch does not tell of axes changed in no_grad mode, of a view that reads memory otherwise"
    if "inference_mode" in step.text and re.search("broadcast_tensors|atleast_|meshgrid", step.text):
        if not fact.endswith("values") and run.tensors[fact.split()[0]].is_inference():
            return "a conjugate that functions of lists copy in inference mode"
    if fact.endswith("grad requires_grad") or (fact.endswith("requires_grad") and fact.split()[0] in run.derived):
        return "whether the derivative of a function that is linear in pieces requires grad"
    if fact.endswith("offset") and ("out=" in step.text or ("as_strided" in step.text and _reads_nothing(step, run))):
        return "where a view of no elements lies in memory"
    if not fact.endswith("values"):
        return None
    written = re.search(r"out=(v\d+)", step.text)
    known = _reads_itself(step, run)
    if _only_beyond(expected, found) and any(_is_infinite(t) for t in run.tensors.values()):
        return "the parts of a complex number that is not finite"
    if known is None and written and written[1] in run.tensors and fact.split()[0] != written[1]:
        if _shared(run.tensors[fact.split()[0]], run.tensors[written[1]]):
            return "memory that out= has enlarged under a view"
    return known


def _reads_itself(step: Step, run: Run) -> str | None:
    tensors = [run.tensors[name] for name in dict.fromkeys(NAME.findall(step.text)) if name in run.tensors]
    for one in tensors:
        if _repeats(one):
            return "a write into repeated elements"
        for other in tensors:
            placed = re.search("index_|scatter_|put_|\\] = ", step.text)
            if one is not other and _shared(one, other) and (placed or not _alike(one, other)):
                return "a write that reads what it has just written"
    return None


def _is_part_of_expanded(step: Step, run: Run) -> bool:
    """Whether a step writes between the brackets of what repeats."""
    target = re.search(r"(v\d+)\[.*\] (=|[-+*/]=) ", step.text)
    return target is not None and target[1] in run.tensors and _repeats(run.tensors[target[1]])


def _reads_inference(step: Step, run: Run) -> bool:
    return any(name in run.tensors and run.tensors[name].is_inference() for name in NAME.findall(step.text))


def _reads_nothing(step: Step, run: Run) -> bool:
    return any(name in run.tensors and not run.tensors[name].numel() for name in NAME.findall(step.text))


def _only_beyond(expected: Any, found: Any) -> bool:
    """Whether two arrays differ only where one of them is not finite."""
    if not isinstance(expected, np.ndarray) or not isinstance(found, np.ndarray) or expected.shape != found.shape:
        return False
    finite = np.isfinite(expected) & np.isfinite(found)
    return bool(np.allclose(expected[finite], found[finite], rtol=1e-4))


def _is_infinite(tensor: Any) -> bool:
    return bool(tensor.is_complex()) and not np.isfinite(values(tensor)).all()


def _alike_shown(one: Run, other: Run) -> bool:
    return all(
        name in other.tensors and t.shape == other.tensors[name].shape and laid_out(t) == laid_out(other.tensors[name])
        for name, t in one.tensors.items()
    )


def _repeats(tensor: Any) -> bool:
    """Whether two elements share a place."""
    places = np.zeros(tensor.shape, int)
    for axis, (step, length) in enumerate(zip(tensor.stride(), tensor.shape)):
        places += (np.arange(length) * step).reshape(-1, *[1] * (tensor.ndim - 1 - axis))
    return len(np.unique(places)) < places.size


def _shared(one: Any, other: Any) -> bool:
    return bool(one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr() and one.numel())


def _alike(one: Any, other: Any) -> bool:
    return bool(one.shape == other.shape and one.stride() == other.stride() and one.data_ptr() == other.data_ptr())
