// The video room: the cameras' players on one clock, the timeline, bookmarks and
// keys tied together, and everything that can go wrong said in words.

import { Conductor, speeds, type State } from '../../ts/conductor';
import { Keys, type Key } from '../../ts/keys';
import { day, nextRecorded, readCoverage, readMotion, united, type Coverage, type Motion, type Window as Span } from '../../ts/model';
import { shownOf, wholePicture } from '../../ts/step';
import { Timeline } from '../../ts/timeline';
import { clock, dateTime, instant, wall } from '../../ts/times';
import { Bookmarks } from './bookmarks';
import { el, say, type Bookmark, type Data, type Period } from './data';
import { list } from './list';
import { Messages } from './messages';
import { Tile } from './tile';

const askMotion = 2500; // milliseconds between questions while the engine still looks
const held = 15_000; // for how long a stream that nobody reads is held open
const fewStreams = 4; // more than that, and a browser without HTTP/2 has no connection left for the rest

class Room {
  private readonly d: Data;
  private readonly skew: number; // the server's clock minus ours
  private period: Period;
  private readonly covers = new Map<string, Coverage>();
  private readonly motions = new Map<string, Motion>();
  private cover: Coverage = { from: 0, to: 0, stretches: [] }; // of the chosen camera
  private readonly tiles: Tile[];
  private readonly conductor: Conductor;
  private readonly line: Timeline;
  private readonly say: Messages;
  private readonly marks: Bookmarks;
  private chosen = 0;
  private layout = '1';
  private begun = NaN; // of a stretch that is being marked
  private over = false;
  private asking = 0;

  constructor(data: Data) {
    this.d = data;
    this.skew = data.now - Date.now();
    this.period = data.periods.at(-1)!;
    this.say = new Messages(data.text);
    this.conductor = new Conductor({
      bounds: () => this.bounds(),
      changed: (s) => this.changed(s),
      time: (t) => this.time(t),
      nothing: (t, after) => this.nothing(t, after),
    });
    this.tiles = [...document.querySelectorAll<HTMLElement>('.v-tile')].map((box, i) => new Tile(box, data.cameras[i]!, data, {
      bounds: () => this.bounds(),
      place: () => this.conductor.at,
      hold: () => (this.on().length > fewStreams ? 0 : held),
      several: () => this.on().length > 1,
      shows: () => { if (i === this.chosen) this.shows(); },
      cut: (cause, words) => this.tileCut(cause, words),
      chosen: (again) => this.touched(i, again),
    }));
    const s = this.period.to - this.period.from;
    this.line = new Timeline(el('tidslinje'), {
      lang: data.lang, min: data.oldest, max: data.now, grant: { from: data.min, to: data.max },
      window: { from: this.period.from - s * 0.1, to: this.period.to + s * 0.1 },
      text: {
        label: data.text['timeline']!, kinds: data.kinds, causes: data.causes, held: data.text['held']!, deletedAt: data.text['deletedAt']!,
        deletionHere: data.text['deletionHere']!, motion: data.text['motion']!, outside: data.text['outside']!,
      },
      seek: (t) => this.go(t),
      moved: (w) => this.need(w),
    });
    this.line.moveTo(this.period.from, false);
    this.line.setOpen(this.period);
    this.marks = new Bookmarks(data, {
      go: (b) => this.goMark(b),
      changed: () => this.flags(),
      failed: (words) => this.tell(words),
    });
    el<HTMLInputElement>('gaa-til-tid').value = wall(this.period.from);
    this.buttons();
    this.keys();
    this.listen();
    this.tellExpiry();
    this.arrange(document.querySelector<HTMLSelectElement>('#opstilling')?.value ?? '1');
    void this.load(this.line.window, true);
    setInterval(() => this.tick(), 200);
  }

  private now(): number { return Date.now() + this.skew; }

  private bounds(): Span { return { from: this.period.from, to: this.period.to }; }

  private text(key: string, ...args: string[]): string { return say(this.d, key, ...args); }

  // Which pictures stand where.

  private on(): Tile[] { return this.tiles.filter((t) => !t.hidden); }

  private arrange(layout: string): void {
    this.layout = layout;
    const large = layout === 'large';
    const shown = large ? this.tiles.map((_, i) => i) : shownOf(this.tiles.length, Number(layout), this.chosen);
    this.tiles.forEach((t, i) => {
      t.hidden = !shown.includes(i);
      t.box.classList.toggle('v-chosen', i === this.chosen);
      if (t.hidden) t.look(wholePicture);
    });
    const screen = el('skaerm');
    screen.dataset['layout'] = layout;
    screen.dataset['shown'] = String(shown.length);
    const select = document.querySelector<HTMLSelectElement>('#opstilling');
    if (select) select.value = layout;
    for (const b of document.querySelectorAll<HTMLElement>('.v-cameras button')) b.setAttribute('aria-pressed', String(Number(b.dataset['n']) === this.chosen));
    this.conductor.put(this.on().map((t) => t.player), this.tiles[this.chosen]!.player);
    this.tracks();
    this.lens();
    this.shows();
  }

  choose(i: number): void {
    if (!this.tiles[i] || this.over) return;
    this.chosen = i;
    this.arrange(this.layout);
  }

  /** A picture was touched: it is chosen; the chosen one plays or stands; twice makes it large. */
  private touched(i: number, again: boolean): void {
    if (this.over) return;
    if (again) {
      this.choose(i);
      if (this.tiles.length > 2) this.arrange(this.layout === 'large' ? this.smallest() : 'large');
    } else if (i === this.chosen) {
      this.conductor.toggle();
    } else {
      this.choose(i);
    }
  }

  private smallest(): string {
    return [...document.querySelectorAll<HTMLOptionElement>('#opstilling option')].map((o) => o.value).find((v) => Number(v) >= this.tiles.length) ?? '1';
  }

  private lens(): void {
    const l = this.tiles[this.chosen]!.lens;
    el('naermere-paa').textContent = `${Math.round(l.scale * 10) / 10}×`.replace('.', this.d.lang === 'da' ? ',' : '.');
    el('flyt-udsnit').hidden = l.scale === 1;
  }

  private closer(factor: number): void {
    this.tiles[this.chosen]!.closer(factor);
    this.lens();
  }

  private move(dx: number, dy: number): void { this.tiles[this.chosen]!.move(dx, dy); }

  // What there is: coverage, motion, bookmarks.

  /** Coverage for what is on the timeline, and somewhat more. */
  private async load(w: Span, first = false): Promise<void> {
    const span = w.to - w.from;
    const from = Math.max(this.d.min, w.from - span);
    const to = Math.min(this.d.max, w.to + span);
    if (from >= to) return;
    const asked = ++this.asking;
    try {
      const r = await fetch(`${this.d.base}/daekning?fra=${Math.floor(from)}&til=${Math.ceil(to)}`, { headers: { Accept: 'application/json' } });
      if (r.ok) {
        const all = ((await r.json()) as (Parameters<typeof readCoverage>[0] & { camera: string })[]).map((c) => [c.camera, readCoverage(c)] as const);
        if (asked !== this.asking) return;
        for (const [id, c] of all) this.covers.set(id, c);
        this.tracks();
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
    this.listLater();
    const c = this.covers.get(this.d.cameras[0]!.id) ?? { from: 0, to: 0 };
    if (Math.max(w.from, this.d.min) >= c.from && Math.min(w.to, this.d.max) <= c.to) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.load(w), 150);
  }

  private tracks(): void {
    const camera = this.d.cameras[this.chosen]!;
    const motion = (ids: string[]): Motion[] => ids.flatMap((id) => this.motions.get(id) ?? []);
    this.cover = this.covers.get(camera.id) ?? this.cover;
    const all = { name: this.text('track.all'), coverage: united([...this.covers.values()]), motion: motion(this.d.cameras.map((c) => c.id)) };
    this.line?.set([{ name: camera.name, coverage: this.cover, motion: motion([camera.id]) }, ...(this.tiles.length > 1 ? [all] : [])]);
    this.listLater();
  }

  private lister = 0;
  private listLater(): void {
    clearTimeout(this.lister);
    this.lister = window.setTimeout(() => {
      if (el<HTMLDetailsElement>('liste').open) list(this.d, this.line.window, this.covers, this.motions, this.marks.all);
    }, 150);
  }

  private flags(): void {
    const begun = Number.isNaN(this.begun) ? [] : [{ from: this.begun, to: this.begun, words: this.text('mark.begun') }];
    this.line.setFlags([...begun, ...(this.marks?.all ?? [])]);
    this.listLater();
  }

  /** Asks where something moved, camera by camera, for as long as the engine still looks. */
  private async motion(): Promise<void> {
    const { from, to } = this.period;
    for (const [i, c] of this.d.cameras.entries()) {
      if (this.over || this.period.from !== from) return;
      if (this.motions.get(c.id)?.done) continue;
      const r = await fetch(`${this.d.base}/bevaegelse?kamera=${encodeURIComponent(c.id)}&fra=${from}&til=${to}`, { headers: { Accept: 'application/json' } }).catch(() => null);
      if (r?.ok) {
        this.motions.set(c.id, readMotion(await r.json()));
        if (i === this.chosen || this.tiles.length > 1) this.tracks();
      } else if (r && r.status < 500 && r.status !== 429) {
        this.motions.set(c.id, { looked: [], marks: [], done: true }); // not for this one
      }
    }
    const left = this.d.cameras.some((c) => !this.motions.get(c.id)?.done);
    el('bevaegelse').textContent = left ? this.text('motion.looking') : '';
    if (left) window.setTimeout(() => void this.motion(), askMotion);
  }

  // Where we are.

  /** Begins at the first picture of the period. */
  private start(): void {
    const first = Math.min(...[...this.covers.values()].map((c) => nextRecorded(c, this.period.from)).filter((t) => !Number.isNaN(t)));
    if (first >= this.period.to) {
      if (this.covers.size > 0) this.say.show(this.text('gap'), this.text('none'), []);
      return;
    }
    this.conductor.jump(first, false);
    void this.motion();
  }

  /** Goes to a place that was asked for; one that is not opened is offered. */
  go(t: number, play?: boolean): void {
    if (this.over) return;
    if (t >= this.period.from && t < this.period.to) {
      this.say.hide();
      this.line.moveTo(t);
      this.conductor.jump(t, play);
      return;
    }
    const other = this.d.periods.find((p) => t >= p.from && t < p.to && p.expires > this.now());
    if (other) {
      this.period = other;
      this.line.setOpen(other);
      this.conductor.forget();
      this.motions.clear();
      void this.motion();
      this.tellExpiry();
      this.go(t, play);
      return;
    }
    this.conductor.pause();
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

  private goMark(b: Bookmark): void {
    const i = this.d.cameras.findIndex((c) => b.cameras.includes(c.id));
    if (i >= 0 && !b.cameras.includes(this.d.cameras[this.chosen]!.id)) this.choose(i);
    this.go(b.from);
  }

  private stay(): void {
    this.say.hide();
    const t = this.conductor.at;
    if (!Number.isNaN(t)) this.line.moveTo(t);
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

  /** When the picture that is looked at was taken; without one, the moment that it would be of. */
  private at(): number {
    const p = this.tiles[this.chosen]!.player;
    const t = this.conductor.at;
    return p.dead || p.has(t) === 'gap' || Number.isNaN(p.at) ? t : p.at;
  }

  private shows(): void {
    const t = this.at();
    if (Number.isNaN(t)) return;
    el('tid').textContent = dateTime(t, this.d.lang);
    el('tid').dataset['t'] = String(Math.round(t));
  }

  private time(t: number): void {
    this.line.moveTo(t, this.conductor.state === 'playing');
    if (this.conductor.state !== 'playing') this.shows();
  }

  private tick(): void {
    el('vis-faerre').hidden = !this.on().some((t) => t.player.sparse);
    if (this.over) return;
    const t = this.conductor.at;
    const several = this.on().length > 1;
    for (const tile of this.tiles) tile.tell(t, !several, (to) => this.go(to, true));
    el('rum').dataset['apart'] = this.conductor.state === 'playing' ? String(Math.round(this.conductor.apart * 1000)) : '';
    const p = this.tiles[this.chosen]!.player;
    if (p.dead || p.has(t) === 'gap') this.shows();
    if (this.now() >= this.period.expires) this.cutOff('ticket.expired', this.text('cut.ticket.expired'));
  }

  private changed(s: State): void {
    el('rum').dataset['state'] = s;
    const playing = s === 'playing';
    el('afspil').classList.toggle('v-playing', playing);
    el('afspil-tekst').textContent = this.text(playing ? 'pause' : 'play');
    if (s === 'playing' || s === 'paused' || s === 'loading') this.say.hide();
    if (s === 'end') {
      this.say.show(this.text('end'), this.text('end.text', clock(this.conductor.at, this.d.lang)), [{ text: this.text('stay'), act: () => this.say.hide() }], false);
    }
  }

  private nothing(t: number, after: number): void {
    const p = this.tiles[this.chosen]!.player;
    const g = p.gap(t);
    const why = this.d.causes[g.cause] ?? this.d.kinds['unknown']!;
    const words = this.text('gap.text', clock(g.from, this.d.lang), clock(g.to, this.d.lang), why);
    const all = this.on().map((x) => this.covers.get(x.camera.id)).filter((c) => c !== undefined);
    const next = Math.min(...all.map((c) => nextRecorded(c, Math.max(after - 1, t))).filter((x) => !Number.isNaN(x)));
    const before = Math.max(...all.map((c) => nextRecorded(c, g.from, true)).filter((x) => !Number.isNaN(x)));
    const choices = [];
    if (next < this.period.to) choices.push({ text: this.text('next', clock(next, this.d.lang)), act: () => this.go(next, true), main: true });
    if (before >= this.period.from) choices.push({ text: this.text('previous', clock(before, this.d.lang)), act: () => this.go(before) });
    this.say.show(this.text('gap'), next < this.period.to ? words : `${words} ${this.text('nomore')}`, choices);
    this.shows();
  }

  private skipGap(): void {
    const t = this.line.position;
    const c = this.cover.stretches.find((s) => s.from <= t && s.to > t);
    const next = c?.kind === 'recorded' ? nextRecorded(this.cover, c.to + 1) : nextRecorded(this.cover, t + 1);
    if (!Number.isNaN(next)) this.go(next);
  }

  // How it ends.

  /** The pictures of one camera ended: with several, the others go on unless the right to all has ended. */
  private tileCut(cause: string, words?: string): void {
    const all = /^(grant|ticket|session|access|viewing)\b/.test(cause);
    if (!all && (this.on().length > 1 || cause === 'stream.broken')) {
      if (this.on().length > 1) return; // the tile says it
      const t = this.conductor.at;
      this.say.show(this.text('cut'), words ?? this.text('cut.broken'), [{ text: this.text('retry'), act: () => {
        this.say.hide();
        for (const x of this.on()) x.player.revive();
        this.conductor.jump(t, false);
      }, main: true }]);
      return;
    }
    this.cutOff(cause, words);
  }

  private cutOff(cause: string, words?: string): void {
    if (this.over) return;
    this.over = true;
    this.conductor.cutOff();
    this.events?.close();
    for (const x of document.querySelectorAll('.v-over-time')) x.textContent = '';
    for (const x of document.querySelectorAll<HTMLElement>('.v-none, .v-tile .v-loading')) x.hidden = true;
    el('rum').dataset['cut'] = cause;
    const again = cause.startsWith('session') ? { text: this.text('login'), act: () => location.reload() } : { text: this.text('reopen'), act: () => location.assign(this.d.again) };
    this.say.show(this.text('cut'), words ?? this.d.causes[cause] ?? this.text('cut.' + cause), [{ ...again, main: true }]);
    for (const b of document.querySelectorAll<HTMLButtonElement>('.v-bar button, .v-bar select, .v-bar input, .v-cameras button, .v-bookmarks button')) b.disabled = true;
    el<HTMLDialogElement>('bogmaerke').close();
  }

  private tellExpiry(): void {
    el('udloeb').textContent = this.text('expires', clock(this.period.expires, this.d.lang, false));
  }

  private tell(words: string): void { el('meldt').textContent = words; }

  private events: EventSource | null = null;
  private listen(): void {
    this.events = new EventSource(`${this.d.base}/tilstand`);
    this.events.addEventListener('cut', (e) => {
      const p = JSON.parse((e as MessageEvent<string>).data) as { key: string; text: string };
      this.cutOff(p.key, p.text);
    });
    this.events.addEventListener('session', (e) => {
      const s = JSON.parse((e as MessageEvent<string>).data) as { ends: string };
      document.dispatchEvent(new CustomEvent('vidne-session', { detail: Date.parse(s.ends) }));
    });
    document.addEventListener('vidne-over', (e) => this.cutOff('session.ended', (e as CustomEvent<string>).detail));
  }

  // Hands.

  private by(ms: number): void {
    const { from, to } = this.bounds();
    this.go(Math.min(to - 100, Math.max(from, this.at() + ms)));
  }

  private speed(s: number): void {
    this.conductor.setSpeed(s);
    el<HTMLSelectElement>('hastighed').value = String(s);
    el('kun-noegle').hidden = s <= 2;
  }

  /** Bookmarks: of now, or from where a stretch was begun until now. */
  private mark(from: number, to: number): void {
    if (Number.isNaN(from)) return;
    this.conductor.pause();
    this.begun = NaN;
    this.flags();
    this.marks.edit({ id: '', cameras: [this.d.cameras[this.chosen]!.id], where: [], from: Math.min(from, to), to: Math.max(from, to), words: '', name: this.d.viewer });
  }

  private begin(): void {
    this.begun = Math.round(this.at());
    this.flags();
    this.tell(this.text('mark.begun.at', clock(this.begun, this.d.lang)));
  }

  private finish(): void {
    const t = Math.round(this.at());
    this.mark(Number.isNaN(this.begun) ? t : this.begun, t);
  }

  private full(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void el('skaerm').requestFullscreen();
  }

  private buttons(): void {
    const on = (id: string, act: () => void): void => document.getElementById(id)?.addEventListener('click', act);
    on('afspil', () => this.conductor.toggle());
    on('tilbage', () => this.by(-5000));
    on('frem', () => this.by(5000));
    on('billede-tilbage', () => void this.conductor.step(-1));
    on('billede-frem', () => void this.conductor.step(1));
    on('tidligere', () => this.line.panBy(-0.5));
    on('senere', () => this.line.panBy(0.5));
    on('zoom-ind', () => this.line.zoomBy(0.5));
    on('zoom-ud', () => this.line.zoomBy(2));
    on('vis-periode', () => { const s = this.period.to - this.period.from; this.line.show({ from: this.period.from - s * 0.1, to: this.period.to + s * 0.1 }); });
    on('vis-doegn', () => this.line.show({ from: this.line.position - day / 2, to: this.line.position + day / 2 }));
    on('vis-alt', () => { const s = this.d.max - this.d.min; this.line.show({ from: this.d.min - s * 0.05, to: this.d.max + s * 0.05 }); });
    on('vis-maaned', () => this.line.show({ from: this.d.oldest, to: this.d.now }));
    on('fuld', () => this.full());
    on('naermere', () => this.closer(1.5));
    on('fjernere', () => this.closer(1 / 1.5));
    on('udsnit-venstre', () => this.move(-0.2, 0));
    on('udsnit-hoejre', () => this.move(0.2, 0));
    on('udsnit-op', () => this.move(0, -0.2));
    on('udsnit-ned', () => this.move(0, 0.2));
    on('udsnit-hele', () => { this.tiles[this.chosen]!.look(wholePicture); this.lens(); });
    on('bogmaerk', () => this.finish());
    on('vis-genveje', () => el<HTMLDialogElement>('genveje').showModal());
    for (const t of this.tiles) t.box.addEventListener('wheel', () => this.lens());
    el('stillbillede').addEventListener('submit', (e) => { // of the moment that is shown
      const form = el<HTMLFormElement>('stillbillede');
      const p = this.tiles[this.chosen]!.player;
      if (this.over || Number.isNaN(p.at) || this.at() !== p.at) e.preventDefault();
      form.querySelector<HTMLInputElement>('input[name=t]')!.value = String(Math.round(p.at));
      form.querySelector<HTMLInputElement>('input[name=kamera]')!.value = this.d.cameras[this.chosen]!.id;
    });
    el('hastighed').addEventListener('change', () => this.speed(Number(el<HTMLSelectElement>('hastighed').value)));
    document.getElementById('opstilling')?.addEventListener('change', (e) => this.arrange((e.target as HTMLSelectElement).value));
    for (const b of document.querySelectorAll<HTMLElement>('.v-cameras button')) b.addEventListener('click', () => this.choose(Number(b.dataset['n'])));
    el('liste').addEventListener('toggle', () => this.listLater());
    el('gaa-til').addEventListener('submit', (e) => {
      e.preventDefault();
      const t = instant(el<HTMLInputElement>('gaa-til-tid').value);
      if (Number.isNaN(t)) return;
      el('afspil').focus(); // so that the space bar plays, and does not go there again
      this.go(t);
    });
  }

  private keys(): void {
    const t = (k: string): string => this.text('key.' + k);
    const faster = (): void => {
      if (this.conductor.state === 'playing' && this.conductor.back === 0) this.speed(speeds[Math.min(speeds.length - 1, speeds.indexOf(this.conductor.speed) + 1)]!);
      else this.conductor.play();
    };
    const many = this.tiles.length > 1;
    const table: Key[] = [
      { keys: [' '], show: this.text('space'), name: t('play'), act: () => this.conductor.toggle() },
      { keys: ['j'], show: 'J', name: t('back'), act: () => this.conductor.reverse() },
      { keys: ['k'], show: 'K', name: t('pause'), act: () => { this.conductor.pause(); this.speed(1); } },
      { keys: ['l'], show: 'L', name: t('on'), act: faster },
      { keys: ['ArrowLeft'], show: '←', name: t('left'), act: () => this.by(-5000) },
      { keys: ['ArrowRight'], show: '→', name: t('right'), act: () => this.by(5000) },
      { keys: ['Shift+ArrowLeft'], show: 'Shift ←', name: t('farleft'), act: () => this.by(-30_000) },
      { keys: ['Shift+ArrowRight'], show: 'Shift →', name: t('farright'), act: () => this.by(30_000) },
      { keys: [','], show: ',', name: t('framebefore'), act: () => void this.conductor.step(-1) },
      { keys: ['.'], show: '.', name: t('frameafter'), act: () => void this.conductor.step(1) },
      { keys: ['i'], show: 'I', name: t('goto'), act: () => el('gaa-til-tid').focus() },
      { keys: ['n'], show: 'N', name: t('next'), act: () => this.skipGap() },
      ...(many ? [
        { keys: this.d.cameras.map((c) => String(c.number)), show: `1-${this.tiles.length}`, name: t('camera'), act: (e: KeyboardEvent) => this.choose(Number(e.key) - 1) },
        { keys: ['o'], show: 'O', name: t('layout'), act: () => this.turnLayout() },
      ] : []),
      { keys: ['b'], show: 'B', name: t('mark'), act: () => this.mark(Math.round(this.at()), Math.round(this.at())) },
      { keys: ['['], show: '[', name: t('markfrom'), act: () => this.begin() },
      { keys: [']'], show: ']', name: t('markto'), act: () => this.finish() },
      { keys: ['+'], show: '+', name: t('zoomin'), act: () => this.line.zoomBy(0.5) },
      { keys: ['-'], show: '-', name: t('zoomout'), act: () => this.line.zoomBy(2) },
      { keys: ['z'], show: 'Z', name: t('closer'), act: () => this.closer(1.5) },
      { keys: ['x'], show: 'X', name: t('farther'), act: () => this.closer(1 / 1.5) },
      { keys: ['w', 'a', 's', 'd'], show: 'W A S D', name: t('move'), act: (e) => this.move(...({ w: [0, -0.2], a: [-0.2, 0], s: [0, 0.2], d: [0.2, 0] } as Record<string, [number, number]>)[e.key.toLowerCase()]!) },
      { keys: ['f'], show: 'F', name: t('full'), act: () => this.full() },
      { keys: ['?'], show: '?', name: t('help'), act: () => el<HTMLDialogElement>('genveje').showModal() },
    ];
    const keys = new Keys(table);
    const body = document.querySelector('#genveje-tabel tbody')!;
    for (const k of table) {
      const row = document.createElement('tr');
      const key = document.createElement('td');
      for (const part of k.show.split(/(?<=Shift|[WASD]) /)) {
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

  private turnLayout(): void {
    const all = [...document.querySelectorAll<HTMLOptionElement>('#opstilling option')].map((o) => o.value);
    this.arrange(all[(all.indexOf(this.layout) + 1) % all.length]!);
  }
}

const data = document.getElementById('rum-data');
if (data) new Room(JSON.parse(data.textContent ?? '{}') as Data);
