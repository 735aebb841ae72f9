#!/usr/bin/env python3
"""The swipe page in a real Chromium against a running server: swipes by mouse, touch, keys and buttons reach the database
and change the next deck; nothing is lost or counted twice when the network goes; what was seen does not come back.

    swipe_page_test.py --url http://127.0.0.1:8080 --db ootd-home/catalog.db --screenshots DIR

The workspace needs at least 60 looks. Needs Python 3.9 and a Chromium (--chromium PROGRAM), nothing else. Exit 0: all
claims hold; 1: one does not, and its name and reason are the last lines."""

import argparse
import json
import pathlib
import sqlite3
import sys
import time
import traceback

from chromium import Chromium, Failure

PHONE = dict(width=390, height=844, touch=True, scale=2)
DESKTOP = dict(width=1280, height=800)
READY = ("document.querySelector('.card[data-depth=\"0\"] .photo')?.complete"
         " && [...document.images].every((image) => image.complete)")
TOP = "document.querySelector('.card[data-depth=\"0\"]').dataset.id"
STILL = "document.querySelectorAll('.leaving').length === 0 && document.getAnimations().every(a => a.playState !== 'running')"


class Events:
    """The event log, read beside the running server."""

    def __init__(self, path):
        self.path = path

    def after(self, last):
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as db:
            return db.execute(
                "SELECT e.kind, i.id FROM events e JOIN images i ON i.row = e.row"
                " WHERE e.id > ? AND e.kind != 'shown' ORDER BY e.id", (last,)).fetchall()

    def last(self):
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as db:
            return db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]

    def expect(self, last, wanted, timeout_s=60):
        """Exactly these (kind, image) after event `last`, soon, and no more a moment later."""
        deadline = time.monotonic() + timeout_s
        while len(self.after(last)) < len(wanted) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        got = self.after(last)
        check(got == wanted, f"the database has {got}, not {wanted}")


def check(claim, what):
    if not claim:
        raise Failure(what)


class Tests:
    def __init__(self, browser, url, events, screenshots):
        self.browser, self.url, self.events, self.screenshots = browser, url, events, screenshots

    def open(self, **view):
        page = self.browser.page(**view)
        page.open(self.url)
        page.wait(READY, "the first cards with their photos")
        return page

    def shot(self, page, name):
        page.screenshot(self.screenshots / f"{name}.png")

    def settle(self, page):
        page.wait(STILL, "the card to have flown off")

    def centre(self, page):
        return page.evaluate("(() => { const b = document.querySelector('#stack').getBoundingClientRect();"
                             " return [b.x + b.width / 2, b.y + b.height / 2]; })()")

    def finish(self, page):
        problems = page.problems()
        page.close()
        check(not problems, f"the page has errors: {problems}")

    def test_mouse_drag_right_is_a_like_and_changes_the_next_deck(self):
        page, last = self.open(**DESKTOP), self.events.last()
        self.shot(page, "desktop")
        before = page.evaluate("fetch('/api/deck?k=12').then(r => r.json()).then(d => d.cards)")
        top, (x, y) = page.evaluate(TOP), self.centre(page)
        page.drag((x, y), (x + 90, y + 8), release=False)
        stamp = float(page.evaluate("document.querySelector('.card[data-depth=\"0\"] .stamp.like').style.opacity"))
        check(stamp > 0.4, f"the stamp Like shows at {stamp} only")
        self.shot(page, "desktop_drag")
        page.drag((x + 90, y + 8), (x + 260, y + 20))
        self.settle(page)
        check(page.evaluate(TOP) != top, "the liked card still lies on top")
        self.events.expect(last, [("like", top)])
        after = page.evaluate("fetch('/api/deck?k=12').then(r => r.json()).then(d => d.cards)")
        check(top not in [card["id"] for card in after], "the liked look is dealt again")
        check([card["why"] for card in before] != [card["why"] for card in after]
              and [card["id"] for card in before] != [card["id"] for card in after], "a like did not change the deck")
        self.finish(page)

    def test_a_short_drag_goes_back_and_sends_nothing(self):
        page, last = self.open(**DESKTOP), self.events.last()
        top, (x, y) = page.evaluate(TOP), self.centre(page)
        page.drag((x, y), (x + 40, y), release=False)
        time.sleep(0.2)
        page.release((x + 40, y))
        time.sleep(0.5)
        check(page.evaluate(TOP) == top, "a short drag threw the card")
        self.events.expect(last, [])
        self.finish(page)

    def test_touch_left_is_a_dislike_and_touch_up_a_save(self):
        page, last = self.open(**PHONE), self.events.last()
        self.shot(page, "phone")
        first, (x, y) = page.evaluate(TOP), self.centre(page)
        page.drag((x, y), (x - 150, y + 10), by="touch")
        self.settle(page)
        second = page.evaluate(TOP)
        page.drag((x, y), (x + 10, y - 100), by="touch", release=False)
        self.shot(page, "phone_drag")
        page.drag((x + 10, y - 100), (x + 10, y - 220), by="touch")
        self.settle(page)
        self.events.expect(last, [("dislike", first), ("save", second)])
        check(page.evaluate("document.querySelector('#saved-count').textContent") == "1", "the saved look is not counted")
        self.finish(page)

    def test_keys_swipe_and_undo(self):
        page, last = self.open(**DESKTOP), self.events.last()
        wanted = []
        for key, code, kind in (("ArrowRight", 39, "like"), ("ArrowLeft", 37, "dislike"), ("ArrowUp", 38, "save")):
            wanted.append((kind, page.evaluate(TOP)))
            page.key(key, code)
            self.settle(page)
        self.events.expect(last, wanted)
        page.key("z", 90)
        self.settle(page)
        check(page.evaluate(TOP) == wanted[-1][1], "Z did not bring the last card back")
        page.key("Backspace", 8)
        self.settle(page)
        check(page.evaluate(TOP) == wanted[-2][1], "Backspace did not bring the card before it back")
        self.events.expect(last, wanted + [("undo", wanted[-1][1]), ("undo", wanted[-2][1])])
        page.key("?", 191)
        page.wait("document.querySelector('#help').open", "the help")
        self.shot(page, "help")
        page.key("Escape", 27)
        page.wait("!document.querySelector('#help').open", "the help to close")
        self.finish(page)

    def test_all_four_buttons_work(self):
        page, last = self.open(**DESKTOP), self.events.last()
        wanted = []
        for kind in ("like", "dislike", "save"):
            wanted.append((kind, page.evaluate(TOP)))
            page.click(f"#{kind}")
            self.settle(page)
        page.click("#undo")
        self.settle(page)
        self.events.expect(last, wanted + [("undo", wanted[-1][1])])
        check(page.evaluate(TOP) == wanted[-1][1], "the button Undo did not bring the card back")
        check(page.evaluate("document.querySelector('#saved-count').textContent") == "0", "the undone save is still counted")
        self.finish(page)

    def test_reload_brings_no_seen_card_back_and_can_still_undo(self):
        page, last = self.open(**PHONE), self.events.last()
        seen = []
        for _ in range(5):
            seen.append(page.evaluate(TOP))
            page.click("#like")
            self.settle(page)
        self.events.expect(last, [("like", image) for image in seen])
        page.open(self.url)
        page.wait(READY, "cards after the reload")
        cards = page.evaluate("fetch('/api/deck?k=50').then(r => r.json()).then(d => d.cards.map(c => c.id))")
        check(not set(seen) & set(cards) and page.evaluate(TOP) not in seen, "a seen card came back")
        page.click("#undo")
        page.wait(f"{TOP} === {json.dumps(seen[-1])}", "undo after a reload")
        self.events.expect(last, [("like", image) for image in seen] + [("undo", seen[-1])])
        self.finish(page)

    def test_a_swipe_appends_new_cards_and_never_rebuilds_the_stack(self):
        page = self.open(**DESKTOP)
        page.evaluate("document.querySelectorAll('.card').forEach((card, i) => card.mark = i)")
        below = page.evaluate("document.querySelector('.card[data-depth=\"1\"]').dataset.id")
        page.click("#dislike")
        self.settle(page)
        check(page.evaluate(TOP) == below, "the card below did not move up")
        check(page.evaluate("document.querySelector('.card[data-depth=\"0\"]').mark") == 1, "the card was built anew")
        seen = [below]
        for _ in range(12):  # further than the first deck reaches
            page.click("#dislike")
            self.settle(page)
            page.wait("document.querySelector('.card[data-depth=\"0\"]') !== null", "the next card")
            check(page.evaluate(TOP) not in seen, "a card came twice")
            seen.append(page.evaluate(TOP))
        self.finish(page)

    def test_offline_swipes_wait_survive_a_reload_and_count_once(self):
        page, last = self.open(**PHONE), self.events.last()
        page.offline(True)
        wanted = []
        for kind in ("like", "save", "dislike"):
            wanted.append((kind, page.evaluate(TOP)))
            page.click(f"#{kind}")
            self.settle(page)
        page.wait("document.querySelector('#notice').textContent.includes('wait')", "the notice that swipes wait")
        self.shot(page, "phone_offline")
        self.events.expect(last, [])
        check(json.loads(page.evaluate("localStorage.getItem('ootd.swipes')")), "the swipes are not kept")
        page.offline(False)
        page.open(self.url)
        page.wait(READY, "cards after the reload")
        self.events.expect(last, wanted)
        page.close()  # its console has the errors of the time without a network

    def test_a_lost_answer_does_not_count_a_swipe_twice(self):
        page, last = self.open(**DESKTOP), self.events.last()
        # The server does its work, but the page never hears of it: the next try is the same swipe again.
        page.evaluate("""(() => { const real = window.fetch; let lost = 0;
          window.fetch = async (...call) => {
            const answer = await real(...call);
            if (String(call[0]).includes('/api/feedback') && lost++ < 1) throw new TypeError('lost');
            return answer; }; })()""")
        top = page.evaluate(TOP)
        page.click("#like")
        page.wait("localStorage.getItem('ootd.swipes') === '[]'", "the swipe to be sent again")
        self.events.expect(last, [("like", top)])
        self.finish(page)

    def test_two_people_have_two_tastes(self):
        one, two, last = self.open(**PHONE), self.open(**PHONE), self.events.last()
        top = one.evaluate(TOP)
        one.click("#save")
        self.events.expect(last, [("save", top)])
        saved = "fetch('/api/saved').then(r => r.json()).then(d => d.saved.length)"
        check((one.evaluate(saved), two.evaluate(saved)) == (1, 0), "a save shows with another person")
        self.finish(one)
        self.finish(two)

    def test_the_drawer_shows_saved_looks_taste_and_forgets(self):
        page = self.open(dark=True, **DESKTOP)
        top = page.evaluate(TOP)
        page.click("#save")
        self.settle(page)
        page.click("#like")
        self.settle(page)
        self.shot(page, "desktop_dark")
        page.wait("localStorage.getItem('ootd.swipes') === '[]'", "the swipes to be sent")
        page.click("#drawer-open")
        page.wait(f"document.querySelector('#saved button')?.dataset.id === {json.dumps(top)}", "the saved look")
        page.wait("document.querySelector('#counts').textContent.startsWith('1 liked, 1 saved')", "the counts")
        page.wait(READY, "the thumbnails")
        self.shot(page, "drawer_dark")
        page.click("#saved button")
        page.wait("document.querySelectorAll('#similar button').length > 3", "looks like it")
        page.wait("[...document.querySelectorAll('#look img')].every(i => i.complete)", "their photos")
        self.shot(page, "look_dark")
        page.click("#look [data-close]")
        page.evaluate("window.confirm = () => true")
        page.click("#forget")
        page.wait("document.querySelector('#saved-count').textContent === '0' && !document.querySelector('#drawer').open",
                  "everything to be forgotten")
        page.wait(READY, "a new deck")
        check(page.evaluate("fetch('/api/taste').then(r => r.json()).then(t => t.likes + t.saves)") == 0,
              "swipes are left")
        self.finish(page)

    def test_the_page_has_names_for_all_controls_and_fits_a_small_phone(self):
        page = self.open(width=320, height=568, touch=True)
        self.shot(page, "phone_small")
        nameless = page.evaluate("[...document.querySelectorAll('button')].filter(b =>"
                                 " b.checkVisibility() && !b.textContent.trim() && !b.ariaLabel).length")
        check(nameless == 0, f"{nameless} buttons have no name")
        check(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen")
        check(page.evaluate("document.querySelector('#like').getBoundingClientRect().bottom <= innerHeight"),
              "the buttons lie below the screen")
        check(page.evaluate("document.querySelector('#like span').getBoundingClientRect().width >= 44"),
              "the buttons are smaller than a finger")
        self.finish(page)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--db", required=True, help="the workspace's catalog.db")
    parser.add_argument("--screenshots", required=True, type=pathlib.Path, help="a folder, made if it is missing")
    parser.add_argument("--chromium", help="the browser's program")
    parser.add_argument("--only", default="", help="run the tests whose name has this in it")
    flags = parser.parse_args()
    flags.screenshots.mkdir(parents=True, exist_ok=True)
    failed = []
    with Chromium(flags.chromium) as browser:
        tests = Tests(browser, flags.url, Events(flags.db), flags.screenshots)
        for name in [name for name in dir(Tests) if name.startswith("test_") and flags.only in name]:
            start = time.monotonic()
            try:
                getattr(tests, name)()
                print(f"ok    {name} ({time.monotonic() - start:.1f} s)", flush=True)
            except Exception as problem:  # noqa: BLE001 - every claim is checked, whatever happened to the one before
                if not isinstance(problem, Failure):
                    traceback.print_exc()
                failed.append(f"{name}: {problem}")
                print(f"FAIL  {name}: {problem}", flush=True)
    for line in failed:
        print(line, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
