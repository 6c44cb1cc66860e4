"""What an organisation loads for its taxes: exemptions of customers, American rates and places."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce

from cleanbill.store.models.identity import Organisation


class Exemption(models.Model):
    """A customer's claim to be exempt, with the certificate that proves it. As EXEMPTIONS."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    customer = models.CharField(max_length=100)
    country = models.CharField(max_length=10)
    region = models.CharField(max_length=100, null=True)
    kind = models.CharField(max_length=20)
    certificate = models.CharField(max_length=100, null=True)
    reason = models.CharField(max_length=100, null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "exemption"
        constraints = [
            models.UniqueConstraint(
                models.F("organisation"),
                models.F("customer"),
                models.F("country"),
                Coalesce("region", models.Value("")),
                models.F("kind"),
                models.F("valid_from"),
                name="exemption_once",
            ),
        ]


class UsTaxRate(models.Model):
    """A rate of a jurisdiction, from a rate file; a newer file replaces all of its state."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    source_file = models.BigIntegerField()
    current = models.BooleanField(default=True)
    state = models.CharField(max_length=2)
    kind = models.CharField(max_length=2)
    code = models.CharField(max_length=10)
    general_within_e6 = models.BigIntegerField()
    general_into_e6 = models.BigIntegerField()
    food_within_e6 = models.BigIntegerField()
    food_into_e6 = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "us_tax_rate"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "state", "kind", "code", "valid_from", "source_file"],
                name="us_tax_rate_once",
            ),
        ]


class UsTaxName(models.Model):
    """What a jurisdiction is called on bills; rate files do not say."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    state = models.CharField(max_length=2)
    kind = models.CharField(max_length=2)
    code = models.CharField(max_length=10)
    name = models.CharField(max_length=50)

    class Meta:
        db_table = "us_tax_name"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "state", "kind", "code"], name="us_tax_name_once"
            ),
        ]


class UsTaxBoundary(models.Model):
    """Who taxes an address or ZIP code, from a state's boundary file. As US_BOUNDARIES."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    source_file = models.BigIntegerField()
    current = models.BooleanField(default=True)
    state = models.CharField(max_length=2)
    record = models.CharField(max_length=1)
    zip = models.CharField(max_length=5)
    plus4_low = models.CharField(max_length=4, null=True)
    plus4_high = models.CharField(max_length=4, null=True)
    number_low = models.BigIntegerField(null=True)
    number_high = models.BigIntegerField(null=True)
    parity = models.CharField(max_length=1, null=True)
    street = models.CharField(max_length=100, null=True)
    state_taxed = models.BooleanField(default=True)
    county = models.CharField(max_length=10, null=True)
    place = models.CharField(max_length=10, null=True)
    districts = models.CharField(max_length=300, null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "us_tax_boundary"
        indexes = [
            models.Index(fields=["organisation", "zip"], name="us_tax_boundary_zip"),
            models.Index(fields=["organisation", "state"], name="us_tax_boundary_state"),
        ]
