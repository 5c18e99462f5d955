"""Numbers out of the XML of a GRD product, with errors that name the file and the element."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from crosslook.errors import InputError
from crosslook.scenes.archives import quoted
from crosslook.scenes.safe import Safe

Floats = npt.NDArray[np.float64]
LARGEST = 1e15  # so that products of two fit into 32 bits; products have times of up to 1e10
TEXT_CHARACTERS = 2**20  # of one element; the longest table of a product has some 20 000


@dataclass(frozen=True)
class Annotation:
    """One XML file of a product, or a part of it."""

    source: str  # "<product>: '<file>'", for messages
    element: Element

    def all(self, path: str) -> list["Annotation"]:
        """Every element at ``path``; may be empty."""
        return [Annotation(self.source, found) for found in self.element.findall(path)]

    def text(self, path: str) -> str:
        """The text at ``path``.

        Raises:
            InputError: if there is none.
        """
        found = self.element.findtext(path)
        if found is None or not found.strip():
            raise InputError(f"{self.source} lacks <{path.split('/')[-1]}>.")
        return found.strip()

    def numbers(self, path: str) -> Floats:
        """The numbers at ``path``, separated by blanks: (n,), n >= 1.

        Raises:
            InputError: if there is none, one is no finite number, or they are far too many.
        """
        text = self.text(path)
        if len(text) > TEXT_CHARACTERS:
            raise InputError(
                f"{self.source}: <{path.split('/')[-1]}> has {len(text)} characters, expected at "
                f"most {TEXT_CHARACTERS}."
            )
        words = text.split()
        try:
            found = np.array(words, dtype=np.float64)
        except ValueError:
            found = np.array([np.nan])
        if not (np.abs(found) < LARGEST).all():
            raise InputError(f"{self.source}: <{path.split('/')[-1]}> is not made of numbers.")
        return found

    def number(self, path: str) -> float:
        """The one number at ``path``.

        Raises:
            InputError: if there is none, or more than one.
        """
        found = self.numbers(path)
        if found.size != 1:
            raise InputError(f"{self.source}: <{path.split('/')[-1]}> is not one number.")
        return float(found[0])


def read_annotation(safe: Safe, name: str) -> Annotation:
    """Read one XML file of ``safe``.

    Raises:
        InputError: if it is missing or no XML that is taken.
    """
    return Annotation(f"{safe.path}: {quoted(name)}", safe.xml(name))
