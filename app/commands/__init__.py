"""The subcommands of ``onemap``, one file each; ``app.cli`` lists them.

A command is imported only when it is asked for, so that ``onemap broker`` never
waits for Dash or geopandas to be imported.
"""
