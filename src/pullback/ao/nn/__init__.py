"""The namespaces of quantized modules, for programs that go through all modules."""

from pullback.ao.nn import qat as qat, quantizable as quantizable, quantized as quantized
