"""Past losses of each member of a council, and the weight that follows from them."""

from collections.abc import Mapping

import torch
from torch import Tensor

REMEMBERED = 100  # losses per member and kind


class LossMatch:
    """Brings the council term to the size of the GAN term, member by member.

    Begins as if all remembered losses had been 1.
    """

    def __init__(self, members: int) -> None:
        ones = torch.ones(members, REMEMBERED, dtype=torch.float64)
        self.past = {"gan": ones, "council": ones.clone()}  # the newest last

    def weight(self, member: int, gan: Tensor, council: Tensor) -> Tensor:
        """Mean GAN loss over mean council loss, these two with the newest remembered ones.

        Returns:
            () without gradient, in the precision of ``council``.
        """
        sums = [
            self.past[name][member, 1:].sum().to(loss) + loss.detach()
            for name, loss in (("gan", gan), ("council", council))
        ]
        return (sums[0] / sums[1]).to(council)

    def remember(self, member: int, gan: Tensor, council: Tensor) -> None:
        """Put these losses, both (), in the place of the oldest."""
        for name, loss in (("gan", gan), ("council", council)):
            past = self.past[name] = self.past[name].to(loss.device)
            past[member] = torch.cat([past[member, 1:], loss.detach().to(past)[None]])

    def memory(self) -> dict[str, Tensor]:
        """Both histories, (members, REMEMBERED)."""
        return {f"past/{name}": losses.clone() for name, losses in self.past.items()}

    def recall(self, memory: Mapping[str, Tensor]) -> None:
        """Take back what ``memory`` gave."""
        self.past = {name: memory[f"past/{name}"].clone() for name in self.past}
