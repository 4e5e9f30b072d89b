"""Classes of tensors of the user's own below autograd: `__torch_dispatch__` computes what an operator gives.

Such a class has a property for ``_array`` that refuses operators, as one with `__torch_function__` has. The operator's slow
path comes here: the class computes the result while nothing is recorded, and the node is made around it, keeping the
tensors themselves. Backward passes that meet such nodes hand tensors to the rules, so the class computes these too.
"""

from pullback.torch_dispatch.asking import (
    ask as ask,
    asked_in as asked_in,
    asked_of as asked_of,
    bare as bare,
    bare_implementation as bare_implementation,
    is_asked as is_asked,
    make_wrapper as make_wrapper,
    reentrant as reentrant,
    refuse_other as refuse_other,
    rules as rules,
    switched_off as switched_off,
    types_of as types_of,
)
from pullback.torch_dispatch.public import direct_call as direct_call, take_in as take_in
from pullback.torch_dispatch.recording import (
    accumulate as accumulate,
    asked_for as asked_for,
    call as call,
    modes as modes,
    started as started,
    takes_part as takes_part,
    told as told,
)
