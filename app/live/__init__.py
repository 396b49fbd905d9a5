"""The live picture of the web program: fed from the broker, streamed to browsers.

``wire`` hears ingest, ``feed`` takes in what it tells, ``continuity`` notices what was
missed, ``vitals`` knows how old it is, ``columns`` keeps it as arrays, ``changes``
puts into words what moved, ``stream`` sends it to every browser, ``snapshot`` gives it whole.
"""
