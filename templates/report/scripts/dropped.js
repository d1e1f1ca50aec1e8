// A picture from elsewhere, dropped onto the page or chosen: the server looks at it, and the sheet shows the images nearest to it.
import { button, count, h, say } from "./dom.js";
import { complain, desk, sendFile } from "./server.js";
import { showNearest } from "./sheet_state.js";

const kept = new Map();

// What was dropped, while this page lasts: its name and how it looks.
export const droppedPicture = (name) => kept.get(name);

export function fileButton() {
  const chosen = h("input", { type: "file", accept: "image/*", hidden: true, "aria-label": "A picture", onchange: () => { look([...chosen.files]); chosen.value = ""; } });
  return [chosen, button("Similar to a file…", () => chosen.click(), { title: "Shows the images nearest to a picture of yours; or drop it anywhere on the page" })];
}

export function startDropping() {
  const ofFiles = (event) => [...event.dataTransfer?.types || []].includes("Files");
  addEventListener("dragover", (event) => { if (ofFiles(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!ofFiles(event)) return;
    event.preventDefault();
    look([...event.dataTransfer.files]);
  });
}

async function look(files) {
  if (files.length !== 1) return complain(new Error(`${count(files.length)} files: one picture at a time is looked at.`));
  const [file] = files;
  if (file.size > desk.most_bytes) return complain(new Error(`${file.name}: more than ${count(desk.most_bytes / 1e6)} MB; reduce it first.`));
  const looking = h("p", { class: "looking notice" }, `Looking at ${file.name}: the first picture takes some seconds.`);
  document.body.append(looking);
  say(`Looking at ${file.name}`);
  try {
    const { picture } = await sendFile("dropped", file);
    if (!kept.has(picture)) kept.set(picture, { name: file.name, address: URL.createObjectURL(file) });
    return showNearest("picture", picture);
  } catch (error) {
    return complain(error instanceof TypeError ? error : new Error(`${file.name}: ${error.message}`));
  } finally {
    looking.remove();
  }
}
