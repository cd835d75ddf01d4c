"""Schedule identification: from a logged LR curve to the family that drew it, with its parameters."""

from lrlint.identify.identification import Identification, identify
from lrlint.identify.replay import told_by_loss

__all__ = ["Identification", "identify", "told_by_loss"]
