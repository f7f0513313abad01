// What the server tells the room.

import type { Window as Span } from '../../ts/model';
import type { Lang } from '../../ts/times';

export interface Period extends Span { expires: number }

export interface Camera { id: string; name: string; number: number }

export interface Bookmark extends Span { id: string; cameras: string[]; where: string[]; words: string; name: string }

export interface Data {
  lang: Lang; base: string; active: string; cameras: Camera[]; viewer: string;
  now: number; oldest: number; min: number; max: number; live: number; widen: string; again: string; periods: Period[];
  text: Record<string, string>; causes: Record<string, string>; kinds: Record<string, string>;
}

export const el = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

/** A text with its places filled in. */
export function say(d: Data, key: string, ...args: string[]): string {
  return args.reduce((s, a, i) => s.replace(`{${i}}`, a), d.text[key] ?? key);
}

/** A button that is made by script. */
export function button(text: string, act: () => void): HTMLButtonElement {
  const b = document.createElement('button');
  b.type = 'button';
  b.textContent = text;
  b.addEventListener('click', act);
  return b;
}
