"""Short names of dtypes, as logs write them."""

from pullback.arrays.dtypes import BY_NAME

dtype_abbrs = {
    each: {"b": "b8", "V": "bf16"}.get(each.kind, f"{each.kind}{each.itemsize * 8}") for each in BY_NAME.values()
}
