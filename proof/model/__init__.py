"""The orders protocol under a scheduler that decides everything which chance decides elsewhere.

What runs is the services' own code: saga, settlement and decisions of order-service, the table of reservations of
book-service. What stands in is what they stand on: the SQL (``order_tables``, ``book_side``), the network (``network``)
and the clock. ``docs/proof.md`` says what such a model can show and what it leaves to the rig.
"""
