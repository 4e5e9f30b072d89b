"""share_memory_ and is_shared."""

from __future__ import annotations

import os

import pytest

import pullback as torch


def test_a_tensor_in_shared_memory_keeps_its_values_and_says_so():
    x = torch.arange(6.0).view(2, 3).t().clone()
    stride = x.stride()
    assert not x.is_shared()
    assert x.share_memory_() is x
    assert x.is_shared()
    assert x[1:].is_shared()
    assert x.detach().is_shared()
    assert x.untyped_storage().is_shared()
    assert x.stride() == stride
    assert x.tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]


def test_copies_are_not_shared():
    x = torch.ones(3).share_memory_()
    assert not x.clone().is_shared()
    assert not (x + 1).is_shared()


def test_what_has_no_elements_counts_as_shared():
    assert torch.empty(0).is_shared()


def test_a_number_can_be_shared():
    x = torch.tensor(2.0).share_memory_()
    assert x.is_shared()
    assert x.item() == 2.0


def test_a_view_is_refused():
    with pytest.raises(NotImplementedError, match="call it on the base"):
        torch.ones(4)[1:].share_memory_()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_what_a_forked_process_writes_is_seen():
    x = torch.zeros(2).share_memory_()
    child = os.fork()
    if child == 0:
        x.fill_(7)
        os._exit(0)
    os.waitpid(child, 0)
    assert x.tolist() == [7.0, 7.0]


def test_a_module_shares_parameters_and_gradients():
    model = torch.nn.Linear(2, 2)
    model(torch.ones(1, 2)).sum().backward()
    weight = model.weight
    assert model.share_memory() is model
    assert model.weight is weight
    assert weight.is_shared()
    assert weight.grad.is_shared()
    assert weight.requires_grad


def add_to(number, x):
    x[number] += number + 1


def fill_and_answer(answers, x):
    x.fill_(7)
    answers.put(x)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="files without names")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_processes_of_either_kind_write_is_seen(method):
    x = torch.zeros(3).share_memory_()
    torch.multiprocessing.start_processes(add_to, (x,), nprocs=2, start_method=method)
    assert x.tolist() == [1.0, 2.0, 0.0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="files without names")
def test_a_queue_passes_shared_memory_and_copies_of_other():
    context = torch.multiprocessing.get_context("fork")
    answers = context.Queue()
    x = torch.zeros(2, 3).share_memory_()
    process = context.Process(target=fill_and_answer, args=(answers, x[1]))
    process.start()
    received = answers.get(timeout=60)
    process.join()
    assert x.tolist() == [[0.0] * 3, [7.0] * 3]
    assert received.is_shared() and received.tolist() == [7.0] * 3
    parts = context.SimpleQueue()
    parts.put([torch.nn.Parameter(torch.ones(2)), torch.ones(1, requires_grad=True)])
    weight, leaf = parts.get()
    assert isinstance(weight, torch.nn.Parameter) and weight.tolist() == [1.0, 1.0]
    assert leaf.requires_grad and not leaf.is_shared()


def test_a_tensor_with_a_history_is_not_sent():
    parts = torch.multiprocessing.SimpleQueue()
    with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf tensor which requires_grad"):
        parts.put(torch.ones(2, requires_grad=True) * 2)


def test_errors_of_processes_can_be_pickled():
    import pickle

    error = torch.multiprocessing.ProcessExitedException("text", 0, 12, 3, "SIGKILL")
    again = pickle.loads(pickle.dumps(error))
    assert (again.msg, again.error_index, again.error_pid, again.exit_code) == ("text", 0, 12, 3)
