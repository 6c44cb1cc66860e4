"""Prints a bill: the canonical bill document comes in, an archivable and accessible PDF goes out.

``write`` sets one document with the renderer this process keeps, ``picture`` its first page alone;
``Renderer`` is that renderer; ``layout`` gives what the page says as plain texts. The page itself
is ``bill.typ``. Every sum shown stands in the document; only the running totals for carry-over are
added up here.
"""

from cleanbill.formats.pdf.layout import Sheet, layout
from cleanbill.formats.pdf.renderer import Renderer, picture, write
from cleanbill.formats.pdf.words import LANGUAGES

__all__ = ["LANGUAGES", "Renderer", "Sheet", "layout", "picture", "write"]
