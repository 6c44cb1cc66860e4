"""A consumer with a name of her own, told in every place where the books may speak of her."""

from __future__ import annotations

from tests.actions.company import Company
from tests.store.contents import everything

PRIVATE = (
    *("Quittengold", "Zwetschgenweg", "Hinterhaus", "Mondscheinstadt", "98765", "Nebelland"),
    *("q.gold@post.example", "DE811907980", "Zimmer-17", "Tante Holunder", "Geheimfeld"),
    *("Ludmilla", "Birnenallee"),
)
"""What must not be found in clear anywhere: of her now, of her before, of her deliveries."""
CUSTOMER = (
    "customer,name,kind,street,street2,city,postcode,region,country,vat_id,email,buyer_reference\n"
    "PERSON,{name},consumer,{street},Hinterhaus,Mondscheinstadt,98765,Nebelland,DE,DE811907980,"
    "q.gold@post.example,Zimmer-17\n"
)
CHARGES = """
reference,customer,item,kind,quantity,unit_price,amount,currency,service_date,order,ship_to,Remark
P-01,PERSON,BOLT,,3,,,EUR,2026-10-01,P-1,Tante Holunder,Geheimfeld
P-02,PERSON,BOOK,,1,,,EUR,2026-10-02,P-2,,Geheimfeld
P-03,PERSON,LESS,,-1,900,,EUR,2026-10-03,P-3,Tante Holunder,
"""


def take_in(company: Company) -> None:
    """Let her become a customer, move, marry, and buy; and bill it."""
    before = CUSTOMER.format(name="Ludmilla Quittengold", street="Birnenallee 3")
    after = CUSTOMER.format(name="Ludmilla Zimt-Quittengold", street="Zwetschgenweg 8")
    company.take("customers", before, name="before.csv")
    company.take("agreements", AGREEMENT, name="hers.csv")
    company.take("charges", CHARGES, name="hers.csv")
    company.bill()
    company.take("customers", after, name="after.csv")
    company.take("charges", MORE, name="more.csv")
    company.bill()


AGREEMENT = (
    "customer,agreement,valid_from,currency,grouping,cut_off\n"
    'PERSON,RV-9,2026-01-01,EUR,"order,ship_to",any\n'
)
MORE = CHARGES.replace("P-", "Q-").replace("2026-10", "2026-09")


def traces() -> set[tuple[str, str]]:
    """Return table and word of whatever is said of her in clear, in all tables."""
    return {
        (table, word)
        for table, rows in everything().items()
        for row in rows
        for word in PRIVATE
        if word in repr(row)
    }
