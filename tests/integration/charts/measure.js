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
  const rgba = (text) => {
    const parts = (text.match(/[\d.]+/g) || []).map(Number);
    return parts.length < 3 ? null : [parts[0], parts[1], parts[2], parts.length > 3 ? parts[3] : 1];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((p, q) => q - p);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour && colour[3] > 0.99) { return colour; }
    }
    return [255, 255, 255, 1];
  };

  document.querySelectorAll(".figure[data-chart]").forEach((figure) => {
    const name = figure.dataset.chart;
    const frame = boxOf(figure);
    const marks = figure.querySelectorAll(
      ".plot path, .overplot path, .overplot rect, .plot rect, .plot image, .plot text, .slice path, .number, .treemaplayer path, .funnellayer path, .indicatorlayer path, .barlayer path, canvas, .heatmaplayer image, .hm image"
    );
    if (!marks.length) { faults.push(`${name}: nothing is drawn`); }
    const paper = rgba(getComputedStyle(figure.querySelector(".main-svg")).backgroundColor) || [255, 255, 255, 1];
    const texts = [...figure.querySelectorAll("svg text")].filter((text) => text.textContent.trim() && isShown(text) && !text.closest(".modebar"));
    texts.forEach((text) => {
      const box = boxOf(text);
      const said = text.textContent.trim().slice(0, 40);
      if (box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) {
        faults.push(`${name}: "${said}" is outside its frame`);
      }
      if (text.closest(".xtick, .ytick, .xaxislayer-above, .yaxislayer-above, .legend, .g-xtitle, .g-ytitle")) {
        const fill = rgba(getComputedStyle(text).fill);
        if (fill && contrast(fill, paper) < 4.5) { faults.push(`${name}: "${said}" has a contrast of ${contrast(fill, paper).toFixed(1)}`); }
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

  document.querySelectorAll("main p, main h1, main h2, main h3, main a, main td, main th, main dt, main dd, main li, main summary, main label, header a, header button, footer p").forEach((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !isShown(element) || element.closest(".js-plotly-plot")) { return; }
    const colour = rgba(getComputedStyle(element).color);
    const found = contrast(colour, behind(element));
    if (found < 4.5) { faults.push(`"${element.textContent.trim().slice(0, 40)}" has a contrast of ${found.toFixed(1)}`); }
  });
  return [...new Set(faults)].slice(0, 40);
}
