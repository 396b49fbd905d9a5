"""The HTTP API. Every module makes one router: ``router(services) -> APIRouter``.

Endpoints are ``async def``: the live picture may be read on the event loop only, and
what blocks (the store) goes through ``asyncio.to_thread``.
"""
