// The conductor: one clock for all the cameras that are looked at. Each player
// follows it; where one has nothing, the others go on; where none has, it stops
// and says so; while one still fetches, all wait a moment for it.

import type { Player } from './player';
import { Clock, spread } from './step';

export type State = 'empty' | 'loading' | 'paused' | 'playing' | 'gap' | 'end' | 'cut';

export interface ConductorOptions {
  bounds(): { from: number; to: number };
  changed(state: State): void;
  /** It is t; called while time goes and when it stands anew. */
  time(t: number): void;
  /** Nothing is there at t, in any picture; the soonest that one has any is after. */
  nothing(t: number, after: number): void;
}

export const speeds = [0.25, 0.5, 1, 2, 4, 8];
const keysAbove = 2; // faster than this only key frames are fetched, and shown one by one
const shortGap = 3000; // passed through without a word
const patience = 5000; // for how long all wait for one that fetches
const beat = 40;

export class Conductor {
  state: State = 'empty';
  speed = 1;
  private readonly clock = new Clock();
  private on: Player[] = [];
  private lead: Player | null = null;
  private wish = 0; // the rate that time should go at; 0: stand
  private since = 0; // when waiting began
  private arrival: (() => void)[] = [];
  private readonly late = new Set<Player>(); // not waited for any more

  constructor(private readonly o: ConductorOptions) {
    setInterval(() => this.tick(), beat);
  }

  /** The moment that is shown. */
  get at(): number {
    return this.clock.at(performance.now());
  }

  get back(): number {
    return this.wish < 0 ? -this.wish : 0;
  }

  /** Seconds between the picture that is furthest ahead and the one furthest behind. */
  get apart(): number {
    return spread(this.on.map((p) => p.drift).filter((d) => !Number.isNaN(d)));
  }

  /** Which are on the screen, and whose pictures are stepped through. */
  put(on: Player[], lead: Player): void {
    // What there was no room for is asked for anew: there may be now.
    for (const p of this.on) if (!on.includes(p) || p.sparse && on.length < this.on.length) p.clear();
    this.on = on;
    this.lead = lead;
    this.late.clear();
    if (this.state === 'playing' || this.state === 'paused') this.load();
  }

  jump(t: number, play = this.wish !== 0): void {
    if (this.state === 'cut') return;
    const { from, to } = this.o.bounds();
    this.clock.rate = 0;
    this.clock.set(Math.min(to - 1, Math.max(from, t)), performance.now());
    this.wish = play ? this.speed : 0;
    this.load();
  }

  play(): void {
    if (this.state === 'cut' || this.state === 'empty') return;
    this.wish = this.speed;
    if (this.state === 'paused' || this.state === 'playing') this.load();
  }

  pause(): void {
    this.wish = 0;
    if (this.state === 'playing') this.stand('paused');
  }

  toggle(): void {
    if (this.wish !== 0) this.pause();
    else this.play();
  }

  /** Lets go of what is here: another period is open. */
  forget(): void {
    for (const p of this.on) p.clear();
  }

  setSpeed(s: number): void {
    this.speed = s;
    if (this.wish > 0) this.wish = s;
    if (this.state === 'playing' || this.state === 'paused') this.load();
  }

  /** Plays backwards at 1, 2, 4: picture by picture. */
  reverse(): void {
    if (this.state === 'cut' || this.state === 'empty') return;
    this.wish = -Math.min(4, this.back === 0 ? 1 : this.back * 2);
    this.load();
  }

  /** Exactly one picture of the leading camera on or back; the others go along. */
  async step(by: 1 | -1): Promise<void> {
    this.pause();
    if (this.speed > keysAbove) this.setSpeed(1);
    await this.arrived();
    const lead = this.lead;
    if (!lead || this.state === 'cut' || this.state === 'empty') return;
    const t = this.at;
    let to = lead.next(t, by);
    if (Number.isNaN(to)) { // it lies before or after what is here
      lead.want(t + by * 4000, false, by < 0);
      for (let waited = 0; Number.isNaN(to) && waited < patience && !lead.done && !lead.dead; waited += beat) {
        await new Promise((ok) => setTimeout(ok, beat));
        to = lead.next(t, by);
      }
    }
    const { from, to: end } = this.o.bounds();
    if (Number.isNaN(to) || to < from - 1000 || to >= end || this.wish !== 0) return;
    this.clock.set(to, performance.now());
    this.load();
    await this.arrived();
  }

  /** Ends everything and blanks the pictures: stopped, expired, logged out. */
  cutOff(): void {
    this.wish = 0;
    this.clock.rate = 0;
    for (const p of this.on) p.clear();
    this.become('cut');
  }

  private get rate(): number {
    return this.wish === 0 ? this.speed : this.wish;
  }

  /** Pictures are shown one by one: backwards, and when only key frames are there. */
  private get singly(): boolean {
    return this.rate < 0 || this.keys;
  }

  private get keys(): boolean {
    return Math.abs(this.rate) > keysAbove;
  }

  private load(): void {
    const now = performance.now();
    this.clock.run(0, now);
    for (const p of this.on) p.rest();
    this.since = now;
    this.late.clear();
    this.become('loading');
    this.tick();
  }

  private arrived(): Promise<void> {
    if (this.state !== 'loading') return Promise.resolve();
    return new Promise((ok) => this.arrival.push(ok));
  }

  private stand(s: State): void {
    this.clock.run(0, performance.now());
    this.wish = 0;
    for (const p of this.on) p.rest();
    this.become(s);
    this.o.time(this.at);
  }

  private tick(): void {
    if (this.state === 'empty' || this.state === 'cut' || this.on.length === 0) return;
    const now = performance.now();
    const t = this.clock.at(now);
    const { from, to } = this.o.bounds();
    if (this.state === 'playing' && (t >= to - 1 || t <= from && this.wish < 0)) {
      this.clock.set(Math.min(to - 1, Math.max(from, t)), now);
      this.stand(t <= from ? 'paused' : 'end');
      return;
    }
    for (const p of this.on) p.want(t, this.keys, this.rate < 0);
    const has = this.on.map((p) => (p.dead ? 'gap' : p.has(t)));
    const waits = this.on.filter((p, i) => has[i] === 'wait' && !this.late.has(p));
    if (this.state === 'loading') this.loading(t, now, has, waits);
    else if (this.state === 'playing') this.playing(t, now, has, waits);
    else this.show(t, has); // one that was late has come
  }

  private loading(t: number, now: number, has: string[], waits: Player[]): void {
    this.show(t, has);
    const some = has.includes('picture');
    if (waits.length > 0) {
      if (now - this.since < patience || !some) return;
      for (const p of waits) this.late.add(p);
    }
    if (!some) {
      if (!this.late.size) this.nothing(t);
      return;
    }
    const standing = this.on.every((p, i) => has[i] !== 'picture' || p.stands(t));
    if (!standing && now - this.since < patience) return;
    if (this.wish > 0 && !this.singly && now - this.since < patience && this.on.some((p, i) => has[i] === 'picture' && p.ahead(t) < 0.4)) return;
    this.become(this.wish === 0 ? 'paused' : 'playing');
    this.clock.run(this.wish, now);
    this.o.time(t);
    for (const ok of this.arrival.splice(0)) ok();
  }

  private playing(t: number, now: number, has: string[], waits: Player[]): void {
    if (waits.length > 0) { // all wait for it
      this.load();
      return;
    }
    if (!has.includes('picture')) {
      const after = Math.min(...this.on.map((p) => p.gap(t).to));
      if (after - t > shortGap || after >= this.o.bounds().to) {
        this.nothing(t);
        return;
      }
    }
    this.on.forEach((p, i) => {
      if (has[i] === 'gap' && this.wish > 0 && !this.singly) p.rejoin(t);
      else if (has[i] !== 'picture') p.rest();
      else if (this.singly) p.show(t);
      else p.follow(t, this.wish);
    });
    this.clock.run(this.wish, now);
    this.o.time(t);
  }

  private show(t: number, has: string[]): void {
    this.on.forEach((p, i) => {
      if (has[i] === 'picture' && !p.stands(t)) p.show(t);
    });
  }

  private nothing(t: number): void {
    const after = Math.min(...this.on.map((p) => p.gap(t).to));
    this.stand('gap');
    for (const ok of this.arrival.splice(0)) ok();
    if (!this.on.every((p) => p.dead)) this.o.nothing(t, after);
  }

  private become(s: State): void {
    if (s === this.state) return;
    this.state = s;
    this.o.changed(s);
  }
}
