// Shows the comparison at 100% (a pixel of the painting is one of the screen) or 200%, moved by drag, finger and keys.
const zoom = document.querySelector("[data-zoom]");
const box = zoom.querySelector("[data-zoom-box]");
const bar = zoom.querySelector("[data-zoom-bar]");
const buttons = [...bar.querySelectorAll("[data-zoom-to]")];
const frame = zoom.querySelector("[data-compare]");
const picture = frame.querySelector("[data-compare-picture]");
const photo = frame.querySelector("[data-compare-photo]");
const LEVELS = buttons.map((button) => button.dataset.zoomTo);

const level = () => zoom.dataset.zoomed ?? "fit";

// Where the picture itself lies in the window; in the fitted view it may be letterboxed in its element.
function drawn() {
  const rect = picture.getBoundingClientRect();
  const ratio = picture.getAttribute("width") / picture.getAttribute("height");
  const width = Math.min(rect.width, rect.height * ratio);
  const height = width / ratio;
  return { left: rect.left + (rect.width - width) / 2, top: rect.top + (rect.height - height) / 2, width, height };
}

// The point of the window that stays where it is in the picture: where somebody pressed, or the middle of what shows.
function show(to, point) {
  const view = box.getBoundingClientRect();
  const x = point?.clientX ?? view.left + view.width / 2;
  const y = point?.clientY ?? view.top + view.height / 2;
  const before = drawn();
  const across = (x - before.left) / before.width;
  const down = (y - before.top) / before.height;
  if (to === "fit") {
    delete zoom.dataset.zoomed;
    box.removeAttribute("tabindex");
  } else {
    // The box keeps its height, so that nothing below it moves.
    if (level() === "fit") zoom.style.setProperty("--zoom-height", `${view.height}px`);
    zoom.style.setProperty("--zoom-width", `${(picture.getAttribute("width") * to) / devicePixelRatio}px`);
    zoom.dataset.zoomed = to;
    box.tabIndex = 0; // arrow keys move what can be scrolled, once it has the focus
    const after = drawn();
    box.scrollLeft += after.left + across * after.width - x;
    box.scrollTop += after.top + down * after.height - y;
    showWholePhoto();
  }
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.zoomTo === to));
  placeKnob();
}

// Beside the painting's pixels the small copy of the photo would be a blur.
async function showWholePhoto() {
  const address = photo.dataset.whole;
  if (!address) return;
  delete photo.dataset.whole;
  const whole = new Image();
  whole.src = address;
  try {
    await whole.decode();
    photo.src = address;
  } catch {
    photo.dataset.whole = address; // the small copy stays, and the next zoom tries again
  }
}

// The knob stands in the middle of what shows, however far that has been moved.
function placeKnob() {
  const outer = box.getBoundingClientRect();
  const inner = frame.getBoundingClientRect();
  const top = Math.max(outer.top, inner.top);
  const bottom = Math.min(outer.bottom, inner.bottom);
  frame.style.setProperty("--knob", `${(top + bottom) / 2 - inner.top}px`);
}

function step(by, point) {
  const next = LEVELS[Math.min(LEVELS.length - 1, Math.max(0, LEVELS.indexOf(level()) + by))];
  if (next !== level()) show(next, point);
}

function start() {
  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom-to]");
    if (button) show(button.dataset.zoomTo);
  });
  box.addEventListener("dblclick", (event) => show(level() === "fit" ? "1" : "fit", event));
  zoom.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own zoom
    if (event.key === "+" || event.key === "=") step(1);
    else if (event.key === "-") step(-1);
    else if (event.key === "0") show("fit");
    else return;
    event.preventDefault();
  });
  // Fingers scroll by themselves; a mouse takes hold of the picture.
  let from = null;
  box.addEventListener("pointerdown", (event) => {
    if (level() === "fit" || event.pointerType !== "mouse" || event.button !== 0) return;
    if (event.target.closest("[data-compare-handle]")) return; // compare.js moves the edge
    event.preventDefault();
    box.focus({ preventScroll: true, focusVisible: false });
    box.setPointerCapture(event.pointerId);
    from = { x: event.clientX + box.scrollLeft, y: event.clientY + box.scrollTop };
  });
  box.addEventListener("pointermove", (event) => {
    if (!from || !box.hasPointerCapture(event.pointerId)) return;
    box.scrollLeft = from.x - event.clientX;
    box.scrollTop = from.y - event.clientY;
  });
  box.addEventListener("lostpointercapture", () => (from = null));
  box.addEventListener("scroll", placeKnob);
  new ResizeObserver(() => {
    if (level() !== "fit") show(level()); // another screen may have other pixels
  }).observe(document.documentElement);
}

if (matchMedia("(scripting: enabled)").matches) start();
