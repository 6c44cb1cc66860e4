"""Rate and boundary files of the Streamlined Sales Tax Governing Board: American sales tax rates.

Who reads them: the import of American rates. Each member state publishes two files without header
lines, fields parted by commas: what each jurisdiction levies, and which jurisdictions lie where.
A file is taken whole or refused; half a boundary would tax places wrongly. No state publishes the
names of its jurisdictions there, so a third, small file of our own gives them.
"""

from cleanbill.formats.streamlined.boundaries import boundaries
from cleanbill.formats.streamlined.fields import RefusedFile
from cleanbill.formats.streamlined.rates import names, rates

__all__ = ["RefusedFile", "boundaries", "names", "rates"]
