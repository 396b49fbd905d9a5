"""MQTT intake: codecs, rules, presence, alerts, history, simulator, broker."""
