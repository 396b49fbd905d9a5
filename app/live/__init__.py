"""The live picture of the web program: fed from the broker, streamed to browsers.

Reads from top to bottom: ``feed`` takes what ingest tells, ``continuity`` notices what
was missed, ``vitals`` knows how old it is, ``columns`` keeps it as arrays, ``events``
puts it into words, ``stream`` sends it to every browser, ``snapshot`` gives it whole.
"""
