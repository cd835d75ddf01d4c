"""Schedule identification: from a logged LR curve to the family that drew it, with its parameters."""

from lrlint.identify.identification import Identification, identify

__all__ = ["Identification", "identify"]
