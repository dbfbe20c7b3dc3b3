"""The endpoint keeps nothing in the control database; this names what staff may do with people's data."""

from __future__ import annotations

from django.db import models


class PersonalData(models.Model):
    """Never a table: permissions have to belong to a model."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = (
            ("view_profile", "Can look at a person's profile"),
            ("export_profile", "Can export all that is kept of a person"),
            ("erase_profile", "Can erase all that is kept of a person"),
        )
