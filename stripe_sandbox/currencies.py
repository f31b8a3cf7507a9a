"""Currencies as Stripe counts them: the unit of an amount, the smallest charge, and the steps some need."""

from stripe_sandbox import errors

AMOUNT_MAX = 99_999_999

_ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_TWO_DECIMAL = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc
    cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl hrk htg huf idr ils inr jmd kes kgs khr kyd
    kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr
    pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd
    yer zar zmw
"""

ZERO_DECIMAL = frozenset(_ZERO_DECIMAL.split())
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
IN_HUNDREDS = frozenset(("isk", "ugx"))
"""Charged in hundredths for history's sake, though this money has none."""

KNOWN = ZERO_DECIMAL | THREE_DECIMAL | IN_HUNDREDS | frozenset(_TWO_DECIMAL.split())

MINIMUM = {
    "aed": 200, "aud": 50, "bgn": 100, "bhd": 190, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17_500, "inr": 50, "isk": 7_000, "jod": 360, "jpy": 50, "kwd": 160,
    "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "omr": 200, "pln": 200, "ron": 200, "sek": 300, "sgd": 50,
    "thb": 1000, "tnd": 1600, "ugx": 190_000, "usd": 50,
}  # fmt: skip
"""The smallest charge, in Stripe's unit. Currencies that are not named here take anything from 50 up."""

MINIMUM_ELSEWHERE = 50


def check_currency(currency: str) -> str:
    """The currency in lower case, or Stripe's refusal of one it does not know."""
    if currency.lower() not in KNOWN:
        known = ", ".join(sorted(KNOWN))
        raise errors.invalid(
            f"Invalid currency: {currency.lower()}. Stripe currently supports these currencies: {known}",
            param="currency",
        )
    return currency.lower()


def check_amount(amount: int, currency: str, *, param: str = "amount") -> int:
    """The amount, if Stripe would charge it in this currency."""
    if amount > AMOUNT_MAX:
        raise errors.invalid(
            f"Amount must be no more than {shown(AMOUNT_MAX, currency)}", code="amount_too_large", param=param
        )
    least = MINIMUM.get(currency, MINIMUM_ELSEWHERE)
    if amount < least:
        raise errors.invalid(f"Amount must be at least {shown(least, currency)}", code="amount_too_small", param=param)
    check_step(amount, currency, param=param)
    return amount


def check_step(amount: int, currency: str, *, param: str = "amount") -> None:
    """Refuse what is finer than the card networks carry: tens in three-decimal currencies, hundreds in ISK and UGX."""
    step = 10 if currency in THREE_DECIMAL else 100 if currency in IN_HUNDREDS else 1
    if amount % step:
        raise errors.invalid(
            f"Invalid amount: amounts in {currency} must be evenly divisible by {step}.",
            code="parameter_invalid_integer",
            param=param,
        )


def shown(amount: int, currency: str) -> str:
    """An amount as Stripe writes it in messages: `$0.50 usd`, `0.160 kwd`, `50 jpy`."""
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    sign = {"usd": "$", "eur": "€", "gbp": "£"}.get(currency, "")
    whole, rest = divmod(amount, 10**digits)
    return f"{sign}{whole:,}{f'.{rest:0{digits}}' if digits else ''} {currency}"
