// What is wrong with the page as it is drawn, in sentences; nothing when all is well.
() => {
  const faults = [];
  const boxOf = (element) => element.getBoundingClientRect();
  // A line's box has room above and below its letters.
  const lettersOf = (element) => {
    const { left, right, top, bottom, width, height } = boxOf(element);
    const room = 0.2 * Math.min(height, 1.2 * parseFloat(getComputedStyle(element).fontSize));
    return { left, right, top: top + room, bottom: bottom - room, width, height: height - 2 * room };
  };
  const isShown = (element) => {
    const box = boxOf(element);
    const style = getComputedStyle(element);
    return box.width > 0 && box.height > 0 && style.visibility !== "hidden" && +style.opacity > 0.05 &&
      +style.fillOpacity > 0.05;
  };

  document.querySelectorAll(".figure[data-chart]").forEach((figure) => {
    const name = figure.dataset.chart;
    const frame = boxOf(figure);
    const marks = figure.querySelectorAll(
      ".plot path, .overplot path, .overplot rect, .plot rect, .plot image, .plot text, .slice path, .number, .treemaplayer path, .funnellayer path, .indicatorlayer path, .barlayer path, canvas, .heatmaplayer image, .hm image, .geolayer path, .polarlayer path, .sankey path, .sunburstlayer path, .tablelayer text, .shapelayer path, .scatterlayer path"
    );
    if (!marks.length) { faults.push(`${name}: nothing is drawn`); }
    const texts = [...figure.querySelectorAll("svg text")].filter((text) => text.textContent.trim() && isShown(text) && !text.closest(".modebar"));
    texts.forEach((text) => {
      const box = boxOf(text);
      const said = text.textContent.trim().slice(0, 40);
      if (box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) {
        faults.push(`${name}: "${said}" is outside its frame`);
      }
      if (parseFloat(getComputedStyle(text).fontSize) < 9) { faults.push(`${name}: "${said}" is smaller than 9 pixels`); }
    });
    for (let i = 0; i < texts.length; i++) {
      for (let j = i + 1; j < texts.length; j++) {
        // Turned labels have boxes much larger than their letters.
        if (/rotate\(-?(?!0|90|180|270)\d/.test(texts[i].getAttribute("transform") + texts[j].getAttribute("transform"))) { continue; }
        const [a, b] = [lettersOf(texts[i]), lettersOf(texts[j])];
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (width > 2 && height > 2 && width * height > 0.2 * Math.min(a.width * a.height, b.width * b.height)) {
          faults.push(`${name}: "${texts[i].textContent.slice(0, 30)}" and "${texts[j].textContent.slice(0, 30)}" overlap`);
        }
      }
    }
  });

  // What stands in a box of the page must not stick out of it.
  document.querySelectorAll("main li, main p, main h1, main h2, main h3, main summary, header > *").forEach((element) => {
    const box = boxOf(element);
    if (isShown(element) && !element.closest(".scroll, .spoken, .skip") && !element.matches(".skip") && element.scrollWidth > element.clientWidth + 2 && getComputedStyle(element).overflow === "visible" && getComputedStyle(element).display !== "inline" && box.width > 0) {
      faults.push(`"${element.textContent.trim().slice(0, 40)}" sticks out of its box`);
    }
  });
  return [...new Set(faults)].slice(0, 40);
}
