// What a timeline shows, without a screen: stretches of coverage, a window of
// time onto them, and the marks beneath. Pure functions, tested on their own.

import { clock, offset, shortDate, type Lang } from './times';

export interface Stretch {
  from: number;
  to: number;
  kind: 'recorded' | 'gap' | 'off' | 'deleted';
  cause: string;
  held: boolean;
  /** When the first of it will be deleted (recorded only). */
  delete?: number;
}

export interface Coverage {
  from: number;
  to: number;
  stretches: Stretch[];
}

/** A stretch in which something moved; share of the picture, 0 to 1. */
export interface Mark extends Window {
  share: number;
}

/** Where the pictures of one camera changed, as far as somebody has looked. */
export interface Motion {
  looked: Window[];
  marks: Mark[];
  done: boolean;
}

interface WireSpan {
  from: string;
  to: string;
}

/** Reads motion as the portal hands it on (engineapi.Motion). */
export function readMotion(wire: { looked: WireSpan[] | null; marks: (WireSpan & { share: number })[] | null; done: boolean }): Motion {
  const span = (s: WireSpan): Window => ({ from: Date.parse(s.from), to: Date.parse(s.to) });
  return { looked: (wire.looked ?? []).map(span), marks: (wire.marks ?? []).map((m) => ({ ...span(m), share: m.share })), done: wire.done };
}

interface WireStretch {
  from: string;
  to: string;
  kind: Stretch['kind'];
  cause: string;
  held: boolean;
  delete?: string;
}

/** Reads coverage as the portal hands it on (engineapi.Coverage). */
export function readCoverage(wire: { from: string; to: string; stretches: WireStretch[] | null }): Coverage {
  return {
    from: Date.parse(wire.from),
    to: Date.parse(wire.to),
    stretches: (wire.stretches ?? []).map((s) => ({
      from: Date.parse(s.from),
      to: Date.parse(s.to),
      kind: s.kind,
      cause: s.cause,
      held: s.held,
      ...(s.delete ? { delete: Date.parse(s.delete) } : {}),
    })),
  };
}

/** The part of time that is on the screen. */
export interface Window {
  from: number;
  to: number;
}

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export const narrowest = minute;
export const widest = 31 * day;

/** Zooms by factor (below 1: closer) and keeps anchor where it is. */
export function zoom(w: Window, factor: number, anchor: number): Window {
  const span = w.to - w.from;
  const next = Math.min(widest, Math.max(narrowest, span * factor));
  const part = (anchor - w.from) / span;
  const from = anchor - part * next;
  return { from, to: from + next };
}

/** Moves the window by a part of its own width. */
export function pan(w: Window, part: number): Window {
  const by = (w.to - w.from) * part;
  return { from: w.from + by, to: w.to + by };
}

/** Keeps t inside, moving no more than needed, with a margin of a tenth. */
export function follow(w: Window, t: number): Window {
  const span = w.to - w.from;
  if (t >= w.from && t <= w.to) return w;
  const from = t < w.from ? t - span * 0.9 : t - span * 0.1;
  return { from, to: from + span };
}

/** Keeps the window within bounds if it fits. */
export function within(w: Window, min: number, max: number): Window {
  const span = Math.min(w.to - w.from, Math.max(max - min, narrowest));
  const from = Math.max(min, Math.min(w.from, max - span));
  return { from, to: from + span };
}

/** The stretch at t. */
export function at(c: Coverage, t: number): Stretch | undefined {
  let low = 0;
  let high = c.stretches.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (c.stretches[mid]!.to <= t) low = mid + 1;
    else high = mid;
  }
  const s = c.stretches[low];
  return s && s.from <= t ? s : undefined;
}

/**
 * What there is of several cameras together: recorded where any is, and where
 * none is, the gravest of why not.
 */
export function united(all: Coverage[]): Coverage {
  const first = all[0];
  if (!first || all.length === 1) return first ?? { from: 0, to: 0, stretches: [] };
  const grave: Stretch['kind'][] = ['deleted', 'off', 'gap', 'recorded'];
  const edges = [...new Set(all.flatMap((c) => c.stretches.flatMap((s) => [s.from, s.to])))].sort((a, b) => a - b);
  const places = all.map(() => 0);
  const out: Stretch[] = [];
  for (let e = 0; e + 1 < edges.length; e++) {
    const from = edges[e]!;
    const to = edges[e + 1]!;
    let best: Stretch | undefined;
    let held = false;
    all.forEach((c, i) => {
      while (c.stretches[places[i]!] && c.stretches[places[i]!]!.to <= from) places[i]!++;
      const s = c.stretches[places[i]!];
      if (!s || s.from > from) return;
      held ||= s.held;
      if (!best || grave.indexOf(s.kind) > grave.indexOf(best.kind)) best = s;
    });
    if (!best) continue;
    const last = out.at(-1);
    if (last && last.to === from && last.kind === best.kind && last.cause === best.cause && last.held === held) last.to = to;
    else out.push({ from, to, kind: best.kind, cause: best.cause, held });
  }
  return { from: Math.min(...all.map((c) => c.from)), to: Math.max(...all.map((c) => c.to)), stretches: out };
}

/** The first recorded moment at or after t, or before it when back; NaN for none. */
export function nextRecorded(c: Coverage, t: number, back = false): number {
  if (back) {
    for (let i = c.stretches.length - 1; i >= 0; i--) {
      const s = c.stretches[i]!;
      if (s.kind === 'recorded' && s.from < t) return Math.min(t, Math.max(s.from, s.to - 5 * second));
    }
    return NaN;
  }
  for (const s of c.stretches) {
    if (s.kind === 'recorded' && s.to > t) return Math.max(t, s.from);
  }
  return NaN;
}

/**
 * Where deletion will next bite: the oldest footage that no hold keeps, if it
 * goes within a day of now. Later footage in a window is no edge.
 */
export function deletionEdge(c: Coverage, now: number): { at: number; due: number } | null {
  for (const s of c.stretches) {
    if (s.kind === 'recorded' && !s.held && s.delete !== undefined) {
      return s.delete - now < day ? { at: s.from, due: s.delete } : null;
    }
  }
  return null;
}

/** When the footage at t will be deleted: the stretch's first goes first. */
export function deletedAt(s: Stretch, t: number): number {
  return s.delete === undefined ? NaN : s.delete + (t - s.from);
}

export interface Tick {
  at: number;
  label: string;
  major: boolean;
}

const steps = [second, 5 * second, 15 * second, minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour, 12 * hour, day, 7 * day];

/** Marks of wall time at most one each `room` pixels, right through both clock changes. */
export function ticks(w: Window, width: number, lang: Lang, room = 84): Tick[] {
  const span = w.to - w.from;
  const step = steps.find((s) => (s / span) * width >= room) ?? steps.at(-1)!;
  const out: Tick[] = [];
  // Local time of the first mark; the offset is asked anew at each, so that a
  // mark of 12.00 is at 12.00 on both sides of a change.
  let local = Math.floor((w.from + offset(w.from)) / step) * step;
  if (step === 7 * day) local = Math.floor((w.from + offset(w.from) - 4 * day) / step) * step + 4 * day;
  let last = -Infinity;
  for (let i = 0; i < 400; i++, local += step) {
    let t = local - offset(local - offset(w.from));
    if (step < hour) t = local - offset(w.from) + (offset(w.from) - offset(t));
    if (t > w.to) break;
    if (t < w.from || t <= last) continue;
    last = t;
    const midnight = (t + offset(t)) % day === 0;
    out.push({ at: t, major: midnight, label: midnight || step >= day ? shortDate(t, lang) : clock(t, lang, step < minute) });
  }
  return out;
}

/** Adds up what is shown, for the list beside the timeline: neighbours alike are one row. */
export function merged(c: Coverage, from: number, to: number): Stretch[] {
  const out: Stretch[] = [];
  for (const s of c.stretches) {
    if (s.to <= from || s.from >= to) continue;
    const cut = { ...s, from: Math.max(s.from, from), to: Math.min(s.to, to) };
    const last = out.at(-1);
    if (last && last.kind === cut.kind && last.cause === cut.cause && last.held === cut.held && cut.from - last.to < second) {
      last.to = cut.to;
    } else {
      out.push(cut);
    }
  }
  return out;
}
