"""What can go wrong with invitations."""

from service_kit.problems import DomainError


class InvitationForAnother(DomainError):
    """The invitation is for another address."""

    code = "invalid_input"
    status = 422
    title = "The input is not valid"

    def __init__(self) -> None:
        """Name the field."""
        super().__init__(errors=[{"loc": ["body", "email"], "msg": "This is not the address that was invited."}])


class InvitationsUseless(DomainError):
    """Nobody may sign up here, invited or not."""

    code = "signup_closed"
    status = 409
    title = "Signing up is closed here, for those who are invited too"


class InvitationNotFound(DomainError):
    """There is no such invitation."""

    code = "invitation_not_found"
    status = 404
    title = "There is no such invitation"


class InvitationEnded(DomainError):
    """The invitation was used, withdrawn, or is too old."""

    code = "invitation_ended"
    status = 409
    title = "This invitation has ended already"


class TooManyInvitations(DomainError):
    """More invitations are open than one could keep an eye on."""

    code = "too_many_invitations"
    status = 409
    title = "There are too many open invitations"
