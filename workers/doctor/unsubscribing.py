"""Whether links to unsubscribe lead to the listener: large mail providers want one-click headers on marketing."""

from aiohttp import ClientError, ClientSession, ClientTimeout

from workers.doctor.result import MAIL, Result, one_line
from workers.services.unsubscribe.listener import FORGED
from workers.settings.campaigns import CampaignSettings

TIMEOUT = ClientTimeout(total=2)
MAX_PAGE = 10_000


async def with_one_click(mail: Result, settings: CampaignSettings) -> Result:
    """Return the result of the mail server, which is fine, with what is to say about unsubscribing."""
    url = settings.unsubscribe_url
    if url is None:
        words = f"{mail.words}; marketing goes out without one-click unsubscribing"
        return Result(MAIL, "fine", words, "TCONSOLE_UNSUBSCRIBE_URL and TCONSOLE_UNSUBSCRIBE_LISTEN turn it on")
    if await _is_ours(url):
        return Result(MAIL, "fine", f"{mail.words}; one-click unsubscribing at {one_line(url)}")
    words = f"{mail.words}, but {one_line(url)} does not lead to the page for unsubscribing"
    remedy = "pass it on to TCONSOLE_UNSUBSCRIBE_LISTEN of workers that run, or correct TCONSOLE_UNSUBSCRIBE_URL"
    return Result(MAIL, "wrong", words, remedy)


async def _is_ours(url: str) -> bool:
    """Return whether the listener answers there: it refuses a link without a token in its own words."""
    try:
        async with ClientSession(timeout=TIMEOUT) as session, session.get(url, allow_redirects=False) as response:
            page = (await response.content.read(MAX_PAGE)).decode(errors="replace")
    except (TimeoutError, ClientError, OSError, ValueError):
        return False
    return FORGED in page
