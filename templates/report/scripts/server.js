// Talks to `datadoctor review`, where that is what this page came from; a page in a file has no server, and never asks.
import { say } from "./dom.js";

export const served = document.documentElement.dataset.host === "server";
const NAME = "datadoctor/reviewer";
const who = { name: sessionStorageItem() };
export const desk = {};
const told = { last: Promise.resolve() };

function sessionStorageItem() {
  try { return served ? sessionStorage.getItem(NAME) : null; } catch { return null; }
}

export const reviewer = () => who.name || desk.reviewer || "";

export function callMe(name) {
  who.name = name;
  try { sessionStorage.setItem(NAME, name); } catch { /* it lasts as long as the page */ }
}

function address(path, query) {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined)).toString();
  return text ? `${path}?${text}` : path;
}

async function answered(response) {
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Error(said.error || `the server answered ${response.status}`);
}

export async function ask(path, query = {}) {
  return (await answered(await fetch(address(path, query)))).json();
}

// Places of images, as numbers of four bytes.
export async function askPlaces(path, query = {}) {
  return new Uint32Array(await (await answered(await fetch(address(path, query)))).arrayBuffer());
}

// One after the other, in the order of the keys: two that are on their way at once could overtake each other.
export function tell(path, body) {
  const sent = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ reviewer: reviewer(), ...body }) };
  const answer = told.last.then(async () => (await answered(await fetch(path, sent))).json());
  told.last = answer.catch(() => {});
  return answer;
}

// The bytes of a file, as they are.
export async function sendFile(path, file) {
  return (await answered(await fetch(path, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file }))).json();
}

// What went wrong, for everybody to see: a decision that was not kept must not look as if it were.
export function complain(error) {
  const text = error instanceof TypeError ? "The server does not answer: start `datadoctor review` again. Nothing more is kept until then." : error.message;
  say(text);
  let box = document.querySelector(".complaint");
  if (!box) document.body.append(box = Object.assign(document.createElement("p"), { className: "complaint notice bad" }));
  box.textContent = text;
  clearTimeout(complain.timer);
  complain.timer = setTimeout(() => box.remove(), 8000);
}

export const pictureAddress = (place, version, side = 160) => `picture/${place}?side=${side}&v=${version}`;

export async function openDesk() {
  Object.assign(desk, await ask("desk"));
}
