// The search of the front page. What is searched for stands in the address: #q=fraud&part=inferential.
(function () {
  "use strict";
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const chips = Array.from(document.querySelectorAll(".chips [data-category]"));
  const items = Array.from(document.querySelectorAll(".index [data-chart]"));
  const groups = Array.from(document.querySelectorAll(".group"));
  const words = window.bullion.words;

  function chosen() { return chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.category); }

  // How many letters have to change to make one word of the other.
  function distance(one, other) {
    let row = Array.from({ length: other.length + 1 }, (_, at) => at);
    for (let i = 1; i <= one.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= other.length; j += 1) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
      }
      row = next;
    }
    return row[other.length];
  }

  // The word of the charts that is next to one that none of them has.
  function nearest(word) {
    const known = new Set(Object.values(words).join(" ").split(/[^a-z]+/).filter((each) => each.length > 3));
    let best = null, least = word.length > 5 ? 3 : 2;
    known.forEach((each) => {
      if (Math.abs(each.length - word.length) >= least) { return; }
      const far = distance(word, each);
      if (far < least) { least = far; best = each; }
    });
    return best;
  }

  function show() {
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const parts = chosen();
    let count = 0;
    items.forEach((item) => {
      const said = words[item.dataset.chart] || "";
      const fits = asked.every((word) => said.includes(word)) && (!parts.length || parts.includes(item.dataset.category));
      item.hidden = !fits;
      count += fits ? 1 : 0;
    });
    groups.forEach((group) => { group.hidden = !group.querySelector("[data-chart]:not([hidden])"); });
    found.replaceChildren();
    if (!asked.length && !parts.length) { return; }
    found.append(count ? `${count} of ${items.length} charts` : `No chart speaks of “${search.value.trim()}”. `);
    const strange = asked.find((word) => !Object.values(words).some((said) => said.includes(word)));
    const instead = strange && nearest(strange);
    if (!count && instead) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link";
      button.textContent = `Did you mean ${instead}?`;
      button.addEventListener("click", () => { search.value = asked.map((word) => (word === strange ? instead : word)).join(" "); change(); search.focus(); });
      found.append(button);
    }
  }

  function change() {
    const state = new URLSearchParams();
    if (search.value.trim()) { state.set("q", search.value.trim()); }
    if (chosen().length) { state.set("part", chosen().join(",")); }
    history.replaceState(null, "", `#${state}`);
    show();
  }

  // An address with a search; others lead to a place of the page.
  function read() {
    if (!/^#(q|part)=/.test(location.hash)) { return; }
    const state = new URLSearchParams(location.hash.slice(1));
    search.value = state.get("q") || "";
    const parts = (state.get("part") || "").split(",");
    chips.forEach((chip) => chip.setAttribute("aria-pressed", String(parts.includes(chip.dataset.category))));
    show();
    search.focus();
  }

  search.form.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", change);
  chips.forEach((chip) => chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    change();
  }));
  window.addEventListener("hashchange", read);
  read();
})();
