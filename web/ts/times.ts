// Times as people read them, in the zone of the cameras, and the pieces that
// tie a player's time to the wall's.

export type Lang = 'da' | 'en';

export const zone = 'Europe/Copenhagen';

const cache = new Map<string, Intl.DateTimeFormat>();

function format(lang: Lang, key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const id = lang + key;
  let f = cache.get(id);
  if (!f) {
    f = new Intl.DateTimeFormat(lang === 'da' ? 'da-DK' : 'en-GB', { timeZone: zone, ...options });
    cache.set(id, f);
  }
  return f;
}

/** "14.02.13" in Danish, "14:02:13" in English. */
export function clock(t: number, lang: Lang, seconds = true): string {
  const s = format(lang, 'clock' + seconds, {
    hour: '2-digit', minute: '2-digit', second: seconds ? '2-digit' : undefined, hourCycle: 'h23',
  }).format(t);
  return lang === 'da' ? s.replaceAll(':', '.') : s;
}

/** "21. november 2026". */
export function date(t: number, lang: Lang): string {
  return format(lang, 'date', { day: 'numeric', month: 'long', year: 'numeric' }).format(t);
}

/** "lør. 21. nov." */
export function shortDate(t: number, lang: Lang): string {
  return format(lang, 'short', { weekday: 'short', day: 'numeric', month: 'short' }).format(t);
}

/** "21. november 2026 kl. 14.02.13". */
export function dateTime(t: number, lang: Lang, seconds = true): string {
  return date(t, lang) + (lang === 'da' ? ' kl. ' : ' at ') + clock(t, lang, seconds);
}

/** Milliseconds that the zone is ahead of UTC at t. */
export function offset(t: number): number {
  const parts = format('en', 'offset', {
    year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23',
  }).formatToParts(t);
  const n = (type: string): number => Number(parts.find((p) => p.type === type)!.value);
  const wall = Date.UTC(n('year'), n('month') - 1, n('day'), n('hour'), n('minute'), n('second'));
  return wall - Math.floor(t / 1000) * 1000;
}

/**
 * The instant of a wall time such as "2026-11-21T14:02:13". A time that comes
 * twice is its first reading; one that does not exist is moved on.
 */
export function instant(wall: string): number {
  const asUTC = Date.parse(wall + 'Z');
  if (Number.isNaN(asUTC)) return NaN;
  const early = asUTC - offset(asUTC - 3 * 3600e3);
  return early + offset(early) === asUTC ? early : asUTC - offset(early);
}

/** The wall time at t as an input field wants it: "2026-11-21T14:02:13". */
export function wall(t: number): string {
  return new Date(t + offset(t)).toISOString().slice(0, 19);
}

/** "2 min. 5 s", "3 t. 10 min.", "4 døgn". */
export function span(ms: number, lang: Lang): string {
  const s = Math.round(ms / 1000);
  const w = lang === 'da' ? ['s', 'min.', 't.', 'døgn'] : ['s', 'min', 'h', 'days'];
  if (s < 60) return `${s} ${w[0]}`;
  if (s < 3600) return join(Math.floor(s / 60), w[1]!, s % 60, w[0]!);
  if (s < 48 * 3600) return join(Math.floor(s / 3600), w[2]!, Math.floor((s % 3600) / 60), w[1]!);
  return join(Math.floor(s / 86400), w[3]!, Math.floor((s % 86400) / 3600), w[2]!);
}

function join(a: number, unit: string, b: number, small: string): string {
  return b === 0 ? `${a} ${unit}` : `${a} ${unit} ${b} ${small}`;
}

/** One stretch of the player's time line and what it is of the wall's. */
export interface Piece {
  media: number; // seconds
  mediaEnd: number;
  wall: number; // milliseconds
  wallEnd: number;
}

/** Ties the two, piece by piece, in the order in which they were appended. */
export class TimeMap {
  private pieces: Piece[] = [];

  clear(): void {
    this.pieces = [];
  }

  add(p: Piece): void {
    const last = this.pieces.at(-1);
    if (last && Math.abs(last.mediaEnd - p.media) < 1e-6 && Math.abs(last.wallEnd - p.wall) < 1 &&
        Math.abs((last.wallEnd - last.wall) / (last.mediaEnd - last.media) - (p.wallEnd - p.wall) / (p.mediaEnd - p.media)) < 1) {
      last.mediaEnd = p.mediaEnd;
      last.wallEnd = p.wallEnd;
      return;
    }
    this.pieces.push({ ...p });
  }

  /** The wall time that the player's time shows, or NaN. */
  wall(media: number): number {
    let best: Piece | null = null;
    for (const p of this.pieces) if (p.media <= media + 1e-6 && (!best || p.media >= best.media)) best = p;
    if (!best) return this.pieces[0]?.wall ?? NaN;
    const part = Math.min(1, (media - best.media) / (best.mediaEnd - best.media));
    return best.wall + part * (best.wallEnd - best.wall);
  }

  /** The player's time at which a wall time is shown, or NaN when it is not there. */
  media(wall: number): number {
    for (const p of this.pieces) {
      if (wall >= p.wall && wall < p.wallEnd) return p.media + ((wall - p.wall) / (p.wallEnd - p.wall)) * (p.mediaEnd - p.media);
    }
    return NaN;
  }
}
