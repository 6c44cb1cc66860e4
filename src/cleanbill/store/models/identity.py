"""Who works here: organisations (the tenants), users, and what a user may do in each."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Organisation(models.Model):
    """The tenant: who bills. ``policy`` is the organisation's configuration as JSON."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)
    policy = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "organisation"


class User(AbstractBaseUser):
    """A person or agent that signs in. Rights come from memberships only."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_agent = models.BooleanField(default=False)
    language = models.CharField(max_length=10, null=True)
    """Of the screens; none: as the browser asks."""

    objects = BaseUserManager["User"]()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "user_account"


class Membership(models.Model):
    """A user's role in one organisation."""

    class Role(models.TextChoices):
        """Roles and what they are for; `actions.permissions` says what each may do."""

        SPECIALIST = "specialist"
        APPROVER = "approver"
        MASTER_DATA = "master_data"
        AUDITOR = "auditor"
        ADMIN = "admin"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "membership"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user", "role"], name="membership_once")
        ]
