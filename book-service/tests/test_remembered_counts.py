"""What is counted for many at once."""

import asyncio

from book_service.search.remembered import Remembered


class Catalogue:
    """Counts how often it was counted, and is done when it is told."""

    def __init__(self) -> None:
        self.counted = 0
        self.may_end = asyncio.Event()
        self.fails = False

    async def count(self) -> int:
        self.counted += 1
        number = self.counted
        await self.may_end.wait()
        if self.fails and number == 1:
            raise ConnectionError
        return number


async def many_ask(remembered: Remembered[int], catalogue: Catalogue) -> list[int | BaseException]:
    asking = [asyncio.create_task(remembered.recall("all", catalogue.count)) for _ in range(5)]
    await asyncio.sleep(0)
    catalogue.may_end.set()
    return await asyncio.gather(*asking, return_exceptions=True)


async def test_many_who_ask_at_once_have_it_counted_once():
    catalogue = Catalogue()
    assert await many_ask(Remembered(), catalogue) == [1] * 5


async def test_what_is_not_worth_it_is_counted_by_everybody():
    catalogue = Catalogue()
    assert sorted(await many_ask(Remembered(lambda _counted: False), catalogue)) == [1, 2, 3, 4, 5]


async def test_a_count_that_fails_is_nobody_elses_failure():
    catalogue = Catalogue()
    catalogue.fails = True
    first, *others = await many_ask(Remembered(), catalogue)
    assert isinstance(first, ConnectionError)
    assert min(others) > 1


async def test_another_question_is_another_count():
    catalogue = Catalogue()
    catalogue.may_end.set()
    remembered: Remembered[int] = Remembered()
    assert [await remembered.recall(key, catalogue.count) for key in ("a", "b", "a")] == [1, 2, 1]
