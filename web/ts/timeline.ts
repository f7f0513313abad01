// The timeline: a canvas with one or two tracks, zoomed by wheel, pinch,
// buttons and keys, always around the place that the hand is at. To a screen
// reader it is a slider that says the time and what there is; the same is a
// table elsewhere on the page.

import { at, deletedAt, deletionEdge, follow, pan, second, ticks, within, zoom, type Coverage, type Motion, type Stretch, type Window } from './model';
import { clock, dateTime, type Lang } from './times';

export interface TimelineText {
  label: string;
  kinds: Record<string, string>;
  causes: Record<string, string>;
  held: string;
  deletedAt: string; // "{0}"
  deletionHere: string;
  motion: string;
  outside: string;
}

export interface Track {
  name: string;
  coverage: Coverage;
  motion: Motion[];
}

/** A moment or a stretch that somebody marked. */
export interface Flag extends Window {
  words: string;
}

export interface TimelineOptions {
  lang: Lang;
  text: TimelineText;
  /** What may be shown: never beyond. */
  min: number;
  max: number;
  /** What the grant covers: nothing else is gone to. */
  grant: Window;
  window: Window;
  /** A place was chosen. */
  seek(t: number): void;
  /** The window changed: more coverage may be needed. */
  moved?(w: Window): void;
}

const colours = {
  recorded: '#4aa3df', gap: '#e5484d', off: '#3a4149', deleted: '#23272c', stopped: '#b8860b', held: '#f2c14e',
  open: 'rgba(255,255,255,0.09)', openEdge: '#d7e3ee', cursor: '#ffffff', text: '#d5dbe1', faint: '#8b949e', line: '#343a41', edge: '#ff9f43', track: '#1b1f24', motion: '#ffffff', looked: '#0b3a5c', flag: '#7ee787', outside: '#2b2320',
};

export class Timeline {
  window: Window;
  tracks: Track[] = [];
  position: number;
  /** The period that has been opened for viewing. */
  open: Window | null = null;
  private flags: Flag[] = [];
  private readonly canvas: HTMLCanvasElement;
  private readonly o: TimelineOptions;
  private readonly pointers = new Map<number, { x: number; start: number }>();
  private pinch = 0;
  private hover = NaN;
  private overSecond = false;
  private queued = false;
  private readonly tip: HTMLElement;

  constructor(host: HTMLElement, o: TimelineOptions) {
    this.o = o;
    this.window = within(o.window, o.min, o.max);
    this.position = this.window.from;
    this.canvas = document.createElement('canvas');
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'slider');
    this.canvas.setAttribute('aria-label', o.text.label);
    this.canvas.setAttribute('aria-valuemin', String(Math.floor(o.min / second)));
    this.canvas.setAttribute('aria-valuemax', String(Math.ceil(o.max / second)));
    this.tip = document.createElement('div');
    this.tip.className = 'v-tip';
    this.tip.setAttribute('aria-hidden', 'true');
    this.tip.hidden = true;
    host.append(this.canvas, this.tip);
    new ResizeObserver(() => this.draw()).observe(host);
    this.listen();
    this.tell();
    this.draw();
  }

  set(tracks: Track[]): void {
    this.tracks = tracks;
    this.tell();
    this.draw();
  }

  /** Shows where the player is, and keeps it in sight unless a hand is on it. */
  moveTo(t: number, keepInSight = true): void {
    this.position = t;
    if (keepInSight && this.pointers.size === 0) this.setWindow(follow(this.window, t));
    this.tell();
    this.draw();
  }

  setFlags(flags: Flag[]): void {
    this.flags = flags;
    this.draw();
  }

  setOpen(w: Window | null): void {
    this.open = w;
    this.draw();
  }

  zoomBy(factor: number, anchor = this.middle()): void {
    this.setWindow(zoom(this.window, factor, anchor));
  }

  panBy(part: number): void {
    this.setWindow(pan(this.window, part));
  }

  show(w: Window): void {
    this.setWindow(w);
  }

  private middle(): number {
    const { from, to } = this.window;
    return this.position >= from && this.position <= to ? this.position : (from + to) / 2;
  }

  private setWindow(w: Window): void {
    const next = within(w, this.o.min, this.o.max);
    if (next.from === this.window.from && next.to === this.window.to) return;
    this.window = next;
    this.o.moved?.(next);
    this.draw();
  }

  private timeAt(x: number): number {
    const { width, left } = this.canvas.getBoundingClientRect();
    return this.window.from + ((x - left) / width) * (this.window.to - this.window.from);
  }

  private listen(): void {
    const c = this.canvas;
    c.addEventListener('wheel', (e) => {
      e.preventDefault();
      if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) this.panBy((e.deltaX || e.deltaY) / 1000);
      else this.zoomBy(Math.exp(e.deltaY / 400), this.timeAt(e.clientX));
    }, { passive: false });
    c.addEventListener('pointerdown', (e) => {
      c.setPointerCapture(e.pointerId);
      this.pointers.set(e.pointerId, { x: e.clientX, start: e.clientX });
      this.pinch = this.spread();
    });
    c.addEventListener('pointermove', (e) => this.drag(e));
    const end = (e: PointerEvent): void => {
      const p = this.pointers.get(e.pointerId);
      this.pointers.delete(e.pointerId);
      this.pinch = this.spread();
      if (p && e.type === 'pointerup' && this.pointers.size === 0 && Math.abs(e.clientX - p.start) < 5) this.choose(this.timeAt(e.clientX));
    };
    c.addEventListener('pointerup', end);
    c.addEventListener('pointercancel', end);
    c.addEventListener('pointerleave', () => {
      this.hover = NaN;
      this.tip.hidden = true;
      this.draw();
    });
    c.addEventListener('keydown', (e) => this.key(e));
  }

  private spread(): number {
    const [a, b] = [...this.pointers.values()];
    return a && b ? Math.abs(a.x - b.x) : 0;
  }

  private drag(e: PointerEvent): void {
    const p = this.pointers.get(e.pointerId);
    if (!p) {
      const { top, height } = this.canvas.getBoundingClientRect();
      this.overSecond = e.clientY - top > 24 + (height - 42) / 2;
      if (e.pointerType !== 'touch') this.point(e.clientX);
      return;
    }
    const before = p.x;
    p.x = e.clientX;
    if (this.pointers.size === 2) {
      const spread = this.spread();
      const [a, b] = [...this.pointers.values()];
      if (this.pinch > 10 && spread > 10) this.zoomBy(this.pinch / spread, this.timeAt((a!.x + b!.x) / 2));
      this.pinch = spread;
    } else if (Math.abs(p.x - p.start) >= 5) {
      this.panBy((before - p.x) / this.canvas.clientWidth);
    }
  }

  private key(e: KeyboardEvent): void {
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    const span = this.window.to - this.window.from;
    const step = span / 60;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => this.choose(this.position - step),
      ArrowRight: () => this.choose(this.position + step),
      PageUp: () => this.panBy(-0.8),
      PageDown: () => this.panBy(0.8),
      Home: () => this.choose(this.window.from),
      End: () => this.choose(this.window.to),
      '+': () => this.zoomBy(0.5),
      '-': () => this.zoomBy(2),
      ArrowUp: () => this.zoomBy(0.5),
      ArrowDown: () => this.zoomBy(2),
    };
    const move = moves[e.key];
    if (!move) return;
    e.preventDefault();
    e.stopPropagation();
    move();
  }

  private choose(t: number): void {
    const place = Math.min(this.o.grant.to - 1, Math.max(this.o.grant.from, t));
    this.moveTo(place);
    this.o.seek(place);
  }

  /** What there is at t, in words. */
  describe(t: number, track = this.tracks[0]): string {
    const when = dateTime(t, this.o.lang);
    if (t < this.o.grant.from || t >= this.o.grant.to) return `${when}, ${this.o.text.outside}`;
    const s = track ? at(track.coverage, t) : undefined;
    const parts = [when, s ? this.words(s, t) : this.o.text.kinds['unknown']];
    if (track?.motion.some((m) => m.marks.some((x) => t >= x.from && t < x.to))) parts.push(this.o.text.motion);
    const pixel = (this.window.to - this.window.from) / Math.max(1, this.canvas.clientWidth);
    for (const f of this.flags) if (f.words && t >= f.from - 6 * pixel && t <= f.to + 6 * pixel) parts.push(f.words);
    return parts.join(', ');
  }

  private words(s: Stretch, t: number): string {
    const { text, lang } = this.o;
    const parts = [s.kind === 'recorded' ? text.kinds['recorded']! : (text.causes[s.cause] ?? text.kinds[s.kind] ?? s.kind)];
    if (s.held) parts.push(text.held);
    const due = deletedAt(s, t);
    if (!Number.isNaN(due) && !s.held) parts.push(text.deletedAt.replace('{0}', dateTime(due, lang, false)));
    return parts.join(', ');
  }

  private tell(): void {
    this.canvas.setAttribute('aria-valuenow', String(Math.round(this.position / second)));
    this.canvas.setAttribute('aria-valuetext', this.describe(this.position));
  }

  private point(x: number): void {
    this.hover = this.timeAt(x);
    this.tip.hidden = false;
    const y = this.tracks.length > 1 && this.overSecond ? 1 : 0;
    this.tip.textContent = this.describe(this.hover, this.tracks[y]);
    const left = this.canvas.getBoundingClientRect().left;
    const room = this.canvas.clientWidth - this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(0, Math.min(room, x - left - this.tip.offsetWidth / 2))}px`;
    this.draw();
  }

  private draw(): void {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => {
      this.queued = false;
      this.paint();
    });
  }

  private paint(): void {
    const c = this.canvas;
    const width = c.clientWidth;
    const height = c.clientHeight;
    if (width === 0 || height === 0) return;
    const ratio = window.devicePixelRatio || 1;
    if (c.width !== Math.round(width * ratio) || c.height !== Math.round(height * ratio)) {
      c.width = Math.round(width * ratio);
      c.height = Math.round(height * ratio);
    }
    const g = c.getContext('2d')!;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    const axis = 24;
    const x = (t: number): number => ((t - this.window.from) / (this.window.to - this.window.from)) * width;
    this.paintAxis(g, x, width, height, axis);
    const foot = 18; // for what stands beneath the tracks
    const room = height - axis - foot;
    const each = room / Math.max(1, this.tracks.length);
    this.tracks.forEach((track, i) => this.paintTrack(g, x, width, axis + i * each + 2, each - 4, track));
    for (const [a, b] of [[0, x(this.o.grant.from)], [x(this.o.grant.to), width]] as const) {
      if (b <= a) continue;
      g.fillStyle = colours.outside;
      g.fillRect(a, axis, b - a, room);
      hatch(g, a, axis, b - a, room, false);
    }
    this.paintFlags(g, x, axis, room);
    if (this.open) {
      const a = x(this.open.from);
      const b = x(this.open.to);
      g.fillStyle = colours.open;
      g.fillRect(a, axis, b - a, room);
      g.fillStyle = colours.openEdge;
      for (const edge of [a, b - 2]) g.fillRect(edge, axis - 4, 2, room + 8);
      g.fillRect(a, axis - 4, b - a, 2);
    }
    if (!Number.isNaN(this.hover)) {
      g.fillStyle = colours.faint;
      g.fillRect(x(this.hover), axis, 1, room);
    }
    this.paintCursor(g, x(this.position), axis, room, width);
  }

  private paintAxis(g: CanvasRenderingContext2D, x: (t: number) => number, width: number, height: number, axis: number): void {
    g.font = '12px "IBM Plex Sans", system-ui, sans-serif';
    g.textBaseline = 'middle';
    for (const t of ticks(this.window, width, this.o.lang)) {
      const at = x(t.at);
      g.fillStyle = t.major ? colours.faint : colours.line;
      g.fillRect(at, t.major ? 0 : axis - 6, 1, height);
      g.fillStyle = t.major ? colours.text : colours.faint;
      g.fillText(t.label, Math.min(at + 4, width - g.measureText(t.label).width - 2), axis / 2 - 2);
    }
  }

  private paintFlags(g: CanvasRenderingContext2D, x: (t: number) => number, axis: number, room: number): void {
    for (const f of this.flags) {
      const a = x(f.from);
      const b = Math.max(x(f.to), a + 2);
      g.fillStyle = colours.flag;
      g.fillRect(a, axis - 5, b - a, 5);
      g.fillRect(a, axis - 5, 2, room + 5);
      g.beginPath();
      g.moveTo(a, axis - 12);
      g.lineTo(a + 9, axis - 8.5);
      g.lineTo(a, axis - 5);
      g.fill();
    }
  }

  private paintTrack(g: CanvasRenderingContext2D, x: (t: number) => number, width: number, top: number, height: number, track: Track): void {
    g.fillStyle = colours.track;
    g.fillRect(0, top, width, height);
    for (const s of track.coverage.stretches) {
      const a = Math.max(0, x(s.from));
      const b = Math.min(width, x(s.to));
      if (b <= 0 || a >= width || b < a) continue;
      const w = Math.max(b - a, s.kind === 'gap' ? 2 : 0.6); // a short gap is still seen
      const kind = s.cause === 'permit.stopped' ? 'stopped' : s.kind;
      const thin = kind === 'off' || kind === 'deleted';
      g.fillStyle = colours[kind];
      g.fillRect(a, thin ? top + height * 0.4 : top, w, thin ? height * 0.2 : height);
      if (kind === 'gap' || kind === 'stopped') hatch(g, a, top, w, height, kind === 'gap');
      if (s.held) {
        g.fillStyle = colours.held;
        g.fillRect(a, top, w, 5);
      }
    }
    for (const m of track.motion) {
      g.fillStyle = colours.looked;
      for (const l of m.looked) if (l.to > this.window.from && l.from < this.window.to) g.fillRect(x(l.from), top + height - 3, x(l.to) - x(l.from), 3);
      g.fillStyle = colours.motion;
      for (const s of m.marks) {
        if (s.to <= this.window.from || s.from >= this.window.to) continue;
        const high = Math.max(4, Math.min(1, Math.sqrt(s.share) * 1.6) * height * 0.45);
        g.fillRect(x(s.from), top + height - high, Math.max(1.5, x(s.to) - x(s.from) - 0.5), high);
      }
    }
    if (this.tracks.length > 1) {
      g.font = '600 11px "IBM Plex Sans", system-ui, sans-serif';
      const w = g.measureText(track.name).width + 10;
      g.fillStyle = 'rgba(11,14,18,0.78)';
      g.fillRect(0, top, w, 15);
      g.fillStyle = colours.text;
      g.fillText(track.name, 5, top + 8);
    }
    const edge = deletionEdge(track.coverage, Date.now());
    if (edge) {
      const at = x(edge.at);
      if (at >= 0 && at <= width) {
        g.fillStyle = colours.edge;
        g.fillRect(at, top - 3, 2, height + 16);
        g.fillText(this.o.text.deletionHere, Math.max(0, Math.min(at + 6, width - g.measureText(this.o.text.deletionHere).width - 2)), top + height + 10);
      }
    }
  }

  private paintCursor(g: CanvasRenderingContext2D, at: number, axis: number, room: number, width: number): void {
    if (at < -1 || at > width + 1) return;
    g.fillStyle = colours.cursor;
    g.fillRect(at - 1, axis - 6, 2, room + 12);
    const label = clock(this.position, this.o.lang);
    g.font = '600 12px "IBM Plex Sans", system-ui, sans-serif';
    const w = g.measureText(label).width + 10;
    const left = Math.max(0, Math.min(width - w, at - w / 2));
    g.fillRect(left, 2, w, 18);
    g.fillStyle = '#11151a';
    g.fillText(label, left + 5, 11.5);
  }
}

/** Lines over a stretch, so that it is told apart without its colour. */
function hatch(g: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, steep: boolean): void {
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  g.strokeStyle = 'rgba(0,0,0,0.45)';
  g.lineWidth = 2;
  for (let i = -h; i < w + h; i += 9) {
    g.beginPath();
    g.moveTo(x + i, steep ? y : y + h);
    g.lineTo(x + i + h, steep ? y + h : y);
    g.stroke();
  }
  g.restore();
}
