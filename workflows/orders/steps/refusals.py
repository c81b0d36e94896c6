"""How updates are refused: with one line for people, and nothing changed."""

from temporalio.exceptions import ApplicationError

from workflows.shared.refusals import INVALID_REQUEST

NOT_NOW = "NotNow"
"""Type of the refusal of what makes sense, but not as the order is now."""

CONTRADICTION = "Contradiction"
"""Type of the refusal of a payment that is known with other money."""

PAYMENT_CONFLICT = "PaymentConflict"
"""Type of the failure of a payment that is known at the front door, or in the ledger, with other money."""


def refuse_now(why_not: str | None) -> None:
    """Refuse an update for a reason that the state of the order gives, if there is one.

    Raises:
        ApplicationError: of type ``NotNow``.
    """
    if why_not is not None:
        raise ApplicationError(why_not, type=NOT_NOW, non_retryable=True)


def refuse_input(what_is_wrong: str | None) -> None:
    """Refuse an update for what stands in it, if something is wrong with it.

    Raises:
        ApplicationError: of type ``InvalidRequest``.
    """
    if what_is_wrong is not None:
        raise ApplicationError(what_is_wrong, type=INVALID_REQUEST, non_retryable=True)
