"""The tables of the store. Every key carries the organisation; money is BIGINT minor units."""

from cleanbill.store.models.bills import Bill, BillLine, BillLineTax, BillTax, Document, Posting
from cleanbill.store.models.charges import Charge, ChargeLink, SourceFile
from cleanbill.store.models.coupons import BillCoupon, Coupon, Redemption
from cleanbill.store.models.decisions import CheckSetting, FindingDecision, Repair
from cleanbill.store.models.desk import Job, ReviewItem, SavedView, Upload
from cleanbill.store.models.facts import TermsFact
from cleanbill.store.models.history import HistoryState, Usual
from cleanbill.store.models.identity import Membership, Organisation, User
from cleanbill.store.models.master import Agreement, Customer, Item, Price, PriceTier
from cleanbill.store.models.opening import OpeningItem
from cleanbill.store.models.orders import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderVersion,
)
from cleanbill.store.models.outbox import DeliveredFile, Message
from cleanbill.store.models.parties import ErasureRequest, LegalHold, PartyKey
from cleanbill.store.models.runs import Event, Finding, IdBlock, Run, RunStep
from cleanbill.store.models.sellers import SellerRecord, Series
from cleanbill.store.models.tax_answers import TaxAnswer, TaxQuestion
from cleanbill.store.models.taxes import Exemption, UsTaxBoundary, UsTaxName, UsTaxRate
from cleanbill.store.models.terms import ChargeBasis, Terms, TermsDrawn
from cleanbill.store.models.totals import BillTotal, FindingTotal

__all__ = [
    "Agreement",
    "Bill",
    "BillCoupon",
    "BillLine",
    "BillLineTax",
    "BillTax",
    "BillTotal",
    "Charge",
    "ChargeBasis",
    "ChargeLink",
    "CheckSetting",
    "Coupon",
    "Customer",
    "DeliveredFile",
    "Document",
    "ErasureRequest",
    "Event",
    "Exemption",
    "Finding",
    "FindingDecision",
    "FindingTotal",
    "HistoryState",
    "IdBlock",
    "Item",
    "Job",
    "LegalHold",
    "Membership",
    "Message",
    "OpeningItem",
    "Organisation",
    "PartyKey",
    "Posting",
    "Price",
    "PriceTier",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseOrderVersion",
    "Redemption",
    "Repair",
    "ReviewItem",
    "Run",
    "RunStep",
    "SavedView",
    "SellerRecord",
    "Series",
    "SourceFile",
    "TaxAnswer",
    "TaxQuestion",
    "Terms",
    "TermsDrawn",
    "TermsFact",
    "Upload",
    "UsTaxBoundary",
    "UsTaxName",
    "UsTaxRate",
    "User",
    "Usual",
]
