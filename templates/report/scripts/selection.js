// Which of a gallery's images are chosen: by click, shift, drag and keys. `cursor` is where keys start from, a number in the gallery.
export class Selection {
  constructor(changed) {
    Object.assign(this, { changed, places: new Uint32Array(), chosen: new Set(), cursor: 0, anchor: 0 });
  }

  over(places) {
    const kept = this.places[this.cursor];
    this.places = places;
    const at = this.chosen.size ? places.indexOf(kept) : 0;
    this.cursor = this.anchor = at < 0 ? Math.min(this.cursor, Math.max(places.length - 1, 0)) : at;
    const there = new Set(places);
    for (const place of this.chosen) if (!there.has(place)) this.chosen.delete(place);
  }

  get size() { return this.chosen.size; }
  has(place) { return this.chosen.has(place); }
  // What a key is about: the chosen images, or the one under the cursor.
  subjects() {
    if (this.chosen.size) return this.places.filter((place) => this.chosen.has(place));
    return this.places.length ? this.places.slice(this.cursor, this.cursor + 1) : this.places;
  }

  click(at, { shift = false, toggle = false } = {}) {
    if (shift) this.range(this.anchor, at, toggle);
    else if (toggle) { this.flip(this.places[at]); this.anchor = at; }
    else { this.chosen = new Set([this.places[at]]); this.anchor = at; }
    this.cursor = at;
    this.changed();
  }

  move(step, extend) {
    const at = Math.min(Math.max(this.cursor + step, 0), this.places.length - 1);
    if (at < 0) return;
    this.cursor = at;
    if (extend) this.range(this.anchor, at, false);
    else this.anchor = at;
    this.changed();
  }

  toggle() {
    this.flip(this.places[this.cursor]);
    this.anchor = this.cursor;
    this.changed();
  }

  set(places) {
    this.chosen = new Set(places);
    this.changed();
  }

  clear() { this.set([]); }

  flip(place) {
    if (!this.chosen.delete(place)) this.chosen.add(place);
  }

  range(from, to, add) {
    const between = this.places.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.chosen = new Set(add ? [...this.chosen, ...between] : between);
  }
}
