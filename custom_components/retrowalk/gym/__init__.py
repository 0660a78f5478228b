"""The gym: everything that reads or moves another entity.

Knows lights and sensors; knows nothing of weeks, levels or ledgers, and imports none of the coach.
"""
