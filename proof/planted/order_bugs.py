"""Bugs of the side that keeps orders."""

from proof.planted.bug import Bug, Patch, Rig

_ORDERS = "order-service/src/order_service/orders"

ORDER_BUGS = (
    Bug(
        name="timeout means sold out",
        story="No answer in time is taken for a refusal. The shop tells the customer that the book is sold out, while"
        " the reservation that was on its way takes the copies, for an order that nobody will ever release.",
        patches=(
            Patch(
                f"{_ORDERS}/saga.py",
                "return _Reply(Answer.UNKNOWN, error=str(error))",
                "return _Reply(Answer.SHORT if request is Request.RESERVE else Answer.UNKNOWN, error=str(error))",
            ),
        ),
        rig=Rig("unreachable", 15),
    ),
    Bug(
        name="swallowed error",
        story="The error of a call is logged and swallowed, and the job goes on as if it had been carried out: the"
        " cancelled order's copies stay promised for good. The most frequent of all: a try around the call, and"
        " nothing in the except.",
        patches=(
            Patch(
                f"{_ORDERS}/saga.py",
                "return _Reply(Answer.UNKNOWN, error=str(error))",
                "return _Reply(Answer.DONE, error=str(error))",
            ),
        ),
        rig=Rig("release", 15),
    ),
    Bug(
        name="release is not work",
        story="Cancelling only writes the status; the copies are given back by the request, if it gets that far. A"
        " process that dies in between leaves stock promised to an order that does not exist any more.",
        patches=(
            Patch(
                f"{_ORDERS}/states.py",
                "(OrderStatus.PLACED, OrderEvent.CANCEL): Transition(OrderStatus.CANCELLED, StockStep.RELEASE),",
                "(OrderStatus.PLACED, OrderEvent.CANCEL): Transition(OrderStatus.CANCELLED),",
            ),
        ),
        rig=Rig("release", 15),
    ),
    Bug(
        name="pending has nothing to release",
        story="Only a placed order is released when it is cancelled, because a pending one 'has no stock yet'. Its"
        " reservation may stand already, or arrive later.",
        patches=(
            Patch(
                f"{_ORDERS}/states.py",
                "(OrderStatus.PENDING, OrderEvent.CANCEL): Transition(OrderStatus.CANCELLED, StockStep.RELEASE),",
                "(OrderStatus.PENDING, OrderEvent.CANCEL): Transition(OrderStatus.CANCELLED),",
            ),
        ),
    ),
    Bug(
        name="given up and forgotten",
        story="Orders that were pending for too long are swept away by a clean-up that changes their status and thinks"
        " of nothing else. Abandoned checkouts then eat the stock, copy by copy.",
        patches=(
            Patch(
                f"{_ORDERS}/states.py",
                "(OrderStatus.PENDING, OrderEvent.GIVEN_UP): Transition(OrderStatus.CANCELLED, StockStep.RELEASE),",
                "(OrderStatus.PENDING, OrderEvent.GIVEN_UP): Transition(OrderStatus.CANCELLED),",
            ),
        ),
    ),
    Bug(
        name="price of the client",
        story="The total that the client sends is what the order costs. Whoever edits the request buys for a penny.",
        patches=(
            Patch(
                f"{_ORDERS}/protocol.py",
                "return expected_total is None or expected_total == total",
                "return True",
            ),
            Patch(
                f"{_ORDERS}/settlement.py",
                "            total=reservation.total,\n",
                "            total=work.expected_total or reservation.total,\n",
            ),
        ),
        rig=Rig("prices", 12),
    ),
    Bug(
        name="price not compared",
        story="The price has changed between the page and the order, and the customer pays what was never agreed to.",
        patches=(
            Patch(
                f"{_ORDERS}/protocol.py",
                "return expected_total is None or expected_total == total",
                "return True",
            ),
        ),
        rig=Rig("prices", 12),
    ),
    Bug(
        name="compare-and-set not looked at",
        story="The update says that it has changed no row, and nobody reads it: of a cancellation and a shipping that"
        " meet, both are told that it worked, and the parcel leaves for a cancelled order.",
        patches=(
            Patch(
                f"{_ORDERS}/service.py",
                "if moved and transition.stock_step is None:",
                "if transition.stock_step is None:",
            ),
            Patch(
                f"{_ORDERS}/service.py",
                "if moved and transition.stock_step is not None:",
                "if transition.stock_step is not None:",
            ),
        ),
    ),
    Bug(
        name="poison is dropped",
        story="A job that fails too often is deleted, so that the queue stays short. What it was to tell the other"
        " service is never told.",
        patches=(
            Patch(
                f"{_ORDERS}/settlement.py",
                'being ``hopeless`` or tried too often."""\n',
                'being ``hopeless`` or tried too often."""\n'
                "        if work.attempts >= self._tries:\n"
                "            await self.finish(work)\n"
                "            return True\n",
            ),
        ),
    ),
    Bug(
        name="refused is done",
        story="A refusal of the other service (409) counts as an answer, and an answered job is done. That the two keep"
        " contradicting books is found out by the customer.",
        patches=(
            Patch(
                f"{_ORDERS}/protocol.py",
                "    StockStep.RETURN: (Request.COMMIT, Request.TAKE_BACK),",
                "    StockStep.RETURN: (Request.TAKE_BACK,),",
            ),
            Patch(
                f"{_ORDERS}/protocol.py",
                "    return TryLater(hopeless=answer is Answer.REFUSED)",
                "    return GoOn() if answer is Answer.REFUSED else TryLater()",
            ),
        ),
    ),
    Bug(
        name="key outside the order's transaction",
        story="The idempotency key is taken first, in a transaction of its own. A process that dies in between leaves a"
        " key of an order that does not exist: the customer can repeat the request for ever and gets no order.",
        patches=(
            Patch(
                f"{_ORDERS}/service.py",
                """        async with self._database.autocommit() as connection:
            opened = await placement.open_order(connection, new, key, lease_seconds=self._lease_seconds)
            if key is not None and not opened:
                return await earlier_request(connection, IdempotencyKeyRow, key)
""",
                """        if key is not None:
            async with self._database.transaction() as session:
                earlier = await claim(
                    session, IdempotencyKeyRow, key, resource_id=new.id, running_seconds=self._lease_seconds
                )
                if earlier is not None:
                    return earlier
        async with self._database.autocommit() as connection:
            await placement.open_order(connection, new, None, lease_seconds=self._lease_seconds)
""",
            ),
        ),
        rig=Rig("keys", 15),
    ),
    Bug(
        name="retried as a new order",
        story="The request is repeated because no answer came, and what was begun is begun anew under a new id. The"
        " customer has ordered twice, and the first order holds its copies too.",
        patches=(
            Patch(
                f"{_ORDERS}/saga.py",
                "        if isinstance(opened, EarlierRequest):\n",
                "        if isinstance(opened, EarlierRequest) and opened.status is None:\n"
                "            return await self.place(wanted, actor, None)\n"
                "        if isinstance(opened, EarlierRequest):\n",
            ),
        ),
        rig=Rig("keys", 15),
    ),
    Bug(
        name="write-off is tried once",
        story="That copies are lost is told by the request alone; the job that gives the copies of the cancelled orders"
        " back later does not know of it. The lost copies are sold again.",
        patches=(
            Patch(
                f"{_ORDERS}/write_offs.py",
                '        write_off=lost.model_dump(mode="json") if lost else None,\n',
                "        write_off=None,\n",
            ),
        ),
    ),
    Bug(
        name="changed without compare-and-set",
        story="UPDATE orders SET status = … WHERE id = …: whoever writes last is right. An order is cancelled after it"
        " was shipped, or shipped after it was cancelled.",
        patches=(
            Patch(
                f"{_ORDERS}/repository.py",
                "WHERE id = :order_id AND status = :seen",
                "WHERE id = :order_id AND :seen IS NOT NULL",
            ),
        ),
        model=False,
        rig=Rig("lease", 15),
    ),
    Bug(
        name="the stale worker writes",
        story="A worker that was frozen for longer than its lease wakes up and writes what it had found out, without a"
        " look at the lease or at what has become of the order: a cancelled order is placed, and its copies are gone.",
        patches=(
            Patch(
                f"{_ORDERS}/placement.py",
                "SELECT id FROM orders WHERE id = :order_id AND status = 'pending' FOR UPDATE",
                "SELECT id FROM orders WHERE id = :order_id FOR UPDATE",
            ),
            Patch(
                f"{_ORDERS}/placement.py",
                "FROM finished WHERE orders.id = finished.order_id",
                "FROM pending WHERE orders.id = pending.id",
            ),
        ),
        model=False,
        rig=Rig("lease", 15),
    ),
)
