// Draws the page's figures in the colours of the theme, and searches the front page.
(function () {
  "use strict";
  var root = document.documentElement;
  var button = document.getElementById("theme");

  function isDark() { return root.dataset.theme === "dark"; }

  // What the light theme's colours are in the dark one; the others serve in both.
  function themed(value) {
    if (!isDark()) { return value; }
    var text = JSON.stringify(value);
    Object.keys(window.bullion.dark).forEach(function (colour) {
      text = text.split('"' + colour + '"').join('"' + window.bullion.dark[colour] + '"');
    });
    return JSON.parse(text);
  }

  function picture(format) {
    return {
      name: "Save as " + format.toUpperCase(),
      title: "Save as " + format.toUpperCase(),
      icon: window.Plotly.Icons.camera,
      click: function (element) {
        window.Plotly.downloadImage(element, {
          format: format, filename: element.dataset.chart, width: 1200, height: 640, scale: 2
        });
      }
    };
  }

  function draw() {
    var places = document.querySelectorAll(".figure[data-chart]");
    if (!places.length || !window.Plotly) { return; }
    var config = {
      responsive: true, displaylogo: false,
      modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d", "autoScale2d"],
      modeBarButtonsToAdd: [picture("png"), picture("svg")]
    };
    var drawn = Array.prototype.map.call(places, function (place) {
      var figure = themed(window.bullion.figures[place.dataset.chart]);
      figure.layout.template = themed(window.bullion.template);
      return window.Plotly.react(place, figure.data, figure.layout, config);
    });
    Promise.all(drawn).then(function () { root.dataset.drawn = String(drawn.length); });
  }

  function showTheme() {
    button.setAttribute("aria-pressed", String(isDark()));
    button.textContent = isDark() ? "Light" : "Dark";
    draw();
  }

  button.addEventListener("click", function () {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("bullion-theme", root.dataset.theme); } catch (error) { /* no storage */ }
    showTheme();
  });

  // Paper is white.
  var before = null;
  window.addEventListener("beforeprint", function () {
    before = root.dataset.theme;
    if (isDark()) { root.dataset.theme = "light"; showTheme(); }
  });
  window.addEventListener("afterprint", function () {
    if (before && before !== root.dataset.theme) { root.dataset.theme = before; showTheme(); }
  });

  var search = document.getElementById("search");
  if (search) {
    var items = Array.prototype.slice.call(document.querySelectorAll(".index li"));
    search.addEventListener("input", function () {
      var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      var count = 0;
      items.forEach(function (item) {
        item.hidden = !words.every(function (word) { return item.dataset.words.indexOf(word) >= 0; });
        count += item.hidden ? 0 : 1;
      });
      document.querySelectorAll(".group").forEach(function (group) {
        group.hidden = !group.querySelector(".index li:not([hidden])");
      });
      document.getElementById("found").textContent = words.length ? count + " of " + items.length + " charts" : "";
    });
  }
  showTheme();
})();
