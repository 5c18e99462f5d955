"""What a run left, as far as it is there: records by stage and instance, pictures beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crosslook.report.html_parts import paragraph


@dataclass(frozen=True)
class Run:
    """Everything that a report shows."""

    records: Mapping[str, Mapping[str, Any]]  # stage -> instance, or the stage itself -> record
    images: Mapping[tuple[str, str], Mapping[str, bytes]]  # stage, instance -> file -> PNG
    seed: int

    def one(self, stage: str) -> Any:
        """The record of a stage without instances; None where there is none."""
        return self.records.get(stage, {}).get(stage)

    def named(self, stage: str) -> Mapping[str, Any]:
        """Instance -> record, in the order of params.yaml."""
        return self.records.get(stage, {})

    def pictures(self, stage: str, name: str = "") -> Mapping[str, bytes]:
        """File below the folder of the instance -> PNG."""
        return self.images.get((stage, name or stage), {})

    def missing(self, stage: str) -> str:
        """The line that stands where a stage left nothing."""
        return paragraph(f"`results/{stage}.json` is not there: run 'make repro'.", "small")
