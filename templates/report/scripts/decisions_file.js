// The decisions as a CSV with the columns of relabel.csv, for `datadoctor apply`.
import { data, given, suggested, labelOf, pathOf, word, findingFor, findingsOf, keyFor } from "./data.js";
import { allDecisions } from "./decisions.js";

// A spreadsheet runs cells, and parts of cells, that begin so; an apostrophe keeps them text, and `datadoctor apply` takes it off again.
const FORMULA = /(?<![^;|\t\r\n])(?=[ "]*[=+\-@＝＋－＠\t\r\n'])/g;

function csvCell(value) {
  const text = value.replace(FORMULA, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// In the order of the queue, with its priorities, which are those of relabel.csv; then decisions on other items.
function decisionsCsv() {
  const place = new Map(data.queue.map((item, at) => [item, at]));
  const last = data.queue.length;
  const lines = allDecisions().map(([item, entry]) => [place.get(item) ?? last, item, entry]).sort((a, b) => a[0] - b[0] || a[1] - b[1])
    .map(([at, item, entry]) => rowOf(item, entry, at < last ? at + 1 : ""));
  return [data.queue_columns, ...lines.map((row) => data.queue_columns.map((name) => row[name] ?? ""))]
    .map((cells) => cells.map((cell) => csvCell(String(cell))).join(",")).join("\n") + "\n";
}

function rowOf(item, entry, priority) {
  const finding = findingsOf(item).find((one) => entry.key.includes(one.key)) || findingFor(item);
  return {
    key: entry.key || keyFor(item), path: pathOf(item), split: word("split", item), given_label: labelOf(given(item)),
    suggested_label: labelOf(suggested(item)), p_mislabel: data.items.p[item] ?? "", priority,
    reason: finding ? finding.message : "", digest: data.items.digest[item], decision: entry.decision,
    new_label: entry.label, reviewer: "", note: entry.note,
  };
}

export function download() {
  const address = URL.createObjectURL(new Blob([decisionsCsv()], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "decisions.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
