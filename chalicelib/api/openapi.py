"""Placeholder replaced below."""

from chalice import Blueprint

blueprint = Blueprint(__name__)
