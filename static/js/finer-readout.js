// Says in words what the sliders for strength and brush stand at.
const words = {
  strength: (value) => `${Math.round(100 * value)}%`,
  stroke(value) {
    if (value === 0) return "as the style";
    // The slider goes by powers of two, so that its middle is the usual.
    const times = Number((2 ** Math.abs(value)).toPrecision(2));
    return value > 0 ? `${times}× broader` : `${times}× finer`;
  },
};

for (const output of document.querySelectorAll("[data-readout]")) {
  const slider = document.getElementById(output.htmlFor.value);
  const show = () => {
    output.textContent = words[output.dataset.readout](Number(slider.value));
    slider.setAttribute("aria-valuetext", output.textContent);
  };
  slider.addEventListener("input", show);
  show();
}
