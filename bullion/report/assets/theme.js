// In the head, before anything is seen: the theme, and what the address asks for.
(function () {
  "use strict";
  const root = document.documentElement;
  let kept = null;
  try { kept = localStorage.getItem("bullion-theme"); } catch (error) { /* no storage from files */ }
  const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "dark" : "light";
  root.classList.add("scripted");
  if (/[?&]embed=1(&|$)/.test(location.search)) { root.classList.add("embedded"); }
  window.bullion = {
    charts: {},
    add: function (id, chart) { window.bullion.charts[id] = chart; }
  };
})();
