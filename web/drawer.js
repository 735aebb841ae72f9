// The dialogs, and the drawer: saved looks, taste so far, start picks, forgetting.
import * as api from "/api.js";
import {fill} from "/look.js";

const $ = (id) => document.getElementById(id);

// onForgotten(): the server has erased this person's events. onEditPicks(): the start picks are to be changed.
export function setUpDialogs({onForgotten, onEditPicks}) {
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
  $("edit-picks").addEventListener("click", () => {
    $("drawer").close();
    onEditPicks();
  });
  $("forget").addEventListener("click", async () => {
    if (!confirm("Forget all your likes, saves, dislikes and start picks? This cannot be undone.")) return;
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
    $("top-labels").replaceChildren(...taste.top.map(({value, count, swiped}) => {
      const item = document.createElement("li");
      const times = document.createElement("b");
      times.textContent = `${count} of ${swiped}`;
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
