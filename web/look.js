// The dialog of one look: its photo, why it was dealt, less like this, more like this. And grids of looks that open it.
import * as api from "/api.js";
import {describe} from "/card_stack.js";
import {reason} from "/why.js";

const $ = (id) => document.getElementById(id);

let shown = null;

// onLess(look): the person wants less like it.
export function setUpLook({onLess}) {
  $("less").addEventListener("click", () => onLess(shown));
}

export async function openLook(look) {
  shown = look;
  const {long, looks} = reason(look);
  $("look-title").textContent = long ? "Why this look?" : "This look";
  // Its place is kept before the photo comes, so that no button moves from under a finger. Mostly looks are 2:3.
  $("look-image").width = look.width || 480;
  $("look-image").height = look.height || 720;
  $("look-image").src = api.thumb(look, 440);
  $("look-image").alt = describe(look);
  $("look-why").textContent = long;
  $("look-why").hidden = !long;
  $("because").hidden = looks.length === 0;
  fill($("because"), looks, "");
  $("similar").replaceChildren();
  if (!$("look").open) $("look").showModal();
  $("look").scrollTop = 0;
  let answer;
  try {
    answer = [(await api.similar(look.id, 9)).hits, "No other looks yet."];
  } catch (problem) {
    answer = [[], `The server does not answer: ${problem.message}`];
  }
  if (shown === look) fill($("similar"), ...answer);  // else another look was opened meanwhile
}

export function fill(grid, looks, emptyText) {
  if (looks.length === 0) {
    const note = document.createElement("p");
    note.textContent = emptyText;
    grid.replaceChildren(note);
    return;
  }
  grid.replaceChildren(...looks.map((look) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.id = look.id;
    const image = new Image();
    image.loading = "lazy";
    image.alt = describe(look);
    image.src = api.thumb(look, 140);
    button.append(image);
    button.addEventListener("click", () => openLook(look));
    return button;
  }));
}
