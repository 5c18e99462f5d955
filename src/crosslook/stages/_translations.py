"""A translation as params.yaml describes it, and the patches it goes from and to."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from crosslook import outputs, params
from crosslook.errors import InputError, ParamsError
from crosslook.translators.settings import Domains, Settings, Training

STAGE = "train_translator"
LISTS = ("translations", "scenery")
SENSORS = ("optical", "sar")


@dataclass(frozen=True)
class Translation:
    """One sub-section of section ``train_translator``, read."""

    name: str
    method: str
    training: Training
    settings: Settings
    domains: Domains

    @property
    def source(self) -> str:
        """The domain that it translates from."""
        return self.domains.source_of(self.settings)

    @property
    def target(self) -> str:
        """The domain that it translates to."""
        return self.domains.target


def read_translation(name: str) -> Translation:
    """Translation ``name`` of the lists ``translations`` or ``scenery``.

    Raises:
        ParamsError: if there is none, its section has an unknown key or value, or a detector of
            SAR would learn from fakes of something else.
    """
    from crosslook.translators.methods import method_named

    params.known(name, *LISTS)
    values, where = params.overlaid(STAGE, name), f"{STAGE}.{name}"
    method = str(values.pop("method", name))
    training, settings, domains = params.divide_in_three(
        Training, method_named(method).settings, Domains, values, where
    )
    if domains.target != "sar" and name in params.names("translations"):
        raise ParamsError(
            f"{where}: detectors of SAR learn from all translations, and target is "
            f"{domains.target!r}: move {name!r} from the list 'translations' to 'scenery'."
        )
    return Translation(name, method, training, settings, domains)


def unlabelled_patches(domain: str) -> Path:
    """The patch set that translators learn a domain from.

    Raises:
        InputError: if there is no such domain, naming those that there are.
    """
    tiles = outputs.build("tile")
    return tiles / domain if domain in SENSORS else _further(tiles / "domains", domain, SENSORS)


def held_out_patches(domain: str) -> Path:
    """The patch set of a domain that no translator learns from, of scenes of split dev.

    Raises:
        InputError: if the domain has no such scene, naming those that have.
    """
    return _further(outputs.build("tile") / "held_out", domain, ())


def _further(folder: Path, domain: str, others: tuple[str, ...]) -> Path:
    there = [*others, *(path.name for path in sorted(folder.glob("*")) if path.is_dir())]
    if domain not in there or not domain:
        near = get_close_matches(domain, there, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There is: {', '.join(there) or 'none'}."
        raise InputError(
            f"{folder} holds no patches of domain {domain!r}. {hint} Scenes get a domain by "
            "'crosslook ingest --domain NAME', and patches by 'crosslook tile'."
        )
    return folder / domain
