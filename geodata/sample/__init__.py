"""The sample district: made up, but like a place. ``make_sample`` writes it to a GeoPackage."""

from geodata.sample.make import make_sample

__all__ = ["make_sample"]
