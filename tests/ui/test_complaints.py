"""That a complaint of ours would be heard: every other test here listens."""

from playwright.sync_api import Browser

from .conftest import Ear


def test_a_complaint_of_ours_is_heard(browser: Browser, ear: Ear) -> None:
    """Red when a test would pass whatever is written to the console."""
    page = browser.new_page()
    ear.listen(page)
    page.evaluate("console.info('retrowalk'), console.error('of somebody else')")
    page.evaluate("console.warn('retrowalk: a warning')")
    with page.expect_event("pageerror"):
        page.evaluate("void setTimeout(() => { throw new Error('in retrowalk'); })")
    page.evaluate("alert(1)")
    page.close()
    heard = [each.partition(":")[0] for each in ear.complaints]
    ear.complaints.clear()
    assert heard == ["warning", "error", "dialog"]
