// Stands inline in the head, so that the first paint has the reader's choice of light or dark; without one the system's.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const key = "epochmark-theme";
  // A browser may refuse to keep anything; the choice then holds for the page.
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null;
    }
  };
  const show = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  show(attempt(() => localStorage.getItem(key)));
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

  addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector(".theme");
    const tell = () => button.setAttribute("aria-pressed", String(isDark()));
    button.hidden = false;
    tell();
    system.addEventListener("change", tell);
    button.addEventListener("click", () => {
      // What the system says anyway is no choice: the page then follows the system again.
      const wanted = isDark() ? "light" : "dark";
      const choice = wanted === (system.matches ? "dark" : "light") ? null : wanted;
      show(choice);
      attempt(() => (choice ? localStorage.setItem(key, choice) : localStorage.removeItem(key)));
      tell();
    });
  });
})();
