// The plan editor: canvas, fields, masks, picture and saving tied together.
// Without this script, or on a phone, the same page is a drawing and a form.

import { Canvas, type Host, type Selected, type Tool } from '../../ts/plancanvas';
import { cone, scale, sees, share, size, tolerance, type Area, type Drawing, type Placed, type Point, type Use } from '../../ts/plan';
import * as ops from '../../ts/planops';
import { Masks } from '../../ts/planmask';
import { asFile, drawPage, openPDF, prepare, send, TooLarge, type Where } from '../../ts/planpicture';
import { Saver, type Finding, type Theirs } from '../../ts/plansave';
import { el as svg } from '../../ts/planshapes';

interface Data {
  lang: string; drawing: Drawing; version: number; address: string; list: string; pictures: string; upload: string;
  pdf: Where; cameras: { ID: string; Name: string; Place: string }[]; text: Record<string, string>; findings: Finding[];
}

const byID = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const field = (name: string): HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | null =>
  document.querySelector<HTMLInputElement>(`#plan-felter [name="${CSS.escape(name)}"]`);

class Editor implements Host {
  private readonly history: ops.History<Drawing>;
  private readonly canvas: Canvas;
  private readonly saver: Saver;
  private readonly masks = new Masks();
  private chosen: Selected = { kind: 'none' };
  private toPlace: { id: string; name: string } | undefined;
  private line: [Point, Point] | null = null;
  private readonly live = byID('v-live');

  constructor(private readonly d: Data) {
    this.history = new ops.History(d.drawing);
    const surface = svg('svg', { id: 'plan-flade', tabindex: 0, role: 'application', 'aria-label': this.text('surface') });
    byID('plan-stage').prepend(surface);
    byID('plan-stille').hidden = true;
    for (const e of document.querySelectorAll<HTMLElement>('.plan-js, #plan-tools')) e.hidden = false;
    for (const e of document.querySelectorAll<HTMLElement>('.plan-nojs')) e.remove();
    this.canvas = new Canvas(surface, this);
    this.saver = new Saver({
      address: d.address, now: () => this.history.now,
      status: (state, words) => this.status(state, words),
      saved: (s) => { this.findings(s.findings); this.versioned(s.version); },
      conflict: (t) => this.conflict(t),
      text: (k, ...a) => this.text(k, ...a),
    }, d.version);
    this.canvas.setPicture(this.pictureOf(d.drawing));
    this.tools();
    this.fields();
    this.pictures();
    this.show();
    this.offer();
    surface.dataset['ready'] = '1';
  }

  // What the canvas asks of its host.

  drawing(): Drawing { return this.history.now; }
  selected(): Selected { return this.chosen; }
  placed(): { id: string; name: string } | undefined { return this.toPlace; }
  rest(): void { this.history.rest(); }
  state(): string { return ''; }

  apply(next: Drawing, mark = ''): void {
    this.history.set(next, mark);
    this.show();
    this.saver.changed();
  }

  select(s: Selected): void {
    if (JSON.stringify(s) === JSON.stringify(this.chosen)) return;
    this.chosen = s;
    for (const card of document.querySelectorAll<HTMLDetailsElement>('.plan-card')) {
      const on = (s.kind === 'camera' && card.dataset['camera'] === s.id) || (s.kind === 'area' && card.dataset['area'] === s.id);
      card.classList.toggle('plan-card-on', on);
      if (on) {
        card.open = true;
        const side = byID('plan-felter');
        side.scrollTo({ top: card.offsetTop - side.offsetTop - 8 });
      }
    }
    this.canvas.render();
  }

  drew(corners: Point[]): void {
    const now = this.history.now;
    const area: Area = { id: ops.freeID(now), name: '', use: 'watched', kind: '', walled: false, corners };
    this.apply(ops.addArea(now, area));
    this.select({ kind: 'area', id: area.id });
    const name = field(`o-${area.id}-navn`);
    name?.focus();
  }

  measured(a: Point, b: Point): void {
    this.line = [a, b];
    byID('plan-laengde').hidden = false;
    byID<HTMLInputElement>('laengde').value = '';
    byID('laengde').focus();
  }

  tooled(): void {
    const tool = this.canvas?.using ?? 'select';
    for (const b of document.querySelectorAll<HTMLElement>('#plan-tools [data-tool]')) b.setAttribute('aria-pressed', String(b.dataset['tool'] === tool));
    byID('plan-tool-text').textContent = this.text(`tool.${tool}`, this.toPlace?.name ?? '');
    document.querySelector<HTMLElement>('[data-act=finish]')!.hidden = !(tool === 'area' && this.canvas.drawn >= 3);
    document.querySelector<HTMLElement>('[data-act=cancel]')!.hidden = tool === 'select';
  }

  describe(s: Selected): string {
    const now = this.history.now;
    const n = (v: number): string => ops.showNumber(v, this.d.lang, 1);
    const m = scale(now);
    if (s.kind === 'camera') {
      const i = now.cameras.findIndex((c) => c.camera === s.id);
      const c = now.cameras[i];
      return c ? this.text('camera', String(i + 1), c.name, n(c.at.x * m), n(c.at.y * m), n(c.direction), n(c.angle), n(c.range), this.note(now, c)) : '';
    }
    const a = s.kind === 'area' ? ops.findArea(now, s.id) : undefined;
    return a ? this.text('area', a.name || this.text('nameless'), String(a.corners.length), n(size(a.corners) * m * m)) : '';
  }

  say(words: string): void { this.live.textContent = words; }

  text(key: string, ...args: string[]): string {
    return args.reduce((s, a, i) => s.replaceAll(`{${i}}`, a), this.d.text[key] ?? key);
  }

  /** What is to be told of a camera's view, in few words. */
  private note(d: Drawing, c: Placed): string {
    const s = sees(d, c);
    if (s.blind) return this.text('blind');
    const out: string[] = [];
    for (const x of s.avoided) out.push(this.text('avoids', x.area.name || this.text('nameless')));
    if (d.areas.some((a) => a.use === 'watched')) out.push(s.outside > tolerance ? this.text('outside', String(Math.max(1, Math.round(s.outside * 100)))) : this.text('within'));
    return out.join(' ');
  }

  /** Which areas a camera sees, and how much of its view. */
  private seen(d: Drawing, c: Placed): string {
    const v = cone(d, c);
    const out = d.areas.filter((a) => a.use !== 'ground').map((a) => ({ a, part: share(v, [a.corners]) })).filter((x) => x.part >= tolerance / 2)
      .map((x) => this.text(`sees.${x.a.use}`, x.a.name || this.text('nameless'), String(Math.max(1, Math.round(x.part * 100)))));
    return [...out, this.note(d, c)].join('. ');
  }

  private pictureOf(d: Drawing): string { return d.picture ? this.d.pictures + d.picture : ''; }

  // Showing.

  private show(): void {
    const d = this.history.now;
    this.cards(d);
    this.fill(d);
    this.table(d);
    this.canvas.render();
    this.tooled();
    document.querySelector<HTMLButtonElement>('[data-act=undo]')!.disabled = !this.history.canUndo;
    document.querySelector<HTMLButtonElement>('[data-act=redo]')!.disabled = !this.history.canRedo;
  }

  /** One card for each area; cameras' cards are the page's own. */
  private cards(d: Drawing): void {
    const box = byID('plan-omraader');
    for (const card of [...box.querySelectorAll<HTMLElement>('[data-area]')]) if (!ops.findArea(d, card.dataset['area']!)) card.remove();
    for (const a of d.areas) {
      if (box.querySelector(`[data-area="${a.id}"]`)) continue;
      const copy = byID<HTMLTemplateElement>('plan-omraade').content.cloneNode(true) as DocumentFragment;
      for (const e of copy.querySelectorAll('*')) {
        for (const name of ['id', 'name', 'for', 'aria-describedby', 'data-area']) {
          const v = e.getAttribute(name);
          if (v) e.setAttribute(name, v === 'ny' ? a.id : v.replaceAll('o-ny', `o-${a.id}`));
        }
      }
      box.append(copy);
      this.removable(box.querySelector<HTMLElement>(`[data-area="${a.id}"]`)!);
    }
  }

  private removable(card: HTMLElement): void {
    if (card.querySelector('[data-remove]')) return;
    // The box that removes at the next save is a button here.
    card.querySelector('input[value=slet]')?.closest('.form-group-checkbox')?.remove();
  }

  private fill(d: Drawing): void {
    const m = scale(d);
    const lang = this.d.lang;
    const put = (name: string, value: string): void => {
      const f = field(name);
      if (f && f !== document.activeElement && f.value !== value) f.value = value;
    };
    const tick = (name: string, value: string, on: boolean): void => {
      const f = document.querySelector<HTMLInputElement>(`#plan-felter [name="${CSS.escape(name)}"][value="${value}"]`);
      if (f) f.checked = on;
    };
    for (const card of document.querySelectorAll<HTMLElement>('[data-camera].plan-card')) {
      const id = card.dataset['camera']!;
      const i = d.cameras.findIndex((c) => c.camera === id);
      const c = d.cameras[i];
      tick(`k-${id}-med`, 'ja', Boolean(c));
      card.querySelector('[data-no]')!.textContent = c ? String(i + 1) : '–';
      card.querySelector('[data-note]')!.textContent = c ? this.note(d, c) : '';
      card.querySelector('[data-put]')!.textContent = this.text(c ? 'moveHere' : 'put');
      card.querySelector<HTMLElement>('[data-mask]')!.hidden = !c;
      for (const f of card.querySelectorAll<HTMLInputElement>('.plan-numbers input, textarea')) f.disabled = !c;
      if (!c) continue;
      const n = (v: number): string => ops.showNumber(v, lang);
      put(`k-${id}-x`, n(c.at.x * m));
      put(`k-${id}-y`, n(c.at.y * m));
      put(`k-${id}-retning`, n(c.direction));
      put(`k-${id}-vinkel`, n(c.angle));
      put(`k-${id}-raekkevidde`, n(c.range));
      put(`k-${id}-hoejde`, n(c.height));
      put(`k-${id}-masker`, c.masks.map((x) => ops.showPoints(x, 0.01, lang)).join('\n'));
    }
    for (const a of d.areas) {
      put(`o-${a.id}-navn`, a.name);
      put(`o-${a.id}-brug`, a.use);
      put(`o-${a.id}-art`, a.kind);
      put(`o-${a.id}-hjoerner`, ops.showPoints(a.corners, m, lang));
      tick(`o-${a.id}-valg`, 'mure', a.walled);
      document.querySelector(`[data-area="${a.id}"] [data-name]`)!.textContent = a.name || this.text('nameless');
    }
    put('titel', d.title);
    put('matrikel', d.cadastre);
    put('bredde', d.metres_per_pixel > 0 ? ops.showNumber(d.metres_per_pixel * d.width, lang) : '');
    put('nord', ops.showNumber(d.north, lang));
  }

  /** The table beside the drawing follows what is drawn. */
  private table(d: Drawing): void {
    const body = document.querySelector<HTMLTableSectionElement>('#plan-tal tbody')!;
    byID('plan-tal-ingen').hidden = d.cameras.length > 0;
    while (body.rows.length > d.cameras.length) body.deleteRow(-1);
    const m = scale(d);
    const n = (v: number): string => ops.showNumber(v, this.d.lang);
    d.cameras.forEach((c, i) => {
      const row = body.rows[i] ?? body.insertRow();
      [String(i + 1), c.name, `${n(c.at.x * m)} m`, `${n(c.at.y * m)} m`, `${n(c.direction)}°`, `${n(c.angle)}°`, `${n(c.range)} m`, c.height > 0 ? `${n(c.height)} m` : '–',
        c.masks.length > 0 ? String(c.masks.length) : '–', this.seen(d, c)].forEach((words, j) => {
        let cell = row.cells[j];
        if (!cell) {
          cell = document.createElement(j === 1 ? 'th' : 'td');
          if (j === 1) cell.scope = 'row';
          row.append(cell);
        }
        if (cell.textContent !== words) cell.textContent = words;
      });
    });
  }

  private findings(list: Finding[]): void {
    byID('plan-mangler').replaceChildren(...list.map((f) => {
      const li = document.createElement('li');
      if (f.Grave) li.className = 'plan-grave';
      const a = document.createElement('a');
      a.href = f.Href;
      a.textContent = f.Text;
      li.append(a);
      return li;
    }));
    byID('plan-intet').hidden = list.length > 0;
  }

  // Doing.

  private use(tool: Tool): void {
    this.select({ kind: 'none' });
    this.canvas.use(tool);
    this.say(byID('plan-tool-text').textContent ?? '');
  }

  private undo(forward: boolean): void {
    if (!(forward ? this.history.redo() : this.history.undo())) return;
    const s = this.chosen;
    const d = this.history.now;
    if ((s.kind === 'camera' && !ops.findCamera(d, s.id)) || (s.kind === 'area' && !ops.findArea(d, s.id))) this.select({ kind: 'none' });
    const shown = this.canvas.svg.querySelector('image')?.getAttribute('href') ?? '';
    if (shown !== this.pictureOf(d)) this.canvas.setPicture(this.pictureOf(d));
    this.show();
    this.saver.changed();
    this.say(this.text(forward ? 'redone' : 'undone'));
  }

  private tools(): void {
    const acts: Record<string, () => void> = {
      undo: () => this.undo(false), redo: () => this.undo(true),
      in: () => this.canvas.zoom(1 / 1.4), out: () => this.canvas.zoom(1.4), whole: () => this.canvas.whole(),
      left: () => this.canvas.pan(-1, 0), right: () => this.canvas.pan(1, 0), up: () => this.canvas.pan(0, -1), down: () => this.canvas.pan(0, 1),
      help: () => byID<HTMLDialogElement>('plan-hjaelp').showModal(),
      finish: () => this.canvas.finish(), cancel: () => this.use('select'),
      nolength: () => { byID('plan-laengde').hidden = true; },
    };
    for (const b of document.querySelectorAll<HTMLElement>('[data-act]')) b.addEventListener('click', () => acts[b.dataset['act']!]?.());
    for (const b of document.querySelectorAll<HTMLElement>('button[data-tool]')) b.addEventListener('click', () => this.use(b.dataset['tool'] as Tool));
    document.addEventListener('keydown', (e) => {
      if (!(e.ctrlKey || e.metaKey) || e.altKey || (e.target as Element).matches('input, textarea, select')) return;
      const key = e.key.toLowerCase();
      if (key === 'z' || key === 'y') {
        e.preventDefault();
        this.undo(key === 'y' || e.shiftKey);
        this.masks.render();
      }
    });
    byID('plan-laengde').addEventListener('submit', (e) => {
      e.preventDefault();
      const metres = ops.readNumber(byID<HTMLInputElement>('laengde').value);
      if (!this.line || !(metres > 0)) {
        byID('laengde-fejl').textContent = this.text('length.bad');
        return;
      }
      byID('laengde-fejl').textContent = '';
      byID('plan-laengde').hidden = true;
      this.apply(ops.setScale(this.history.now, ...this.line, metres));
      this.say(this.text('scaled', ops.showNumber(scale(this.history.now) * this.history.now.width, this.d.lang, 1)));
    });
    byID('plan-udskriv').addEventListener('click', (e) => {
      if (!this.saver.dirty) return;
      e.preventDefault();
      const to = (e.currentTarget as HTMLAnchorElement);
      void this.saver.save().then((ok) => { if (ok) location.assign(to.href); });
    });
  }

  private fields(): void {
    const box = byID('plan-felter');
    // The form is saved by itself here: leaving it unsent loses nothing.
    box.addEventListener('input', (e) => e.stopPropagation());
    byID('plan-form').addEventListener('submit', (e) => {
      e.preventDefault();
      void this.saver.save().then((ok) => { if (ok) this.status('saved', byID('plan-gemt').textContent ?? ''); });
    });
    box.addEventListener('change', (e) => this.typed(e.target as HTMLInputElement));
    for (const card of document.querySelectorAll<HTMLElement>('[data-camera].plan-card')) {
      const id = card.dataset['camera']!;
      const name = this.d.cameras.find((c) => c.ID === id)?.Name ?? ops.findCamera(this.history.now, id)?.name ?? id;
      card.querySelector('[data-put]')!.addEventListener('click', () => {
        this.toPlace = { id, name };
        this.use('camera');
      });
      card.querySelector('[data-mask]')!.addEventListener('click', () => this.masks.open(name, '', {
        masks: () => ops.findCamera(this.history.now, id)?.masks ?? [],
        set: (masks, mark) => this.apply(ops.change(this.history.now, id, { masks }), mark),
        rest: () => this.history.rest(),
        text: (k, ...a) => this.text(k, ...a),
      }));
    }
    for (const card of document.querySelectorAll<HTMLElement>('[data-area].plan-card')) this.removable(card);
  }

  /** A field was changed by hand. */
  private typed(f: HTMLInputElement): void {
    const d = this.history.now;
    const next = this.read(d, f);
    if (next === null) {
      f.setAttribute('aria-invalid', 'true');
      this.say(this.text('invalid'));
      byID('plan-tool-text').textContent = this.text('invalid');
      return;
    }
    f.removeAttribute('aria-invalid');
    if (next !== d) this.apply(next);
    else this.show();
  }

  private read(d: Drawing, f: HTMLInputElement): Drawing | null {
    const m = scale(d);
    const n = ops.readNumber(f.value);
    const number = (least: number, most: number): boolean => n >= least && n <= most;
    switch (f.name) {
      case 'titel': return f.value.trim() ? { ...d, title: f.value.trim() } : null;
      case 'matrikel': return { ...d, cadastre: f.value.trim() };
      case 'nord': return number(-360, 360) ? { ...d, north: (n + 360) % 360 } : null;
      case 'bredde': return f.value.trim() === '' ? { ...d, metres_per_pixel: 0 } : number(1, 20_000) ? { ...d, metres_per_pixel: Number((n / d.width).toPrecision(8)) } : null;
    }
    const card = f.closest<HTMLElement>('.plan-card');
    const camera = card?.dataset['camera'];
    if (camera) return this.readCamera(d, camera, f, n, m);
    const area = card?.dataset['area'];
    return area ? this.readArea(d, area, f, m) : d;
  }

  private readCamera(d: Drawing, id: string, f: HTMLInputElement, n: number, m: number): Drawing | null {
    const what = f.name.slice(`k-${id}-`.length);
    const c = ops.findCamera(d, id);
    if (what === 'med') {
      const name = this.d.cameras.find((x) => x.ID === id)?.Name ?? id;
      return f.checked ? ops.place(d, { id, name }, this.canvas.middle()) : ops.takeOff(d, id);
    }
    if (!c) return d;
    const within = (least: number, most: number, to: Partial<Placed>): Drawing | null => (n >= least && n <= most ? ops.change(d, id, to) : null);
    switch (what) {
      case 'x': return within(0, d.width * m + 0.01, { at: { x: n / m, y: c.at.y } });
      case 'y': return within(0, d.height * m + 0.01, { at: { x: c.at.x, y: n / m } });
      case 'retning': return within(-360, 360, { direction: n });
      case 'vinkel': return within(1, 360, { angle: n });
      case 'raekkevidde': return within(0.1, 500, { range: n });
      case 'hoejde': return within(0, 100, { height: n });
      case 'masker': {
        const masks: Point[][] = [];
        for (const line of f.value.split('\n')) {
          if (!line.trim()) continue;
          const list = ops.readPoints(line);
          if (!list || list.length < 3 || list.length > 64 || list.some((p) => p.x < 0 || p.x > 100 || p.y < 0 || p.y > 100)) return null;
          masks.push(list.map((p) => ops.spot({ x: p.x * 100, y: p.y * 100 })));
        }
        return masks.length <= 64 ? ops.change(d, id, { masks }) : null;
      }
    }
    return d;
  }

  private readArea(d: Drawing, id: string, f: HTMLInputElement, m: number): Drawing | null {
    switch (f.name.slice(`o-${id}-`.length)) {
      case 'navn': return ops.changeArea(d, id, { name: f.value.trim() });
      case 'brug': return ops.changeArea(d, id, { use: f.value as Use });
      case 'art': return ops.changeArea(d, id, { kind: f.value });
      case 'valg': return ops.changeArea(d, id, { walled: f.checked });
      case 'hjoerner': {
        const list = ops.readPoints(f.value);
        if (!list || list.length < 3 || list.some((p) => p.x < 0 || p.y < 0 || p.x > d.width * m + 0.01 || p.y > d.height * m + 0.01)) return null;
        return ops.changeArea(d, id, { corners: list.map((p) => ({ x: p.x / m, y: p.y / m })) });
      }
    }
    return d;
  }

  // The picture.

  private pictures(): void {
    const input = byID<HTMLInputElement>('billede');
    input.accept = '.png,.jpg,.jpeg,.pdf';
    const say = (key: string): void => { byID('plan-billede-besked').textContent = this.text(key); };
    const wrong = (e: unknown): void => {
      byID('plan-billede-besked').textContent = e instanceof TooLarge ? this.text('picture.large') : e instanceof TypeError || !(e instanceof Error) || e instanceof DOMException ? this.text('picture.bad') : e.message;
    };
    const take = async (blob: Blob): Promise<void> => {
      say('picture.sending');
      const form = new FormData();
      form.append('billede', blob, blob.type === 'image/jpeg' ? 'billede.jpg' : 'billede.png');
      const s = await send(this.d.upload, form);
      this.lay(s.document, s.width, s.height, s.scale);
      say('picture.done');
      input.value = '';
    };
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      byID('plan-pdf').hidden = true;
      if (!file) return;
      say('picture.reading');
      const work = file.type === 'application/pdf' || /\.pdf$/i.test(file.name) ? this.pages(file, take).then(() => { byID('plan-billede-besked').textContent = ''; }, () => { say('picture.bad'); }) : prepare(file).then(take);
      work.catch(wrong);
    });
    byID('plan-upload').addEventListener('submit', (e) => e.preventDefault());
    document.getElementById('plan-kort')?.addEventListener('submit', (e) => {
      e.preventDefault();
      const form = e.currentTarget as HTMLFormElement;
      const body = new URLSearchParams();
      for (const f of form.querySelectorAll<HTMLInputElement>('input')) body.set(f.name, f.value);
      say('picture.sending');
      send(form.action, body).then((s) => {
        this.lay(s.document, s.width, s.height, s.scale);
        say('picture.mapped');
      }).catch(wrong);
    });
  }

  private lay(document: string, width: number, height: number, metres: number): void {
    this.apply(ops.setPicture(this.history.now, document, width, height, metres));
    this.canvas.setPicture(this.pictureOf(this.history.now));
  }

  /** Lets a page of a PDF be chosen, and takes it. */
  private async pages(file: File, take: (b: Blob) => Promise<void>): Promise<void> {
    const pdf = await openPDF(file, this.d.pdf);
    const choice = byID<HTMLSelectElement>('pdf-side');
    choice.replaceChildren(...Array.from({ length: pdf.numPages }, (_, i) => new Option(this.text('page', String(i + 1), String(pdf.numPages)), String(i + 1))));
    const preview = byID<HTMLCanvasElement>('pdf-vis');
    await drawPage(pdf, 1, preview, 700);
    choice.onchange = () => void drawPage(pdf, Number(choice.value), preview, 700);
    byID('pdf-brug').onclick = () => {
      const full = document.createElement('canvas');
      drawPage(pdf, Number(choice.value), full).then(() => asFile(full, 'image/png')).then(take).then(() => { byID('plan-pdf').hidden = true; })
        .catch((e: unknown) => { byID('plan-billede-besked').textContent = e instanceof Error && e.message ? e.message : this.text('picture.bad'); });
    };
    byID('plan-pdf').hidden = false;
  }

  // Saving.

  private status(state: string, words: string): void {
    const e = byID('plan-gemt');
    e.dataset['state'] = state;
    if (e.textContent !== words) e.textContent = words;
  }

  private versioned(version: number): void {
    byID<HTMLAnchorElement>('plan-udskriv').href = `${this.d.address}/udskriv?udgave=${version}`;
    document.querySelector<HTMLInputElement>('#plan-felter [name=udgave]')!.value = String(version);
    document.getElementById('plan-flade')!.dataset['version'] = String(version);
  }

  private message(heading: string, words: string, acts: [string, () => void][]): void {
    const box = document.createElement('div');
    box.className = 'alert alert-warning';
    box.setAttribute('role', 'alert');
    const body = document.createElement('div');
    body.className = 'alert-body';
    const h = document.createElement('h2');
    h.className = 'alert-heading';
    h.textContent = heading;
    const p = document.createElement('p');
    p.className = 'alert-text';
    p.textContent = words;
    const row = document.createElement('p');
    row.className = 'plan-bar';
    for (const [name, act] of acts) {
      const b = document.createElement('button');
      b.type = 'button';
      b.className = 'button button-secondary';
      b.textContent = name;
      b.addEventListener('click', () => {
        byID('plan-besked').replaceChildren();
        act();
      });
      row.append(b);
    }
    body.append(h, p, row);
    box.append(body);
    byID('plan-besked').replaceChildren(box);
  }

  private conflict(t: Theirs): void {
    this.message(this.text('conflict'), t.text, [
      [this.text('conflict.mine'), () => {
        this.saver.build(t.version);
        void this.saver.save();
      }],
      [this.text('conflict.aside'), () => {
        const mine = this.history.now;
        void this.saver.aside({ ...mine, title: this.text('copy', mine.title).slice(0, 100) }).then((path) => {
          if (!path) return;
          this.saver.settle();
          location.assign(path);
        });
      }],
      [this.text('conflict.theirs'), () => {
        this.history.set(t.drawing);
        this.saver.build(t.version);
        this.saver.settle();
        this.canvas.setPicture(this.pictureOf(t.drawing));
        this.select({ kind: 'none' });
        this.show();
        this.status('saved', this.text('conflict.undo'));
        this.versioned(t.version);
      }],
    ]);
  }

  /** What a lost session or a closed tab left behind is offered, not forced. */
  private offer(): void {
    const left = this.saver.left();
    if (!left) return;
    this.message(this.text('kept'), this.text('kept.text'), [
      [this.text('kept.take'), () => {
        this.apply(left.drawing);
        this.canvas.setPicture(this.pictureOf(left.drawing));
      }],
      [this.text('kept.drop'), () => this.saver.forget()],
    ]);
  }
}

const data = document.getElementById('plan-data');
// A phone shows the drawing and the numbers; drawing takes room.
if (data && matchMedia('(min-width: 760px)').matches) new Editor(JSON.parse(data.textContent ?? '{}') as Data);
