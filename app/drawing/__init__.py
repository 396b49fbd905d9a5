"""From plain data to Dash components: cards, lists, the layer tree, the strip.

Pure functions: no callback, no I/O. Names and codes always become text children
of a component, never markup, so a name with ``<script>`` in it is shown as such.
"""
