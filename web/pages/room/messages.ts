// What is said over the pictures, with the ways on. It takes their place: a
// message about a moment without footage must not stand over another moment's.

import { button } from './data';

export interface Choice {
  text: string;
  act(): void;
  main?: boolean;
}

export class Messages {
  private readonly box = document.getElementById('besked') as HTMLElement;

  constructor(private readonly texts: Record<string, string>) {}

  get shown(): boolean { return !this.box.hidden; }

  show(title: string, text: string, choices: Choice[], focus = true): void {
    (document.getElementById('besked-titel') as HTMLElement).textContent = title;
    (document.getElementById('besked-tekst') as HTMLElement).textContent = text || this.texts['cut'] || '';
    const acts = document.getElementById('besked-valg') as HTMLElement;
    acts.replaceChildren(...choices.map((c) => button(c.text, () => c.act())));
    this.box.hidden = false;
    if (focus) acts.querySelector('button')?.focus();
  }

  hide(): void {
    if (this.box.hidden) return;
    const had = this.box.contains(document.activeElement);
    this.box.hidden = true;
    if (had) document.getElementById('afspil')?.focus();
  }
}
