"""What turns a graph into the source of ``forward``, and what a program may override of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from pullback.fx._code import Writer, statements


@dataclass
class PythonCode:
    """Source, the objects that it names, and which node each of its lines is of (both counted from its body)."""

    src: str
    globals: dict[str, Any]
    _lineno_map: dict[int, int | None]
    _prologue_start: int


class CodeGen:
    """Writes ``forward``; a subclass overrides its head, its ``return`` or what goes in and out.

    `process_inputs` and `process_outputs` are what the head and the ``return`` do, for those who run the graph node by
    node.
    """

    _body_transformer: Callable[[list[str]], list[str]] | None = None
    _func_name = "forward"

    def gen_fn_def(self, free_vars: list[str], maybe_return_annotation: str) -> str:
        """The head, for parameters as they are written."""
        if not free_vars or free_vars[0] != "self":
            free_vars.insert(0, "self")
        return f"def {self._func_name}({', '.join(free_vars)}){maybe_return_annotation}:"

    def generate_output(self, output_args: Any) -> str:
        """The ``return``."""
        return f"return {output_args!r}"

    def process_inputs(self, *args: Any) -> Any:
        """The arguments of the graph for those of the function."""
        return args

    def process_outputs(self, outputs: Any) -> Any:
        """What the function returns for what the graph gives."""
        return outputs

    def additional_globals(self) -> list[tuple[str, Any]]:
        """Names that the head needs, and what they stand for."""
        return []

    def code_of(self, graph: Any, root: str) -> PythonCode:
        """The whole function."""
        writer = Writer(root)
        for name, value in self.additional_globals():
            writer.names[name] = value
        parameters, lines, gives = statements(writer, graph, self.generate_output)
        body = [text for text, _ in lines]
        if self._body_transformer is not None:
            body = self._body_transformer(body)
        head = self.gen_fn_def(parameters, gives)
        wrapped = "\n".join(f'torch.fx.wrap("{name}")' for name in writer.wrapped)
        numbers, owner = {}, dict(lines)
        at = 0
        last: int | None = None
        for text in body:
            last = owner.get(text, last)
            for _ in range(text.count("\n")):
                at += 1
                numbers[at] = last
        numbers[at + 1] = last
        source = "\n".join("    " + line for line in "".join(body).split("\n"))
        text = f"\n{wrapped}\n\n{head}\n{source}"
        return PythonCode(text, writer.names, numbers, 4 + wrapped.count("\n") + head.count("\n"))


class _PyTreeInfo(NamedTuple):
    """The parameters of a function, and how its arguments and its result are nested."""

    orig_args: list[str]
    in_spec: Any
    out_spec: Any


class _PyTreeCodeGen(CodeGen):
    """Takes nested arguments apart before the graph runs, and nests what it gives."""

    def __init__(self, pytree_info: _PyTreeInfo) -> None:
        self.pytree_info = pytree_info

    def process_inputs(self, *args: Any) -> Any:
        """The leaves of the arguments."""
        from pullback.utils._pytree import arg_tree_leaves

        return arg_tree_leaves(*args)

    def process_outputs(self, outputs: Any) -> Any:
        """The result, nested as that of the traced function."""
        from pullback.utils._pytree import tree_unflatten

        return outputs if self.pytree_info.out_spec is None else tree_unflatten(outputs, self.pytree_info.out_spec)

    def gen_fn_def(self, free_vars: list[str], maybe_return_annotation: str) -> str:
        """The head of the traced function, and a line that takes its arguments apart."""
        names = [name for name in self.pytree_info.orig_args if name != "self"]
        head = super().gen_fn_def([*names], maybe_return_annotation)
        if not free_vars:
            return head
        leaves = [each.split("=")[0].split(":")[0].strip() for each in free_vars]
        return f"{head}\n    {', '.join(leaves)}, = fx_pytree.tree_flatten_spec([{', '.join(names)}], self._in_spec)"

    def generate_output(self, output_args: Any) -> str:
        """The ``return`` of the nested result."""
        if self.pytree_info.out_spec is None:
            return super().generate_output(output_args)
        return f"return pytree.tree_unflatten({output_args!r}, self._out_spec)"
