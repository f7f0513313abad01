// The page that opens an evidence package where nothing is installed: offline,
// from a file, with nothing but the browser. It lists what is in the envelope,
// plays films, saves files, and compares each file with SHA256SUMS.
import { directory, open, passphrase, small, Trouble, type Entry } from './envelope';
import { say, type Lang, type Word } from './words';

const get = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const sums = '4-KONTROL/SHA256SUMS';

let lang: Lang = 'da';
let file: File | undefined;
let pass = '';
let entries: Entry[] = [];
let told = new Map<string, string>();
let states = new Map<string, 'waits' | 'good' | 'bad' | 'foreign'>();
let said: { at: 'error' | 'status'; key: Word; args: (string | number)[] } | undefined;
let run = 0; // of openings: what an earlier one began stops by itself

function tell(at: 'error' | 'status', key: Word, ...args: (string | number)[]): void {
    said = { at, key, args };
    get('error').textContent = at === 'error' ? say(lang, key, ...args) : '';
    get('status').textContent = at === 'status' ? say(lang, key, ...args) : '';
}

function trouble(e: unknown): void {
    tell('error', e instanceof Trouble ? e.key : 'unreadable');
}

function amount(n: number): string {
    const f = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 });
    return n < 1e3 ? `${n} B` : n < 1e6 ? `${f.format(n / 1e3)} kB` : n < 1e9 ? `${f.format(n / 1e6)} MB` : `${f.format(n / 1e9)} GB`;
}

function button(key: Word, name: string, act: () => void): HTMLButtonElement {
    const b = document.createElement('button');
    b.type = 'button';
    b.textContent = say(lang, key);
    b.setAttribute('aria-label', `${say(lang, key)} ${name}`);
    b.addEventListener('click', act);
    return b;
}

function state(entry: Entry, cell: HTMLElement): void {
    const s = states.get(entry.name) ?? 'waits';
    cell.textContent = say(lang, s);
    cell.className = s === 'good' ? 'good' : s === 'waits' ? '' : 'bad';
}

function row(entry: Entry): HTMLTableRowElement {
    const tr = document.createElement('tr');
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = entry.name;
    const size = document.createElement('td');
    size.textContent = amount(entry.size);
    const check = document.createElement('td');
    check.dataset['check'] = entry.name;
    state(entry, check);
    const act = document.createElement('td');
    if (entry.name.endsWith('.mp4')) act.append(button('play', entry.name, () => void play(entry).catch(trouble)));
    act.append(button('save', entry.name, () => void save(entry).catch(trouble)));
    tr.append(name, size, check, act);
    return tr;
}

function draw(): void {
    document.documentElement.lang = lang;
    document.title = say(lang, 'title');
    for (const e of document.querySelectorAll<HTMLElement>('[data-word]')) e.textContent = say(lang, e.dataset['word'] as Word);
    get('lang').textContent = say(lang, 'other');
    get('lang').lang = lang === 'da' ? 'en' : 'da';
    get('rows').replaceChildren(...entries.map(row));
    if (said) tell(said.at, said.key, ...said.args);
    verdict();
}

function verdict(): void {
    const list = [...states.values()], bad = list.filter((s) => s === 'bad' || s === 'foreign').length;
    const done = list.length > 0 && !list.includes('waits'), v = get('verdict');
    v.textContent = bad > 0 ? say(lang, 'some', bad) : done ? say(lang, 'all', list.length) : '';
    v.className = bad > 0 ? 'bad' : 'good';
}

// blob is a file decrypted, piece by piece into the browser's own keeping.
async function blob(entry: Entry, type: string): Promise<Blob> {
    const parts: Blob[] = [];
    tell('status', 'reading', entry.name);
    await open(file!, entry, pass, (b) => void parts.push(new Blob([b])));
    return new Blob(parts, { type });
}

let shown = '';

async function play(entry: Entry): Promise<void> {
    const b = await blob(entry, 'video/mp4');
    if (shown) URL.revokeObjectURL(shown);
    shown = URL.createObjectURL(b);
    get('filmname').textContent = entry.name;
    get('film').hidden = false;
    get<HTMLVideoElement>('video').src = shown;
    get('filmname').focus();
    tell('status', 'ready');
}

async function save(entry: Entry): Promise<void> {
    const name = entry.name.replace(/.*\//, '');
    const url = URL.createObjectURL(await blob(entry, 'application/octet-stream'));
    const a = document.createElement('a');
    a.href = url;
    a.download = name;
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    tell('status', 'saved', name);
}

async function check(mine: number): Promise<void> {
    let n = 0;
    for (const entry of entries) {
        n++;
        if (mine !== run) return;
        tell('status', 'checking', n, entries.length);
        let result: 'good' | 'bad' | 'foreign' = 'foreign';
        const want = told.get(entry.name);
        if (entry.name === sums) result = 'good'; // opened by its seal, and the measure of the rest
        else if (want !== undefined) {
            try {
                result = (await open(file!, entry, pass, () => undefined)) === want ? 'good' : 'bad';
            } catch (e) {
                if (!(e instanceof Trouble)) throw e;
                result = 'bad';
            }
        }
        if (mine !== run) return;
        states.set(entry.name, result);
        const cell = [...document.querySelectorAll<HTMLElement>('[data-check]')].find((c) => c.dataset['check'] === entry.name);
        if (cell) state(entry, cell);
        verdict();
    }
    tell('status', 'ready');
}

async function begin(): Promise<void> {
    const mine = ++run;
    get('content').hidden = true;
    get('film').hidden = true;
    states = new Map();
    entries = [];
    file = get<HTMLInputElement>('file').files?.[0];
    if (!file) {
        tell('error', 'nofile');
        get('file').focus();
        return;
    }
    const found = await directory(file);
    const p = passphrase(get<HTMLInputElement>('pass').value), list = found.find((e) => e.name === sums);
    if (p === undefined) throw new Trouble('passphrase');
    if (!list) throw new Trouble('form');
    const text = await small(file, list, p);
    pass = p;
    entries = found.sort((a, b) => (a.name < b.name ? -1 : 1)); // 1-SE-HER first
    told = new Map();
    for (const line of text.split('\n')) if (line.length > 66) told.set(line.slice(66), line.slice(0, 64));
    states = new Map(entries.map((e) => [e.name, 'waits']));
    for (const name of told.keys()) if (!entries.some((e) => e.name === name)) states.set(name, 'bad'); // told and not there
    get('content').hidden = false;
    draw();
    await check(mine);
}

get('form').addEventListener('submit', (e) => {
    e.preventDefault();
    begin().catch((err: unknown) => {
        trouble(err);
        if (err instanceof Trouble && err.key === 'passphrase') get('pass').focus();
    });
});
get('lang').addEventListener('click', () => {
    lang = lang === 'da' ? 'en' : 'da';
    draw();
});
draw();
