// Draws what comes in sight, in the colours of the theme; saves pictures; makes tables on demand.
(function () {
  "use strict";
  const root = document.documentElement;
  const base = document.body.dataset.root;
  const places = Array.from(document.querySelectorAll(".figure[data-chart]"));
  const SAVED_WIDTH = 1200;
  // Of A4 between its margins, in CSS pixels.
  const PRINTED_WIDTH = 680;
  // Of a sheet, less the headings and how it is read.
  const PRINTED_HEIGHT = 740;
  const touched = matchMedia("(pointer: coarse)").matches;
  const loading = {};
  const inSight = new Set();
  let wantsAll = false;
  // The theme in which a place is drawn.
  const drawn = new Map();

  // A script of the report, once. Files cannot be fetched by a page that is a file; scripts can.
  function load(path) {
    if (!loading[path]) {
      loading[path] = new Promise(function (done, failed) {
        const script = document.createElement("script");
        script.src = base + path;
        script.onload = done;
        script.onerror = function () { failed(new Error(`${path} cannot be read`)); };
        document.head.append(script);
      });
    }
    return loading[path];
  }
  function chartOf(id) { return load(`charts/${id}.js`).then(() => window.bullion.charts[id]); }
  function plotly() { return load("assets/plotly.min.js").then(() => load("assets/plot.js")); }
  function isReady(place) { return Boolean(window.Plotly && window.bullion.templates && window.bullion.charts[place.dataset.chart]); }

  function put(figure, path, value) {
    const keys = path.split(".");
    const last = keys.pop();
    let at = figure;
    keys.forEach((key) => { if (at[key] === undefined) { at[key] = {}; } at = at[key]; });
    at[last] = value;
  }

  // A figure of plotly's own, for it writes into what it is given.
  function figureOf(id, theme) {
    const chart = window.bullion.charts[id];
    const copy = structuredClone({ data: chart.figure.data, layout: chart.figure.layout });
    if (theme === "dark") { Object.keys(chart.dark).forEach((path) => put(copy, path, chart.dark[path])); }
    copy.layout.template = structuredClone(window.bullion.templates[theme]);
    return copy;
  }

  // A finger moves the page, not the axes.
  function steady(layout) {
    layout.dragmode = false;
    const axes = layout.template.layout;
    ["xaxis", "yaxis"].forEach((axis) => { axes[axis] = Object.assign({}, axes[axis], { fixedrange: true }); });
    return layout;
  }

  function drawOne(place, theme, size) {
    const figure = figureOf(place.dataset.chart, theme);
    Object.assign(figure.layout, size || { autosize: true, height: place.clientHeight });
    if (touched) { steady(figure.layout); }
    if (!drawn.has(place)) { place.replaceChildren(); }
    drawn.set(place, theme);
    const config = Object.assign({}, window.bullion.config, { responsive: true, scrollZoom: false });
    return window.Plotly.react(place, figure.data, figure.layout, config);
  }

  // One after the other, so that the page answers meanwhile.
  let busy = false;
  function next() {
    if (busy) { return; }
    const place = places.find((each) => inSight.has(each) && drawn.get(each) !== root.dataset.theme);
    if (!place) { root.dataset.drawn = String(drawn.size); return; }
    busy = true;
    delete root.dataset.drawn;
    Promise.all([plotly(), chartOf(place.dataset.chart)])
      .then(() => drawOne(place, root.dataset.theme))
      .catch(function (error) {
        drawn.set(place, root.dataset.theme);
        place.textContent = `The picture could not be drawn: ${error.message}`;
      })
      .then(function () { busy = false; setTimeout(next, 0); });
  }

  // A browser has few WebGL contexts: what is out of sight gives its own back.
  function leave(place) {
    if (wantsAll) { return; }
    inSight.delete(place);
    const chart = window.bullion.charts[place.dataset.chart];
    if (chart && chart.webgl && drawn.has(place)) { window.Plotly.purge(place); drawn.delete(place); }
  }

  const watcher = new IntersectionObserver(function (changes) {
    changes.forEach(function (change) {
      if (change.isIntersecting) { inSight.add(change.target); } else { leave(change.target); }
    });
    next();
  }, { rootMargin: "250px" });
  places.forEach((place) => watcher.observe(place));
  document.addEventListener("bullion-theme", next);

  // All of them, for who prints or measures the whole page.
  window.bullion.drawAll = function () {
    wantsAll = true;
    places.forEach((place) => inSight.add(place));
    next();
  };
  // Their data beforehand: paper is drawn in one go, without waiting for files.
  (window.requestIdleCallback || setTimeout)(function fetchNext() {
    const place = places.find((each) => !loading[`charts/${each.dataset.chart}.js`]);
    if (place) { chartOf(place.dataset.chart).finally(() => (window.requestIdleCallback || setTimeout)(fetchNext)); }
  });

  // The picture of a chart is for other places: light, with its title and source.
  function save(id, format) {
    return Promise.all([plotly(), chartOf(id)]).then(function (found) {
      const alone = found[1].alone;
      const figure = figureOf(id, "light");
      Object.assign(figure.layout, alone, {
        margin: Object.assign({}, figure.layout.margin, alone.margin), autosize: false, width: SAVED_WIDTH
      });
      return window.Plotly.downloadImage(
        { data: figure.data, layout: figure.layout },
        { format: format, filename: id, width: SAVED_WIDTH, height: alone.height, scale: format === "png" ? 2 : 1 }
      );
    });
  }
  document.querySelectorAll("[data-save]").forEach(function (button) {
    button.addEventListener("click", () => save(button.dataset.of, button.dataset.save));
  });

  function cell(kind, text, note) {
    const made = document.createElement(kind);
    made.textContent = text;
    made.dir = "auto";
    if (kind === "th") { made.scope = "col"; made.title = note; }
    return made;
  }
  function tableOf(chart) {
    const table = document.createElement("table");
    const count = chart.table.count, shown = chart.table.rows.length;
    table.createCaption().textContent = `${count.toLocaleString("en")} rows` +
      (count > shown ? `, the first ${shown} of them; the CSV has all` : "");
    const head = table.createTHead().insertRow();
    chart.table.columns.forEach((column) => head.append(cell("th", column[0], column[1])));
    const body = table.createTBody();
    chart.table.rows.forEach(function (row) {
      const line = body.insertRow();
      row.forEach((value) => line.append(cell("td", value)));
    });
    return table;
  }
  document.querySelectorAll("details.data").forEach(function (details) {
    details.addEventListener("toggle", function () {
      const place = details.querySelector(".scroll");
      if (!details.open || place.firstChild) { return; }
      chartOf(details.dataset.of).then((chart) => place.append(tableOf(chart)));
    });
  });

  // Paper is white and as wide as paper. The browser takes the page as it is when the listener
  // returns, so all figures are drawn in it and not one after the other.
  let before = null;
  window.addEventListener("beforeprint", function () {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    places.filter(isReady).forEach(function (place) {
      const height = place.clientHeight;
      // One that is taller than a sheet becomes smaller as a whole: a row cut in two is lost.
      const scale = Math.min(1, PRINTED_HEIGHT / height);
      const width = Math.min(PRINTED_WIDTH, place.clientWidth) / scale;
      place.style.zoom = scale;
      place.style.width = `${width}px`;
      place.style.maxWidth = "none";
      drawOne(place, "light", { autosize: false, width: width, height: height });
    });
  });
  window.addEventListener("afterprint", function () {
    root.dataset.theme = before || root.dataset.theme;
    drawn.forEach(function (theme, place) {
      ["zoom", "width", "max-width"].forEach((name) => place.style.removeProperty(name));
      drawn.set(place, "paper");
    });
    next();
  });
})();
