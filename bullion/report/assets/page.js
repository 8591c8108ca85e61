// What every page has: the menu, the theme, links that can be copied, the key of the search.
(function () {
  "use strict";
  const root = document.documentElement;
  const menu = document.getElementById("menu");
  const theme = document.getElementById("theme");

  menu.addEventListener("click", function () {
    const open = root.classList.toggle("menu-open");
    menu.setAttribute("aria-expanded", String(open));
  });

  function showTheme() {
    theme.setAttribute("aria-pressed", String(root.dataset.theme === "dark"));
  }
  theme.addEventListener("click", function () {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("bullion-theme", root.dataset.theme); } catch (error) { /* no storage */ }
    showTheme();
    document.dispatchEvent(new Event("bullion-theme"));
  });
  showTheme();

  function copied(text) {
    if (navigator.clipboard) { return navigator.clipboard.writeText(text); }
    return Promise.reject(new Error("no clipboard"));
  }
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    const said = button.textContent;
    button.addEventListener("click", function () {
      const address = new URL(button.dataset.copy, location.href).href;
      copied(address).then(
        function () { button.textContent = "Copied"; },
        function () { window.prompt("The link to this chart", address); }
      ).then(function () { setTimeout(function () { button.textContent = said; }, 2000); });
    });
  });

  document.addEventListener("keydown", function (event) {
    const writes = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key !== "/" || writes || event.ctrlKey || event.metaKey || event.altKey) { return; }
    event.preventDefault();
    const search = document.getElementById("search");
    if (search) { search.focus(); } else { location.href = document.body.dataset.root + "index.html#q="; }
  });
})();
