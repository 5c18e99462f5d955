"""Starting weights, as the papers' references draw them."""

from typing import Literal

from torch import nn

Start = Literal["normal", "xavier", "kaiming"]


def start(network: nn.Module, how: Start) -> None:
    """Draw the weights of every convolution and linear layer anew; biases become 0.

    ``normal``: N(0, 0.02), as CycleGAN. ``xavier``: Xavier normal with gain 0.02, as CUT.
    ``kaiming``: Kaiming normal, as the generators of MUNIT. Draws from torch's global random
    numbers.
    """
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            if how == "normal":
                nn.init.normal_(layer.weight, 0.0, 0.02)
            elif how == "kaiming":
                nn.init.kaiming_normal_(layer.weight)
            else:
                nn.init.xavier_normal_(layer.weight, gain=0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
