"""Money as people read it, and how many decimals it has."""

from workflows.shared.codes import ISO_DECIMALS, SYMBOLS


def decimals(currency: str) -> int:
    """Return the number of decimals of a currency's minor unit; 2 for one that ISO 4217 does not know."""
    return ISO_DECIMALS.get(currency, 2)


def format_money(amount: int, currency: str) -> str:
    """Return ``amount``, in minor units of ``currency``, as text: ``12000``, ``USD`` becomes ``$120.00``."""
    places = decimals(currency)
    whole, rest = divmod(abs(amount), 10**places)
    number = f"{whole:,}.{rest:0{places}}" if places else f"{whole:,}"
    return f"{'-' if amount < 0 else ''}{SYMBOLS.get(currency, currency)}{number}"


def format_whole_money(amount: int, currency: str) -> str:
    """Return ``amount`` in whole units, marked as rounded: ``12050``, ``USD`` becomes ``~$120``."""
    places = decimals(currency)
    if not places:
        return format_money(amount, currency)
    whole = (abs(amount) + 10**places // 2) // 10**places
    return f"~{'-' if amount < 0 else ''}{SYMBOLS.get(currency, currency)}{whole:,}"
