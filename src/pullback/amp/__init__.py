"""torch.amp: automatic mixed precision. On the CPU `autocast` computes matrix products in bfloat16.

NumPy computes bfloat16 products through float32, so this saves memory and tests programs, and no time.
"""

from pullback.amp import autocast_mode as autocast_mode, grad_scaler as grad_scaler
from pullback.amp.autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available
from pullback.amp.grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
