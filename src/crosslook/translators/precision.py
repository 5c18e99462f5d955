"""When a machine is faster in bfloat16 than in float32."""

import torch

from crosslook.translators.settings import Precision


def use_bfloat16(precision: Precision, device: str) -> bool:
    """Whether the networks run in bfloat16; "auto" asks the machine."""
    return precision == "bfloat16" or (precision == "auto" and bfloat16_pays(device))


def bfloat16_pays(device: str) -> bool:
    """Whether ``device`` multiplies bfloat16 in hardware.

    Measured in docs/translators.md. A CPU needs AVX512-BF16 or AMX: others emulate it, slower than
    float32.
    """
    if torch.device(device).type == "cuda":
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported(False)
    cpu = torch.cpu
    asked = (getattr(cpu, f"_is_{name}_supported", None) for name in ("avx512_bf16", "amx_tile"))
    return any(bool(ask()) for ask in asked if ask is not None)
