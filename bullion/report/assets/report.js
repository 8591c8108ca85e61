// Draws the page's figures in the colours of the theme, saves them, and searches the front page.
(function () {
  "use strict";
  var root = document.documentElement;
  var button = document.getElementById("theme");
  var SAVED_WIDTH = 1200;
  // Of A4 between its margins, in CSS pixels.
  var PRINTED_WIDTH = 680;

  function isDark() { return root.dataset.theme === "dark"; }

  // Keys beneath which a colour is one of letters, but for that of a marker.
  function isLetters(key) { return /font$|^(in|de)creasing$/.test(key); }

  // A copy of a figure's part in dark colours. Letters have colours of their own: what is white
  // as paper is dark, what is white as a letter stands on a mark.
  function darkened(value, letters) {
    if (typeof value === "string") {
      if (/^#[0-9a-f]{6}$/i.test(value)) {
        return (letters ? window.bullion.darkLetters : window.bullion.dark)[value.toUpperCase()] || value;
      }
      return value.replace(/(color: ?)(#[0-9a-f]{6})/gi, function (all, word, colour) {
        return word + (window.bullion.darkLetters[colour.toUpperCase()] || colour);
      });
    }
    if (Array.isArray(value)) {
      return value.map(function (each) { return darkened(each, letters); });
    }
    if (value && typeof value === "object") {
      var copy = {};
      Object.keys(value).forEach(function (key) { copy[key] = darkened(value[key], (letters && key !== "marker") || isLetters(key)); });
      return copy;
    }
    return value;
  }

  // A figure of plotly's own, for it writes into what it is given.
  function figureOf(id, dark) {
    var figure = window.bullion.figures[id];
    var copy = dark
      ? { data: darkened(figure.data, false), layout: darkened(figure.layout, false) }
      : JSON.parse(JSON.stringify(figure));
    copy.layout.template = dark ? darkened(window.bullion.template, false) : window.bullion.template;
    return copy;
  }

  // The picture of a chart is for other places: light, with its title.
  function save(id, format) {
    var figure = figureOf(id, false);
    var alone = window.bullion.figures[id].alone;
    Object.keys(alone).forEach(function (key) {
      figure.layout[key] = key === "margin" ? Object.assign({}, figure.layout.margin, alone.margin) : alone[key];
    });
    figure.layout.autosize = false;
    figure.layout.width = SAVED_WIDTH;
    return window.Plotly.downloadImage(
      { data: figure.data, layout: figure.layout },
      { format: format, filename: id, width: SAVED_WIDTH, height: alone.height, scale: format === "png" ? 2 : 1 }
    );
  }

  function modeBarButton(format) {
    return {
      name: "Save as " + format.toUpperCase(),
      title: "Save as " + format.toUpperCase(),
      icon: window.Plotly.Icons.camera,
      click: function (element) { save(element.dataset.chart, format); }
    };
  }

  function drawOne(place, width) {
    var figure = figureOf(place.dataset.chart, isDark());
    if (width) { figure.layout.autosize = false; figure.layout.width = width; }
    return window.Plotly.react(place, figure.data, figure.layout, {
      responsive: true, displaylogo: false,
      // Else the first button of each chart sends its data to Plotly's cloud.
      showSendToCloud: false, plotlyServerURL: "",
      modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d", "autoScale2d"],
      modeBarButtonsToAdd: [modeBarButton("png"), modeBarButton("svg")]
    });
  }

  // One after the other, so that the page answers meanwhile; a newer run ends an older one.
  var run = 0;
  function draw() {
    var places = Array.prototype.slice.call(document.querySelectorAll(".figure[data-chart]"));
    if (!places.length || !window.Plotly) { return; }
    var mine = run += 1;
    delete root.dataset.drawn;
    (function next(at) {
      if (mine !== run) { return; }
      if (at === places.length) { root.dataset.drawn = String(at); return; }
      drawOne(places[at], 0).then(function () { setTimeout(next, 0, at + 1); });
    })(0);
  }

  function showTheme() {
    button.setAttribute("aria-pressed", String(isDark()));
    draw();
  }

  button.addEventListener("click", function () {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("bullion-theme", root.dataset.theme); } catch (error) { /* no storage */ }
    showTheme();
  });

  document.querySelectorAll("button[data-save]").forEach(function (each) {
    each.addEventListener("click", function () { save(each.dataset.chart, each.dataset.save); });
  });

  // Paper is white and as wide as paper. The browser takes the page as it is when the listener
  // returns, so all figures are drawn in it and not one after the other.
  var before = null;
  window.addEventListener("beforeprint", function () {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    run += 1;
    if (!window.Plotly) { return; }
    document.querySelectorAll(".figure[data-chart]").forEach(function (place) {
      drawOne(place, Math.min(PRINTED_WIDTH, place.clientWidth));
    });
  });
  window.addEventListener("afterprint", function () {
    root.dataset.theme = before || root.dataset.theme;
    showTheme();
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
