#!/usr/bin/env python3
"""The swipe page in a real Chromium against a running server: swipes by mouse, touch, keys and buttons reach the database
and change the next deck; nothing is lost or counted twice when the network goes; what was seen does not come back.

    swipe_page_test.py --url http://127.0.0.1:8080 --db ootd-home/catalog.db --screenshots DIR

The workspace needs at least 60 looks of ten styles or more, and `[taste] label = "style"` in its ootd.toml. Needs Python 3.9 and a Chromium (--chromium PROGRAM), nothing else. Exit 0: all
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
ASKED = "!document.querySelector('#quiz').hidden && [...document.querySelectorAll('#quiz img')].every(i => i.complete)"
CARD = "document.querySelector('.card[data-depth=\"0\"]')"
TOP = f"{CARD}.dataset.id"
DIALOG = "document.querySelector('#look').open"
# A page whose GET /api/quiz has this answer.
QUIZ_ANSWER = """{ const real = window.fetch;
  window.fetch = (...call) => call[0] === '/api/quiz' && !call[1]?.method ? %s : real(...call); }"""
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

    def quizzes(self, last):
        """The picks of each quiz after event `last`: {"labels", "looks"}."""
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as db:
            return [json.loads(picks) for picks, in db.execute(
                "SELECT picks FROM events WHERE id > ? AND kind = 'quiz' ORDER BY id", (last,))]

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

    def ask(self, script="", **view):
        """A newcomer before the quiz. script runs in the page before its own."""
        page = self.browser.page(**view)
        if script:
            page.call("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        page.open(self.url)
        page.wait(ASKED, "the quiz")
        return page

    def open(self, **view):
        """A newcomer who skips the quiz, before the first deck."""
        page = self.ask(**view)
        page.click("#quiz-skip")
        page.wait(f"document.querySelector('#quiz').hidden && {READY}", "the first cards with their photos")
        return page

    def reopen(self, page):
        page.evaluate("window.left = true")
        page.open(self.url)
        page.wait(f"!window.left && {READY}", "cards after the reload")

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
        check(not page.evaluate(DIALOG), "a short drag counts as a tap")
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
        self.reopen(page)
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
        self.reopen(page)
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

    def like_and_reopen(self, page):
        """Likes the top card, and comes back to a deck that knows it. The liked look."""
        liked = page.evaluate(TOP)
        page.click("#like")
        page.wait("localStorage.getItem('ootd.swipes') === '[]'", "the like to be sent")
        self.reopen(page)
        return liked

    def test_a_card_says_why_and_names_the_liked_look(self):
        page = self.open(**PHONE)
        liked = self.like_and_reopen(page)
        check(page.evaluate(f"{CARD}.querySelector('.why').textContent") == "Because you liked this",
              "the card has no reason")
        check(page.evaluate(f"[...{CARD}.querySelectorAll('.because img')].map(i => i.dataset.id)") == [liked],
              "the card does not show the liked look")
        self.shot(page, "phone_reason")
        last, top, (x, y) = self.events.last(), page.evaluate(TOP), self.centre(page)
        page.drag((x, y), (x, y), by="touch")
        page.wait(f"{DIALOG} && document.querySelectorAll('#similar button').length > 3", "the tapped card's dialog")
        check(top in page.evaluate("document.querySelector('#look-image').src"), "the dialog shows another look")
        check(page.evaluate("document.querySelector('#look-why').textContent") == "Because you liked this",
              "the dialog does not say why")
        check(page.evaluate("document.querySelector('#because button').dataset.id") == liked,
              "the dialog does not show the liked look")
        self.shot(page, "phone_why")
        page.click("#because button")
        page.wait(f"document.querySelector('#look-image').src.includes('{liked}')", "the liked look itself")
        page.click("#look [data-close]")
        check(page.evaluate(TOP) == top, "a tap threw the card")
        self.events.expect(last, [])
        self.finish(page)

    def test_why_opens_by_button_and_keys(self):
        page = self.open(**DESKTOP)
        page.click(".card[data-depth='0'] .ask")
        page.wait(DIALOG, "the dialog by the button")
        for key, code in (("i", 73), ("Enter", 13)):
            page.click("#look [data-close]")
            page.wait(f"!{DIALOG}", "the dialog to close")
            page.evaluate("document.activeElement.blur()")
            page.key(key, code)
            page.wait(DIALOG, f"the dialog by {key}")
        self.finish(page)

    def test_less_like_this_is_one_dislike_that_undo_takes_back(self):
        page = self.open(**DESKTOP)
        self.like_and_reopen(page)
        last, top = self.events.last(), page.evaluate(TOP)
        page.key("i", 73)
        page.wait(f"{DIALOG} && document.querySelector('#look-image').complete", "the dialog")
        page.click("#less")
        self.settle(page)
        check(not page.evaluate(DIALOG) and page.evaluate(TOP) != top, "the card stays")
        self.events.expect(last, [("dislike", top)])
        page.key("z", 90)
        self.settle(page)
        check(page.evaluate(TOP) == top, "undo did not bring the card back")
        self.events.expect(last, [("dislike", top), ("undo", top)])
        self.finish(page)

    def test_less_like_a_saved_look_unsaves_it_until_undo(self):
        page, last = self.open(**DESKTOP), self.events.last()
        top = page.evaluate(TOP)
        page.click("#save")
        self.events.expect(last, [("save", top)])
        page.click("#drawer-open")
        page.wait("document.querySelector('#saved button') !== null", "the saved look")
        page.click("#saved button")
        page.wait(f"{DIALOG} && document.querySelector('#look-image').complete", "its dialog")
        page.click("#less")
        page.wait("document.querySelector('#saved-count').textContent === '0'", "no saved look")
        page.click("#undo")
        page.wait("document.querySelector('#saved-count').textContent === '1'", "the saved look to be back")
        self.events.expect(last, [("save", top), ("dislike", top), ("undo", top)])
        self.finish(page)

    def test_a_photo_that_cannot_be_shown_is_skipped_never_disliked(self):
        page, last = self.open(**PHONE), self.events.last()
        page.call("Network.setCacheDisabled", {"cacheDisabled": True})
        page.call("Network.setBlockedURLs", {"urls": ["*/thumbs/*"]})
        wanted, (x, y) = [], self.centre(page)
        page.open(self.url)
        for swipe in (lambda: page.click(".card[data-depth='0'] .next"), lambda: page.click("#dislike"),
                      lambda: page.drag((x, y), (x - 150, y), by="touch")):
            page.wait("document.querySelector('.card[data-depth=\"0\"].broken') !== null", "a card without its photo")
            self.shot(page, "phone_broken")
            wanted.append(("skip", page.evaluate(TOP)))
            swipe()
            self.settle(page)
        self.events.expect(last, wanted)
        page.call("Network.setBlockedURLs", {"urls": []})
        page.click("#undo")
        page.wait(f"{TOP} === '{wanted[-1][1]}' && {READY}", "the skipped card with its photo")
        self.events.expect(last, wanted + [("undo", wanted[-1][1])])
        page.close()  # its console has the errors of the photos

    def quiz_tiles(self, page, which=""):
        return page.evaluate(f"[...document.querySelectorAll('#quiz-tiles button{which}')].map(b => b.dataset.pick)")

    def start(self, page):
        page.click("#quiz-start")
        page.wait(f"document.querySelector('#quiz').hidden && {READY}", "the first cards")

    def test_quiz_picks_are_sent_and_the_first_deck_has_their_style(self):
        page, last = self.ask(**PHONE), self.events.last()
        styles = self.quiz_tiles(page)
        check(len(styles) == 9, f"the quiz offers {len(styles)} styles")
        page.key("ArrowRight", 39)  # swipes nothing: the deck is out of reach
        page.click("#quiz-tiles button:nth-child(3)")
        page.click("#quiz-tiles button:nth-child(5)")
        page.click("#quiz-tiles button:nth-child(5)")  # after all not
        self.shot(page, "phone_quiz")
        self.start(page)
        self.events.expect(last, [])
        check([picks["labels"] for picks in self.events.quizzes(last)] == [[styles[2]]], "the picks are not in the log")
        first = page.evaluate(f"{CARD}.querySelector('.labels').textContent")
        check(styles[2] in first, f"the first card is {first}, not {styles[2]}")
        self.shot(page, "phone_after_quiz")
        page.click("#drawer-open")
        page.wait("document.querySelector('#counts').textContent", "the drawer")
        page.click("#edit-picks")
        page.wait(ASKED, "the quiz again")
        check(self.quiz_tiles(page, "[aria-pressed=true]") == [styles[2]], "the quiz forgot the pick")
        page.click("#quiz-tiles button:nth-child(1)")
        page.click("#quiz-tiles button:nth-child(2)")
        picked = self.quiz_tiles(page, "[aria-pressed=true]")
        self.start(page)
        check([picks["labels"] for picks in self.events.quizzes(last)] == [[styles[2]], picked] and len(picked) == 1,
              "the new picks are not in the log")
        self.finish(page)

    def test_a_skipped_quiz_leaves_no_trace_and_does_not_come_back(self):
        last, page = self.events.last(), self.open(**DESKTOP)
        self.reopen(page)
        time.sleep(0.5)
        check(page.evaluate("document.querySelector('#quiz').hidden"), "the skipped quiz is back")
        check(self.events.last() == last, "skipping left an event")
        self.finish(page)

    def test_without_styles_the_quiz_offers_looks(self):
        page, last = self.ask(QUIZ_ANSWER % "new Response('{\"label\": \"\", \"values\": [], \"picked\":"
                              " {\"labels\": [], \"looks\": []}}')", **PHONE), self.events.last()
        check(len(self.quiz_tiles(page)) == 9, f"the quiz offers {len(self.quiz_tiles(page))} looks")
        page.click("#quiz-tiles button:nth-child(4)")
        self.shot(page, "phone_quiz_looks")
        self.start(page)
        check([len(picks["looks"]) for picks in self.events.quizzes(last)] == [1], "the pick is not in the log")
        check("start picks" in page.evaluate(f"{CARD}.querySelector('.why').textContent"),
              "the first card does not come from the pick")
        self.finish(page)

    def test_a_quiz_that_fails_is_not_in_the_way(self):
        page = self.browser.page(**DESKTOP)
        page.call("Page.addScriptToEvaluateOnNewDocument",
                  {"source": QUIZ_ANSWER % "Promise.reject(new TypeError('lost'))"})
        page.open(self.url)
        page.wait(f"{READY} && !document.querySelector('.table').matches('[inert]')", "the deck")
        check(page.evaluate("document.querySelector('#quiz').hidden"), "a quiz without an answer is shown")
        self.finish(page)

    def test_the_page_has_names_for_all_controls_and_fits_a_small_phone(self):
        page = self.ask(width=320, height=568, touch=True)
        self.shot(page, "phone_small_quiz")
        self.check_fit(page, "#quiz-start")
        page.click("#quiz-skip")
        page.wait(READY, "the first cards")
        self.shot(page, "phone_small")
        self.check_fit(page, "#like")
        check(page.evaluate("document.querySelector('#like span').getBoundingClientRect().width >= 44"),
              "the buttons are smaller than a finger")
        self.finish(page)

    def check_fit(self, page, button):
        nameless = page.evaluate("[...document.querySelectorAll('button')].filter(b =>"
                                 " b.checkVisibility() && !b.textContent.trim() && !b.ariaLabel"
                                 " && !b.querySelector('img')?.alt).length")
        check(nameless == 0, f"{nameless} buttons have no name")
        check(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen")
        check(page.evaluate(f"document.querySelector('{button}').getBoundingClientRect().bottom <= innerHeight"),
              "the buttons lie below the screen")


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
