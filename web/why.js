// Why a card is on the deck, in people's words, with the liked looks that brought it.
import {thumb} from "/api.js";

// The API's reason: in short on the card, and in the dialog.
const WORDS = {
  "a first look around":
      ["A first look around", "A first look around. Swipe a few, and the deck learns what you like."],
  "something different": ["Something different", "Something different, to find out whether you like it."],
  "unlike what you disliked": ["Unlike what you disliked", "It is unlike the looks you disliked."],
};
const OF_ONE = {
  "near a look you saved": "Because you saved this",
  "near a look you liked": "Because you liked this",
};

// {text, long, looks}; text is empty where nothing is known, as for a look that was no card.
export function reason(card) {
  if (WORDS[card.why]) {
    const [text, long] = WORDS[card.why];
    return {text, long, looks: []};  // it is dealt for another reason than them
  }
  // A pick of the quiz may be dealt itself: it is no reason for itself.
  const looks = (card.because ?? []).filter((look) => look.id !== card.id);
  let text = OF_ONE[card.why] ?? (card.why ? card.why[0].toUpperCase() + card.why.slice(1) : "");
  if (card.why === "near what you picked") text = looks.length > 0 ? "Like your start picks" : "From your start picks";
  else if (looks.length > 1) return {text: "Because you like these", long: "Because you like looks like these", looks};
  return {text, long: text, looks};
}

// The line on the card.
export function reasonLine(card) {
  const {text, looks} = reason(card);
  const line = document.createElement("div");
  line.className = "reason";
  const thumbs = document.createElement("span");
  thumbs.className = "because";
  for (const look of looks) {
    const image = new Image();
    image.alt = "";
    image.draggable = false;
    image.dataset.id = look.id;
    image.src = thumb(look, 32);
    image.addEventListener("error", () => image.remove());
    thumbs.append(image);
  }
  const why = document.createElement("p");
  why.className = "why";
  why.textContent = text;
  const button = document.createElement("button");
  button.className = "ask";
  button.type = "button";
  button.setAttribute("aria-label", "Why this look?");
  button.setAttribute("aria-keyshortcuts", "I");
  button.textContent = "Why?";
  line.append(thumbs, why, button);
  return line;
}
