"""The web service: OAI-PMH at ``/oai``, pages for people, and good manners."""

from __future__ import annotations

from panharvest.server.app import create_app
from panharvest.server.settings import WebSettings, web_settings

__all__ = ["WebSettings", "create_app", "web_settings"]
