"""Bugs of the side that keeps copies."""

from proof.planted.bug import Bug, Patch, Rig

_INVENTORY = "book-service/src/book_service/inventory"

STOCK_BUGS = (
    Bug(
        name="no tombstone",
        story="A release that finds no reservation says 'nothing to do'. The reservation, delayed in the network, comes"
        " afterwards and takes copies for an order that has ended. Nobody will release them again.",
        patches=(
            Patch(
                f"{_INVENTORY}/reservations.py",
                "if row is None and not await repository.leave_tombstone(connection, order_id):",
                "if row is None and False:",
            ),
        ),
        rig=Rig("tombstone", 12),
    ),
    Bug(
        name="refusal is forgotten",
        story="A refusal leaves no trace. The same request, sent again by a retry, finds copies that have come in"
        " meanwhile and takes them for an order that was rejected.",
        patches=(
            Patch(
                f"{_INVENTORY}/states.py",
                "    if state is _S.REFUSED:\n        return Outcome(state, refusal=Refusal.INSUFFICIENT_STOCK)\n",
                "",
            ),
        ),
    ),
    Bug(
        name="write-off after the release",
        story="The lost copies are given back first and written off next. In between they are for sale, and somebody"
        " buys what is not there; or the process dies in between, and they stay for sale.",
        patches=(
            Patch(
                f"{_INVENTORY}/reservations.py",
                """            async with self._database.transaction() as session:
                row = await _release(session, order_id, more_book_ids=[write_off.book_id])
                if row is not None and row.state == ReservationState.HELD:
                    written_off = await _write_off(session, order_id, write_off)
""",
                """            async with self._database.autocommit() as connection:
                row = await _release(connection, order_id)
            if row is not None and row.state == ReservationState.HELD:
                async with self._database.transaction() as session:
                    written_off = await _write_off(session, order_id, write_off)
""",
            ),
        ),
    ),
    Bug(
        name="read, then write",
        story="The stock is read, compared and written back, and nobody else is kept from doing the same at the same"
        " time. Two orders get the last copy: the mistake that most shop systems have made.",
        patches=(
            Patch(
                f"{_INVENTORY}/reservation_repository.py",
                "FROM stock_levels WHERE book_id = ANY(:book_ids)\n         ORDER BY book_id FOR NO KEY UPDATE\n",
                "FROM stock_levels WHERE book_id = ANY(:book_ids)\n",
            ),
        ),
        model=False,
        rig=Rig("stock", 5),
    ),
    Bug(
        name="locked in the customer's sequence",
        story="The rows of the books are locked one by one, in the sequence of the order's lines. Two"
        " orders of the same two books in opposite sequence wait for each other until the database kills one.",
        patches=(
            Patch(f"{_INVENTORY}/reservations.py", "return dict(sorted(quantities.items()))", "return quantities"),
            Patch(
                f"{_INVENTORY}/reservations.py",
                """        async with self._database.autocommit() as connection:
            row = await repository.reserve(connection, order_id, quantities, requested)
""",
                """        from sqlalchemy import text

        async with self._database.transaction() as connection:
            lock = text("SELECT FROM stock_levels WHERE book_id = :book_id FOR NO KEY UPDATE")
            for book_id in quantities:
                await connection.execute(lock, {"book_id": book_id})
            row = await repository.reserve(connection, order_id, quantities, requested)
""",
            ),
        ),
        model=False,
        rig=Rig("stock", 5),
    ),
    Bug(
        name="carried out twice",
        story="A release or a commit that is told again, because the answer to it was lost, moves the copies again. The"
        " state of the reservation is written, and not looked at.",
        patches=(
            Patch(
                f"{_INVENTORY}/reservation_repository.py",
                "FROM reservation JOIN reservation_lines USING (order_id) WHERE reservation.state = :before",
                "FROM reservation JOIN reservation_lines USING (order_id)",
            ),
        ),
        model=False,
        rig=Rig("release", 15),
    ),
)
