// Shows a choice of finishing at once, by the browser's own arithmetic (finish.css), and then as the server makes it.
const form = document.querySelector("[data-finish]");
const frame = document.querySelector("[data-compare]");
const picture = frame.querySelector("[data-compare-picture]");
const photo = frame.querySelector("[data-compare-photo]");
const download = document.querySelector("[data-finish-download]");
const facts = document.querySelector("[data-finish-facts]");
const keep = form.querySelector("[data-finish-keep]");
const error = form.querySelector("[data-finish-error]");
const announce = form.querySelector("[data-finish-announce]");
const PAUSE_MS = 350; // after the last change; each picture costs the server some work
const UNREACHED = "The server could not be reached, so the picture may differ a little from what you chose. Try again.";

function query() {
  const { strength, format, quality } = form.elements;
  const kept = form.querySelector("[name=keep_colors][type=checkbox]").checked;
  return new URLSearchParams({ strength: strength.value, keep_colors: kept, format: format.value, quality: quality.value });
}

const address = (choices) => `${form.dataset.finished}?${choices}`;
const stored = { query: query().toString(), src: picture.src };
let shown = stored.query;
let asked = null;
let timer = null;
let object = null;

// Photo and painting at full strength, one over the other where the finished picture lies.
const layers = document.createElement("div");
layers.className = "finish-layers";
layers.hidden = true;
const under = new Image();
const over = new Image();
for (const [image, part] of [[under, "photo"], [over, "painting"]]) {
  image.className = `compare__picture finish-layers__${part}`;
  image.width = picture.getAttribute("width");
  image.height = picture.getAttribute("height");
  image.alt = "";
  layers.append(image);
}
picture.after(layers);

let loading = null;
function load() {
  loading ??= (() => {
    const { keep_colors, ...rest } = Object.fromEntries(query());
    const plain = Number(rest.strength) === 1 && keep_colors === "false" && rest.format === "jpeg";
    under.src = photo.src;
    // Before anything was changed the picture itself may be the painting at full strength.
    over.src = plain && query().toString() === stored.query
      ? stored.src
      : address(new URLSearchParams({ strength: 1, keep_colors: false, format: "jpeg", quality: 92 }));
    return Promise.all([under.decode(), over.decode()]);
  })();
  return loading;
}

async function preview(choices) {
  try {
    await load();
  } catch {
    loading = null; // the server's picture comes all the same
    return;
  }
  if (query().toString() !== choices) return;
  if (shown === choices) return void (layers.hidden = true);
  const { strength, keep_colors } = Object.fromEntries(query());
  layers.style.setProperty("--strength", strength);
  layers.classList.toggle("finish-layers--keep", keep_colors === "true");
  layers.hidden = false;
}

function fail(sentence) {
  error.textContent = sentence;
  error.hidden = false;
}

async function fetchExact(choices) {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  try {
    let src = stored.src;
    facts.textContent = "";
    if (choices !== stored.query) {
      const answer = await fetch(address(choices), { signal });
      if (!answer.ok) return fail(answer.status < 500 || answer.status === 503 ? await answer.text() : UNREACHED);
      const blob = await answer.blob();
      if (!blob.type.startsWith("image/")) return location.reload(); // signed out meanwhile: the sign-in page came
      src = URL.createObjectURL(blob);
      facts.textContent = size(blob.size);
    }
    await show(src, choices, signal);
  } catch (problem) {
    if (problem.name !== "AbortError") fail(UNREACHED);
  }
}

async function show(src, choices, signal) {
  const exact = new Image();
  exact.src = src;
  await exact.decode();
  if (signal.aborted) return;
  picture.src = src;
  await picture.decode(); // the layers go when what replaces them is there
  if (signal.aborted) return;
  if (object) URL.revokeObjectURL(object);
  object = src === stored.src ? null : src;
  shown = choices;
  layers.hidden = true;
  announce.textContent = "The picture is as you chose.";
}

const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

function change() {
  const choices = query().toString();
  error.hidden = true;
  download.href = `${address(choices)}&download=1`;
  keep.disabled = choices === stored.query;
  preview(choices);
  clearTimeout(timer);
  timer = setTimeout(() => fetchExact(choices), PAUSE_MS);
}

const prepare = () => load().catch(() => (loading = null));
for (const type of ["pointerenter", "focusin"]) form.addEventListener(type, prepare, { once: true });
form.addEventListener("input", change);
keep.disabled = true;
