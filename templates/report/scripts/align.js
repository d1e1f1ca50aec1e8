// Lays the second picture of a pair onto the first: mirrored where the audit found it so, magnified by what the audit measured of
// the overlap, and moved to where the two correlate best. Rotations and views from elsewhere are not undone.
const STEPS = [{ side: 40, scales: [0.92, 0.96, 1, 1.04, 1.08] }, { side: 160, scales: [0.98, 0.99, 1, 1.01, 1.02] }];
const WHOLE = 0.93; // share of either picture from which nothing is cropped, as the audit's words have it
const LEAST_CORRELATION = 0.5;
const LEAST_SHARE = 0.6; // of the overlap that the audit measured

// Where the second lies: left, top, width and height in widths and heights of the first; null if it was found nowhere.
export function placed(a, b, pair) {
  const flip = pair.difference.startsWith("mirrored");
  const [shownA, shownB] = pair.overlap;
  if (Math.min(shownA, shownB) >= WHOLE) return { x: 0, y: 0, width: 1, height: 1, flip };
  const magnified = Math.sqrt((shownA * a.naturalWidth * a.naturalHeight) / (shownB * b.naturalWidth * b.naturalHeight));
  const size = { width: (magnified * b.naturalWidth) / a.naturalWidth, height: (magnified * b.naturalHeight) / a.naturalHeight };
  const coarse = best(a, b, STEPS[0], { ...size, flip }, shownA, everywhere);
  if (!coarse) return null;
  const fine = best(a, b, STEPS[1], coarse, shownA, (shift) => around(shift, 6));
  return fine && fine.correlation >= LEAST_CORRELATION ? fine : null;
}

// Draws the second as it lies on a canvas of the first.
export function drawPlaced(context, image, place) {
  const { width, height } = context.canvas;
  context.save();
  if (place.flip) {
    context.translate((2 * place.x + place.width) * width, 0);
    context.scale(-1, 1);
  }
  context.drawImage(image, place.x * width, place.y * height, place.width * width, place.height * height);
  context.restore();
}

function best(a, b, { side, scales }, start, shown, shifts) {
  const shrunk = side / Math.max(a.naturalWidth, a.naturalHeight);
  const [width, height] = [a.naturalWidth, a.naturalHeight].map((length) => Math.max(1, Math.round(length * shrunk)));
  const first = greys(a, width, height, false);
  let found = null;
  for (const scale of scales) {
    const [w, h] = [Math.round(start.width * scale * width), Math.round(start.height * scale * height)];
    if (w < 4 || h < 4 || w > 40 * side || h > 40 * side) continue;
    const second = greys(b, w, h, start.flip);
    const middle = { x: ((start.x ?? 0) + start.width / 2) * width - w / 2, y: ((start.y ?? 0) + start.height / 2) * height - h / 2 };
    for (const [dx, dy] of shifts({ ...middle, w, h, width, height })) {
      const correlation = correlated(first, second, dx, dy, shown * LEAST_SHARE * width * height);
      if (!found || correlation > found.correlation) found = { x: dx / width, y: dy / height, width: w / width, height: h / height, flip: start.flip, correlation };
    }
  }
  return found;
}

function* everywhere({ w, h, width, height }) {
  for (let dy = 1 - h; dy < height; dy += 1) for (let dx = 1 - w; dx < width; dx += 1) yield [dx, dy];
}

function* around({ x, y }, reach) {
  for (let dy = -reach; dy <= reach; dy += 1) for (let dx = -reach; dx <= reach; dx += 1) yield [Math.round(x) + dx, Math.round(y) + dy];
}

// Pearson's correlation of the greys where the second, moved by (dx, dy), covers the first; -1 if that is too little.
function correlated(first, second, dx, dy, least) {
  const [left, right] = [Math.max(0, dx), Math.min(first.width, dx + second.width)];
  const [top, bottom] = [Math.max(0, dy), Math.min(first.height, dy + second.height)];
  const n = (right - left) * (bottom - top);
  if (right <= left || bottom <= top || n < least) return -1;
  let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const [p, q] = [first.values[y * first.width + x], second.values[(y - dy) * second.width + x - dx]];
      a += p; b += q; aa += p * p; bb += q * q; ab += p * q;
    }
  }
  const spread = (aa - (a * a) / n) * (bb - (b * b) / n);
  return spread > 0 ? (ab - (a * b) / n) / Math.sqrt(spread) : -1;
}

function greys(image, width, height, flip) {
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  drawPlaced(context, image, { x: 0, y: 0, width: 1, height: 1, flip });
  const { data } = context.getImageData(0, 0, width, height);
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i += 1) values[i] = data[4 * i] + data[4 * i + 1] + data[4 * i + 2];
  return { width, height, values };
}
