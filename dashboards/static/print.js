// A button that prints; without scripts the browser's own menu does.
document.querySelector("[data-print]")?.addEventListener("click", () => print());
