// Shapes of the plan editor as SVG elements: made, and told where to be.

import { bar, type Point } from './plan';
import type { Drawing, Use } from './plan';

const ns = 'http://www.w3.org/2000/svg';

export function el<K extends keyof SVGElementTagNameMap>(name: K, attrs: Record<string, string | number>, ...children: (Node | string)[]): SVGElementTagNameMap[K] {
  const e = document.createElementNS(ns, name);
  for (const [k, v] of Object.entries(attrs)) e.setAttribute(k, typeof v === 'number' ? String(Math.round(v * 100) / 100) : v);
  e.append(...children);
  return e;
}

export function points(list: Point[]): string {
  return list.map((p) => `${Math.round(p.x * 100) / 100},${Math.round(p.y * 100) / 100}`).join(' ');
}

/** A layer of shapes that live on while they are shown, so that focus stays. */
export class Layer {
  readonly root = el('g', {});
  private readonly shapes = new Map<string, SVGGElement>();

  /** Shows exactly these, in order; `make` fills each anew. */
  show<T>(items: { key: string; item: T }[], attrs: (item: T) => Record<string, string | number>, make: (item: T) => Node[]): void {
    const keep = new Set(items.map((i) => i.key));
    for (const [key, g] of this.shapes) {
      if (keep.has(key)) continue;
      g.remove();
      this.shapes.delete(key);
    }
    items.forEach(({ key, item }, i) => {
      let g = this.shapes.get(key);
      if (!g) {
        g = el('g', { 'data-key': key });
        this.shapes.set(key, g);
      }
      for (const [k, v] of Object.entries(attrs(item))) {
        if (g.getAttribute(k) !== String(v)) g.setAttribute(k, String(v));
      }
      // Moving an element takes its focus: only what stands elsewhere is moved.
      if (this.root.children[i] !== g) this.root.insertBefore(g, this.root.children[i] ?? null);
      g.replaceChildren(...make(item));
    });
  }

  find(key: string): SVGGElement | undefined { return this.shapes.get(key); }
}

/** The looks of an area, by its use; widths are screen px times u. */
export function looks(use: Use, walled: boolean, u: number): Record<string, string | number> {
  const width = (walled ? 4 : 2) * u;
  const dash = (...parts: number[]): Record<string, string> => (walled ? {} : { 'stroke-dasharray': parts.map((p) => p * u).join(' ') });
  switch (use) {
    case 'ground': return { class: 'plan-area plan-ground', 'stroke-width': width, ...dash(16, 5, 3, 5) };
    case 'avoided': return { class: 'plan-area plan-avoided', 'stroke-width': width };
    case 'watched': return { class: 'plan-area plan-watched', 'stroke-width': width, ...dash(8, 5) };
  }
}

/** Words on the drawing, with a rim that keeps them readable on any picture. */
export function label(at: Point, words: string, u: number, cls: string, anchor = 'start'): SVGTextElement {
  return el('text', { x: at.x, y: at.y, class: `plan-label ${cls}`, 'font-size': 14 * u, 'stroke-width': 4 * u, 'text-anchor': anchor }, words);
}

/** A scale bar in the lower left of what is on the screen. */
export function scaleBar(d: Drawing, frame: { x: number; y: number; width: number; height: number }, u: number, words: (metres: number) => string): Node[] {
  const { metres, px } = bar(d, frame.width / 4);
  const x = frame.x + 14 * u;
  const y = frame.y + frame.height - 16 * u;
  return [
    el('path', { d: `M${x} ${y - 7 * u}v${7 * u}h${px}v${-7 * u}`, class: 'plan-bar-rim', 'stroke-width': 6 * u }),
    el('path', { d: `M${x} ${y - 7 * u}v${7 * u}h${px}v${-7 * u}`, class: 'plan-bar', 'stroke-width': 2.5 * u }),
    label({ x: x + px + 6 * u, y }, words(metres), u, 'plan-label-plain'),
  ];
}
