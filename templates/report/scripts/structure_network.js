// The confusions that exceed chance, as a network: classes on a circle by community, confused classes joined.
import { colour, count, h } from "./dom.js";
import { className, data } from "./data.js";
import { ordered } from "./confusion.js";
import { GROUPS, sized } from "./scale.js";
import { whyMissing } from "./structure_missing.js";
import { asTable, row } from "./tables.js";

const MOST_EDGES = 800;
const MOST_LABELS = 90;
const MOST_LABELS_NARROW = 30;
const MOST_LISTED = 10;
const GAP = 1.5;

export function drawNetwork(space, { state, pick }) {
  const { network } = data.structure;
  if (!network || !network.given.length) return space.append(network ? h("p", { class: "muted" }, "No confusion exceeds what chance would give.") : whyMissing("network"));
  const drawn = new Network(network, state, pick);
  space.append(h("div", { class: "chart-and-text" }, h("div", {}, drawn.canvas, drawn.readout), drawn.text()), edgesAsTable(network, pick));
  drawn.draw(Math.min(space.clientWidth > 900 ? space.clientWidth * 0.58 : space.clientWidth, 720));
  return undefined;
}

class Network {
  constructor(network, state, pick) {
    const place = new Map(ordered(state).map((number, at) => [number, at]));
    const nodes = [...new Set([...network.given, ...network.predicted])].sort((a, b) => network.community[a] - network.community[b] || place.get(a) - place.get(b));
    Object.assign(this, { network, nodes, pick, focus: -1, most: network.count.reduce((a, b) => Math.max(a, b)), angle: angles(nodes, network.community) });
    this.canvas = h("canvas", { class: "network", tabindex: "0", role: "application",
      "aria-label": `Confusion network of ${count(nodes.length)} classes. Left and right go around, Enter shows the class; the same as a table below.` });
    this.readout = h("p", { class: "readout", "aria-live": "polite" }, "\u00a0");
    this.canvas.addEventListener("mousemove", (event) => this.look(this.nodeAt(event.offsetX, event.offsetY)));
    this.canvas.addEventListener("click", (event) => { const node = this.nodeAt(event.offsetX, event.offsetY); if (node >= 0) pick({ band: node }); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  draw(side = this.side) {
    this.side = side;
    this.named = this.nodes.length <= (side > 420 ? MOST_LABELS : MOST_LABELS_NARROW);
    this.radius = side / 2 - Math.min(this.named ? 104 : 84, side * 0.28);
    const context = sized(this.canvas, side, side);
    const edges = this.network.given.slice(0, MOST_EDGES).map((_, edge) => edge).reverse();
    for (const edge of edges) if (!this.touches(edge)) this.drawEdge(context, edge, this.focus < 0 ? colour("accent") : colour("line-strong"), this.focus < 0 ? 0.1 + 0.85 * this.strength(edge) : 0.1);
    for (const edge of edges) if (this.touches(edge)) this.drawEdge(context, edge, this.network.given[edge] === this.focus ? colour("bad") : colour("accent"), 0.95);
    for (const node of this.nodes) this.drawNode(context, node);
  }

  touches(edge) {
    return this.focus >= 0 && (this.network.given[edge] === this.focus || this.network.predicted[edge] === this.focus);
  }

  // In (0, 1]: how many images, on a scale on which the eye compares areas.
  strength(edge) {
    return Math.sqrt(this.network.count[edge] / this.most);
  }

  drawEdge(context, edge, tone, alpha) {
    const { given, predicted } = this.network;
    const [from, to] = [this.at(given[edge]), this.at(predicted[edge])];
    const middle = this.side / 2;
    // Neighbours are joined along the rim, opposites through the middle.
    const apart = Math.hypot(from[0] - to[0], from[1] - to[1]) / (2 * this.radius);
    const pull = 0.9 - 0.7 * Math.min(1, 2 * apart);
    context.strokeStyle = tone;
    context.globalAlpha = alpha;
    context.lineWidth = 0.7 + 4.5 * this.strength(edge) ** 2;
    context.beginPath();
    context.moveTo(...from);
    context.quadraticCurveTo(middle + (from[0] + to[0] - 2 * middle) / 2 * pull, middle + (from[1] + to[1] - 2 * middle) / 2 * pull, ...to);
    context.stroke();
    context.globalAlpha = 1;
  }

  drawNode(context, node) {
    const [x, y] = this.at(node);
    const hub = this.network.hubs.includes(node);
    context.fillStyle = GROUPS[this.network.community[node] % GROUPS.length];
    context.beginPath();
    context.arc(x, y, node === this.focus ? 6 : hub ? 5 : this.nodes.length > 300 ? 2 : 3.5, 0, 2 * Math.PI);
    context.fill();
    if (this.named || node === this.focus || (hub && this.nodes.length > MOST_LABELS)) this.drawName(context, node);
  }

  drawName(context, node) {
    const angle = this.angle.get(node);
    const left = Math.cos(angle) < 0;
    context.save();
    context.translate(this.side / 2 + Math.cos(angle) * (this.radius + 9), this.side / 2 + Math.sin(angle) * (this.radius + 9));
    context.rotate(left ? angle + Math.PI : angle);
    context.textAlign = left ? "right" : "left";
    context.textBaseline = "middle";
    context.font = `${node === this.focus || this.network.hubs.includes(node) ? "600 " : ""}11px system-ui, sans-serif`;
    context.fillStyle = colour("text");
    context.fillText(className(node).replace(/\s+/g, " ").slice(0, 18), 0, 0);
    context.restore();
  }

  at(node) {
    const angle = this.angle.get(node);
    return [this.side / 2 + Math.cos(angle) * this.radius, this.side / 2 + Math.sin(angle) * this.radius];
  }

  // The class whose place on the circle, or name beside it, is under the pointer.
  nodeAt(x, y) {
    const [dx, dy] = [x - this.side / 2, y - this.side / 2];
    if (Math.hypot(dx, dy) < this.radius - 14) return -1;
    const turned = (angle) => { const far = Math.abs(Math.atan2(dy, dx) - angle) % (2 * Math.PI); return Math.min(far, 2 * Math.PI - far); };
    const best = this.nodes.reduce((a, b) => (turned(this.angle.get(b)) < turned(this.angle.get(a)) ? b : a));
    return turned(this.angle.get(best)) * this.radius < 14 ? best : -1;
  }

  look(node) {
    if (node === this.focus) return;
    this.focus = node;
    this.draw();
    this.readout.textContent = node < 0 ? "\u00a0" : this.said(node);
  }

  said(node) {
    const { given, predicted, count: counts, drawn, sent } = this.network;
    const listed = (ends, others) => given.map((_, edge) => edge).filter((edge) => ends[edge] === node).slice(0, 4).map((edge) => `${className(others[edge])} ${count(counts[edge])}`).join(", ");
    const [to, from] = [listed(given, predicted), listed(predicted, given)];
    return `${className(node)}: ${count(sent[node])} of its images seen as others${to ? ` (${to})` : ""}; ${count(drawn[node])} of others seen as it${from ? ` (${from})` : ""}`;
  }

  key(event) {
    const at = this.nodes.indexOf(this.focus);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && this.focus >= 0) this.pick({ band: this.focus });
    else if (step) this.look(this.nodes[(at + step + this.nodes.length) % this.nodes.length]);
    else return;
    event.preventDefault();
  }

  text() {
    const { hubs, given } = this.network;
    return h("div", {}, h("p", {}, `${count(given.length)} confusions exceed what chance would give, at a false discovery rate of 5 %. A colour is a community of classes confused among each other.`),
      given.length > MOST_EDGES ? h("p", { class: "muted" }, `The ${count(MOST_EDGES)} strongest are drawn; all are in the table.`) : null,
      h("p", { class: "muted" }, h("b", {}, "Point at a class"), ": what its images are taken for in red, what is taken for it in blue."),
      h("h3", {}, "Strongest"), h("ul", { class: "largest" }, given.slice(0, MOST_LISTED).map((_, edge) => this.edgeRow(edge))),
      hubs.length ? [h("h3", {}, "Classes that draw others"), h("ul", { class: "largest" }, hubs.slice(0, MOST_LISTED).map((node) => this.hubRow(node)))] : null);
  }

  edgeRow(edge) {
    const [from, to] = [this.network.given[edge], this.network.predicted[edge]];
    const figure = `${count(this.network.count[edge])}, by chance ${this.network.expected[edge].toFixed(1)}`;
    return row(`${className(from)} → ${className(to)}`, figure, () => this.pick({ cell: [from, to] }));
  }

  hubRow(node) {
    return row(className(node), `${count(this.network.drawn[node])} in, ${count(this.network.sent[node])} out`, () => this.pick({ band: node }));
  }
}

// Around the circle, with a gap between communities.
function angles(nodes, community) {
  const breaks = nodes.filter((node, at) => at > 0 && community[node] !== community[nodes[at - 1]]).length + 1;
  const gap = nodes.length > 12 ? GAP : 0;
  const step = (2 * Math.PI) / (nodes.length + gap * breaks);
  let at = -Math.PI / 2;
  const found = new Map();
  nodes.forEach((node, place) => {
    if (place > 0) at += step * (community[node] === community[nodes[place - 1]] ? 1 : 1 + gap);
    found.set(node, at);
  });
  return found;
}

function edgesAsTable(network, pick) {
  return asTable("confusions beyond chance, strongest first", [["Given"], ["Seen as"], ["Images", true], ["By chance", true], ["p-value", true]],
    network.given.map((a, edge) => ({ cells: [className(a), className(network.predicted[edge]), count(network.count[edge]), String(network.expected[edge]), network.p_values[edge] === 0 ? "0" : network.p_values[edge].toExponential(0)],
      choose: () => pick({ cell: [a, network.predicted[edge]] }) })));
}
