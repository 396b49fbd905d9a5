"""Who may publish and read what: the one table behind both brokers.

``onemap/v1/live/#`` is between our own programs, whatever a gateway is called.
"""

from __future__ import annotations

from typing import Literal

Action = Literal["publish", "read"]

#: The name our own programs sign in with.
INTERNAL_USER = "onemap-internal"
#: ``onemap/v1/live/…`` would be its own topic, so no gateway may have this name.
RESERVED_GATEWAY = "live"

ROOT = "onemap/v1/"
#: The last level of a gateway's topics, and what a gateway may do there.
GATEWAY_TOPICS: dict[str, Action] = {"readings": "publish", "status": "publish", "rejected": "read"}


def may(user: str | None, action: Action, topic: str) -> bool:
    """Whether a signed-in user may do that; None is an unnamed gateway that was let in.

    A named gateway may use its own topics, an unnamed one those of every gateway.
    ``topic`` is a topic, or a subscription's filter: a filter is allowed when it
    is one a gateway needs, e.g. ``onemap/v1/+/rejected`` for an unnamed one.
    """
    if user == INTERNAL_USER:
        return topic.startswith("onemap/")
    gateway, slash, leaf = topic.removeprefix(ROOT).partition("/")
    if not topic.startswith(ROOT) or not slash or gateway == RESERVED_GATEWAY:
        return False
    if GATEWAY_TOPICS.get(leaf) != action:
        return False
    return user is None or gateway == user


def mosquitto_acl(allow_unnamed: bool) -> str:
    """The same table as an access file of Mosquitto (``man mosquitto.conf``, acl_file)."""
    verbs = {"publish": "write", "read": "read"}
    lines = ["# Written by onemap at every start; changes here are lost.", ""]
    if allow_unnamed:
        lines += ["# unnamed gateways", f"topic deny {ROOT}{RESERVED_GATEWAY}/#"]
        lines += [f"topic {verbs[act]} {ROOT}+/{leaf}" for leaf, act in GATEWAY_TOPICS.items()]
        lines.append("")
    lines += ["# named gateways, each its own topics"]
    lines += [f"pattern {verbs[act]} {ROOT}%u/{leaf}" for leaf, act in GATEWAY_TOPICS.items()]
    lines += ["", "# our own programs", f"user {INTERNAL_USER}", "topic readwrite onemap/#", ""]
    return "\n".join(lines)
