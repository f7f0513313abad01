// Everything that is done to a drawing, each as a function from one drawing to
// the next; undo and redo; numbers as people type them. Pure.

import { distance, grid, scale, turn, type Area, type Drawing, type Placed, type Point } from './plan';

const clamp = (v: number, least: number, most: number): number => Math.min(most, Math.max(least, v));
const round = (v: number, decimals: number): number => Math.round(v * 10 ** decimals) / 10 ** decimals;

/** Keeps a point on the paper, to a hundredth of a px. */
export function on(d: Drawing, p: Point): Point {
  return { x: round(clamp(p.x, 0, d.width), 2), y: round(clamp(p.y, 0, d.height), 2) };
}

export function findCamera(d: Drawing, id: string): Placed | undefined {
  return d.cameras.find((c) => c.camera === id);
}

export function findArea(d: Drawing, id: string): Area | undefined {
  return d.areas.find((a) => a.id === id);
}

/** Puts a camera on the drawing, or moves it there. */
export function place(d: Drawing, camera: { id: string; name: string }, at: Point): Drawing {
  if (findCamera(d, camera.id)) return change(d, camera.id, { at });
  const range = round(clamp((d.width * scale(d)) / 5, 2, 20), 1);
  return { ...d, cameras: [...d.cameras, { camera: camera.id, name: camera.name, at: on(d, at), direction: 0, angle: 90, range, height: 0, masks: [] }] };
}

/** Changes a camera, each value within its bounds. */
export function change(d: Drawing, id: string, to: Partial<Placed>): Drawing {
  return {
    ...d,
    cameras: d.cameras.map((c) => {
      if (c.camera !== id) return c;
      const n = { ...c, ...to };
      return {
        ...n, at: on(d, n.at), direction: turn(round(n.direction, 1)), angle: clamp(round(n.angle, 1), 1, 360),
        range: clamp(round(n.range, 2), 0.1, 500), height: clamp(round(n.height, 2), 0, 100),
      };
    }),
  };
}

export function takeOff(d: Drawing, id: string): Drawing {
  return { ...d, cameras: d.cameras.filter((c) => c.camera !== id) };
}

/** The first free id "omraade-n". */
export function freeID(d: Drawing): string {
  for (let n = 1; ; n++) if (!findArea(d, `omraade-${n}`)) return `omraade-${n}`;
}

export function addArea(d: Drawing, a: Area): Drawing {
  return { ...d, areas: [...d.areas, { ...a, corners: a.corners.map((p) => on(d, p)) }] };
}

export function changeArea(d: Drawing, id: string, to: Partial<Area>): Drawing {
  return { ...d, areas: d.areas.map((a) => (a.id === id ? { ...a, ...to, corners: (to.corners ?? a.corners).map((p) => on(d, p)) } : a)) };
}

export function removeArea(d: Drawing, id: string): Drawing {
  return { ...d, areas: d.areas.filter((a) => a.id !== id) };
}

export function moveArea(d: Drawing, id: string, dx: number, dy: number): Drawing {
  const a = findArea(d, id);
  if (!a) return d;
  // The whole stays on the paper and keeps its shape.
  const xs = a.corners.map((p) => p.x);
  const ys = a.corners.map((p) => p.y);
  const x = clamp(dx, -Math.min(...xs), d.width - Math.max(...xs));
  const y = clamp(dy, -Math.min(...ys), d.height - Math.max(...ys));
  return changeArea(d, id, { corners: a.corners.map((p) => ({ x: p.x + x, y: p.y + y })) });
}

export function moveCorner(d: Drawing, id: string, i: number, to: Point): Drawing {
  const a = findArea(d, id);
  return a ? changeArea(d, id, { corners: a.corners.map((p, j) => (j === i ? to : p)) }) : d;
}

/** Adds a corner in the middle of the side after corner i, or at a point. */
export function addCorner(d: Drawing, id: string, i: number, at?: Point): Drawing {
  const a = findArea(d, id);
  if (!a) return d;
  const p = a.corners[i]!;
  const q = a.corners[(i + 1) % a.corners.length]!;
  const mid = at ?? { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
  return changeArea(d, id, { corners: [...a.corners.slice(0, i + 1), mid, ...a.corners.slice(i + 1)] });
}

/** Takes a corner away; three always stay. */
export function removeCorner(d: Drawing, id: string, i: number): Drawing {
  const a = findArea(d, id);
  return a && a.corners.length > 3 ? changeArea(d, id, { corners: a.corners.filter((_, j) => j !== i) }) : d;
}

/** Sets the scale by a line whose length is known. */
export function setScale(d: Drawing, a: Point, b: Point, metres: number): Drawing {
  const px = distance(a, b);
  if (!(px > 1) || !(metres > 0)) return d;
  return { ...d, metres_per_pixel: clamp(Number((metres / px).toPrecision(6)), 0.0005, 10) };
}

/** Lays another picture beneath; what is drawn keeps its place in parts of the picture. */
export function setPicture(d: Drawing, picture: string, width: number, height: number, metresPerPixel = 0): Drawing {
  const to = (p: Point): Point => ({ x: round((p.x / d.width) * width, 2), y: round((p.y / d.height) * height, 2) });
  return {
    ...d, picture, width, height, metres_per_pixel: metresPerPixel,
    areas: d.areas.map((a) => ({ ...a, corners: a.corners.map(to) })),
    cameras: d.cameras.map((c) => ({ ...c, at: to(c.at) })),
  };
}

/** A place in a camera's picture, on its grid. */
export function spot(p: Point): Point {
  return { x: Math.round(clamp(p.x, 0, grid)), y: Math.round(clamp(p.y, 0, grid)) };
}

/** Undo and redo. Steps of one hand's movement, with the same mark, are one. */
export class History<T> {
  private past: T[] = [];
  private future: T[] = [];
  private mark = '';

  constructor(private value: T, private readonly most = 200) {}

  get now(): T { return this.value; }
  get canUndo(): boolean { return this.past.length > 0; }
  get canRedo(): boolean { return this.future.length > 0; }

  /** Takes the next value; an empty mark never joins with what was before. */
  set(next: T, mark = ''): void {
    if (next === this.value) return;
    if (!mark || mark !== this.mark) this.past = [...this.past, this.value].slice(-this.most);
    this.mark = mark;
    this.future = [];
    this.value = next;
  }

  /** Ends a movement: the next step is its own. */
  rest(): void { this.mark = ''; }

  undo(): boolean {
    const last = this.past.pop();
    if (last === undefined) return false;
    this.future.push(this.value);
    this.value = last;
    this.mark = '';
    return true;
  }

  redo(): boolean {
    const next = this.future.pop();
    if (next === undefined) return false;
    this.past.push(this.value);
    this.value = next;
    this.mark = '';
    return true;
  }
}

/** A number as people type it: "12,5", "12.5", "−3"; NaN for what is none. */
export function readNumber(s: string): number {
  const t = s.trim().replace('−', '-').replace(',', '.');
  return /^[-+]?\d+(\.\d+)?$/.test(t) ? Number(t) : NaN;
}

/** A number as a field shows it. */
export function showNumber(v: number, lang: string, decimals = 2): string {
  const s = String(round(v, decimals));
  return lang === 'en' ? s : s.replace('.', ',');
}

/** Points as people type them: pairs with a semicolon, one after another. Null for what is none. */
export function readPoints(s: string): Point[] | null {
  const out: Point[] = [];
  for (const pair of s.trim().split(/\s+/)) {
    if (!pair) continue;
    const parts = pair.split(';');
    const x = readNumber(parts[0] ?? '');
    const y = readNumber(parts[1] ?? '');
    if (parts.length !== 2 || Number.isNaN(x) || Number.isNaN(y)) return null;
    out.push({ x, y });
  }
  return out;
}

export function showPoints(list: Point[], by: number, lang: string): string {
  return list.map((p) => `${showNumber(p.x * by, lang)};${showNumber(p.y * by, lang)}`).join(' ');
}

/** The part of the paper that is on the screen, px of the picture. */
export interface Frame { x: number; y: number; width: number; height: number }

export function whole(d: Drawing): Frame {
  return { x: 0, y: 0, width: d.width, height: d.height };
}

/** Zooms by a factor (below 1: closer) around a point, within the paper. */
export function zoomFrame(f: Frame, factor: number, at: Point, d: Drawing): Frame {
  const by = clamp(f.width * factor, d.width / 40, d.width) / f.width;
  return fit({ x: at.x - (at.x - f.x) * by, y: at.y - (at.y - f.y) * by, width: f.width * by, height: f.height * by }, d);
}

export function panFrame(f: Frame, dx: number, dy: number, d: Drawing): Frame {
  return fit({ ...f, x: f.x + dx, y: f.y + dy }, d);
}

function fit(f: Frame, d: Drawing): Frame {
  return { ...f, x: clamp(f.x, 0, Math.max(0, d.width - f.width)), y: clamp(f.y, 0, Math.max(0, d.height - f.height)) };
}
