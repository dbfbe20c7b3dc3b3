"""No page of the console lists secrets of one-time passwords: what their library registers is taken back."""

from __future__ import annotations

from django.contrib import admin
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

admin.site.unregister(TOTPDevice)
admin.site.unregister(StaticDevice)
