// The quiz before the first deck: styles, or else looks, to pick any number from. It is never in the way: asked once,
// and not at all where it has no answer soon.
import * as api from "/api.js";
import {describe} from "/card_stack.js";
import {newKey} from "/swipe_queue.js";

const STORE = "ootd.quiz";
const LOOKS = 9;
const STYLES = 30;  // those that most looks have
const PATIENCE_MS = 4000;

const $ = (id) => document.getElementById(id);

// Before the first deck. dealt: a promise of the deck, which makes the session. True = picks were sent.
export async function askAtStart(dealt) {
  if (wasAsked()) return false;
  cover(true);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, []));
  const tiles = await Promise.race([tilesOfNewcomer(dealt).catch(() => []), late]);
  cover(false);
  return tiles.length > 0 && ask(tiles, "Start", "Skip");
}

// Later, from the drawer. True = picks were sent. Throws ApiError.
export async function editPicks() {
  const {values, picked} = await api.quiz();
  const tiles = await tilesOf(values, picked);
  return tiles.length > 0 && ask(tiles, "Save picks", "Cancel");
}

export function forgetQuiz() {
  try {
    localStorage.removeItem(STORE);
  } catch {
    // No storage: nothing was kept.
  }
}

async function tilesOfNewcomer(dealt) {
  const [{values, picked}, taste] = await Promise.all([api.quiz(), api.taste(), dealt]);
  if (picked.labels.length + picked.looks.length + taste.likes + taste.saves + taste.dislikes > 0) {
    remember();
    return [];
  }
  return tilesOf(values, picked);
}

// [{label or id, look, picked}], the picked ones first.
async function tilesOf(values, picked) {
  const tiles = picked.looks.map((id) => ({id, look: {id, thumb: `/thumbs/${id}`}, picked: true}));
  tiles.push(...values.filter(({look}) => look)
                 .map(({value, look}) => ({label: value, look, picked: picked.labels.includes(value)})));
  if (!tiles.some((tile) => tile.label)) {
    const {cards} = await api.deck(LOOKS, picked.looks);
    tiles.push(...cards.map((look) => ({id: look.id, look, picked: false})));
  }
  tiles.sort((a, b) => b.picked - a.picked);
  return tiles.slice(0, Math.max(STYLES, tiles.filter((tile) => tile.picked).length));
}

function ask(tiles, yes, no) {
  $("quiz-start").textContent = yes;
  $("quiz-skip").textContent = no;
  $("quiz-problem").textContent = "";
  $("quiz-tiles").replaceChildren(...tiles.map(makeTile));
  cover(true);
  $("quiz").hidden = false;
  $("quiz").scrollTop = 0;
  $("quiz-title").focus();
  return new Promise((resolve) => {
    const end = (sent) => {
      remember();
      $("quiz").hidden = true;
      cover(false);
      resolve(sent);
    };
    $("quiz-skip").onclick = () => end(false);
    $("quiz-start").onclick = async () => {
      const picks = tiles.filter((tile) => tile.picked);
      if (picks.length === 0 && yes === "Start") return end(false);
      $("quiz-start").disabled = true;
      try {
        await send(picks);
        end(true);
      } catch (problem) {
        $("quiz-problem").textContent = "Your picks could not be sent. Try again, or go on without them.";
      } finally {
        $("quiz-start").disabled = false;
      }
    };
  });
}

async function send(picks) {
  const labels = picks.flatMap(({label}) => label ?? []);
  const looks = picks.flatMap(({id}) => id ?? []);
  const answer = {labels, looks, key: newKey()};
  try {
    await api.answerQuiz(answer);
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    await api.deck(1, []);  // makes a session
    await api.answerQuiz(answer);
  }
}

function makeTile(tile) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.pick = tile.label ?? tile.id;
  button.setAttribute("aria-pressed", tile.picked);
  const image = new Image();
  image.alt = tile.label ? "" : describe(tile.look);
  image.src = api.thumb(tile.look, 200);
  button.append(image);
  if (tile.label) {
    const name = document.createElement("span");
    name.textContent = tile.label;
    button.append(name);
  }
  button.addEventListener("click", () => {
    tile.picked = !tile.picked;
    button.setAttribute("aria-pressed", tile.picked);
  });
  return button;
}

// The deck that lies under the quiz is neither seen nor reached.
function cover(on) {
  for (const element of document.querySelectorAll("main > :not(#quiz)")) element.toggleAttribute("inert", on);
}

function wasAsked() {
  try {
    return localStorage.getItem(STORE) !== null;
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(STORE, "asked");
  } catch {
    // No storage: it is asked again at the next visit, as long as there are no swipes.
  }
}
