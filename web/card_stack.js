// The stack of cards: drawing, dragging, throwing. Knows nothing of the server.
import {labelValues, thumb} from "/api.js";
import {reasonLine} from "/why.js";

const VISIBLE = 3;
const THROW_MS = 280;
const TAP_PX = 8;  // a hand that only taps moves less
// Where a card flies to, in card widths and heights.
const EXITS = {like: [1.6, -0.1], dislike: [-1.6, -0.1], save: [0, -1.5], skip: [0, 1.5]};
const STAMPS = {like: "Like", dislike: "Dislike", save: "Save"};

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export class CardStack {
  // onSwipe(kind, card): the top card was thrown. onOpen(card): it was tapped. onChange(): the cards are others now.
  constructor(element, {onSwipe, onOpen, onChange}) {
    Object.assign(this, {element, onSwipe, onOpen, onChange});
    this.cards = [];          // top first
    this.elements = new Map();  // id -> element, of the visible ones
  }

  get top() {
    return this.cards[0];
  }

  append(cards) {
    const known = new Set(this.cards.map((card) => card.id));
    this.cards.push(...cards.filter((card) => !known.has(card.id)));
    this.#draw();
  }

  // Lays a card back on top, from where it went.
  putBack(card, kind) {
    this.cards = [card, ...this.cards.filter((other) => other.id !== card.id)];
    this.#draw();
    const element = this.elements.get(card.id);
    const [x, y] = EXITS[kind] ?? [0, -1];
    const flight = this.#animate(element, [this.#place(element, x, y), {transform: "none", opacity: 1}], "ease-out");
    flight.finished.then(() => flight.cancel(), () => {});  // from here on the style sheet places it again
  }

  // Taps the top card.
  openTop() {
    if (this.top && !this.#isBroken(this.elements.get(this.top.id))) this.onOpen(this.top);
  }

  remove(id) {
    this.cards = this.cards.filter((card) => card.id !== id);
    this.#draw();
  }

  clear() {
    this.cards = [];
    this.#draw();
  }

  // Nobody has an opinion on a photo that cannot be shown: it is skipped, whatever was said of it.
  #isBroken(element) {
    return element.classList.contains("broken");
  }

  // from: where the card is now ([x, y] in pixels), as a drag left it.
  throwTop(kind, from = [0, 0]) {
    const card = this.cards.shift();
    if (!card) return;
    const element = this.elements.get(card.id);
    this.elements.delete(card.id);
    if (this.#isBroken(element)) kind = "skip";
    element.classList.add("leaving");
    element.setAttribute("aria-hidden", "true");
    element.style.zIndex = 100;
    if (kind in STAMPS) element.querySelector(`.stamp.${kind}`).style.opacity = 1;
    const [x, y] = EXITS[kind];
    const start = {transform: `translate(${from[0]}px, ${from[1]}px) rotate(${tilt(from[0])}deg)`, opacity: 1};
    const end = this.#place(element, x, y);
    if (x === 0) end.transform = `translate(${from[0]}px, ${y * element.offsetHeight}px)`;
    const flight = this.#animate(element, [start, end], "cubic-bezier(.4, .1, .7, .6)");
    flight.finished.catch(() => {}).then(() => element.remove());
    this.#draw();
    this.onSwipe(kind, card);
  }

  #place(element, x, y) {
    if (calm()) return {transform: "none", opacity: 0};
    const dx = x * element.offsetWidth;
    return {transform: `translate(${dx}px, ${y * element.offsetHeight}px) rotate(${tilt(dx)}deg)`, opacity: 0.6};
  }

  #animate(element, frames, easing) {
    return element.animate(frames, {duration: calm() ? 120 : THROW_MS, easing, fill: "forwards"});
  }

  // Makes elements for the cards that became visible and moves the others up; never builds one anew.
  #draw() {
    const visible = this.cards.slice(0, VISIBLE);
    for (const [id, element] of this.elements) {
      if (visible.some((card) => card.id === id)) continue;
      element.remove();
      this.elements.delete(id);
    }
    visible.forEach((card, depth) => {
      let element = this.elements.get(card.id);
      if (!element) {
        element = makeCard(card, this.element.clientWidth);
        this.elements.set(card.id, element);
        this.element.append(element);
        this.#listen(element, card);
      }
      element.classList.add("settling");
      element.dataset.depth = depth;
      element.style.setProperty("--depth", depth);
      element.style.zIndex = VISIBLE - depth;
      element.toggleAttribute("inert", depth > 0);
    });
    this.element.style.setProperty("--pull", 0);
    // The browser's cache is warm before a card becomes visible.
    for (const card of this.cards.slice(VISIBLE, VISIBLE + 4)) new Image().src = thumb(card, this.element.clientWidth);
    this.onChange();
  }

  #listen(element, card) {
    let drag = null;
    let moved = false;  // a drag ends with a click, too
    element.addEventListener("click", (event) => {
      if (this.top !== card || (moved && event.detail > 0)) return;  // detail 0: by the keyboard
      if (event.target.closest(".next")) return this.throwTop("skip");
      this.openTop();
    });
    element.addEventListener("pointerdown", (event) => {
      moved = false;
      if (this.top !== card || (event.pointerType === "mouse" && event.button !== 0)) return;
      if (drag && drag.pointer !== event.pointerId) return;
      for (const animation of element.getAnimations()) animation.cancel();
      // What is captured clicks on the card; a button on it shall be pressed, unless it is the start of a drag.
      if (!event.target.closest("button")) element.setPointerCapture(event.pointerId);
      element.classList.add("held");
      element.classList.remove("settling");
      // A card held at its lower half turns the other way, as paper does.
      const low = event.clientY - element.getBoundingClientRect().top > element.offsetHeight / 2;
      drag = {pointer: event.pointerId, x0: event.clientX, y0: event.clientY, x: 0, y: 0, turn: low ? -1 : 1,
              trace: [[event.timeStamp, 0, 0]]};
    });
    element.addEventListener("pointermove", (event) => {
      if (event.pointerId !== drag?.pointer) return;
      drag.x = event.clientX - drag.x0;
      drag.y = event.clientY - drag.y0;
      if (!moved && Math.hypot(drag.x, drag.y) > TAP_PX) {
        moved = true;
        element.setPointerCapture(event.pointerId);
      }
      drag.trace = [...drag.trace.slice(-5), [event.timeStamp, drag.x, drag.y]];
      element.style.transform = `translate(${drag.x}px, ${drag.y}px) rotate(${drag.turn * tilt(drag.x)}deg)`;
      this.#showStamps(element, drag.x, drag.y);
    });
    const release = (event, kind) => {
      const {x, y} = drag;
      drag = null;
      element.classList.remove("held");
      element.style.transform = "";
      if (kind) return this.throwTop(kind, [x, y]);
      element.classList.add("settling");
      this.#showStamps(element, 0, 0);
    };
    element.addEventListener("pointerup", (event) => {
      if (event.pointerId === drag?.pointer) release(event, this.#verdict(element, drag, event.timeStamp));
    });
    element.addEventListener("pointercancel", (event) => {
      if (event.pointerId === drag?.pointer) release(event, null);
    });
  }

  // A slow drag past the threshold counts, and so does a short fast flick: where would it be in 150 ms?
  #verdict(element, drag, now) {
    const recent = drag.trace.filter(([time]) => now - time < 100);
    const [time, x, y] = recent[0] ?? [now, drag.x, drag.y];
    const seconds = Math.max((now - time) / 1000, 0.008);
    return direction(drag.x + ((drag.x - x) / seconds) * 0.15, drag.y + ((drag.y - y) / seconds) * 0.15,
                     this.#threshold(element));
  }

  #threshold(element) {
    return Math.min(element.offsetWidth * 0.3, 130);
  }

  #showStamps(element, x, y) {
    const threshold = this.#threshold(element);
    const towards = direction(x, y, 1);
    const strength = Math.min(Math.hypot(x, Math.min(y, 0)) / threshold, 1);
    for (const kind of Object.keys(STAMPS))
      element.querySelector(`.stamp.${kind}`).style.opacity = kind === towards ? strength : 0;
    this.element.style.setProperty("--pull", strength);
  }
}

const tilt = (x) => Math.max(-22, Math.min(22, x * 0.055));

function direction(x, y, threshold) {
  if (-y > threshold && -y > Math.abs(x)) return "save";
  if (x > threshold) return "like";
  if (x < -threshold) return "dislike";
  return null;
}

export function describe(card) {
  const values = labelValues(card);
  return values.length > 0 ? `Look: ${values.join(", ")}` : "Look";
}

function makeCard(card, width) {
  const element = document.createElement("article");
  element.className = "card";
  element.dataset.id = card.id;
  const image = (name, source, alt) => {
    const img = new Image();
    img.className = name;
    img.draggable = false;
    img.alt = alt;
    img.src = source;
    element.append(img);
    return img;
  };
  image("backdrop", `${card.thumb}?w=120`, "").setAttribute("aria-hidden", "true");
  const photo = image("photo", thumb(card, width), describe(card));
  photo.addEventListener("load", () => {
    // Near the card's own shape a photo may lose a thin edge; others are shown whole, never a head or shoes cut off.
    const shape = photo.naturalHeight / photo.naturalWidth;
    const own = element.offsetHeight / element.offsetWidth;
    photo.classList.toggle("fills", Math.max(shape / own, own / shape) < 1.12);
  });
  photo.addEventListener("error", () => {
    photo.remove();
    element.classList.add("broken");
    const note = document.createElement("div");
    note.className = "note";
    const text = document.createElement("p");
    text.textContent = "This photo cannot be shown.";
    const next = document.createElement("button");
    next.className = "plain next";
    next.type = "button";
    next.textContent = "Next";
    note.append(text, next);
    element.prepend(note);
  });
  for (const [kind, text] of Object.entries(STAMPS)) {
    const stamp = document.createElement("div");
    stamp.className = `stamp ${kind}`;
    stamp.setAttribute("aria-hidden", "true");
    stamp.textContent = text;
    element.append(stamp);
  }
  const caption = document.createElement("div");
  caption.className = "caption";
  const labels = document.createElement("ul");
  labels.className = "labels";
  for (const value of labelValues(card)) {
    const item = document.createElement("li");
    item.textContent = value;
    labels.append(item);
  }
  caption.append(reasonLine(card), labels);
  element.append(caption);
  return element;
}
