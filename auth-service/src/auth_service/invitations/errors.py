"""What can go wrong with invitations."""

from service_kit.languages.texts import N_, _
from service_kit.problems import DomainError, InvalidField


class InvitationForAnother(InvalidField):
    """The invitation is for another address."""

    def __init__(self) -> None:
        """Name the field."""
        super().__init__(field="email", message=_("This is not the address that was invited."))


class InvitationsUseless(DomainError):
    """Nobody may sign up here, invited or not."""

    code = "signup_closed"
    status = 409
    title = N_("Signing up is closed here, for those who are invited too")


class InvitationNotFound(DomainError):
    """There is no such invitation, or it was used or is too old: there is nothing to withdraw any more."""

    code = "invitation_not_found"
    status = 404
    title = N_("There is no such open invitation")


class TooManyInvitations(DomainError):
    """More invitations are open than one could keep an eye on."""

    code = "too_many_invitations"
    status = 409
    title = N_("There are too many open invitations")
