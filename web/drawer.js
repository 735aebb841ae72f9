// The dialogs: saved looks, taste so far, more like one look, forgetting.
import * as api from "/api.js";
import {describe} from "/card_stack.js";

const $ = (id) => document.getElementById(id);

// onForgotten(): the server has erased this person's events.
export function setUpDialogs({onForgotten}) {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    // A click on the dialog itself, not on what is in it, is a click beside it.
    dialog.addEventListener("click", (event) => {
      const box = dialog.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top &&
          event.clientY <= box.bottom;
      if (event.target === dialog && !inside) dialog.close();
    });
  }
  $("drawer-open").addEventListener("click", openDrawer);
  $("help-open").addEventListener("click", () => $("help").showModal());
  $("forget").addEventListener("click", async () => {
    if (!confirm("Forget all your likes, saves and dislikes? This cannot be undone.")) return;
    try {
      await api.forget();
    } catch (problem) {
      $("counts").textContent = `That did not work: ${problem.message}`;
      return;
    }
    $("drawer").close();
    onForgotten();
  });
}

export async function openDrawer() {
  if (!$("drawer").open) $("drawer").showModal();
  try {
    const [{saved}, taste] = await Promise.all([api.saved(), api.taste()]);
    showSavedCount(saved.length);
    fill($("saved"), saved, "Nothing yet. Swipe a look up, or press Save, to keep it here.");
    $("counts").textContent = `${taste.likes} liked, ${taste.saves} saved, ${taste.dislikes} disliked`;
    $("top-labels").replaceChildren(...taste.top.map(({value, count}) => {
      const item = document.createElement("li");
      const times = document.createElement("b");
      times.textContent = count;
      item.append(value, times);
      return item;
    }));
  } catch (problem) {
    $("counts").textContent = `The server does not answer: ${problem.message}`;
  }
}

export function showSavedCount(n) {
  $("saved-count").textContent = n;
}

async function openLook(look) {
  $("look-image").src = api.thumb(look, 440);
  $("look-image").alt = describe(look);
  $("similar").replaceChildren();
  if (!$("look").open) $("look").showModal();
  $("look").scrollTop = 0;
  try {
    const {hits} = await api.similar(look.id, 9);
    fill($("similar"), hits, "No other looks yet.");
  } catch (problem) {
    fill($("similar"), [], `The server does not answer: ${problem.message}`);
  }
}

function fill(grid, looks, emptyText) {
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
