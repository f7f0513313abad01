// The editor of an anonymised copy: picture, boxes, timeline, the table that
// does the same work, undo, saving, and the contact sheet.

import { at, can, correct, covered, first, frames, grid, last, lines, movement, names, seconds, whole, type Box, type Correction, type Fragment, type Project, type Verdict } from '../../ts/editor';
import { Pictures, Problem, Saver } from '../../ts/editorwork';
import { Stage, type StageHost } from '../../ts/editorstage';
import { History } from '../../ts/planops';
import { el } from '../../ts/planshapes';

interface Data { base: string; findings: string; corrections: string; pictures: string; project: Project | null; lang: string; text: Record<string, string> }

const byID = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const sides = ['x', 'y', 'w', 'h'] as const;
const drawnFor = 2; // seconds that a drawn box lasts

class Editor implements StageHost {
  private readonly history: History<Correction[]>;
  private readonly stage: Stage;
  private readonly saver: Saver;
  private readonly pictures: Pictures;
  private readonly times: Float64Array;
  private readonly canvas = byID<HTMLCanvasElement>('ed-billede');
  private readonly count: number;
  private moved: Uint8Array | null = null;
  private fragments: Fragment[] = [];
  private called = new Map<string, string>();
  private frame = 0;
  private id = '';
  private playing = 0;
  private preview = false;
  private shown = -1;

  constructor(private readonly d: Data, private readonly p: Project) {
    this.count = frames(p.findings);
    this.times = seconds(p.findings);
    this.history = new History(p.corrections ?? []);
    this.pictures = new Pictures(d.pictures, this.count, 960);
    this.stage = new Stage(this, this.text('surface'));
    this.saver = new Saver({ address: d.corrections, now: () => this.history.now, status: (s, w) => this.status(s, w), text: (k, ...a) => this.text(k, ...a) }, p.revision);
    this.canvas.width = Math.min(960, p.findings.width);
    this.canvas.height = Math.round((this.canvas.width * p.findings.height) / p.findings.width);
    byID('ed-flade').append(this.stage.svg);
    const slide = byID<HTMLInputElement>('ed-tid');
    slide.max = String(this.count - 1);
    slide.addEventListener('input', () => this.go(Number(slide.value)));
    document.addEventListener('click', (e) => this.click(e));
    document.addEventListener('keydown', (e) => this.key(e));
    byID('ed-liste').addEventListener('change', (e) => {
      const t = e.target as HTMLSelectElement;
      if (t.dataset['judge'] !== undefined) this.judge(t.dataset['judge'], t.value as Verdict);
    });
    for (const r of document.querySelectorAll<HTMLInputElement>('[name=ed-dom]')) r.addEventListener('change', () => this.judge(this.id, (r.value === 'none' ? '' : r.value) as Verdict));
    byID<HTMLFormElement>('ed-bekraeft').addEventListener('submit', (e) => void this.confirm(e));
    new ResizeObserver(() => this.stage.render()).observe(byID('ed-flade'));
    byID('ed-alt').hidden = false;
    const left = this.saver.left();
    if (left) {
      this.history.set(left);
      this.say(this.text('recovered'));
    }
    this.take();
    this.go(0);
    void movement(p.findings).then((m) => { this.moved = m; this.paint(); });
    this.stage.svg.dataset['ready'] = '1';
  }

  private text(key: string, ...args: string[]): string {
    return (this.d.text[key] ?? key).replace(/\{(\d)\}/g, (_, n: string) => args[Number(n)] ?? '');
  }

  private say(words: string): void { byID('v-live').textContent = words; }

  private status(state: string, words: string): void {
    const p = byID('ed-gemt');
    p.textContent = words;
    p.dataset['state'] = state;
  }

  private clock(frame: number): string {
    const s = this.times[frame] ?? 0;
    return `${Math.floor(s / 60)}:${(s % 60).toFixed(2).padStart(5, '0').replace('.', this.d.lang === 'da' ? ',' : '.')}`;
  }

  // What the stage asks.

  boxes(): { f: Fragment; box: Box; name: string; label: string }[] {
    const out = [];
    for (const f of this.fragments) {
      const box = at(f, this.frame);
      if (box) out.push({ f, box, name: this.called.get(f.id) ?? '', label: this.text('person', this.called.get(f.id) ?? '', this.word(f)) });
    }
    return out;
  }

  chosen(): string { return this.id; }

  choose(id: string): void {
    this.id = id;
    this.side();
    this.stage.render();
    this.track();
    for (const tr of document.querySelectorAll<HTMLElement>('#ed-liste tbody tr')) tr.classList.toggle('ed-chosen', tr.dataset['id'] === id);
  }

  place(box: Box): void {
    if (!this.id) return;
    const now = this.history.now;
    const c: Correction = { act: 'move', fragment: this.id, frame: this.frame, box };
    const before = now[now.length - 1];
    // Steps of one movement are one correction.
    const base = before?.act === 'move' && before.fragment === this.id && before.frame === this.frame && !before.by ? now.slice(0, -1) : now;
    this.apply([...base, c], `move ${this.id} ${this.frame}`);
  }

  rest(): void { this.history.rest(); }

  drew(box: Box): void {
    this.stage.drawing = false;
    this.pressed('draw', false);
    let n = 1;
    while (this.fragments.some((f) => f.id === `h${n}`) || this.history.now.some((c) => c.fragment === `h${n}`)) n++;
    const until = this.times[this.frame]! + drawnFor;
    let to = this.frame;
    while (to + 1 < this.count && this.times[to + 1]! <= until) to++;
    this.apply([...this.history.now, { act: 'draw', fragment: `h${n}`, frame: this.frame, to, box }]);
    this.choose(`h${n}`);
    this.say(this.text('drawn', this.called.get(`h${n}`) ?? ''));
  }

  // What is done.

  private word(f: Fragment): string { return this.text(`verdict.${f.verdict || 'none'}`); }

  private apply(next: Correction[], mark = ''): void {
    this.history.set(next, mark);
    this.take();
    this.saver.changed();
  }

  /** Shows what the corrections come to. */
  private take(): void {
    this.fragments = correct(this.p.findings, this.history.now);
    this.called = names(this.p.findings, this.fragments);
    if (!this.fragments.some((f) => f.id === this.id)) this.id = '';
    byID('ed-ark').replaceChildren();
    byID('ed-bekraeft').hidden = true;
    this.list();
    this.side();
    this.track();
    this.paint();
  }

  private judge(id: string, verdict: Verdict): void {
    if (!id) return;
    this.apply([...this.history.now, { act: 'judge', fragment: id, verdict }]);
    const f = this.fragments.find((o) => o.id === id);
    if (f) this.say(this.text('person', this.called.get(id) ?? '', this.word(f)));
  }

  private tryTo(c: Correction, refusal: string): boolean {
    if (!can(this.p.findings, this.history.now, c)) {
      this.say(this.text(refusal));
      byID('ed-besked').textContent = this.text(refusal);
      return false;
    }
    byID('ed-besked').textContent = '';
    this.apply([...this.history.now, c]);
    return true;
  }

  private split(id: string): void { this.tryTo({ act: 'split', fragment: id, frame: this.frame }, 'nosplit'); }

  private join(id: string): void {
    const f = this.fragments.find((o) => o.id === id);
    const next = f && this.fragments.filter((o) => first(o) > last(f)).sort((a, b) => first(a) - first(b) || distance(f, a) - distance(f, b))[0];
    if (!f || !next) this.say(this.text('nojoin'));
    else this.tryTo({ act: 'join', fragment: id, with: next.id }, 'nojoin');
  }

  private clear(): void { this.tryTo({ act: 'clear', fragment: this.id, frame: this.frame }, 'noclear'); }

  private fields(): void {
    const v = (k: string): number => Math.round(Number(byID<HTMLInputElement>(`ed-${k}`).value) * 100);
    const box = { x: v('x'), y: v('y'), w: Math.max(50, v('w')), h: Math.max(50, v('h')) };
    this.place(box);
    this.history.rest();
  }

  private nudge(dx: number, dy: number, dw: number, dh: number): void {
    const f = this.fragments.find((o) => o.id === this.id);
    const b = f && at(f, this.frame);
    if (b) this.place({ x: b.x + dx, y: b.y + dy, w: Math.max(60, b.w + dw), h: Math.max(60, b.h + dh) });
  }

  private undo(back: boolean): void {
    if (back ? this.history.undo() : this.history.redo()) {
      this.take();
      this.saver.changed();
      this.say(this.text(back ? 'undone' : 'redone'));
    }
  }

  // What is shown.

  private go(n: number): void {
    this.frame = Math.max(0, Math.min(this.count - 1, n));
    byID<HTMLInputElement>('ed-tid').value = String(this.frame);
    const words = this.text('now', this.clock(this.frame), String(this.frame + 1), String(this.count));
    byID('ed-nu').textContent = words;
    byID('ed-tid').setAttribute('aria-valuetext', words);
    this.side();
    this.track();
    void this.show();
  }

  private async show(): Promise<void> {
    const n = this.frame;
    try {
      const picture = await this.pictures.get(n);
      if (n !== this.frame || !picture) return;
      this.picture = picture;
      this.shown = n;
      this.paint();
      this.pictures.ahead(n);
      byID('ed-flade').dataset['frame'] = String(n);
    } catch (e) {
      this.stop();
      byID('ed-besked').textContent = e instanceof Problem && e.words ? e.words : this.text('nopicture');
    }
  }

  private picture: ImageBitmap | null = null;

  private paint(): void {
    const c = this.canvas.getContext('2d')!;
    const { width, height } = this.canvas;
    if (this.picture) c.drawImage(this.picture, 0, 0, width, height);
    if (this.preview && this.shown === this.frame) {
      const g = grid(this.p.findings.width, this.p.findings.height);
      const cells = covered(this.p, this.fragments, this.moved, this.frame);
      const sx = (g.cell * width) / g.width;
      const sy = (g.cell * height) / g.height;
      c.fillStyle = '#606060';
      for (let i = 0; i < cells.length; i++) if (cells[i]) c.fillRect((i % g.w) * sx, Math.floor(i / g.w) * sy, sx + 0.5, sy + 0.5);
    }
    this.stage.render();
  }

  private side(): void {
    const f = this.fragments.find((o) => o.id === this.id);
    const b = f && at(f, this.frame);
    byID('ed-valgt').textContent = f ? this.text('chosen', this.called.get(f.id) ?? '') : this.text('none');
    byID('ed-valgt-tekst').textContent = f ? this.text(b ? 'span' : 'absent', this.clock(first(f)), this.clock(last(f))) : this.text('pick');
    byID('ed-dom').hidden = byID('ed-felter').hidden = !f;
    if (!f) return;
    byID<HTMLInputElement>(`ed-dom-${f.verdict || 'none'}`).checked = true;
    const shown = b ?? at(f, this.frame < first(f) ? first(f) : last(f))!;
    for (const k of sides) {
      const i = byID<HTMLInputElement>(`ed-${k}`);
      if (document.activeElement !== i) i.value = (shown[k] / 100).toFixed(1);
    }
  }

  private track(): void {
    const high = 10;
    const on = lines(this.fragments, Math.ceil(this.count / 200));
    const deep = high * (1 + Math.max(0, ...on));
    const svg = el('svg', { viewBox: `0 0 ${this.count} ${deep}`, preserveAspectRatio: 'none', height: Math.min(240, deep) });
    this.fragments.forEach((f, i) => svg.append(el('rect', { class: `ed-line ed-line-${f.verdict || 'none'}${f.id === this.id ? ' ed-line-on' : ''}`, x: first(f), y: on[i]! * high + 1, width: last(f) - first(f) + 1, height: high - 2 })));
    svg.append(el('line', { class: 'ed-now', x1: this.frame, x2: this.frame, y1: 0, y2: deep }));
    svg.addEventListener('click', (e) => {
      const r = svg.getBoundingClientRect();
      const line = Math.floor(((e.clientY - r.top) / r.height) * (deep / high));
      const frame = Math.floor(((e.clientX - r.left) / r.width) * this.count);
      const f = this.fragments.find((o, i) => on[i] === line && first(o) <= frame && frame <= last(o));
      if (f) this.choose(f.id);
      this.go(frame);
    });
    byID('ed-spor').replaceChildren(svg);
  }

  private list(): void {
    const body = document.querySelector('#ed-liste tbody')!;
    const focused = document.activeElement;
    const same = focused instanceof HTMLElement && body.contains(focused) ? `[data-id="${CSS.escape(focused.closest('tr')!.dataset['id']!)}"] ${focused.matches('select') ? 'select' : `[data-act="${focused.dataset['act']}"]`}` : '';
    body.replaceChildren(...this.fragments.map((f) => {
      const name = this.called.get(f.id) ?? '';
      const tr = document.createElement('tr');
      tr.dataset['id'] = f.id;
      tr.classList.toggle('ed-chosen', f.id === this.id);
      const head = document.createElement('th');
      head.scope = 'row';
      head.textContent = this.text(f.hand ? 'hand' : 'chosen', name);
      const cell = (...of: (Node | string)[]): HTMLElement => {
        const td = document.createElement('td');
        td.append(...of);
        return td;
      };
      const select = document.createElement('select');
      select.className = 'form-select';
      select.dataset['judge'] = f.id;
      select.setAttribute('aria-label', this.text('judge', name));
      for (const v of ['', 'covered', 'kept', 'nobody']) select.append(new Option(this.text(`verdict.${v || 'none'}`), v, false, v === (f.verdict ?? '')));
      const act = (what: string): HTMLButtonElement => {
        const b = document.createElement('button');
        b.type = 'button';
        b.className = 'button button-secondary button-small';
        b.dataset['act'] = what;
        b.textContent = this.text(`row.${what}`);
        b.setAttribute('aria-label', this.text(`row.${what}.of`, name));
        return b;
      };
      tr.append(head, cell(this.clock(first(f))), cell(this.clock(last(f))), cell(select), cell(act('show'), act('split'), act('join')));
      return tr;
    }));
    if (same) body.querySelector<HTMLElement>(same)?.focus();
  }

  private pressed(act: string, on: boolean): void {
    const b = document.querySelector<HTMLElement>(`.ed-bar [data-act=${act}]`);
    b?.setAttribute('aria-pressed', String(on));
  }

  // Playing.

  private play(): void {
    if (this.playing) return this.stop();
    this.pressed('play', true);
    const begun = performance.now();
    const from = this.frame === this.count - 1 ? 0 : this.frame;
    let waited = 0;
    const step = (): void => {
      const t = this.times[from]! + (performance.now() - begun - waited) / 1000;
      let n = from;
      while (n + 1 < this.count && this.times[n + 1]! <= t) n++;
      if (this.shown !== this.frame && this.frame !== n) {
        waited += 16; // the picture is not here yet: time waits for it
      } else if (n !== this.frame) this.go(n);
      if (n >= this.count - 1) return this.stop();
      this.playing = requestAnimationFrame(step);
    };
    this.playing = requestAnimationFrame(step);
  }

  private stop(): void {
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    this.pressed('play', false);
  }

  // Hands.

  private click(e: MouseEvent): void {
    const b = (e.target as Element).closest<HTMLElement>('[data-act]');
    if (!b) return;
    const row = b.closest<HTMLElement>('#ed-liste tr')?.dataset['id'];
    if (row) this.choose(row);
    this.act(b.dataset['act']!);
  }

  private act(what: string): void {
    switch (what) {
      case 'back': this.stop(); return this.go(this.frame - 1);
      case 'forward': this.stop(); return this.go(this.frame + 1);
      case 'play': return this.play();
      case 'preview':
        this.preview = !this.preview;
        this.pressed('preview', this.preview);
        this.say(this.text(this.preview ? 'preview.on' : 'preview.off'));
        return this.paint();
      case 'draw':
        this.stop();
        if (this.stage.drawing) { // pressed again: a box in the middle, to be moved by keys
          this.drew({ x: 4500, y: 3500, w: 1000, h: 3000 });
          return;
        }
        this.stage.drawing = true;
        this.pressed('draw', true);
        return this.say(this.text('draw'));
      case 'undo': return this.undo(true);
      case 'redo': return this.undo(false);
      case 'move': return this.fields();
      case 'clear': return this.clear();
      case 'split': return this.split(this.id);
      case 'join': return this.join(this.id);
      case 'show': {
        const f = this.fragments.find((o) => o.id === this.id);
        if (f) this.go(Math.floor((first(f) + last(f)) / 2));
        return byID('ed-flade').scrollIntoView({ block: 'nearest' });
      }
      case 'sheet': return void this.sheet();
      case 'help': return byID<HTMLDialogElement>('ed-hjaelp').showModal();
    }
  }

  private key(e: KeyboardEvent): void {
    const t = e.target as HTMLElement;
    if (t.matches('input, select, textarea, dialog *') || e.altKey) return;
    if (e.ctrlKey || e.metaKey) {
      if (e.key === 'z' || e.key === 'y') {
        e.preventDefault();
        this.undo(e.key === 'z' && !e.shiftKey);
      }
      return;
    }
    if (t.matches('button, a') && (e.key === ' ' || e.key === 'Enter')) return;
    const near = e.shiftKey ? 20 : 100;
    const second = Math.max(1, Math.round(this.p.findings.rate));
    const turn = (by: number): void => {
      const here = this.boxes();
      const i = here.findIndex((b) => b.f.id === this.id);
      const next = here[(i + by + here.length) % Math.max(1, here.length)];
      if (next) {
        this.choose(next.f.id);
        this.say(next.label);
      }
    };
    const acts: Record<string, () => void> = {
      ' ': () => this.play(), k: () => this.play(), ',': () => this.act('back'), '.': () => this.act('forward'),
      j: () => this.go(this.frame - second), l: () => this.go(this.frame + second), Home: () => this.go(0), End: () => this.go(this.count - 1),
      q: () => turn(-1), e: () => turn(1), b: () => this.judge(this.id, 'kept'), t: () => this.judge(this.id, 'covered'), i: () => this.judge(this.id, 'nobody'),
      n: () => this.act('draw'), x: () => this.split(this.id), m: () => this.join(this.id), v: () => this.act('preview'), '?': () => this.act('help'), Delete: () => this.clear(),
      ArrowLeft: () => this.nudge(-near, 0, 0, 0), ArrowRight: () => this.nudge(near, 0, 0, 0), ArrowUp: () => this.nudge(0, -near, 0, 0), ArrowDown: () => this.nudge(0, near, 0, 0),
      a: () => this.nudge(0, 0, -near, 0), d: () => this.nudge(0, 0, near, 0), w: () => this.nudge(0, 0, 0, -near), s: () => this.nudge(0, 0, 0, near),
      Escape: () => { this.stage.drawing = false; this.pressed('draw', false); this.stop(); },
    };
    const act = acts[e.key.length === 1 ? e.key.toLowerCase() : e.key];
    const arrows = e.key.startsWith('Arrow') || e.key === 'Home' || e.key === 'End' || e.key === ' ' || e.key.length === 1;
    if (!act || (arrows && !byID('ed-flade').contains(t))) return;
    e.preventDefault();
    act();
  }

  // The contact sheet.

  private async sheet(): Promise<void> {
    const box = byID('ed-ark');
    const form = byID<HTMLFormElement>('ed-bekraeft');
    form.hidden = true;
    box.replaceChildren();
    if (!(await this.saver.save())) {
      box.textContent = this.text('sheet.unsaved');
      return;
    }
    const kept = this.fragments.filter((f) => f.verdict === 'kept');
    const revision = this.saver.revision;
    for (const f of kept) {
      const row = document.createElement('div');
      row.className = 'ed-arkrow';
      const h = document.createElement('h3');
      h.textContent = this.text('sheet.row', this.called.get(f.id) ?? '', this.clock(first(f)), this.clock(last(f)));
      row.append(h);
      box.append(row);
      for (const part of [0.02, 0.35, 0.65, 0.98]) {
        const n = Math.round(first(f) + (last(f) - first(f)) * part);
        const picture = await this.pictures.get(n).catch(() => null);
        const b = at(f, n)!;
        if (!picture) continue;
        const pad = Math.max(b.w, b.h) * 0.35;
        const x = Math.max(0, ((b.x - pad) * picture.width) / whole);
        const y = Math.max(0, ((b.y - pad) * picture.height) / whole);
        const w = Math.min(picture.width - x, ((b.w + 2 * pad) * picture.width) / whole);
        const hgt = Math.min(picture.height - y, ((b.h + 2 * pad) * picture.height) / whole);
        const c = document.createElement('canvas');
        c.width = Math.round(w * 2);
        c.height = Math.round(hgt * 2);
        const ink = c.getContext('2d')!;
        ink.drawImage(picture, x, y, w, hgt, 0, 0, c.width, c.height);
        const sx = (2 * picture.width) / whole;
        const sy = (2 * picture.height) / whole;
        outline(ink, b.x * sx - 2 * x, b.y * sy - 2 * y, b.w * sx, b.h * sy);
        c.setAttribute('role', 'img');
        c.setAttribute('aria-label', this.text('sheet.picture', this.clock(n)));
        row.append(c);
      }
    }
    if (revision !== this.saver.revision || this.saver.dirty) return;
    const open = this.fragments.filter((f) => !f.verdict).length;
    byID('ed-bekraeft-tekst').textContent = this.text(kept.length ? 'sheet.sure' : 'sheet.nobody', String(kept.length), String(open));
    (form.elements.namedItem('udgave') as HTMLInputElement).value = String(revision);
    (form.elements.namedItem('antal') as HTMLInputElement).value = String(kept.length);
    form.hidden = false;
    this.say(byID('ed-bekraeft-tekst').textContent ?? '');
  }

  private async confirm(e: SubmitEvent): Promise<void> {
    if (!this.saver.dirty) return;
    e.preventDefault();
    await this.sheet();
  }
}

/** Black under white, to be seen on any ground. */
function outline(ink: CanvasRenderingContext2D, x: number, y: number, w: number, h: number): void {
  for (const [colour, wide] of [['#000', 6], ['#fff', 2]] as const) {
    ink.strokeStyle = colour;
    ink.lineWidth = wide;
    ink.strokeRect(x, y, w, h);
  }
}

function distance(a: Fragment, b: Fragment): number {
  const p = a.keys[a.keys.length - 1]!;
  const q = b.keys[0]!;
  return Math.hypot(p.x - q.x, p.y - q.y);
}

async function begin(): Promise<void> {
  const d = JSON.parse(byID('ed-data').textContent ?? '{}') as Data;
  for (const b of document.querySelectorAll<HTMLElement>('dialog [data-close]')) b.addEventListener('click', () => b.closest('dialog')!.close());
  if (d.project) { // a page of the storybook
    new Editor(d, d.project);
    return;
  }
  try {
    const r = await fetch(d.findings, { headers: { Accept: 'application/json' } });
    const body = (await r.json()) as Project & { text?: string };
    if (!r.ok) throw new Problem(r.status, body.text ?? '');
    new Editor(d, body);
  } catch (e) {
    byID('ed-besked').textContent = e instanceof Problem && e.words ? e.words : (d.text['nofindings'] ?? '');
  }
}

void begin();
