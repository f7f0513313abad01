// One clock for several pictures, and how each keeps in step with it. Pure
// functions of numbers, tested on their own.

/** The wall's time as it is played: standing, or going at a rate. */
export class Clock {
  private base = NaN;
  private since = 0;
  /** 0: it stands; below 0: backwards. */
  rate = 0;

  set(t: number, now: number): void {
    this.base = t;
    this.since = now;
  }

  at(now: number): number {
    return this.base + (now - this.since) * this.rate;
  }

  run(rate: number, now: number): void {
    this.set(this.at(now), now);
    this.rate = rate;
  }
}

/** What is let be: less than a third of a picture of 25 a second. */
const near = 0.012;
/** From here on it is gone to, rather than caught up with. */
const far = 0.6;
/** The most by which the speed is changed to catch up. */
const most = 0.25;
/** In how many seconds it should have caught up. */
const within = 0.5;

/**
 * How a picture that is drift seconds ahead of the clock (below 0: behind) gets
 * back into step: at which speed it plays on, or that it must go there.
 */
export function correct(drift: number, rate: number): { go: boolean; rate: number } {
  if (Math.abs(drift) > far * Math.max(1, rate)) return { go: true, rate };
  if (Math.abs(drift) < near) return { go: false, rate };
  return { go: false, rate: rate * (1 - Math.min(most, Math.max(-most, drift / within / Math.max(1, rate)))) };
}

/** How far apart they are, at most. */
export function spread(at: number[]): number {
  return at.length < 2 ? 0 : Math.max(...at) - Math.min(...at);
}

/** Which of n pictures stand on the screen when so many have room: pages, so that each has its place. */
export function shownOf(n: number, room: number, chosen: number): number[] {
  const first = Math.floor(chosen / room) * room;
  return Array.from({ length: Math.min(room, n - first) }, (_, i) => first + i);
}

/** A part of a picture that is enlarged: how much, and the middle of it (0 to 1). */
export interface Lens {
  scale: number;
  x: number;
  y: number;
}

export const wholePicture: Lens = { scale: 1, x: 0.5, y: 0.5 };
export const closest = 8;

function keep(l: Lens): Lens {
  const scale = Math.min(closest, Math.max(1, l.scale));
  const half = 0.5 / scale;
  const hold = (v: number): number => Math.min(1 - half, Math.max(half, v));
  return { scale, x: hold(l.x), y: hold(l.y) };
}

/** Enlarges by factor and keeps the place (x, y of the frame, 0 to 1) where it is. */
export function enlarge(l: Lens, factor: number, x = 0.5, y = 0.5): Lens {
  const scale = Math.min(closest, Math.max(1, l.scale * factor));
  const under = { x: l.x + (x - 0.5) / l.scale, y: l.y + (y - 0.5) / l.scale };
  return keep({ scale, x: under.x - (x - 0.5) / scale, y: under.y - (y - 0.5) / scale });
}

/** Moves by parts of the frame. */
export function shift(l: Lens, dx: number, dy: number): Lens {
  return keep({ ...l, x: l.x + dx / l.scale, y: l.y + dy / l.scale });
}

/** The lens as CSS, for a transform whose origin is the upper left corner. */
export function transform(l: Lens): string {
  return l.scale === 1 ? '' : `translate(${((0.5 - l.x * l.scale) * 100).toFixed(3)}%, ${((0.5 - l.y * l.scale) * 100).toFixed(3)}%) scale(${l.scale})`;
}
