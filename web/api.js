// The few calls of docs/api.md that the page makes.

// An answer that is no success. status 0 = no answer came at all (offline, server gone).
export class ApiError extends Error {
  constructor(status, message, retryAfterS = 0) {
    super(message);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {...options, signal: AbortSignal.timeout(20_000)});
  } catch (problem) {
    throw new ApiError(0, String(problem));
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new ApiError(response.status, answer.error?.message ?? response.statusText,
                     Number(response.headers.get("Retry-After")) || 0);
}

const post = (path, value) =>
    call(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(value)});

export const deck = (k, onTable) => call(`/api/deck?k=${k}&on_table=${onTable.map(encodeURIComponent).join(",")}`);
export const feedback = (swipe) => post("/api/feedback", swipe);
export const saved = () => call("/api/saved");
export const taste = () => call("/api/taste");
export const similar = (id, k) => call(`/api/similar?id=${encodeURIComponent(id)}&k=${k}`);
export const quiz = () => call("/api/quiz");
export const answerQuiz = (picks) => post("/api/quiz", picks);
export const forget = () => post("/api/forget", {});

// The smallest thumbnail that is sharp at this width on this screen.
export function thumb(look, cssWidth) {
  const widths = [120, 240, 480, 960];
  const wanted = Math.min(cssWidth * Math.min(devicePixelRatio, 2), look.width || 960);
  return `${look.thumb}?w=${widths.find((w) => w >= wanted * 0.9) ?? 960}`;
}

// Labels that say nothing of the clothes: the program's own bookkeeping, and the split of a data set.
const OWN = new Set(["split", "crop", "palette", "copy_of"]);
const LONGEST = 30;  // a caption is no word

// "Street, Retro": the values of the style label, else of whatever there is.
export function labelValues(look) {
  const labels = look.labels ?? {};
  const keys = Object.keys(labels).filter((key) => !OWN.has(key));
  keys.sort((a, b) => (b === "style") - (a === "style"));
  return keys.flatMap((key) => labels[key]).filter((value) => value.length <= LONGEST).slice(0, 4);
}
