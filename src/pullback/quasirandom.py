"""torch.quasirandom: Sobol' points, low in discrepancy."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

import pullback

__all__ = ["SobolEngine"]

_COUNTS = (1, 1, 2, 2, 6, 6, 18, 16, 48, 60)
"""How many primitive polynomials there are of degree 1, 2, … One polynomial makes one dimension after the first."""
_NUMBERS = base64.b85decode(
    b"*#b=1l7vW|*|Y;eUdzK_;iJ-_HsWKLtvfR*Pl5K&n4dA?9OH}RXbfoSk~*gr`1MtqJmw;3pLh}k9Wq^%%yN|NU~aBkq-6<eEz-CR!(s1xalFUX"
    b"4$vJxnU6(x{=UGps#(4!munbB@6l*1$DDi#*+C@-GespwPI2f$%aG}EPL4OPKE~7`Uxy4J-CVJsxI#$z#lQDgqL!^f2+NSYZt&Yg8w4T{3MN=8"
    b"v1qX8v-uenQ2Rx)#ZlOEwJ%<5pgZ$U{WQdGHwMqX@{_f^?Tk=9J1&~I1Tkx0e3D9aM&f!E6rj`rK~j3h2j10u5}?WjTRY4*|266h_ANhWBopiR"
    b"W`ynOd5~>ZHPydYpn$_@tb9B<$T0|+PPAuNih<hy@re9)+Etj5L;~l;se+4xhEJUo%cN%tdbhqZhpo|Y$<vz#F5e^3wJOD<Vq0g-u)N~A<qUY<"
    b"3;E`0tOvpXAta03dETc6@!DovR2_ZFN+sd0<E<K**-ldx19(p6|2T!_uBH=mDQxVzT3d(D9B!cg@AOGTv!>75`ba%V0!~6pi+hwB(M|v8Z!nx_"
    b"I{r3F!p9}U;c9yseI^kICBSc#^fHt6A_710%Cq8#t~9|f@KiBJNWe~i5ZA!IHtIw3nxX1lvgyw^Cy8J#5kI!>eSU+f4JHyZjZ6e)-+Yb<s*)uC"
    b"KCNvNOmN(WcMXL+9UDcO-X#i=m7S*%m3_6X2!V21@qC6dTy=zOUgo!C<~>TKOsaBOXuk48$2e$c3pl-GrN`M|>9jIum1R%QL0O-D!umpi_<o$T"
    b"D>>?75@!bT?qWz(fbNBEAYxNg{?oT<jk6!+V8#kV^1~*h;z>G9$KmZ3C8h7~FQD<B5pDwbz%G7%Y(`D8`XpwSe&Qx;ROZM_Pyw(Fh=8|yI?~?b"
    b"8Vy#veikK4KI<>luaj4Qp~arVI3MRX9l<?$+s~|lVNoQU%d?jdJJZMX(Ui#t$u5^o*e2hWQf*Lx&9OzZb(7y6hQ1}(ugXvL`n!Ep+39S4t~SZ-"
    b"V<P}LGV3a7HR<eIBj<f^SK8%I(NR4A%g;sp%eKFPm`7uoX8"
)
"""Joe and Kuo's polynomials and direction numbers (doi:10.1137/070709359) of 161 dimensions, bit after bit: of a
polynomial of degree s the s - 1 inner coefficients, then the numbers m₂ … m_s without their last bit, which is 1."""


class SobolEngine:
    """Points of a Sobol' sequence in the unit cube, scrambled on demand (linear matrix scramble and digital shift).

    The numbers are PyTorch's, also for a seed. 161 dimensions are built in; more need SciPy.

    >>> from pullback.quasirandom import SobolEngine
    >>> SobolEngine(2).draw(3)
    tensor([[0.0000, 0.0000],
            [0.5000, 0.5000],
            [0.7500, 0.2500]])
    """

    MAXBIT = 30
    MAXDIM = 21201

    def __init__(self, dimension: int, scramble: bool = False, seed: int | None = None) -> None:
        if dimension > self.MAXDIM or dimension < 1:
            raise ValueError(f"Supported range of dimensionality for SobolEngine is [1, {self.MAXDIM}]")
        self.dimension, self.scramble, self.seed = dimension, scramble, seed
        self.sobolstate = pullback.from_numpy(_directions(dimension))
        self.shift = pullback.zeros(dimension, dtype=pullback.int64)
        if scramble:
            self._scramble()
        self.reset()

    def reset(self) -> SobolEngine:
        """Start from the first point again."""
        self.quasi = self.shift.clone()
        self.num_generated = 0
        self._first_point = (self.quasi / 2**self.MAXBIT).reshape(1, -1)
        return self

    def draw(self, n: int = 1, out: Any = None, dtype: Any = None) -> Any:
        """The next `n` points, of shape ``(n, dimension)``."""
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}, {self.dimension}]")
        # Point i differs from point i - 1 by the direction number of the lowest zero of i - 1 in binary.
        steps = np.arange(max(self.num_generated - 1, 0), max(self.num_generated + n - 1, 0))
        chosen = self.sobolstate.numpy().T[_lowest_zero(steps)]
        if n and not self.num_generated:
            chosen = np.concatenate([np.zeros_like(chosen, shape=(1, self.dimension)), chosen])
        points = np.bitwise_xor.accumulate(chosen, axis=0) ^ self.quasi.numpy()
        if n:
            self.quasi = pullback.from_numpy(points[-1].copy())
        self.num_generated += n
        found = pullback.from_numpy(points).to(dtype or pullback.get_default_dtype()) * 2.0**-self.MAXBIT
        return found if out is None else out.resize_(found.shape).copy_(found)

    def draw_base2(self, m: int, out: Any = None, dtype: Any = None) -> Any:
        """The next ``2**m`` points.

        Raises:
            ValueError: if the number of all points drawn would be no power of 2.
        """
        n = 2**m
        total = self.num_generated + n
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require n to be a power of 2. "
                f"{self.num_generated} points have been previously generated, then: n={self.num_generated}+2**{m}={total}. "
                "If you still want to do this, please use 'SobolEngine.draw()' instead."
            )
        return self.draw(n, out=out, dtype=dtype)

    def fast_forward(self, n: int) -> SobolEngine:
        """Leave out `n` points."""
        self.num_generated += n
        # Point i is the sum of the direction numbers where i ^ (i >> 1), its Gray code, has a one.
        last = max(self.num_generated - 1, 0)
        ones = (((last ^ last >> 1) >> np.arange(self.MAXBIT)) & 1).astype(bool)
        chosen = np.bitwise_xor.reduce(self.sobolstate.numpy()[:, ones], axis=1)  # type: ignore[call-overload]  # NumPy 2.5
        self.quasi = pullback.from_numpy(chosen ^ self.shift.numpy())
        return self

    def _scramble(self) -> None:
        generator = None if self.seed is None else pullback.Generator().manual_seed(self.seed)
        places = np.arange(self.MAXBIT)
        shape = (self.dimension, self.MAXBIT)
        self.shift = pullback.randint(2, shape, generator=generator) @ pullback.from_numpy(1 << places)
        mixing = np.tril(pullback.randint(2, (*shape, self.MAXBIT), generator=generator).numpy(), -1)
        mixing += np.eye(self.MAXBIT, dtype=np.int64)
        bits = self.sobolstate.numpy()[:, :, None] >> places[::-1] & 1  # the highest bit first
        self.sobolstate = pullback.from_numpy((bits @ mixing.transpose(0, 2, 1) & 1) @ (1 << places[::-1]))

    def __repr__(self) -> str:
        scrambled = ["scramble=True"] * self.scramble + [f"seed={self.seed}"] * (self.seed is not None)
        return f"SobolEngine({', '.join([f'dimension={self.dimension}', *scrambled])})"


def _lowest_zero(numbers: Any) -> Any:
    """The place of the lowest zero of each number in binary."""
    return np.bitwise_count(numbers ^ (numbers + 1)).astype(np.int64) - 1


def _directions(dimension: int) -> Any:
    """The direction numbers, ``(dimension, 30)``."""
    if dimension > 1 + sum(_COUNTS):
        return _directions_of_scipy(dimension)
    stream = iter(f"{int.from_bytes(_NUMBERS, 'big'):0{len(_NUMBERS) * 8}b}")

    def number(width: int) -> int:
        return int("0" + "".join(next(stream) for _ in range(width)), 2)

    rows = [[1] * SobolEngine.MAXBIT]
    degrees = (degree for degree, count in enumerate(_COUNTS, 1) for _ in range(count))
    for _, degree in zip(range(dimension - 1), degrees):
        inner = number(degree - 1)
        row = [2 * number(place) + 1 for place in range(degree)]
        for place in range(degree, SobolEngine.MAXBIT):
            value = row[place - degree] ^ row[place - degree] << degree
            for step in range(1, degree):
                value ^= (inner >> degree - 1 - step & 1) * row[place - step] << step
            row.append(value)
        rows.append(row)
    return np.array(rows) << np.arange(SobolEngine.MAXBIT)[::-1]


def _directions_of_scipy(dimension: int) -> Any:
    try:
        from scipy.stats import qmc

        return qmc.Sobol(dimension, scramble=False, bits=SobolEngine.MAXBIT)._sv.astype(np.int64)
    except (ImportError, AttributeError) as error:
        raise RuntimeError(
            f"SobolEngine has the direction numbers of {1 + sum(_COUNTS)} dimensions; {dimension} need SciPy: "
            "pip install scipy"
        ) from error
