"""Methods that reduce, accumulate, select and sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullback.graph.inplace import in_place
from pullback.later import later
from pullback.ops.reduction import exponential, extrema, moments, positions, products, sums, truth

if TYPE_CHECKING:
    from pullback.ops.reduction import (
        correlation,
        cumulative,
        differences,
        distances,
        hashing,
        histograms,
        norms,
        quantiles,
        ranks,
        sets,
        sorting,
    )
else:
    correlation, cumulative, differences, distances, hashing, histograms, norms, quantiles, ranks, sets, sorting = (
        later(
            "pullback.ops.reduction",
            "correlation cumulative differences distances hashing histograms norms quantiles ranks sets sorting",
        )
    )


class ReductionMethods:
    """Methods of the family."""

    __slots__ = ()

    all = truth.all
    amax = extrema.amax
    amin = extrema.amin
    aminmax = extrema.aminmax
    any = truth.any
    argmax = positions.argmax
    argmin = positions.argmin
    argsort = sorting.argsort
    bincount = histograms.bincount
    corrcoef = correlation.corrcoef
    count_nonzero = truth.count_nonzero
    cov = correlation.cov
    cummax = cumulative.cummax
    cummin = cumulative.cummin
    cumprod = cumulative.cumprod
    cumprod_ = in_place(cumulative.cumprod)
    cumsum = cumulative.cumsum
    cumsum_ = in_place(cumulative.cumsum)
    diff = differences.diff
    dist = distances.dist
    hash_tensor = hashing.hash_tensor
    histc = histograms.histc
    histogram = histograms.histogram
    kthvalue = ranks.kthvalue
    log_softmax = exponential.log_softmax
    logcumsumexp = cumulative.logcumsumexp
    logsumexp = exponential.logsumexp
    max = extrema.max
    mean = sums.mean
    median = ranks.median
    min = extrema.min
    mode = ranks.mode
    msort = sorting.msort
    nanmean = sums.nanmean
    nanmedian = ranks.nanmedian
    nanquantile = quantiles.nanquantile
    nansum = sums.nansum
    norm = norms.norm
    prod = products.prod
    quantile = quantiles.quantile
    renorm = distances.renorm
    renorm_ = in_place(distances.renorm)
    softmax = exponential.softmax
    sort = sorting.sort
    std = moments.std
    sum = sums.sum
    sum_to_size = sums.sum_to_size
    topk = sorting.topk
    unique = sets.unique
    unique_consecutive = sets.unique_consecutive
    var = moments.var
