// The player of a finished copy. It tells the server which whole seconds were
// shown, at no more than double speed, so that a yes is of what was seen.

import { el } from '../../ts/planshapes';

interface Data { seen: string; track: string; text: Record<string, string> }
interface Told { left: number; text: string; track: string }

const every = 2000; // ms between two tellings
const fastest = 2;

function begin(d: Data): void {
  const film = document.getElementById('cf-film') as HTMLVideoElement;
  if (!d.seen) return;
  const line = document.getElementById('cf-spor')!;
  const next = document.getElementById('cf-naeste') as HTMLButtonElement;
  let track = d.track;
  let last = -1; // where the film was when it was looked at last
  const shown = new Map<number, number>(); // how much of a second was shown, in tenths
  const told = new Set<number>();

  const draw = (): void => {
    const svg = el('svg', { viewBox: `0 0 ${Math.max(1, track.length)} 1`, preserveAspectRatio: 'none' });
    for (const m of track.matchAll(/1+/g)) svg.append(el('rect', { class: 'cf-seen', x: m.index, y: 0, width: m[0].length, height: 1 }));
    line.replaceChildren(svg);
    next.hidden = !track.includes('0');
  };

  const look = (): void => {
    const now = film.currentTime;
    // Only what ran on its own, and was on the screen, was seen.
    const ran = now - last;
    if (!film.paused && !film.seeking && document.visibilityState === 'visible' && film.playbackRate <= fastest && last >= 0 && ran > 0 && ran < 0.6 * fastest) {
      for (let t = Math.floor(last * 10); t < Math.floor(now * 10); t++) {
        const s = Math.floor(t / 10);
        shown.set(s, (shown.get(s) ?? 0) + 1);
        // The last second of a film is seldom whole.
        const whole = Math.min(10, Math.floor((film.duration - s) * 10));
        if (shown.get(s)! >= Math.max(1, whole - 1) && track[s] === '0') told.add(s);
      }
    }
    last = film.seeking ? -1 : now;
  };

  let busy = false;
  const tell = async (): Promise<void> => {
    if (busy || told.size === 0) return;
    busy = true;
    try {
      const r = await fetch(d.seen, { method: 'POST', body: JSON.stringify([...told]), headers: { 'Content-Type': 'application/json', Accept: 'application/json' } });
      const t = (await r.json()) as Told;
      if (r.ok) {
        track = t.track;
        for (const s of [...told]) if (track[s] === '1') told.delete(s);
        draw();
      }
      (document.querySelector('#cf-tilbage strong') as HTMLElement).textContent = t.text;
    } catch {
      (document.querySelector('#cf-tilbage strong') as HTMLElement).textContent = d.text['away'] ?? '';
    }
    busy = false;
  };

  const tick = (): void => {
    look();
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  setInterval(() => void tell(), every);
  film.addEventListener('ended', () => {
    if (last >= 0 && film.duration - last < 1) {
      const s = track.length - 1;
      if ((shown.get(s) ?? 0) > 0 || film.duration - s < 0.3) told.add(s);
    }
    void tell();
  });
  film.addEventListener('seeking', () => { last = -1; });
  next.addEventListener('click', () => {
    film.currentTime = Math.max(0, track.indexOf('0'));
    void film.play();
  });
  draw();
}

begin(JSON.parse(document.getElementById('cf-data')!.textContent ?? '{}') as Data);
