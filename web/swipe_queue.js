// Swipes on their way to the server: one after the other, in order, kept in localStorage until the server has answered.
// So none is lost when the network goes or the page is reloaded; and none counts twice, because each has a key of its
// own, and the server answers a repeated one with the event it made the first time.
import {ApiError, feedback} from "/api.js";

const STORE = "ootd.swipes";
const LONGEST_WAIT_MS = 30_000;

export const newKey = () => `${Date.now()}-${Math.random()}`;

export class SwipeQueue {
  // onSent(item): the server has it. onRefused(item, error): it never will (the look is gone).
  // onNoSession(): asked to make a session; may throw. onWaiting(n): n swipes wait for the network; 0 = none does.
  constructor({onSent, onRefused, onNoSession, onWaiting}) {
    Object.assign(this, {onSent, onRefused, onNoSession, onWaiting});
    this.items = this.#load();
    this.keys = new Set(this.items.map((item) => item.key));  // all that were ever ours
    this.eventIds = new Map();  // of what was answered, by key
    this.inFlight = null;
    addEventListener("online", () => this.#wake?.());
  }
  #wake = null;

  // card: the look itself, so that undo can lay it back after a reload. undoes: the key of the swipe that an undo takes
  // back.
  add(kind, card, undoes) {
    const item = {key: newKey(), kind, id: card.id, card, undoes, eventId: this.eventIds.get(undoes)};
    this.items.push(item);
    this.keys.add(item.key);
    this.#keep();
    this.flush();
    return item.key;
  }

  // Takes a swipe back that has not left yet. False = too late, send an undo.
  drop(key) {
    const at = this.items.findIndex((item) => item.key === key);
    if (at < 0 || this.items[at] === this.inFlight || this.items[at].tried) return false;
    this.items.splice(at, 1);
    this.#keep();
    return true;
  }

  clear() {
    this.items = [];
    this.#keep();
  }

  ids() {
    return this.items.map((item) => item.id);
  }

  async flush() {
    if (this.inFlight) return;
    let waitMs = 1000;
    while (this.items.length > 0) {
      const item = (this.inFlight = this.items[0]);
      // From now on the server may have it, even if no answer comes.
      item.tried = true;
      this.#keep();
      try {
        // A swipe of before this page was loaded is named by its look.
        const what = item.eventId ? {event_id: item.eventId} : {id: item.id};
        const answer = await feedback({kind: item.kind, key: item.key, ...what});
        waitMs = 1000;
        this.eventIds.set(item.key, answer.event_id);
        for (const other of this.items)
          if (other.undoes === item.key) other.eventId = answer.event_id;
        this.#done(item);
        this.onSent(item);
      } catch (problem) {
        if (!(problem instanceof ApiError)) throw problem;
        if (problem.status === 401) {
          await this.onNoSession().catch(() => {});
        } else if (problem.status >= 400 && problem.status < 500 && problem.status !== 408 && problem.status !== 429) {
          this.#done(item);
          this.onRefused(item, problem);
          continue;
        }
        this.onWaiting(this.items.length);
        await this.#pause(Math.max(waitMs, problem.retryAfterS * 1000));
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      } finally {
        this.inFlight = null;
      }
    }
    this.onWaiting(0);
  }

  #done(item) {
    this.items = this.items.filter((other) => other !== item);
    this.#keep();
  }

  #pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms * (0.8 + 0.4 * Math.random()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #load() {
    try {
      return JSON.parse(localStorage.getItem(STORE) ?? "[]");
    } catch {
      return [];  // not ours, or no storage allowed: the queue lives in memory
    }
  }

  #keep() {
    try {
      // Swipes of another tab of this page stay in.
      const others = this.#load().filter((item) => !this.keys.has(item.key));
      localStorage.setItem(STORE, JSON.stringify([...others, ...this.items]));
    } catch {
      // No storage (private mode, full): swipes still go out, they only don't outlive a reload.
    }
  }
}
