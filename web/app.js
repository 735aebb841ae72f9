// The swipe page: joins the stack of cards, the queue of swipes and the server's deck.
import * as api from "/api.js";
import {CardStack, describe} from "/card_stack.js";
import {openDrawer, setUpDialogs, showSavedCount} from "/drawer.js";
import {openLook, setUpLook} from "/look.js";
import {askAtStart, editPicks, forgetQuiz} from "/quiz.js";
import {newKey, SwipeQueue} from "/swipe_queue.js";

// Few cards wait on the table, so that what comes next knows the latest swipes; enough that their photos are loaded.
const FULL = 8;
const LOW = 5;

const $ = (id) => document.getElementById(id);
const kinds = ["like", "save", "dislike"];

let history = [];       // swipes that undo can take back: {key, kind, card}
let fetching = false;
let round = 0;          // counts up when the deck is dealt anew: an answer of an earlier round is void
let exhausted = false;  // the last deck was shorter than asked: there are no more
let refillWaitMs = 1000;
let savedCount = 0;
const recount = new Set();  // keys of swipes that may have hit a saved look
let notice = {passing: "", waiting: ""};
let noticeTimer = 0;
let latestUndo = "";    // the key of an undo whose answer has not come: tried again it must not take back one more

const stack = new CardStack($("stack"), {onSwipe: swiped, onOpen: openLook, onChange: showButtons});
const queue = new SwipeQueue({
  onSent: (item) => {
    if (recount.delete(item.key)) countSaved();
    refill();
  },
  onRefused: (item, problem) => say(`A swipe was refused: ${problem.message}`),
  onNoSession: () => api.deck(1, [...stack.cards.map((card) => card.id), ...queue.ids()]),
  onWaiting: (n) => {
    notice.waiting = n > 0 ? `No connection. ${n} ${n > 1 ? "swipes wait" : "swipe waits"} to be sent.` : "";
    showNotice();
  },
});

async function refill() {
  if (fetching || exhausted || stack.cards.length > LOW) return;
  fetching = true;
  const mine = round;
  const wanted = FULL - stack.cards.length;
  try {
    const answer = await api.deck(wanted, [...stack.cards.map((card) => card.id), ...queue.ids()]);
    refillWaitMs = 1000;
    if (mine !== round) return;
    exhausted = answer.cards.length < wanted;
    // What was swiped while the answer was on its way is not new any more.
    const gone = new Set([...queue.ids(), ...history.map((swipe) => swipe.card.id)]);
    stack.append(answer.cards.filter((card) => !gone.has(card.id)));
    if (stack.cards.length > 0) hideState();
    else if (answer.images === 0)
      showState("No looks yet", "This workspace is empty. Bring in some photos, then come back:",
                "ootd import PHOTOS\nootd embed", "Look again");
    else if (answer.vectors === 0)
      showState("Almost there", "The photos are here, but they have no embeddings yet. Run:", "ootd embed", "Look again");
    else
      showState("That was every look", "You have seen them all. Saved looks are in the drawer; new photos come in with " +
                "ootd import.", "", "Look again");
  } catch (problem) {
    if (!(problem instanceof api.ApiError)) throw problem;
    if (stack.cards.length === 0)
      showState("The deck does not answer", problem.status === 0 ? "The server cannot be reached." : problem.message, "",
                "Try again");
    setTimeout(refill, Math.max(refillWaitMs, problem.retryAfterS * 1000));
    refillWaitMs = Math.min(refillWaitMs * 2, 30_000);
  } finally {
    fetching = false;
    showButtons();
    if (mine !== round) refill();
  }
  if (stack.cards.length === 0 && !exhausted) refillSoon();
}

// All cards of an answer were swiped meanwhile, or the stack ran empty during a call: ask once more.
function refillSoon() {
  setTimeout(refill, refillWaitMs);
}

function swiped(kind, card) {
  history.push({key: queue.add(kind, card), kind, card});
  if (kind === "save") showSavedCount(++savedCount);
  if (kind !== "skip") light(kind);
  const done = {like: "Liked", save: "Saved", dislike: "Disliked", skip: "Skipped"}[kind];
  say(`${done}.` + (stack.top ? ` Next: ${describe(stack.top)}.` : ""));
  if (stack.cards.length === 0) {
    if (exhausted) {
      exhausted = false;  // asks once more, for the right words and what is new
    } else {
      showState("One moment", "The next looks are on their way.", "", "");
    }
  }
  refill();
}

// A dislike of any look, on the table or not.
function less(look) {
  $("look").close();
  $("drawer").close();
  if (stack.top?.id === look.id) {
    stack.throwTop("dislike");
  } else {
    const card = stack.cards.find(({id}) => id === look.id);
    stack.remove(look.id);
    swiped("dislike", card ?? look);
    const swipe = history.at(-1);
    swipe.recount = true;
    recount.add(swipe.key);
  }
  note("You will see less like this. Undo takes it back.");
}

async function undo() {
  light("undo");
  const last = history.pop();
  if (!last) return undoOnServer();
  if (!queue.drop(last.key)) {
    const key = queue.add("undo", last.card, last.key);
    if (last.recount) recount.add(key);
  }
  layBack(last.card, last.kind);
}

// Nothing to take back in this page's memory (it was reloaded): the server remembers.
async function undoOnServer() {
  if (queue.items.length > 0) return say("One moment: swipes are still on their way.");
  try {
    latestUndo ||= newKey();
    const {card} = await api.feedback({kind: "undo", key: latestUndo});
    latestUndo = "";
    layBack(card, "save");
    countSaved();
  } catch (problem) {
    if (problem.status >= 400 && problem.status < 500) latestUndo = "";
    say(problem.status === 404 ? "There is nothing to undo." : `Undo did not work: ${problem.message}`);
    if (problem.status === 404 || problem.status === 401) note("Nothing to undo.");
  }
}

function layBack(card, kind) {
  if (kind === "save" && savedCount > 0) showSavedCount(--savedCount);
  hideState();
  stack.putBack({why: "you took this one back", ...card}, kind);
  say(`Taken back. ${describe(card)}.`);
}

function showButtons() {
  for (const kind of kinds) $(kind).disabled = !stack.top;
}

function light(id) {
  $(id).classList.add("lit");
  setTimeout(() => $(id).classList.remove("lit"), 160);
}

// Shown for a moment.
function note(text) {
  notice.passing = text;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => {
    notice.passing = "";
    showNotice();
  }, 2500);
  showNotice();
}

function showNotice() {
  $("notice").textContent = notice.passing || notice.waiting;
}

function say(text) {
  $("spoken").textContent = text;
}

function showState(title, text, commands, button) {
  const state = $("state");
  state.hidden = false;
  state.querySelector("h2").textContent = title;
  state.querySelector("p").textContent = text;
  state.querySelector("pre").textContent = commands;
  state.querySelector("pre").hidden = !commands;
  state.querySelector("button").textContent = button;
  state.querySelector("button").hidden = !button;
}

function hideState() {
  $("state").hidden = true;
}

function countSaved() {
  return api.saved().then(({saved}) => showSavedCount((savedCount = saved.length)), () => {});
}

function dealAnew() {
  ++round;
  stack.clear();
  exhausted = false;
  return refill();
}

function startOver() {
  history = [];
  queue.clear();
  savedCount = 0;
  showSavedCount(0);
  forgetQuiz();
  start(dealAnew());
}

// dealt: a promise of the first deck, which waits under the quiz.
async function start(dealt) {
  if (history.length === 0 && (await askAtStart(dealt))) await dealAnew();
}

async function changePicks() {
  try {
    if (await editPicks()) await dealAnew();
  } catch (problem) {
    if (!(problem instanceof api.ApiError)) throw problem;
    note("The server does not answer. Try again later.");
  }
}

for (const kind of kinds) $(kind).addEventListener("click", () => stack.throwTop(kind));
$("undo").addEventListener("click", undo);
$("state").querySelector("button").addEventListener("click", () => {
  exhausted = false;
  refill();
});

addEventListener("keydown", (event) => {
  const isCovered = document.querySelector("dialog[open]") || $("stack").closest("[inert]");
  if (isCovered || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = {
    ArrowRight: () => stack.throwTop("like"),
    ArrowLeft: () => stack.throwTop("dislike"),
    ArrowUp: () => stack.throwTop("save"),
    Backspace: undo,
    z: undo,
    i: () => stack.openTop(),
    s: openDrawer,
    "?": () => $("help").showModal(),
    // On a button it presses the button.
    Enter: event.target.closest("button, a") ? null : () => stack.openTop(),
  }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  // A held key would swipe through the deck unseen.
  if (!action || event.repeat) return;
  event.preventDefault();
  action();
});

setUpDialogs({onForgotten: startOver, onEditPicks: changePicks});
setUpLook({onLess: less});
history = queue.items.filter((item) => item.kind !== "undo");
showButtons();
queue.flush();
const dealt = refill();
start(dealt);
dealt.then(countSaved);
