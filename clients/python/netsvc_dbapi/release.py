# coding: utf-8
"""The version of the module."""

__version__ = "0.1.0"
