// An anonymised copy in the making: fragments, corrections, and which cells of
// a picture are covered. The other side of this file is internal/anonymise; the
// server decides, this shows the same while a person works.

export interface Box { x: number; y: number; w: number; h: number }
export interface Key extends Box { frame: number; score?: number; held?: boolean }
export type Verdict = '' | 'covered' | 'kept' | 'nobody';
export interface Fragment { id: string; hand?: boolean; keys: Key[]; verdict?: Verdict }
export interface Correction {
  act: 'judge' | 'draw' | 'move' | 'clear' | 'split' | 'join';
  fragment: string; with?: string; frame?: number; to?: number; box?: Box; verdict?: Verdict; by?: string; at?: string;
}
export interface Findings {
  width: number; height: number; rate: number;
  chunks: { start: number; times: number[] }[];
  fragments: Fragment[] | null; moved?: string; blind?: { from: number; to: number; why: string }[]; reduced?: boolean;
}
export interface Project { findings: Findings; areas?: { x: number; y: number }[][]; corrections?: Correction[]; revision: number }

export const whole = 10_000;
const clock = 90_000;

export const first = (f: Fragment): number => f.keys[0]!.frame;
export const last = (f: Fragment): number => f.keys[f.keys.length - 1]!.frame;

/** Where the person is in a picture; null outside the fragment. */
export function at(f: Fragment, frame: number): Box | null {
  if (frame < first(f) || frame > last(f)) return null;
  const i = f.keys.findIndex((k) => k.frame >= frame);
  const c = f.keys[i]!;
  if (c.frame === frame) return { x: c.x, y: c.y, w: c.w, h: c.h };
  const a = f.keys[i - 1]!;
  const along = (p: number, q: number): number => p + Math.trunc(((q - p) * (frame - a.frame)) / (c.frame - a.frame));
  return { x: along(a.x, c.x), y: along(a.y, c.y), w: along(a.w, c.w), h: along(a.h, c.h) };
}

/** On which line of the timeline each fragment lies, of those by when they begin: the first that has been free for a while. */
export function lines(all: Fragment[], apart: number): number[] {
  const free: number[] = [];
  return all.map((f) => {
    const i = free.findIndex((end) => end < first(f));
    const line = i < 0 ? free.length : i;
    free[line] = last(f) + apart;
    return line;
  });
}

export function frames(f: Findings): number { return f.chunks.reduce((n, c) => n + c.times.length, 0); }

/** When each picture is shown, in seconds after the footage began. */
export function seconds(f: Findings): Float64Array {
  const out = new Float64Array(frames(f));
  let n = 0;
  for (const c of f.chunks) for (const t of c.times) out[n++] = (c.start + t) / clock;
  return out;
}

/** The fragments with every correction carried out, by when they begin. */
export function correct(found: Findings, list: Correction[]): Fragment[] {
  const all = new Map<string, Fragment>();
  const n = frames(found);
  for (const f of found.fragments ?? []) all.set(f.id, { ...f, keys: [...f.keys] });
  for (const c of list) if (!carry(all, c, n)) throw new Error(`${c.act} ${c.fragment}`);
  return [...all.values()].sort((a, b) => first(a) - first(b) || (a.id < b.id ? -1 : 1));
}

/** Whether a further correction can be carried out. */
export function can(found: Findings, list: Correction[], c: Correction): boolean {
  try {
    correct(found, [...list, c]);
    return true;
  } catch {
    return false;
  }
}

function carry(all: Map<string, Fragment>, c: Correction, n: number): boolean {
  const frame = c.frame ?? 0;
  if (frame < 0 || frame >= n) return false;
  const f = all.get(c.fragment);
  if (c.act === 'draw') {
    const to = c.to ?? 0;
    if (f || !c.box || to < frame || to >= n) return false;
    const made: Fragment = { id: c.fragment, hand: true, keys: [{ frame, ...c.box }] };
    set(made, { frame: to, ...c.box });
    all.set(c.fragment, made);
    return true;
  }
  if (!f) return false;
  switch (c.act) {
    case 'judge':
      f.verdict = c.verdict ?? '';
      return true;
    case 'move':
      if (!c.box) return false;
      set(f, { frame, ...c.box });
      return true;
    case 'clear': {
      const i = f.keys.findIndex((k) => k.frame === frame);
      if (i < 0 || f.keys.length === 1) return false;
      f.keys.splice(i, 1);
      return true;
    }
    case 'split': {
      if (frame <= first(f) || frame > last(f)) return false;
      const id = `${f.id}/${frame}`;
      if (all.has(id)) return false;
      const here = at(f, frame)!;
      const before = at(f, frame - 1)!;
      const i = f.keys.findIndex((k) => k.frame >= frame);
      const rest = f.keys.slice(i);
      if (rest[0]!.frame !== frame) rest.unshift({ frame, ...here });
      f.keys = f.keys.slice(0, i);
      set(f, { frame: frame - 1, ...before });
      all.set(id, { id, ...(f.hand ? { hand: true } : {}), keys: rest, verdict: f.verdict ?? '' });
      return true;
    }
    case 'join': {
      const w = all.get(c.with ?? '');
      if (!w || w === f || first(w) <= last(f)) return false;
      f.keys = [...f.keys, ...w.keys];
      if (w.hand) f.hand = true;
      if ((f.verdict ?? '') !== (w.verdict ?? '')) f.verdict = '';
      all.delete(w.id);
      return true;
    }
  }
}

function set(f: Fragment, k: Key): void {
  const i = f.keys.findIndex((o) => o.frame >= k.frame);
  if (i < 0) f.keys.push(k);
  else if (f.keys[i]!.frame === k.frame) f.keys[i] = k;
  else f.keys.splice(i, 0, k);
}

/** How a picture is divided: see internal/anonymise, NewGrid. */
export interface Grid { cell: number; w: number; h: number; width: number; height: number }

export function grid(width: number, height: number): Grid {
  let cell = 8;
  while (Math.ceil(Math.max(width, height) / cell) > 160) cell *= 2;
  return { cell, w: Math.ceil(width / cell), h: Math.ceil(height / cell), width, height };
}

/** What differs from the empty scene, a bit a cell, picture after picture. */
export async function movement(found: Findings): Promise<Uint8Array | null> {
  if (!found.moved) return null;
  const packed = Uint8Array.from(atob(found.moved), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const flat = new Uint8Array(await new Response(stream).arrayBuffer());
  const g = grid(found.width, found.height);
  const size = (g.w * g.h + 7) >> 3;
  for (let i = size; i < flat.length; i++) flat[i]! ^= flat[i - size]!;
  return flat;
}

function fill(g: Grid, c: Uint8Array, b: Box, on: boolean): void {
  const span = (p: number, long: number, pixels: number, cells: number): [number, number] => {
    const per = whole * g.cell;
    const end = Math.min(whole, p + long);
    if (end <= 0 || p >= whole) return [0, 0];
    return [Math.floor((Math.max(0, p) * pixels) / per), Math.min(cells, Math.ceil((end * pixels) / per))];
  };
  const [left, right] = span(b.x, b.w, g.width, g.w);
  const [top, bottom] = span(b.y, b.h, g.height, g.h);
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) c[y * g.w + x] = on ? 1 : 0;
}

function grown(b: Box, wide: number, high: number): Box {
  const x = Math.ceil((b.w * wide) / 100);
  const y = Math.ceil((b.h * high) / 100);
  return { x: b.x - x, y: b.y - y, w: b.w + 2 * x, h: b.h + 2 * y };
}

/** Where the person is between two pictures in which somebody saw them. */
function seenAt(f: Fragment, frame: number): Box | null {
  const seen = f.keys.filter((k) => !k.held);
  if (seen.length === 0 || frame < seen[0]!.frame || frame > seen[seen.length - 1]!.frame) return null;
  return at(f, frame);
}

/** Which cells of a picture are covered, a byte a cell; see Painter.Cells. */
export function covered(p: Project, fragments: Fragment[], moved: Uint8Array | null, frame: number): Uint8Array {
  const g = grid(p.findings.width, p.findings.height);
  const c = new Uint8Array(g.w * g.h);
  if ((p.findings.blind ?? []).some((b) => frame >= b.from && frame <= b.to)) return c.fill(1);
  if (moved) {
    const size = (c.length + 7) >> 3;
    for (let i = 0; i < c.length; i++) c[i] = (moved[frame * size + (i >> 3)]! >> (i & 7)) & 1;
  }
  for (const f of fragments) {
    const b = f.verdict === 'kept' ? seenAt(f, frame) : null;
    if (b) fill(g, c, grown(b, 10, 6), false);
  }
  for (const f of fragments) {
    if (f.verdict === 'kept' || f.verdict === 'nobody') continue;
    const b = at(f, frame);
    if (b) fill(g, c, f.hand ? b : grown(b, 20, 15), true);
  }
  return c;
}

/** The names that people see: numbers in the order in which they appear. */
export function names(found: Findings, fragments: Fragment[]): Map<string, string> {
  const out = new Map<string, string>();
  const base = new Map<string, number>();
  for (const f of found.fragments ?? []) base.set(f.id, base.size + 1);
  for (const f of fragments) {
    const root = f.id.split('/')[0]!;
    if (!base.has(root)) base.set(root, base.size + 1);
    const parts = [...out.values()].filter((n) => n === String(base.get(root)) || n.startsWith(`${base.get(root)}.`)).length;
    out.set(f.id, parts === 0 ? String(base.get(root)) : `${base.get(root)}.${parts + 1}`);
  }
  return out;
}
