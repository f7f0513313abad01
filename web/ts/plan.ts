// A drawing and what its cameras see: the same figures as internal/plan, for
// the hand that draws. Pure functions; lengths are px of the picture unless
// the name says metres, directions are degrees clockwise from up.

export interface Point { x: number; y: number }
export type Use = 'watched' | 'ground' | 'avoided';

export interface Area {
  id: string;
  name: string;
  use: Use;
  kind: string;
  walled: boolean;
  corners: Point[];
}

export interface Placed {
  camera: string;
  name: string;
  at: Point;
  direction: number;
  angle: number;
  /** Metres. */
  range: number;
  /** Metres above the floor; 0: not said. */
  height: number;
  /** Areas of its own picture, 0 to `grid` across and down. */
  masks: Point[][];
}

export interface Drawing {
  title: string;
  picture: string;
  width: number;
  height: number;
  metres_per_pixel: number;
  north: number;
  cadastre: string;
  areas: Area[];
  cameras: Placed[];
}

export const grid = 10_000;
export const assumedWidth = 50;
export const tolerance = 0.02;
const hair = 1e-6;

/** Metres per px: what was set, else what is assumed. */
export function scale(d: Drawing): number {
  return d.metres_per_pixel > 0 ? d.metres_per_pixel : assumedWidth / d.width;
}

export function toward(deg: number): Point {
  const a = (deg * Math.PI) / 180;
  return { x: Math.sin(a), y: -Math.cos(a) };
}

/** A direction brought to 0 to below 360. */
export function turn(deg: number): number {
  const t = ((deg % 360) + 360) % 360;
  return t >= 360 ? 0 : t;
}

/** The direction from one point to another. */
export function direction(from: Point, to: Point): number {
  return turn((Math.atan2(to.x - from.x, from.y - to.y) * 180) / Math.PI);
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Distances at which a ray crosses a border; an odd number: it begins inside. */
export function crossings(o: Point, u: Point, polygon: Point[]): number[] {
  const out: number[] = [];
  for (let i = 0; i < polygon.length; i++) {
    const a = polygon[i]!;
    const b = polygon[(i + 1) % polygon.length]!;
    const sa = u.x * (a.y - o.y) - u.y * (a.x - o.x);
    const sb = u.x * (b.y - o.y) - u.y * (b.x - o.x);
    if (sa >= 0 === sb >= 0) continue;
    const part = sa / (sa - sb);
    const t = (a.x + part * (b.x - a.x) - o.x) * u.x + (a.y + part * (b.y - a.y) - o.y) * u.y;
    if (t > hair) out.push(t);
  }
  return out.sort((p, q) => p - q);
}

export function inside(p: Point, polygon: Point[]): boolean {
  return crossings(p, { x: 1, y: 0 }, polygon).length % 2 === 1;
}

/** What a camera sees on the ground. */
export interface Cone {
  at: Point;
  direction: number;
  angle: number;
  reach: number;
  walls: Point[][];
}

export function cone(d: Drawing, c: Placed): Cone {
  return { at: c.at, direction: c.direction, angle: c.angle, reach: c.range / scale(d), walls: d.areas.filter((a) => a.walled).map((a) => a.corners) };
}

/** How far it sees in a direction: to its range, or the first wall. */
export function sight(v: Cone, deg: number): number {
  let far = v.reach;
  for (const w of v.walls) {
    const ts = crossings(v.at, toward(deg), w);
    if (ts.length % 2 !== crossings(v.at, toward(v.direction), w).length % 2) return 0;
    if (ts.length > 0) far = Math.min(far, ts[0]!);
  }
  return far;
}

/** The view's outline, beginning with the camera (not for a full circle). */
export function outline(v: Cone): Point[] {
  const n = Math.max(Math.ceil(v.angle / (v.walls.length > 0 ? 1 : 3)), 2);
  const turns: number[] = [];
  for (let i = 0; i <= n; i++) turns.push((v.angle * i) / n);
  for (const p of v.walls.flat()) {
    const t = turn(direction(v.at, p) - (v.direction - v.angle / 2));
    for (const x of [t - 0.01, t + 0.01]) if (x > 0 && x < v.angle) turns.push(x);
  }
  turns.sort((a, b) => a - b);
  const out: Point[] = [];
  if (v.angle < 360) out.push(v.at);
  else turns.pop();
  for (const t of turns) {
    const deg = v.direction - v.angle / 2 + t;
    const u = toward(deg);
    const far = sight(v, deg);
    out.push({ x: v.at.x + far * u.x, y: v.at.y + far * u.y });
  }
  return out;
}

/** How much of the view, 0 to 1, lies within the polygons taken together. */
export function share(v: Cone, polygons: Point[][]): number {
  const n = Math.max(Math.ceil(v.angle / 0.5), 8);
  let all = 0;
  let covered = 0;
  for (let i = 0; i < n; i++) {
    const deg = v.direction - v.angle / 2 + (v.angle * (i + 0.5)) / n;
    const far = sight(v, deg);
    all += far * far;
    covered += ring(v.at, toward(deg), far, polygons);
  }
  return all <= hair ? 0 : Math.min(covered / all, 1);
}

function ring(o: Point, u: Point, far: number, polygons: Point[][]): number {
  const spans: [number, number][] = [];
  for (const p of polygons) {
    const ts = crossings(o, u, p);
    let from = 0;
    let within = ts.length % 2 === 1;
    for (const t of ts) {
      if (within) spans.push([from, t]);
      from = t;
      within = !within;
    }
  }
  spans.sort((a, b) => a[0] - b[0]);
  let sum = 0;
  let done = 0;
  for (const [a, b] of spans) {
    const from = Math.max(a, done);
    const to = Math.min(b, far);
    if (to > from) {
      sum += to * to - from * from;
      done = to;
    }
  }
  return sum;
}

/** Area of a plain polygon, in square px. */
export function size(polygon: Point[]): number {
  let sum = 0;
  polygon.forEach((a, i) => {
    const b = polygon[(i + 1) % polygon.length]!;
    sum += a.x * b.y - b.x * a.y;
  });
  return Math.abs(sum) / 2;
}

/** What is to be told of one camera: shares of its view, 0 to 1. */
export interface Sees {
  /** Outside what is described; 1 where nothing is. */
  outside: number;
  /** Areas that no camera may see, with the share. */
  avoided: { area: Area; share: number }[];
  blind: boolean;
}

export function sees(d: Drawing, c: Placed): Sees {
  const v = cone(d, c);
  const watched = d.areas.filter((a) => a.use === 'watched').map((a) => a.corners);
  return {
    outside: 1 - share(v, watched),
    avoided: d.areas.filter((a) => a.use === 'avoided').map((area) => ({ area, share: share(v, [area.corners]) })).filter((x) => x.share > 0),
    blind: size(outline(v)) < 1,
  };
}

/** A round length in metres for a scale bar of at most `room` px, and its px. */
export function bar(d: Drawing, room: number): { metres: number; px: number } {
  const most = room * scale(d);
  const step = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((f) => f * step).find((m) => m <= most)!;
  return { metres, px: metres / scale(d) };
}
