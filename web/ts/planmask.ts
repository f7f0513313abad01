// Masks of one camera, drawn in its picture's frame by pointer or keys. Points
// are 0 to `grid` across and down, as the engine reads them.

import { distance, grid, type Point } from './plan';
import { spot } from './planops';
import { el, points } from './planshapes';

const width = 1600;
const height = 900;
const onPaper = (p: Point): Point => ({ x: (p.x * width) / grid, y: (p.y * height) / grid });
const onGrid = (p: Point): Point => spot({ x: (p.x * grid) / width, y: (p.y * grid) / height });

export interface MaskHost {
  masks(): Point[][];
  /** Steps with one mark are one step of undo. */
  set(masks: Point[][], mark?: string): void;
  rest(): void;
  text(key: string, ...args: string[]): string;
}

export class Masks {
  private sketch: Point[] = [];
  private cross: Point = { x: width / 2, y: height / 2 };
  private host: MaskHost | null = null;
  private held: { mask: number; point: number } | null = null;
  private readonly dialog = document.getElementById('plan-maske') as HTMLDialogElement;
  private readonly svg = document.getElementById('maske-flade') as unknown as SVGSVGElement;
  private readonly list = document.getElementById('maske-liste')!;
  private readonly status = document.getElementById('maske-status')!;

  constructor() {
    this.svg.addEventListener('pointerdown', (e) => this.down(e));
    this.svg.addEventListener('pointermove', (e) => this.move(e));
    this.svg.addEventListener('pointerup', () => this.drop());
    this.svg.addEventListener('keydown', (e) => this.key(e));
    document.getElementById('maske-faerdig')!.addEventListener('click', () => this.finish());
    document.getElementById('maske-fortryd')!.addEventListener('click', () => this.back());
    this.dialog.addEventListener('close', () => { this.host = null; });
  }

  open(name: string, still: string, host: MaskHost): void {
    this.host = host;
    this.sketch = [];
    document.getElementById('plan-maske-h')!.textContent = host.text('mask.title', name);
    this.svg.dataset['still'] = still;
    this.dialog.showModal();
    this.render();
    (this.svg as unknown as HTMLElement).focus();
  }

  private at(e: PointerEvent): Point {
    const m = this.svg.getScreenCTM();
    const p = m ? new DOMPoint(e.clientX, e.clientY).matrixTransform(m.inverse()) : { x: 0, y: 0 };
    return { x: Math.min(width, Math.max(0, p.x)), y: Math.min(height, Math.max(0, p.y)) };
  }

  render(): void {
    const h = this.host;
    if (!h) return;
    const focus = document.activeElement?.getAttribute('data-point');
    const out: Node[] = [el('rect', { width, height, class: 'plan-mask-back' })];
    const still = this.svg.dataset['still'];
    if (still) out.push(el('image', { href: still, width, height, preserveAspectRatio: 'none' }));
    else for (let i = 1; i < 4; i++) out.push(el('path', { class: 'plan-mask-grid', d: `M${(width * i) / 4} 0V${height}M0 ${(height * i) / 4}H${width}` }));
    h.masks().forEach((m) => out.push(el('polygon', { class: 'plan-mask', points: points(m.map(onPaper)) })));
    h.masks().forEach((m, i) => m.forEach((p, j) => {
      const q = onPaper(p);
      out.push(el('circle', { class: 'plan-mask-point', cx: q.x, cy: q.y, r: 14, tabindex: 0, role: 'button', 'data-point': `${i}:${j}`, 'aria-label': h.text('mask.point', String(j + 1), String(i + 1)) }));
    }));
    if (this.sketch.length > 0) out.push(el('polyline', { class: 'plan-sketch', 'stroke-width': 5, points: points([...this.sketch, this.cross]) }));
    const c = this.cross;
    out.push(el('path', { class: 'plan-cross', 'stroke-width': 4, d: `M${c.x - 30} ${c.y}h60M${c.x} ${c.y - 30}v60` }));
    this.svg.replaceChildren(...out);
    if (focus) this.svg.querySelector<SVGElement>(`[data-point="${focus}"]`)?.focus();
    this.list.replaceChildren(...h.masks().map((m, i) => this.row(h, m, i)));
    this.status.textContent = this.sketch.length > 0 ? h.text('mask.points', String(this.sketch.length)) : '';
  }

  private row(h: MaskHost, m: Point[], i: number): Node {
    const li = document.createElement('li');
    const b = document.createElement('button');
    b.type = 'button';
    b.className = 'button button-secondary';
    b.textContent = h.text('mask.remove', String(i + 1));
    b.addEventListener('click', () => {
      h.set(h.masks().filter((_, j) => j !== i));
      this.render();
      (this.svg as unknown as HTMLElement).focus();
    });
    li.append(h.text('mask.one', String(i + 1), String(m.length)), ' ', b);
    return li;
  }

  private down(e: PointerEvent): void {
    const held = (e.target as Element).getAttribute('data-point');
    if (held) {
      const [mask, point] = held.split(':').map(Number) as [number, number];
      this.held = { mask, point };
      this.svg.setPointerCapture(e.pointerId);
      return;
    }
    this.point(this.at(e));
  }

  private move(e: PointerEvent): void {
    const p = this.at(e);
    if (this.held) this.put(this.held, p, 'mask drag');
    else if (this.sketch.length === 0) return;
    this.cross = p;
    this.render();
  }

  private drop(): void {
    this.held = null;
    this.host?.rest();
  }

  private put(at: { mask: number; point: number }, p: Point, mark: string): void {
    this.host?.set(this.host.masks().map((m, i) => (i === at.mask ? m.map((q, j) => (j === at.point ? onGrid(p) : q)) : m)), mark);
  }

  private point(p: Point): void {
    this.cross = p;
    const near = (q: Point | undefined): boolean => q !== undefined && distance(q, p) < 24;
    if (this.sketch.length >= 3 && (near(this.sketch[0]) || near(this.sketch.at(-1)))) {
      this.finish();
      return;
    }
    if (!near(this.sketch.at(-1)) && this.sketch.length < 64) this.sketch.push(p);
    this.render();
  }

  private finish(): void {
    const h = this.host;
    if (!h || this.sketch.length < 3 || h.masks().length >= 64) return;
    h.set([...h.masks(), this.sketch.map(onGrid)]);
    this.sketch = [];
    this.render();
  }

  private back(): void {
    this.sketch.pop();
    this.render();
  }

  private key(e: KeyboardEvent): void {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key] as [number, number] | undefined;
    const held = (e.target as Element).getAttribute('data-point');
    const by = e.shiftKey ? 4 : 20;
    if (step && held) {
      const [mask, point] = held.split(':').map(Number) as [number, number];
      const p = this.host?.masks()[mask]?.[point];
      if (p) {
        const q = onPaper(p);
        this.put({ mask, point }, { x: q.x + step[0] * by, y: q.y + step[1] * by }, `mask ${held}`);
      }
    } else if (step) this.cross = { x: Math.min(width, Math.max(0, this.cross.x + step[0] * by)), y: Math.min(height, Math.max(0, this.cross.y + step[1] * by)) };
    else if (!held && (e.key === 'Enter' || e.key === ' ')) {
      e.preventDefault();
      this.point(this.cross);
      return;
    } else if (e.key === 'Backspace' && this.sketch.length > 0) this.sketch.pop();
    else if (e.key === 'Escape' && this.sketch.length > 0) this.sketch = [];
    else return;
    e.preventDefault();
    this.render();
  }
}
