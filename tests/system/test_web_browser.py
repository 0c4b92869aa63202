# SPDX-License-Identifier: Apache-2.0
"""The pages in a real Chromium: understood in five seconds, by keyboard, without
JavaScript, on a phone, in the dark, printed, and by axe-core."""
import re

import pytest

from conftest import need
from pages import Browser, Rendered, axe_source, violations

PAGES = ("/", "/items", "/items?state=short", "/members", "/history",
         "/report", "/glossary")
# What the first screen says: the sentence, what is done, what to do, the title.
SITUATIONS = {
    "all-protected": ("All 12,438 items are protected", "Nothing to do.",
                      "All protected"),
    "one-copy": ("2 items have only one good copy left", "phone vilna (LT)",
                 "11 at risk"),
    "unknown": ("We cannot tell for 4,120 items",
                "phone vilna (LT) and alpin (CH)", "4,120 not proved"),
    "lost": ("1 item: no good copy can be found",
             "Do not restart or delete anything.", "1 at risk"),
    "setting-up": ("Setting up: 1 of 3 other members heard",
                   "Nothing, if the other members are being set up too.",
                   "Setting up"),
}


@pytest.fixture(scope="module")
def chromium():
    need("chromium", "chromium")
    need("chromedriver", "chromium-driver")


@pytest.fixture(scope="module")
def browser(chromium, tmp_path_factory):
    """One at a time: browser(dark=True) ends the one before."""
    made = []

    def make(**options):
        if made and made[-1][0] == options:
            return made[-1][1]
        while made:
            made.pop()[1].close()
        made.append((options, Browser(tmp_path_factory.mktemp("chromium"),
                                      **options)))
        return made[-1][1]

    yield make
    while made:
        made.pop()[1].close()


@pytest.fixture
def site(build):
    made = Rendered(build, "one-copy")
    yield made
    made.close()


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    need("npm", "the image of the tests, or Debian's package npm")
    return axe_source(tmp_path_factory.mktemp("axe"))


def in_view(one, selector):
    return one.run("const r = document.querySelector(arguments[0])"
                   ".getBoundingClientRect();"
                   "return r.top >= 0 && r.bottom <= innerHeight", selector)


def test_five_situations_in_five_seconds(browser, site):
    """State, what is done, what I must do and how fresh it is stand on the
    first screen, without a scroll, and nothing contradicts the sentence."""
    one = browser()
    for situation, (sentence, action, title) in SITUATIONS.items():
        site.situation = situation
        one.open(site.url())
        head = one.text("#head")
        assert one.text("h1") == sentence
        assert action in head
        assert "40 seconds ago" in head
        assert one.driver.title == f"{title} - northern-archive"
        assert in_view(one, "#head") and in_view(one, "#numbers")
        assert one.run("return document.querySelectorAll('h1').length") == 1
        assert one.complaints() == []
        if situation != "all-protected":
            assert "All 12,438 items are protected" not in one.text("body")


def test_old_figures_are_no_answer(browser, site):
    site.situation = "old"
    one = browser().open(site.url())
    assert one.text("h1") == "We cannot tell: the last figures are 7 hours old"


def test_no_violations_of_accessibility(browser, site, axe):
    for dark in (False, True):
        one = browser(dark=dark)
        for situation, pages in (("one-copy", PAGES), ("lost", ("/",)),
                                 ("unknown", ("/", "/items")),
                                 ("all-protected", ("/", "/report")),
                                 ("setting-up", ("/", "/history")),
                                 ("many", ("/?lang=be", "/report?lang=ru"))):
            site.situation = situation
            for page in pages:
                one.open(site.url(page))
                found = violations(one, axe)
                assert not found, f"{situation} {page} dark={dark}: {found}"


def test_narrow_screens_never_scroll_sideways(browser, site, axe):
    """A phone; and 400 % on a wide screen, which is 320 points."""
    site.situation = "many"
    for width in (380, 320):
        one = browser(width=width, height=740)
        for lang in ("en", "be", "ru"):
            for page in ("/", "/items", "/members", "/history", "/report",
                         "/glossary"):
                one.open(site.url(f"{page}?lang={lang}"))
                wide = one.run("return document.documentElement.scrollWidth")
                assert wide <= width, f"{page} {lang}: {wide} of {width}"
        one.open(site.url("/members"))
        assert not violations(one, axe)


def test_keyboard_alone(browser, site):
    from selenium.webdriver.common.keys import Keys
    one = browser().open(site.url())
    seen = []

    def press(key):
        one.driver.switch_to.active_element.send_keys(key)
        return one.driver.switch_to.active_element

    at = press(Keys.TAB)
    assert at.text == "Skip to the content" and at.is_displayed()
    press(Keys.ENTER)
    assert one.driver.switch_to.active_element.get_attribute("id") == "main"
    one.open(site.url())
    for _ in range(40):
        at = press(Keys.TAB)
        if at.tag_name == "body":
            break
        box = at.rect
        assert box["width"] > 0 and box["height"] > 0
        outline = at.value_of_css_property("outline-style")
        assert outline != "none", at.text
        seen.append(at.text)
    assert [word for word in seen if word in (
        "State", "Items", "Report", "English")] == [
            "State", "Items", "Report", "English"]
    assert sum(text.startswith("show") for text in seen) == 2
    assert "as a table" in seen
    # By the keyboard to the list of what is short.
    one.open(site.url())
    while "Too few" not in (at := press(Keys.TAB)).text:
        pass
    press(Keys.ENTER)
    assert "/items?state=short" in one.driver.current_url
    assert one.text("h1") == "Items"


def test_without_javascript(browser, site):
    one = browser(script=False).open(site.url("/?lang=ru"))
    source = one.driver.page_source
    assert "осталось по одной исправной копии" in source
    assert "12\u00a0406" in source or "12&nbsp;406" in source
    for page in PAGES:
        one.open(site.url(page))
        assert "northern-archive" in one.driver.title
    assert "/live.js" not in site.asked


def test_changes_in_place(browser, site):
    """Live: the sentence changes without a load of the page; what has the focus
    stays; a node that is gone is said to be."""
    one = browser()
    # Its half minute is over at once.
    one.command("Page.addScriptToEvaluateOnNewDocument", {"source": """
        const every = window.setInterval;
        window.setInterval = (f, ms) => { window.tick = f; return 0; };"""})
    site.situation = "one-copy"
    one.open(site.url())
    one.run("window.mark = 1; window.spoken = [];"
            "new MutationObserver(() => window.spoken.push("
            "document.querySelector('h1').innerText)).observe("
            "document.querySelector('[aria-live]'), {childList: true});"
            "document.querySelector('#members h2').textContent")

    def tick(until):
        # While an answer is on its way, a tick does nothing.
        one.wait(f"(window.tick(), {until})")

    site.situation = "lost"
    tick("document.querySelector('h1').innerText.startsWith('1 item')")
    assert one.run("return window.mark") == 1
    assert one.driver.title.startswith("1 at risk")
    assert "lost" in one.run("return document.getElementById('head').className")
    # The same sentence again is not read aloud again.
    before = one.run("return window.spoken.length")
    asked = len(site.asked)
    # A second one is asked when the first was looked at.
    one.wait_for(lambda: (one.run("window.tick()"),
                          len(site.asked) > asked + 1)[1])
    assert one.run("return window.spoken.length") == before
    site.is_down = True
    tick("!document.getElementById('old').hidden")
    assert "may be old" in one.text("#old")
    site.is_down = False
    tick("document.getElementById('old').hidden")


def test_nothing_is_asked_elsewhere(browser, site):
    one = browser().open(site.url())
    names = one.run("return performance.getEntriesByType('resource')"
                    ".map(e => e.name)")
    assert names and all(name.startswith(site.url("/")) for name in names)
    assert one.complaints() == []


def test_the_report_prints_on_one_page(browser, site):
    """One A4 page, then the annex."""
    for lang in ("en", "be", "ru"):
        for situation, pages in (("all-protected", (2,)), ("one-copy", (2, 3))):
            site.situation = situation
            one = browser().open(site.url(f"/report?lang={lang}"))
            pdf = one.pdf()
            box = re.search(rb"/MediaBox ?\[0 0 ([0-9]+)[.0-9]* ([0-9]+)", pdf)
            assert box.groups() in ((b"595", b"841"), (b"595", b"842"),
                                    (b"594", b"841"), (b"594", b"842"))
            assert len(re.findall(rb"/Type\s*/Page\b", pdf)) in pages, (
                lang, situation)
            one.command("Emulation.setEmulatedMedia", {"media": "print"})
            # A4 without its margins is 180 by 267 mm: 680 by 1009 points.
            height = one.run("const s = document.querySelector('.sheet');"
                             "document.body.style.width = '680px';"
                             "return s.getBoundingClientRect().height")
            assert height <= 1009, (lang, situation, height)
            one.command("Emulation.setEmulatedMedia", {"media": ""})


def test_pages_are_small(build):
    from pages import render
    for lang in ("en", "be", "ru"):
        assert len(render(build, "many", f"/?lang={lang}")[2]) < 60000


def test_black_and_white_says_it_too(browser, site):
    """Every state has its word and a shape of its own beside the colour."""
    one = browser().open(site.url())
    shapes = one.run("return [...document.querySelectorAll('.numbers li')].map("
                     "li => li.querySelector('svg').innerHTML)")
    words = one.run("return [...document.querySelectorAll('.numbers .word')]"
                    ".map(w => w.innerText.trim())")
    assert len(set(shapes)) == 6
    assert words == ["Lost", "One copy", "Too few", "Not proved", "Spreading",
                     "Protected"]
