// Turns the styles from "one of these" into "any of these" and back without losing what else was chosen.
const styles = document.querySelector("[data-styles]");
const link = styles.querySelector("[data-several]");

link?.setAttribute("role", "button");
link?.addEventListener("keydown", (event) => {
  if (event.key !== " ") return;
  event.preventDefault();
  link.click();
});
link?.addEventListener("click", (event) => {
  event.preventDefault();
  const cards = [...styles.querySelectorAll("[name=style]")];
  const several = cards[0].type === "radio";
  const first = cards.find((card) => card.checked) ?? cards[0];
  for (const card of cards) {
    const checked = several ? card.checked : card === first;
    card.type = several ? "checkbox" : "radio";
    card.required = !several;
    card.checked = checked;
  }
  link.textContent = several ? "Pick one" : "Pick several";
  styles.dispatchEvent(new Event("change", { bubbles: true }));
});
