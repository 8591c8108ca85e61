// Which texts have too little contrast with a picture of the page without letters.
async ([texts, picture]) => {
  const image = new Image();
  image.src = picture;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const faults = [];
  texts.forEach((text) => {
    const x = Math.max(0, Math.round(text.x)), y = Math.max(0, Math.round(text.y));
    const width = Math.min(Math.round(text.width), canvas.width - x), height = Math.min(Math.round(text.height), canvas.height - y);
    if (width < 1 || height < 1) { return; }
    const pixels = pen.getImageData(x, y, width, height).data;
    const found = [];
    for (let i = 0; i < 12; i += 1) {
      for (let j = 1; j < 5; j += 1) {
        const at = 4 * (Math.floor((j * height) / 5) * width + Math.floor(((i + 0.5) * width) / 12));
        const behind = [pixels[at], pixels[at + 1], pixels[at + 2]];
        const share = text.colour[3];
        const letters = behind.map((v, k) => share * text.colour[k] + (1 - share) * v);
        const [light, dark] = [luminance(behind), luminance(letters)].sort((p, q) => q - p);
        found.push((light + 0.05) / (dark + 0.05));
      }
    }
    // A line that crosses the letters is no ground of theirs.
    const contrast = found.sort((p, q) => p - q)[Math.floor(found.length / 4)];
    if (contrast < (text.large ? 3 : 4.45)) { faults.push(`"${text.said}" has a contrast of ${contrast.toFixed(1)}`); }
  });
  return [...new Set(faults)].slice(0, 40);
}
