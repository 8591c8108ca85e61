// Every text that is seen, where it stands on the page and in which colour.
() => {
  const shown = (element) => {
    const style = getComputedStyle(element);
    return style.visibility !== "hidden" && +style.opacity > 0.05 && !element.closest(".spoken, .skip, [hidden]");
  };
  const colourOf = (text, opacity) => {
    const parts = (text.match(/[\d.]+/g) || []).map(Number);
    return parts.length < 3 ? null : [parts[0], parts[1], parts[2], (parts.length > 3 ? parts[3] : 1) * opacity];
  };
  const found = [];
  const add = (element, box, colour, style) => {
    if (!colour || colour[3] < 0.05 || box.width < 2 || box.height < 4) { return; }
    found.push({
      said: element.textContent.trim().slice(0, 40), colour,
      large: parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && +style.fontWeight >= 600),
      x: box.left + scrollX, y: box.top + scrollY, width: box.width, height: box.height
    });
  };
  document.querySelectorAll(".figure svg text").forEach((element) => {
    const style = getComputedStyle(element);
    if (!element.textContent.trim() || !shown(element)) { return; }
    if (/rotate\(-?(?!0|90|180|270)\d/.test(element.getAttribute("transform") || "")) { return; }
    add(element, element.getBoundingClientRect(), colourOf(style.fill, +style.fillOpacity), style);
  });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("svg, script, noscript, style") || !shown(element)) { continue; }
    const range = document.createRange();
    range.selectNodeContents(node);
    const style = getComputedStyle(element);
    const box = range.getClientRects()[0];
    if (box) { add(element, box, colourOf(style.color, 1), style); }
  }
  return found;
}
