// The picture with its boxes: each is a thing that can be chosen, moved and
// sized by pointer; keys and fields do the same elsewhere.

import { el } from './planshapes';
import { whole, type Box, type Fragment } from './editor';

export interface StageHost {
  /** Those in the picture now, and where. */
  boxes(): { f: Fragment; box: Box; name: string; label: string }[];
  chosen(): string;
  choose(id: string): void;
  /** The chosen one is here in this picture; steps of one drag are one step back. */
  place(box: Box): void;
  drew(box: Box): void;
  rest(): void;
}

interface Drag { kind: 'move' | 'size' | 'draw'; from: { x: number; y: number }; box: Box }

const least = 60; // of a box's side, in ten-thousandths

export class Stage {
  readonly svg = el('svg', { viewBox: `0 0 ${whole} ${whole}`, preserveAspectRatio: 'none', tabindex: 0, role: 'application' });
  drawing = false;
  private drag: Drag | null = null;
  private sketch: Box | null = null;

  constructor(private readonly host: StageHost, label: string) {
    this.svg.setAttribute('aria-label', label);
    this.svg.addEventListener('pointerdown', (e) => this.down(e));
    this.svg.addEventListener('pointermove', (e) => this.move(e));
    for (const end of ['pointerup', 'pointercancel'] as const) this.svg.addEventListener(end, () => this.up());
  }

  render(): void {
    const shapes: SVGElement[] = [];
    // Focus stays on the same box while it is shown anew.
    const focused = (document.activeElement as Element | null)?.getAttribute('data-id') ?? '';
    for (const { f, box, name, label } of this.host.boxes()) {
      const on = f.id === this.host.chosen();
      const g = el('g', { class: `ed-thing ed-${f.verdict || 'covered'}${on ? ' ed-on' : ''}`, 'data-id': f.id, role: 'button', tabindex: 0, 'aria-pressed': String(on), 'aria-label': label });
      const at = { x: box.x, y: box.y, width: box.w, height: box.h };
      g.append(el('rect', { class: 'ed-under', ...at }), el('rect', { class: 'ed-box', ...at }), this.name(box, name));
      g.addEventListener('keydown', (e) => {
        if (e.key !== 'Enter') return;
        e.preventDefault();
        this.host.choose(f.id);
      });
      if (on) g.append(this.handle(box));
      shapes.push(g);
    }
    if (this.sketch) shapes.push(el('rect', { class: 'ed-box', x: this.sketch.x, y: this.sketch.y, width: this.sketch.w, height: this.sketch.h }));
    this.svg.replaceChildren(...shapes);
    if (focused) this.svg.querySelector<SVGElement>(`[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  /** Text keeps its shape though the axes are scaled apart. */
  private name(b: Box, words: string): SVGElement {
    const r = this.svg.getBoundingClientRect();
    const sx = whole / Math.max(r.width, 1);
    const sy = whole / Math.max(r.height, 1);
    const y = b.y > 18 * sy ? b.y - 5 * sy : b.y + 18 * sy;
    return el('text', { class: 'ed-name', transform: `translate(${Math.max(b.x, 0)} ${y}) scale(${sx.toFixed(3)} ${sy.toFixed(3)})`, 'font-size': 15 }, words);
  }

  private handle(b: Box): SVGElement {
    const r = this.svg.getBoundingClientRect();
    const w = (14 * whole) / Math.max(r.width, 1);
    const h = (14 * whole) / Math.max(r.height, 1);
    return el('rect', { class: 'ed-handle', 'data-handle': '1', x: b.x + b.w - w / 2, y: b.y + b.h - h / 2, width: w, height: h });
  }

  private point(e: PointerEvent): { x: number; y: number } {
    const r = this.svg.getBoundingClientRect();
    return { x: Math.round(((e.clientX - r.left) / r.width) * whole), y: Math.round(((e.clientY - r.top) / r.height) * whole) };
  }

  private down(e: PointerEvent): void {
    if (e.button !== 0) return;
    const from = this.point(e);
    const target = e.target as Element;
    if (this.drawing) {
      this.drag = { kind: 'draw', from, box: { ...from, w: 0, h: 0 } };
    } else {
      const id = target.closest('[data-id]')?.getAttribute('data-id') ?? '';
      if (!id) return;
      const size = target.hasAttribute('data-handle');
      if (id !== this.host.chosen()) this.host.choose(id);
      const box = this.host.boxes().find((b) => b.f.id === id)?.box;
      if (box) this.drag = { kind: size ? 'size' : 'move', from, box };
    }
    e.preventDefault();
    this.svg.setPointerCapture(e.pointerId);
  }

  private move(e: PointerEvent): void {
    const d = this.drag;
    if (!d) return;
    const p = this.point(e);
    const dx = p.x - d.from.x;
    const dy = p.y - d.from.y;
    if (d.kind === 'draw') {
      this.sketch = { x: Math.min(p.x, d.from.x), y: Math.min(p.y, d.from.y), w: Math.abs(dx), h: Math.abs(dy) };
      this.render();
      return;
    }
    if (Math.abs(dx) + Math.abs(dy) < 20) return;
    this.host.place(d.kind === 'move' ? { ...d.box, x: d.box.x + dx, y: d.box.y + dy } : { ...d.box, w: Math.max(least, d.box.w + dx), h: Math.max(least, d.box.h + dy) });
  }

  private up(): void {
    const drawn = this.sketch;
    const kind = this.drag?.kind;
    this.drag = this.sketch = null;
    this.host.rest();
    if (kind === 'draw' && drawn && drawn.w >= least && drawn.h >= least) this.host.drew(drawn);
    else this.render();
  }
}
