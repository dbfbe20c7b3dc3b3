"""Who somebody is at the provider of single sign-on."""

from __future__ import annotations

from django.conf import settings
from django.db import models

LONGEST_SUBJECT = 255  # what OpenID Connect allows


class ProviderIdentity(models.Model):
    """A login here and its name there; a provider never gives a `subject` to another person."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="provider_identity")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("issuer", "subject"), name="one_login_of_a_subject")]
        verbose_name_plural = "provider identities"

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"
