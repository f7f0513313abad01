// The drawing under the hand: pointer, touch and keys on one SVG. What is done
// goes to the host as a next drawing; the canvas keeps only what is on the
// screen and what is half drawn.

import { cone, direction, distance, inside, outline, scale, toward, type Area, type Drawing, type Placed, type Point } from './plan';
import * as ops from './planops';
import { el, label, Layer, looks, points, scaleBar } from './planshapes';

export type Selected = { kind: 'none' } | { kind: 'camera'; id: string } | { kind: 'area'; id: string };
export type Tool = 'select' | 'camera' | 'area' | 'scale';

export interface Host {
  drawing(): Drawing;
  /** The next drawing; steps with one mark are one step of undo. */
  apply(next: Drawing, mark?: string): void;
  rest(): void;
  selected(): Selected;
  select(s: Selected): void;
  /** The camera that the tool places. */
  placed(): { id: string; name: string } | undefined;
  drew(corners: Point[]): void;
  measured(a: Point, b: Point): void;
  /** The tool has changed, or what it has drawn so far. */
  tooled(): void;
  describe(s: Selected): string;
  say(words: string): void;
  text(key: string, ...args: string[]): string;
  state(camera: string): string;
}

const reach = 14; // screen px within which a click means a point

export class Canvas {
  private frame: ops.Frame;
  private readonly paper = el('rect', { class: 'plan-paper', x: 0, y: 0 });
  private readonly picture = el('image', { class: 'plan-picture', preserveAspectRatio: 'none' });
  private readonly areas = new Layer();
  private readonly views = new Layer();
  private readonly cameras = new Layer();
  private readonly handles = new Layer();
  private readonly top = el('g', {});
  private tool: Tool = 'select';
  private sketch: Point[] = [];
  private cross: Point;
  private drag: { key: string; from: Point; last: Point; moved: boolean; pan: boolean; screen: Point } | null = null;

  constructor(readonly svg: SVGSVGElement, private readonly host: Host) {
    this.frame = ops.whole(host.drawing());
    this.cross = this.middle();
    svg.append(this.paper, this.picture, this.areas.root, this.views.root, this.cameras.root, this.handles.root, this.top);
    svg.addEventListener('pointerdown', (e) => this.down(e));
    // Focus is given below, and by what a click has done: not after it.
    svg.addEventListener('mousedown', (e) => e.preventDefault());
    svg.addEventListener('pointermove', (e) => this.move(e));
    svg.addEventListener('pointerup', (e) => this.up(e));
    svg.addEventListener('pointercancel', () => this.stop());
    svg.addEventListener('keydown', (e) => this.key(e));
    svg.addEventListener('focusin', (e) => this.focused(e));
    svg.addEventListener('wheel', (e) => {
      if (!e.ctrlKey) return; // the page scrolls
      e.preventDefault();
      this.zoom(e.deltaY > 0 ? 1.2 : 1 / 1.2, this.at(e));
    }, { passive: false });
    new ResizeObserver(() => this.render()).observe(svg);
  }

  /** Px of the picture for each px of the screen. */
  private get u(): number { return this.frame.width / Math.max(this.svg.clientWidth, 1); }

  get drawn(): number { return this.sketch.length; }
  get using(): Tool { return this.tool; }

  middle(): Point { return { x: this.frame.x + this.frame.width / 2, y: this.frame.y + this.frame.height / 2 }; }

  use(tool: Tool): void {
    this.tool = tool;
    this.sketch = [];
    this.cross = this.middle();
    this.svg.dataset['tool'] = tool;
    this.host.tooled();
    this.render();
    if (tool !== 'select') this.svg.focus({ preventScroll: true });
  }

  setPicture(address: string): void {
    if (address) this.picture.setAttribute('href', address);
    else this.picture.removeAttribute('href');
    this.whole();
  }

  whole(): void {
    this.frame = ops.whole(this.host.drawing());
    this.render();
  }

  zoom(factor: number, at = this.middle()): void {
    this.frame = ops.zoomFrame(this.frame, factor, at, this.host.drawing());
    this.render();
  }

  pan(dx: number, dy: number): void {
    this.frame = ops.panFrame(this.frame, dx * this.frame.width * 0.2, dy * this.frame.height * 0.2, this.host.drawing());
    this.render();
  }

  /** Brings a camera or area into the middle if it is not on the screen. */
  reveal(p: Point): void {
    const f = this.frame;
    if (p.x >= f.x && p.x <= f.x + f.width && p.y >= f.y && p.y <= f.y + f.height) return;
    this.frame = ops.panFrame(f, p.x - f.x - f.width / 2, p.y - f.y - f.height / 2, this.host.drawing());
    this.render();
  }

  focus(key: string): void {
    for (const l of [this.cameras, this.areas, this.handles]) l.find(key)?.focus({ preventScroll: true });
  }

  private at(e: { clientX: number; clientY: number }): Point {
    const m = this.svg.getScreenCTM();
    if (!m) return this.middle();
    const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(m.inverse());
    return { x: p.x, y: p.y };
  }

  render(): void {
    const d = this.host.drawing();
    if (this.frame.x + this.frame.width > d.width + 1 || this.frame.y + this.frame.height > d.height + 1) this.frame = ops.whole(d);
    const u = this.u;
    const s = this.host.selected();
    const at = (kind: string, id: string): boolean => s.kind === kind && 'id' in s && s.id === id;
    this.svg.setAttribute('viewBox', `${this.frame.x} ${this.frame.y} ${this.frame.width} ${this.frame.height}`);
    for (const e of [this.paper, this.picture]) {
      e.setAttribute('width', String(d.width));
      e.setAttribute('height', String(d.height));
    }
    const busy = this.tool !== 'select';
    const order = { ground: 0, watched: 1, avoided: 2 };
    const areas = [...d.areas].sort((a, b) => order[a.use] - order[b.use]).map((a) => ({ key: `area:${a.id}`, item: a }));
    this.areas.show(areas, (a) => this.named('area', a.id, at('area', a.id), busy), (a) => this.area(a, u));
    const cameras = d.cameras.map((c, i) => ({ key: `camera:${c.camera}`, item: { c, n: i + 1 } }));
    this.views.show(cameras.map(({ item }) => ({ key: `view:${item.c.camera}`, item })), ({ c }) => ({ 'aria-hidden': 'true', class: at('camera', c.camera) ? 'plan-view-on' : '' }),
      ({ c }) => [el('polygon', { class: 'plan-view', points: points(outline(cone(d, c))), 'stroke-width': 1.5 * u })]);
    this.cameras.show(cameras, ({ c }) => this.named('camera', c.camera, at('camera', c.camera), busy), ({ c, n }) => this.camera(d, c, n, u));
    this.showHandles(d, s, u);
    this.top.replaceChildren(...this.sketched(u), ...scaleBar(d, this.frame, u, (m) => this.host.text('bar', String(m))));
  }

  private named(kind: 'camera' | 'area', id: string, on: boolean, busy: boolean): Record<string, string> {
    return { role: 'button', tabindex: busy ? '-1' : '0', 'aria-pressed': String(on), 'aria-label': this.host.describe({ kind, id }), class: `plan-thing plan-${kind}-thing${on ? ' plan-on' : ''}` };
  }

  private area(a: Area, u: number): Node[] {
    const n = a.corners.length;
    const middle = a.corners.reduce((m, p) => ({ x: m.x + p.x / n, y: m.y + p.y / n }), { x: 0, y: 0 });
    const first = a.corners.reduce((p, q) => (q.x + q.y < p.x + p.y ? q : p));
    const name = a.name || this.host.text('nameless');
    return [el('polygon', { points: points(a.corners), ...looks(a.use, a.walled, u) }),
      a.use !== 'ground' && inside(middle, a.corners) ? label(middle, name, u, `plan-label-${a.use}`, 'middle') : label({ x: first.x + 6 * u, y: first.y + 18 * u }, name, u, `plan-label-${a.use}`)];
  }

  private camera(d: Drawing, c: Placed, n: number, u: number): Node[] {
    const r = 12 * u;
    const tip = toward(c.direction);
    const out = (p: Point, by: number): Point => ({ x: c.at.x + p.x * by, y: c.at.y + p.y * by });
    const above = tip.y > 0.3 || c.at.y + 32 * u > d.height;
    const state = this.host.state(c.camera);
    return [
      el('circle', { cx: c.at.x, cy: c.at.y, r: 16 * u, class: 'plan-touch' }),
      el('polygon', { class: 'plan-nose', points: points([out(tip, r * 1.9), out(toward(c.direction + 38), r), out(toward(c.direction - 38), r)]) }),
      el('circle', { class: 'plan-dot', cx: c.at.x, cy: c.at.y, r, 'stroke-width': 2 * u }),
      el('text', { class: 'plan-number', x: c.at.x, y: c.at.y + 5 * u, 'font-size': 14 * u, 'text-anchor': 'middle' }, String(n)),
      document.createTextNode(' '), // the name that is read has it too
      label({ x: c.at.x, y: c.at.y + (above ? -20 : 30) * u }, state ? `${c.name} · ${state}` : c.name, u, 'plan-label-camera', 'middle'),
    ];
  }

  private showHandles(d: Drawing, s: Selected, u: number): void {
    const list: { key: string; item: { at: Point; cls: string; name: string; r: number } }[] = [];
    if (this.tool === 'select' && s.kind === 'camera') {
      const c = ops.findCamera(d, s.id);
      if (c) {
        const far = c.range / scale(d);
        const ahead = toward(c.direction);
        const edge = toward(c.direction + c.angle / 2);
        list.push({ key: 'turn', item: { at: { x: c.at.x + ahead.x * far, y: c.at.y + ahead.y * far }, cls: 'plan-handle', name: this.host.text('handle.turn'), r: 9 } });
        if (c.angle < 360) list.push({ key: 'widen', item: { at: { x: c.at.x + edge.x * far, y: c.at.y + edge.y * far }, cls: 'plan-handle plan-handle-edge', name: this.host.text('handle.widen'), r: 7 } });
      }
    } else if (this.tool === 'select' && s.kind === 'area') {
      const a = ops.findArea(d, s.id);
      a?.corners.forEach((p, i) => {
        const q = a.corners[(i + 1) % a.corners.length]!;
        list.push({ key: `corner:${i}`, item: { at: p, cls: 'plan-handle', name: this.host.text('handle.corner', String(i + 1), String(a.corners.length)), r: 8 } });
        if (distance(p, q) > 40 * u) list.push({ key: `side:${i}`, item: { at: { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 }, cls: 'plan-handle plan-handle-new', name: this.host.text('handle.side', String(i + 1)), r: 6 } });
      });
    }
    this.handles.show(list, (h) => ({ role: 'button', tabindex: '0', 'aria-label': h.name, class: h.cls }), (h) => [
      el('circle', { cx: h.at.x, cy: h.at.y, r: 14 * u, class: 'plan-touch' }),
      el('circle', { cx: h.at.x, cy: h.at.y, r: h.r * u, 'stroke-width': 2 * u, class: 'plan-grip' }),
    ]);
  }

  /** What is half drawn, and where the next point goes. */
  private sketched(u: number): Node[] {
    if (this.tool === 'select') return [];
    const c = this.cross;
    const out: Node[] = [];
    if (this.sketch.length > 0) {
      out.push(el('polyline', { class: 'plan-sketch', points: points([...this.sketch, c]), 'stroke-width': 2.5 * u }));
      for (const p of this.sketch) out.push(el('circle', { class: 'plan-sketch-dot', cx: p.x, cy: p.y, r: 5 * u }));
    }
    out.push(el('path', { class: 'plan-cross', d: `M${c.x - 14 * u} ${c.y}h${28 * u}M${c.x} ${c.y - 14 * u}v${28 * u}`, 'stroke-width': 2 * u }));
    return out;
  }

  private down(e: PointerEvent): void {
    if (e.button !== 0) return;
    const p = this.at(e);
    this.svg.focus({ preventScroll: true });
    if (this.tool !== 'select') {
      this.point(p);
      return;
    }
    const key = (e.target as Element).closest('[data-key]')?.getAttribute('data-key') ?? '';
    const s = this.host.selected();
    const free = key === '' || (key.startsWith('area:') && !(s.kind === 'area' && key === `area:${s.id}`));
    this.drag = { key, from: p, last: p, moved: false, pan: free, screen: { x: e.clientX, y: e.clientY } };
    this.svg.setPointerCapture(e.pointerId);
    if (key.startsWith('camera:')) this.host.select({ kind: 'camera', id: key.slice(7) });
    if (key) this.focus(key);
  }

  private move(e: PointerEvent): void {
    const p = this.at(e);
    if (this.tool !== 'select') {
      this.cross = ops.on(this.host.drawing(), p);
      this.render();
      return;
    }
    const g = this.drag;
    if (!g) return;
    if (!g.moved && Math.hypot(e.clientX - g.screen.x, e.clientY - g.screen.y) < 4) return;
    g.moved = true;
    if (g.pan) {
      this.frame = ops.panFrame(this.frame, g.from.x - p.x, g.from.y - p.y, this.host.drawing());
      this.render();
      return;
    }
    this.dragged(g.key, p, g.last);
    g.last = p;
  }

  private dragged(key: string, p: Point, last: Point): void {
    const d = this.host.drawing();
    const s = this.host.selected();
    if (s.kind === 'camera') {
      const c = ops.findCamera(d, s.id);
      if (!c) return;
      if (key === 'turn') this.host.apply(ops.change(d, s.id, { direction: direction(c.at, p), range: distance(c.at, p) * scale(d) }), 'drag');
      else if (key === 'widen') {
        const off = Math.abs(((direction(c.at, p) - c.direction + 540) % 360) - 180);
        this.host.apply(ops.change(d, s.id, { angle: off * 2 }), 'drag');
      } else this.host.apply(ops.change(d, s.id, { at: p }), 'drag');
    } else if (s.kind === 'area') {
      const i = Number(key.split(':')[1]);
      if (key.startsWith('corner:')) this.host.apply(ops.moveCorner(d, s.id, i, p), 'drag');
      else if (key.startsWith('side:')) {
        this.host.apply(ops.addCorner(d, s.id, i, p), 'drag');
        if (this.drag) this.drag.key = `corner:${i + 1}`; // the new corner is what is held now
      } else this.host.apply(ops.moveArea(d, s.id, p.x - last.x, p.y - last.y), 'drag');
    }
  }

  private up(e: PointerEvent): void {
    const g = this.drag;
    if (this.svg.hasPointerCapture(e.pointerId)) this.svg.releasePointerCapture(e.pointerId);
    this.stop();
    if (!g || g.moved) return;
    if (g.key.startsWith('area:')) this.host.select({ kind: 'area', id: g.key.slice(5) });
    else if (g.key === '') this.host.select({ kind: 'none' });
    else if (g.key.startsWith('side:')) this.addCorner(Number(g.key.slice(5)));
  }

  private stop(): void {
    this.drag = null;
    this.host.rest();
  }

  private addCorner(i: number): void {
    const s = this.host.selected();
    if (s.kind !== 'area') return;
    this.host.apply(ops.addCorner(this.host.drawing(), s.id, i));
    this.focus(`corner:${i + 1}`);
  }

  /** A point of the tool in hand, by click or by key. */
  private point(p: Point): void {
    const d = this.host.drawing();
    const at = ops.on(d, p);
    this.cross = at;
    if (this.tool === 'camera') {
      const c = this.host.placed();
      if (!c) return;
      this.host.apply(ops.place(d, c, at));
      this.use('select');
      this.host.select({ kind: 'camera', id: c.id });
      this.focus(`camera:${c.id}`);
      return;
    }
    const near = (q: Point | undefined): boolean => q !== undefined && distance(q, at) < reach * this.u;
    if (this.tool === 'area' && this.sketch.length >= 3 && (near(this.sketch[0]) || near(this.sketch.at(-1)))) {
      this.finish();
      return;
    }
    if (near(this.sketch.at(-1))) return; // the second click of a double click
    this.sketch.push(at);
    if (this.tool === 'scale' && this.sketch.length === 2) {
      const [a, b] = this.sketch as [Point, Point];
      this.use('select');
      this.host.measured(a, b);
      return;
    }
    this.host.say(this.host.text('point', String(this.sketch.length)));
    this.host.tooled();
    this.render();
  }

  /** Ends the border that is being drawn. */
  finish(): void {
    if (this.tool !== 'area' || this.sketch.length < 3) return;
    const corners = this.sketch;
    this.use('select');
    this.host.drew(corners);
  }

  private focused(e: FocusEvent): void {
    const key = (e.target as Element).closest('[data-key]')?.getAttribute('data-key') ?? '';
    if (this.tool !== 'select' || this.drag) return;
    if (key.startsWith('camera:')) this.host.select({ kind: 'camera', id: key.slice(7) });
    else if (key.startsWith('area:')) this.host.select({ kind: 'area', id: key.slice(5) });
  }

  private key(e: KeyboardEvent): void {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key] as [number, number] | undefined;
    const key = (e.target as Element).closest('[data-key]')?.getAttribute('data-key') ?? '';
    let did = true;
    if (this.tool !== 'select') did = this.toolKey(e, step);
    else if (key.startsWith('camera:') || key === 'turn' || key === 'widen') did = this.cameraKey(e, key, step);
    else if (key.startsWith('area:')) did = this.areaKey(e, step);
    else if (key.startsWith('corner:') || key.startsWith('side:')) did = this.cornerKey(e, key, step);
    else if (step) this.pan(...step);
    else if (e.key === '+') this.zoom(1 / 1.4);
    else if (e.key === '-') this.zoom(1.4);
    else if (e.key === 'Home' || e.key === '0') this.whole();
    else did = false;
    if (did) e.preventDefault();
  }

  private toolKey(e: KeyboardEvent, step?: [number, number]): boolean {
    const by = (e.shiftKey ? 2 : 16) * this.u;
    if (step) {
      this.cross = ops.on(this.host.drawing(), { x: this.cross.x + step[0] * by, y: this.cross.y + step[1] * by });
      this.reveal(this.cross);
      this.render();
    } else if (e.key === 'Enter' || e.key === ' ') this.point(this.cross);
    else if (e.key === 'Backspace') {
      this.sketch.pop();
      this.host.tooled();
      this.render();
    } else if (e.key === 'Escape') this.use('select');
    else return false;
    return true;
  }

  private cameraKey(e: KeyboardEvent, key: string, step?: [number, number]): boolean {
    const s = this.host.selected();
    if (s.kind !== 'camera') return false;
    const d = this.host.drawing();
    const c = ops.findCamera(d, s.id);
    if (!c) return false;
    const metres = (e.shiftKey ? 0.1 : 0.5) / scale(d);
    const degrees = e.shiftKey ? 1 : 5;
    const metre = e.shiftKey ? 0.1 : 0.5;
    const to = (change: Partial<Placed>): boolean => {
      this.host.apply(ops.change(d, s.id, change), `key ${e.key} ${s.id}`);
      this.host.say(this.host.describe(s));
      return true;
    };
    if (step && key === 'turn') return to(step[0] ? { direction: c.direction + step[0] * degrees } : { range: c.range - step[1] * metre });
    if (step && key === 'widen') return to({ angle: c.angle + (step[0] - step[1]) * degrees });
    if (step) return to({ at: { x: c.at.x + step[0] * metres, y: c.at.y + step[1] * metres } });
    switch (e.key.toLowerCase()) {
      case 'q': return to({ direction: c.direction - degrees });
      case 'e': return to({ direction: c.direction + degrees });
      case 'w': return to({ range: c.range + metre });
      case 's': return to({ range: c.range - metre });
      case 'a': return to({ angle: c.angle - degrees });
      case 'd': return to({ angle: c.angle + degrees });
      case 'delete':
        this.host.apply(ops.takeOff(d, s.id));
        this.host.select({ kind: 'none' });
        this.host.say(this.host.text('taken', c.name));
        this.svg.focus({ preventScroll: true });
        return true;
      case 'escape':
        this.host.select({ kind: 'none' });
        this.svg.focus({ preventScroll: true });
        return true;
    }
    return false;
  }

  private areaKey(e: KeyboardEvent, step?: [number, number]): boolean {
    const s = this.host.selected();
    if (s.kind !== 'area') return false;
    const d = this.host.drawing();
    const by = (e.shiftKey ? 0.1 : 0.5) / scale(d);
    if (step) this.host.apply(ops.moveArea(d, s.id, step[0] * by, step[1] * by), `key ${e.key} ${s.id}`);
    else if (e.key === 'Enter' || e.key === ' ') this.focus('corner:0');
    else if (e.key === 'Delete') {
      const name = ops.findArea(d, s.id)?.name ?? '';
      this.host.apply(ops.removeArea(d, s.id));
      this.host.select({ kind: 'none' });
      this.host.say(this.host.text('taken', name));
      this.svg.focus({ preventScroll: true });
    } else if (e.key === 'Escape') {
      this.host.select({ kind: 'none' });
      this.svg.focus({ preventScroll: true });
    } else return false;
    return true;
  }

  private cornerKey(e: KeyboardEvent, key: string, step?: [number, number]): boolean {
    const s = this.host.selected();
    if (s.kind !== 'area') return false;
    const d = this.host.drawing();
    const i = Number(key.split(':')[1]);
    if (key.startsWith('side:')) {
      if (e.key !== 'Enter' && e.key !== ' ') return false;
      this.addCorner(i);
      return true;
    }
    const p = ops.findArea(d, s.id)?.corners[i];
    if (!p) return false;
    const by = (e.shiftKey ? 0.1 : 0.5) / scale(d);
    if (step) this.host.apply(ops.moveCorner(d, s.id, i, { x: p.x + step[0] * by, y: p.y + step[1] * by }), `key ${e.key} ${key}`);
    else if (e.key === 'Enter' || e.key === '+') this.addCorner(i);
    else if (e.key === 'Delete') {
      this.host.apply(ops.removeCorner(d, s.id, i));
      this.focus(`corner:${Math.max(0, i - 1)}`);
    } else if (e.key === 'Escape') this.focus(`area:${s.id}`);
    else return false;
    return true;
  }
}
