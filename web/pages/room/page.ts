// The video room: player, timeline and keys tied together, and everything that
// can go wrong said in words.

import { Keys, type Key } from '../../ts/keys';
import { day, nextRecorded, readCoverage, type Coverage, type Window as Span } from '../../ts/model';
import { Player, speeds, type State } from '../../ts/player';
import { Timeline } from '../../ts/timeline';
import { clock, dateTime, instant, wall, type Lang } from '../../ts/times';
import { Messages } from './messages';

interface Period { from: number; to: number; expires: number }
interface Data {
  lang: Lang; base: string; cover: string; active: string; camera: string; viewer: string;
  now: number; min: number; max: number; live: number; widen: string; again: string; periods: Period[];
  text: Record<string, string>; causes: Record<string, string>; kinds: Record<string, string>;
}

const el = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

class Room {
  private readonly d: Data;
  private readonly skew: number; // the server's clock minus ours
  private period: Period;
  private cover: Coverage = { from: 0, to: 0, stretches: [] };
  private readonly player: Player;
  private readonly line: Timeline;
  private readonly say: Messages;
  private over = false;
  private asking = 0;

  constructor(data: Data) {
    this.d = data;
    this.skew = data.now - Date.now();
    this.period = data.periods.at(-1)!;
    this.say = new Messages(data.text);
    this.player = new Player({
      video: el<HTMLVideoElement>('video'),
      address: (q) => `${data.base}/billeder?fra=${Math.floor(q.from)}&til=${Math.ceil(q.to)}${q.keys ? '&noegle=1' : ''}${q.h264 ? '&som=h264' : ''}`,
      bounds: () => this.bounds(),
      shows: (t) => this.shows(t),
      changed: (s) => this.changed(s),
      gap: (g) => this.gap(g),
      cut: (cause, words) => this.cut(cause, words),
      remark: (r) => this.remark(r),
    });
    const span = this.period.to - this.period.from;
    this.line = new Timeline(el('tidslinje'), {
      lang: data.lang, min: data.min, max: data.max,
      window: { from: this.period.from - span * 0.1, to: this.period.to + span * 0.1 },
      text: {
        label: data.text['timeline']!, kinds: { ...data.kinds, unknown: data.kinds['unknown']! }, causes: data.causes,
        held: data.text['held']!, deletedAt: data.text['deletedAt']!, deletionHere: data.text['deletionHere']!, now: data.text['now']!,
      },
      seek: (t) => this.go(t),
      moved: (w) => this.need(w),
    });
    this.line.moveTo(this.period.from, false);
    this.line.setOpen(this.period);
    el<HTMLInputElement>('gaa-til-tid').value = wall(this.period.from);
    this.buttons();
    this.keys();
    this.listen();
    this.tellExpiry();
    void this.load(this.line.window, true);
  }

  private now(): number { return Date.now() + this.skew; }

  private bounds(): Span { return { from: this.period.from, to: this.period.to }; }

  private text(key: string, ...args: string[]): string {
    return args.reduce((s, a, i) => s.replace(`{${i}}`, a), this.d.text[key] ?? key);
  }

  /** Coverage for what is on the timeline, and somewhat more. */
  private async load(w: Span, first = false): Promise<void> {
    const span = w.to - w.from;
    const from = Math.max(this.d.min, w.from - span);
    const to = Math.min(this.d.max, w.to + span);
    if (from >= to) return;
    const asked = ++this.asking;
    try {
      const r = await fetch(`${this.d.cover}?fra=${Math.floor(from)}&til=${Math.ceil(to)}`, { headers: { Accept: 'application/json' } });
      if (r.ok) {
        const c = readCoverage(await r.json());
        if (asked !== this.asking) return;
        this.cover = c;
        this.line.set([{ name: this.d.camera, coverage: c }]);
      } else if (r.status !== 403) { // refused: the room says why when it is cut
        throw await r.json();
      }
    } catch (e) {
      console.warn('coverage', e);
    }
    if (first && !this.over) this.start();
  }

  private timer = 0;
  private need(w: Span): void {
    if (Math.max(w.from, this.d.min) >= this.cover.from && Math.min(w.to, this.d.max) <= this.cover.to) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.load(w), 150);
  }

  /** Begins at the first picture of the period. */
  private start(): void {
    const first = nextRecorded(this.cover, this.period.from);
    if (Number.isNaN(first) || first >= this.period.to) {
      if (this.cover.to > 0) this.say.show(this.text('gap'), this.text('none'), []);
      return;
    }
    this.player.jump(first, false);
  }

  /** Goes to a place that was asked for; one that is not opened is offered. */
  go(t: number, play?: boolean): void {
    if (this.over) return;
    if (t >= this.period.from && t < this.period.to) {
      this.say.hide();
      this.line.moveTo(t);
      this.player.jump(t, play);
      return;
    }
    const other = this.d.periods.find((p) => t >= p.from && t < p.to && p.expires > this.now());
    if (other) {
      this.period = other;
      this.line.setOpen(other);
      this.tellExpiry();
      this.go(t, play);
      return;
    }
    this.player.pause();
    this.line.moveTo(t);
    if (t > this.now() - this.d.live) {
      this.say.show(this.text('closed'), this.text('live'), [{ text: this.text('stay'), act: () => this.stay() }]);
      return;
    }
    const granted = t >= this.d.min && t < this.d.max;
    const from = granted ? Math.max(this.d.min, t - 5 * 60_000) : Math.floor(t / 1000) * 1000;
    const to = granted ? Math.min(this.d.max, this.now() - this.d.live - 5000, t + 25 * 60_000) : from + 60_000;
    if (!granted) { // the answer says what can be done, and the attempt is logged
      void this.open(from, to, t);
      return;
    }
    this.say.show(this.text('closed'), this.text('closed.text', this.range(this.period), this.range({ from, to })), [
      { text: this.text('open'), act: () => void this.open(from, to, t), main: true },
      { text: this.text('stay'), act: () => this.stay() },
    ]);
  }

  private stay(): void {
    this.say.hide();
    if (!Number.isNaN(this.player.at)) this.line.moveTo(this.player.at);
    else this.go(this.period.from);
  }

  private range(p: Span): string {
    return `${dateTime(p.from, this.d.lang, false)}–${clock(p.to, this.d.lang, false)}`;
  }

  private async open(from: number, to: number, t: number): Promise<void> {
    const body = new URLSearchParams({ fra: new Date(from).toISOString(), til: new Date(to).toISOString() });
    const r = await fetch(`${this.d.base}/periode`, { method: 'POST', body, headers: { Accept: 'application/json' } });
    const answer = (await r.json()) as Period[] & { text?: string; key?: string };
    if (!r.ok) {
      const stay = { text: this.text('stay'), act: () => this.stay() };
      const widen = { text: this.text('widen'), act: () => location.assign(this.d.widen), main: true };
      const outside = answer.key === 'grant.interval';
      this.say.show(this.text(outside ? 'outside' : 'closed'), answer.text ?? '', outside && this.d.widen ? [widen, stay] : [stay]);
      return;
    }
    this.d.periods = answer;
    this.say.hide();
    this.go(t);
  }

  private shows(t: number): void {
    el('tid').textContent = dateTime(t, this.d.lang);
    el('tid').dataset['t'] = String(Math.round(t));
    el('over-tid').textContent = dateTime(t, this.d.lang);
    this.line.moveTo(t, this.player.state === 'playing');
  }

  private changed(s: State): void {
    el('rum').dataset['state'] = s;
    el('henter').hidden = s !== 'loading';
    const playing = s === 'playing';
    el('afspil').classList.toggle('v-playing', playing);
    el('afspil-tekst').textContent = this.text(playing ? 'pause' : 'play');
    if (s === 'playing' || s === 'paused' || s === 'loading') this.say.hide();
    if (s === 'end') {
      const at = Number.isNaN(this.player.at) ? this.period.to : this.player.at;
      this.say.show(this.text('end'), this.text('end.text', clock(at, this.d.lang)), [{ text: this.text('stay'), act: () => this.say.hide() }], false);
    }
  }

  private gap(g: { from: number; to: number; cause: string }): void {
    const why = this.d.causes[g.cause] ?? this.d.kinds['unknown']!;
    const next = nextRecorded(this.cover, Math.max(g.to - 1, this.line.position));
    const words = this.text('gap.text', clock(g.from, this.d.lang), clock(g.to, this.d.lang), why);
    const choices = [];
    if (!Number.isNaN(next) && next < this.period.to) choices.push({ text: this.text('next', clock(next, this.d.lang)), act: () => this.go(next, true), main: true });
    const before = nextRecorded(this.cover, g.from, true);
    if (!Number.isNaN(before) && before >= this.period.from) choices.push({ text: this.text('previous', clock(before, this.d.lang)), act: () => this.go(before) });
    this.say.show(this.text('gap'), choices.length && choices[0]!.main ? words : `${words} ${this.text('nomore')}`, choices);
    el('over-tid').textContent = '';
    el('tid').textContent = dateTime(this.line.position, this.d.lang);
    el('tid').dataset['t'] = String(Math.round(this.line.position));
  }

  private skipGap(): void {
    const next = nextRecorded(this.cover, this.line.position + 1);
    const c = this.cover.stretches.find((s) => s.from <= this.line.position && s.to > this.line.position);
    const t = c?.kind === 'recorded' ? nextRecorded(this.cover, c.to + 1) : next;
    if (!Number.isNaN(t)) this.go(t);
  }

  private cut(cause: string, words?: string): void {
    if (cause === 'stream.broken') {
      const at = this.line.position;
      this.say.show(this.text('cut'), words ?? this.text('cut.broken'), [{ text: this.text('retry'), act: () => { this.say.hide(); this.player.jump(at, false); }, main: true }]);
      return;
    }
    this.over = true;
    this.events?.close();
    el('over-tid').textContent = '';
    el('rum').dataset['cut'] = cause;
    const again = cause.startsWith('session') ? { text: this.text('login'), act: () => location.reload() } : { text: this.text('reopen'), act: () => location.assign(this.d.again) };
    this.say.show(this.text('cut'), words ?? this.d.causes[cause] ?? this.text('cut.' + cause), [{ ...again, main: true }]);
    for (const b of document.querySelectorAll<HTMLButtonElement>('.v-bar button, .v-bar select, .v-bar input')) b.disabled = true;
  }

  private remark(r: { transcoded: boolean; masked: boolean }): void {
    const words = [r.transcoded ? this.text('transcoded') : '', r.masked ? this.text('masked') : '', this.player.speed > 4 ? this.text('keysonly') : ''].filter(Boolean);
    el('bemaerkning').textContent = words.join(' · ');
    el('bemaerkning').hidden = words.length === 0;
  }

  private tellExpiry(): void {
    el('udloeb').textContent = this.text('expires', clock(this.period.expires, this.d.lang, false));
  }

  private events: EventSource | null = null;
  private listen(): void {
    this.events = new EventSource(`${this.d.base}/tilstand`);
    this.events.addEventListener('cut', (e) => {
      const p = JSON.parse((e as MessageEvent<string>).data) as { key: string; text: string };
      this.player.cutOff(p.key, p.text);
    });
    this.events.addEventListener('session', (e) => {
      const s = JSON.parse((e as MessageEvent<string>).data) as { ends: string };
      document.dispatchEvent(new CustomEvent('vidne-session', { detail: Date.parse(s.ends) }));
    });
    document.addEventListener('vidne-over', (e) => {
      if (!this.over) this.player.cutOff('session.ended', (e as CustomEvent<string>).detail);
    });
    setInterval(() => {
      if (!this.over && this.now() >= this.period.expires) this.player.cutOff('ticket.expired', this.text('cut.ticket.expired'));
    }, 1000);
  }

  private by(ms: number): void {
    const at = Number.isNaN(this.player.at) ? this.line.position : this.player.at;
    const { from, to } = this.bounds();
    this.go(Math.min(to - 100, Math.max(from, at + ms)));
  }

  private speed(s: number): void {
    this.player.setSpeed(s);
    el<HTMLSelectElement>('hastighed').value = String(s);
    this.remark({ transcoded: false, masked: false });
  }

  private buttons(): void {
    const on = (id: string, act: () => void): void => el(id).addEventListener('click', act);
    on('afspil', () => this.player.toggle());
    on('tilbage', () => this.by(-5000));
    on('frem', () => this.by(5000));
    on('billede-tilbage', () => void this.player.step(-1));
    on('billede-frem', () => void this.player.step(1));
    on('tidligere', () => this.line.panBy(-0.5));
    on('senere', () => this.line.panBy(0.5));
    on('zoom-ind', () => this.line.zoomBy(0.5));
    on('zoom-ud', () => this.line.zoomBy(2));
    on('vis-periode', () => { const s = this.period.to - this.period.from; this.line.show({ from: this.period.from - s * 0.1, to: this.period.to + s * 0.1 }); });
    on('vis-doegn', () => this.line.show({ from: this.line.position - day / 2, to: this.line.position + day / 2 }));
    on('vis-alt', () => this.line.show({ from: this.d.min, to: this.d.max }));
    on('fuld', () => this.full());
    el('stillbillede').addEventListener('submit', (e) => { // of the moment that is shown
      const t = this.player.at;
      if (this.over || Number.isNaN(t)) e.preventDefault();
      else el<HTMLFormElement>('stillbillede').querySelector('input')!.value = String(Math.round(t));
    });
    on('vis-genveje', () => el<HTMLDialogElement>('genveje').showModal());
    el('hastighed').addEventListener('change', () => this.speed(Number(el<HTMLSelectElement>('hastighed').value)));
    el('skaerm').addEventListener('click', (e) => { if (e.target === el('video')) this.player.toggle(); });
    el('gaa-til').addEventListener('submit', (e) => {
      e.preventDefault();
      const t = instant(el<HTMLInputElement>('gaa-til-tid').value);
      if (Number.isNaN(t)) return;
      el('afspil').focus(); // so that the space bar plays, and does not go there again
      this.go(t);
    });
  }

  private full(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void el('skaerm').requestFullscreen();
  }

  private keys(): void {
    const t = (k: string): string => this.text('key.' + k);
    const faster = (): void => {
      if (this.player.state === 'playing') this.speed(speeds[Math.min(speeds.length - 1, speeds.indexOf(this.player.speed) + 1)]!);
      else this.player.play();
    };
    const table: Key[] = [
      { keys: [' '], show: this.text('space'), name: t('play'), act: () => this.player.toggle() },
      { keys: ['j'], show: 'J', name: t('back'), act: () => this.player.reverse() },
      { keys: ['k'], show: 'K', name: t('pause'), act: () => { this.player.pause(); this.speed(1); } },
      { keys: ['l'], show: 'L', name: t('on'), act: faster },
      { keys: ['ArrowLeft'], show: '←', name: t('left'), act: () => this.by(-5000) },
      { keys: ['ArrowRight'], show: '→', name: t('right'), act: () => this.by(5000) },
      { keys: ['Shift+ArrowLeft'], show: 'Shift ←', name: t('farleft'), act: () => this.by(-30_000) },
      { keys: ['Shift+ArrowRight'], show: 'Shift →', name: t('farright'), act: () => this.by(30_000) },
      { keys: [','], show: ',', name: t('framebefore'), act: () => void this.player.step(-1) },
      { keys: ['.'], show: '.', name: t('frameafter'), act: () => void this.player.step(1) },
      { keys: ['i'], show: 'I', name: t('goto'), act: () => el('gaa-til-tid').focus() },
      { keys: ['+'], show: '+', name: t('zoomin'), act: () => this.line.zoomBy(0.5) },
      { keys: ['-'], show: '-', name: t('zoomout'), act: () => this.line.zoomBy(2) },
      { keys: ['n'], show: 'N', name: t('next'), act: () => this.skipGap() },
      { keys: ['f'], show: 'F', name: t('full'), act: () => this.full() },
      { keys: ['?'], show: '?', name: t('help'), act: () => el<HTMLDialogElement>('genveje').showModal() },
    ];
    const keys = new Keys(table);
    const body = document.querySelector('#genveje-tabel tbody')!;
    for (const k of table) {
      const row = document.createElement('tr');
      const key = document.createElement('td');
      for (const part of k.show.split(/(?<=Shift) /)) {
        const kbd = document.createElement('kbd');
        kbd.textContent = part;
        key.append(kbd);
      }
      const what = document.createElement('td');
      what.textContent = k.name;
      row.append(key, what);
      body.append(row);
    }
    const box = el<HTMLInputElement>('genveje-til');
    box.checked = keys.on;
    box.addEventListener('change', () => { keys.on = box.checked; });
  }
}

const data = document.getElementById('rum-data');
if (data) new Room(JSON.parse(data.textContent ?? '{}') as Data);
