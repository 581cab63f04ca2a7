async def test_an_order_is_placed_at_the_prices_of_now(client, stock):
    waves, orlando = stock.add("The Waves", "9.99"), stock.add("Orlando", "12.50", on_hand=1)
    items = [{"book_id": str(waves.id), "quantity": 3}, {"book_id": str(orlando.id), "quantity": 1}]
    delivery = {"name": "Ada Lovelace", "address": "12 St James's Square\nLondon", "note": " "}
    answer = await client.post("/orders", json={"items": items, "delivery": delivery})
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert order["status"] == "placed"
    assert order["number"] == "Q-1001"
    assert (order["total"], order["currency"]) == ("42.47", "GBP")
    assert [(line["title"], line["quantity"], line["unit_price"], line["line_total"]) for line in order["items"]] == [
        ("The Waves", 3, "9.99", "29.97"),
        ("Orlando", 1, "12.50", "12.50"),
    ]
    assert order["delivery"] == {"name": "Ada Lovelace", "address": "12 St James's Square\nLondon", "note": None}
    assert [(entry["status"], entry["actor_role"]) for entry in order["timeline"]] == [
        ("pending", "customer"),
        ("placed", "system"),
    ]
    assert order["can_cancel"] is True
    assert answer.headers["location"] == f"/orders/{order['id']}"
    read = await client.get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (order, answer.headers["etag"])
    assert len(stock.held()) == 1
