"""Placeholder replaced below."""

from chalice.app import Blueprint

blueprint = Blueprint(__name__)
