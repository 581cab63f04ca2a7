"""What other features ask of second factors."""

from uuid import UUID

import pytest

from auth_service.accounts.errors import WrongPassword
from auth_service.accounts.repository import find_account
from auth_service.accounts.roles import Role
from auth_service.places import Place
from auth_service.second_factor.errors import CodeMissing, WrongCode
from auth_service.second_factor.of_accounts import SecondFactorsOfAccounts
from auth_service.second_factor.rule import ScopeRule


@pytest.fixture
def confirmation(application):
    """Give what asks the owner of an account for everything again."""
    return application.state.services.owner_confirmation


async def test_the_keys_of_an_account_may_do_what_its_second_factor_allows(ann, sign_up, with_second_factor, database):
    bob = await sign_up("bob@example.org")
    await with_second_factor(ann)
    await ann.service.post(
        "/auth/me/second-factor", json={"current_password": bob.password}, headers=await bob.headers()
    )
    factors = SecondFactorsOfAccounts(ScopeRule("staff"))
    hers, his = UUID(ann.account["id"]), UUID(bob.account["id"])
    async with database.read() as connection:
        assert await factors.having(connection, [hers, his]) == {hers}
        assert "orders:manage" in await factors.owner_scopes(connection, hers, Role.STAFF)
        assert "orders:manage" not in await factors.owner_scopes(connection, his, Role.STAFF)
        assert "books:write" in await factors.owner_scopes(connection, his, Role.EDITOR)
        told_of_her = await factors.tell(connection, hers)
        assert (told_of_her.keys(), told_of_her["recovery_codes_left"]) == ({"enabled_at", "recovery_codes_left"}, 10)
        assert await factors.tell(connection, his) is None


async def test_the_owner_confirms_with_password_and_code(ann, app, confirmation, database):
    async with database.transaction() as session:
        account = await find_account(session, UUID(ann.account["id"]))
    here = Place("203.0.113.1")
    with pytest.raises(WrongPassword):
        await confirmation(account, password="wrong horse battery", code=await app.code(), place=here)
    with pytest.raises(CodeMissing):
        await confirmation(account, password=ann.password, code=None, place=here)
    with pytest.raises(WrongCode):
        await confirmation(account, password=ann.password, code=app.wrong_code(), place=here)
    code = await app.code()
    await confirmation(account, password=ann.password, code=code, place=here)
    with pytest.raises(WrongCode):
        await confirmation(account, password=ann.password, code=code, place=here)
    await confirmation(account, password=ann.password, code=app.recovery_codes[0], place=here)
