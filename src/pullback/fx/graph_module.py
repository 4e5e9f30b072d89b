"""A module whose forward is a graph."""

from __future__ import annotations

import copy
import itertools
import linecache
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from pullback.fx.graph import Graph, _PyTreeCodeGen
from pullback.nn import Module, Parameter
from pullback.tensor import Tensor

_numbers = itertools.count()
_HERE = (str(Path(__file__).parents[1]), "<operator ")


def _copy_attribute(source: Module, target: Module, path: str) -> None:
    """Give `target` the attribute of `source` at `path`, making plain modules on the way."""
    *prefix, name = path.split(".")
    for part in prefix:
        inner = getattr(source, part)
        if getattr(target, part, None) is inner:
            return
        if not hasattr(target, part):
            setattr(target, part, Module())
        source, target = inner, getattr(target, part)
    value = getattr(source, name)
    if name in source._buffers:
        target.register_buffer(name, value, name not in source._non_persistent_buffers_set)
    else:
        setattr(target, name, value)


def _assign_attr(from_obj: Any, to_module: Module, target: str) -> None:
    """Put a value at a path of a module, making plain modules on the way; a tensor becomes a buffer."""
    *prefix, name = target.split(".")
    for part in prefix:
        if not hasattr(to_module, part):
            setattr(to_module, part, Module())
        to_module = getattr(to_module, part)
    if isinstance(from_obj, Tensor) and not isinstance(from_obj, Parameter):
        to_module.register_buffer(name, from_obj)
    else:
        setattr(to_module, name, from_obj)


_copy_attr = _copy_attribute  # the name that programs use
_USER_PRESERVED_ATTRIBUTES_KEY = "_user_preserved_attributes"


class _CodeOnlyModule(Module):
    """A module that holds what another one did."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__()
        self.__dict__ = body


def _tell(last: traceback.FrameSummary) -> None:
    """Print which line of a generated function went wrong, and those around it."""
    number = last.lineno or 0
    lines = [*map(str.rstrip, linecache.getlines(last.filename))]
    print(
        f"{traceback.format_exc()}\nCall using an FX-traced Module, line {number} of the traced Module's generated forward "
        "function:",
        *lines[max(number - 2, 0) : number],
        "~" * len(last.line or "") + "~~~ <--- HERE",
        *lines[number : number + 2],
        sep="\n",
        file=sys.stderr,
    )


def _module_of(held: dict[str, Any], graph: Graph, name: str) -> GraphModule:
    """A module with these attributes and this graph."""
    made = GraphModule({}, Graph(), name)
    made.__dict__.update(held)
    made.graph = graph
    return made


def reduce_graph_module(body: dict[str, Any], import_block: str) -> GraphModule:
    """A module from the attributes of one and the source of its forward, which is traced again."""
    names: dict[str, Any] = {}
    exec(import_block + body["_code"], names)
    held = _CodeOnlyModule(dict(body))
    type(held).forward = names["forward"]
    tracer = body.get("_tracer_cls") or import_module("pullback.fx").Tracer
    graph = type("Tracer", (tracer,), {"is_leaf_module": lambda *args: True})().trace(held)
    return GraphModule(held, graph, body.get("_graphmodule_cls_name", "GraphModule"))


class GraphModule(Module):
    """A module that runs a graph.

    `root` is the module that the graph's attributes are taken from, or a dictionary of them.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        own = type(cls.__name__, (cls,), {"__module__": cls.__module__})  # its forward is this instance's alone
        return object.__new__(own)

    def __init__(self, root: Any, graph: Graph, class_name: str = "GraphModule") -> None:
        super().__init__()
        type(self).__name__ = class_name
        targets = [node.target for node in graph.nodes if node.op in ("get_attr", "call_module")]
        if isinstance(root, Module):
            self.training = root.training
            for target in targets:
                _copy_attribute(root, self, target)
        else:
            for target in sorted(targets, key=lambda each: each.count(".")):
                if target not in root:
                    raise RuntimeError(f"Node referenced target {target} but that target was not provided in ``root``!")
                place: Module = self
                *prefix, name = target.split(".")
                for part in prefix:
                    if not hasattr(place, part):
                        setattr(place, part, Module())
                    place = getattr(place, part)
                setattr(place, name, root[target])
        self.meta: dict[str, Any] = {}
        self.graph = graph

    @property
    def graph(self) -> Graph:
        """What is run; call `recompile` after changing it."""
        return self._graph

    @graph.setter
    def graph(self, graph: Graph) -> None:
        self._graph = graph if graph.owning_module is None else copy.deepcopy(graph)
        self._graph.owning_module = self
        self.recompile()

    @property
    def code(self) -> str:
        """The source of forward."""
        return self._code

    def recompile(self) -> Any:
        """Write forward anew from the graph."""
        made = self._graph.python_code("self")
        if isinstance(self._graph._codegen, _PyTreeCodeGen):
            self._in_spec, self._out_spec = self._graph._codegen.pytree_info[1:]
        self._code, names = made.src, dict(made.globals)
        self._lineno_map, self._prologue_start = made._lineno_map, made._prologue_start
        file = f"<eval_with_key>.{next(_numbers)}"
        linecache.cache[file] = (len(self._code), None, self._code.splitlines(True), file)
        exec(compile(self._code, file, "exec"), names)
        type(self).forward = names["forward"]
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            ours = [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith(_HERE)]
            if ours and ours[-1].filename.startswith("<eval_with_key>"):
                _tell(ours[-1])
            raise

    def add_submodule(self, target: str, m: Module) -> bool:
        """Put a module at a path, making plain ones on the way; `False` if something else is in it."""
        place: Any = self
        *prefix, name = target.split(".")
        for part in prefix:
            if not hasattr(place, part):
                setattr(place, part, Module())
            place = getattr(place, part)
            if not isinstance(place, Module):
                return False
        place.add_module(name, m)
        return True

    def delete_submodule(self, target: str) -> bool:
        """Take the module at a path away; `False` if there is none."""
        place: Any = self
        *prefix, name = target.split(".")
        for part in prefix:
            place = getattr(place, part, None)
        if not isinstance(getattr(place, name, None), Module):
            return False
        delattr(place, name)
        return True

    def delete_all_unused_submodules(self) -> None:
        """Take away the modules that no node calls."""
        used = {node.target for node in self.graph.nodes if node.op in ("call_module", "get_attr")}
        for name, _ in [*self.named_modules()][:0:-1]:
            inside = any(name.startswith(f"{each}.") for each in used)
            if not inside and not any(each == name or each.startswith(f"{name}.") for each in used):
                self.delete_submodule(name)

    def print_readable(self, print_output: bool = True, **settings: Any) -> str:
        """The class with its forward, as text; printed too."""
        head, _, body = self._code.strip().partition("\n")
        if any(node.op not in ("placeholder", "output") for node in self.graph.nodes):
            body = f"    # No stacktrace found for following nodes\n{body}"
        lines = "\n        ".join([head, *(line[4:] for line in body.splitlines())]).replace("        def", "    def")
        text = f"class {type(self).__name__}(torch.nn.Module):\n    {lines}\n"
        if print_output:
            print(text)
        return text

    def __deepcopy__(self, memo: Any) -> GraphModule:
        _, (held, graph, name) = self.__reduce__()
        made = GraphModule({}, Graph(), name)
        memo[id(self)] = made
        made.__dict__.update(copy.deepcopy(held, memo))
        made.graph = copy.deepcopy(graph)
        return made

    def __reduce__(self) -> Any:
        held = {key: each for key, each in self.__dict__.items() if key not in ("_graph", "_code")}
        return _module_of, (held, self._graph, type(self).__name__)

    def __copy__(self) -> GraphModule:
        return GraphModule(self, self.graph, type(self).__name__)

    def __str__(self) -> str:
        return (
            f"{super().__str__()}\n{self._code}\n# To see more debug info, please use `graph_module.print_readable()`"
        )
