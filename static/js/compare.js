// The painting lies over the photo (compare.css); this moves the edge between them with mouse, finger and arrow keys.
const frame = document.querySelector("[data-compare]");
const range = frame.querySelector("[data-compare-range]");
const picture = frame.querySelector("[data-compare-picture]");

// The picture is letterboxed in its box when its height is capped; the edge moves over the picture, not over the bars.
function pictureSpan() {
  const { width, height } = picture.getBoundingClientRect();
  const ratio = picture.getAttribute("width") / picture.getAttribute("height");
  const drawn = Math.min(width, height * ratio);
  return { left: (width - drawn) / 2, drawn };
}

function show() {
  const { left, drawn } = pictureSpan();
  // Through the CSS object model: the page's security policy allows no style attributes.
  frame.style.setProperty("--inset", `${left}px`);
  frame.style.setProperty("--split", `${left + (drawn * range.value) / 100}px`);
  range.setAttribute("aria-valuetext", `${range.value}% photo, ${100 - range.value}% painting`);
}

function follow(event) {
  const { left, drawn } = pictureSpan();
  const x = event.clientX - frame.getBoundingClientRect().left - left;
  range.value = Math.round((100 * x) / drawn);
  show();
}

function start() {
  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    // Enlarged, a drag moves the picture (zoom.js) and only the knob moves the edge.
    if (frame.closest("[data-zoomed]") && !event.target.closest("[data-compare-handle]")) return;
    event.preventDefault(); // no picture dragging, no text selection
    frame.setPointerCapture(event.pointerId);
    range.focus({ preventScroll: true, focusVisible: false });
    follow(event);
  });
  frame.addEventListener("pointermove", (event) => {
    if (frame.hasPointerCapture(event.pointerId)) follow(event);
  });
  range.addEventListener("input", show);
  new ResizeObserver(show).observe(frame);
  frame.querySelector("[data-compare-handle]").hidden = range.hidden = false;
  show();
}

// A browser that does not know this media feature shows the pictures side by side, where there is no edge to move.
if (matchMedia("(scripting: enabled)").matches) start();
