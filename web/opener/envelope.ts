// The envelope: a ZIP by docs/ref/evidence-package.md, read where it lies.
// Anything that is not as the writer makes it is refused, two files of one
// name among it: programs differ in which of them they show.
import { Counter } from './aes';
import { HmacSha1, Sha256, hex } from './hash';

export interface Entry {
    name: string;
    size: number;
    at: number; // of the salt
}

// Trouble is what a person is told; key is that of its words.
export class Trouble extends Error {
    constructor(readonly key: 'form' | 'names' | 'passphrase' | 'changed' | 'unreadable') {
        super(key);
    }
}

async function bytes(file: Blob, at: number, n: number): Promise<Uint8Array<ArrayBuffer>> {
    if (at < 0 || n < 0 || at + n > file.size) throw new Trouble('form');
    try {
        return new Uint8Array(await file.slice(at, at + n).arrayBuffer());
    } catch {
        throw new Trouble('unreadable');
    }
}

const view = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.length);

function whole(v: DataView, at: number): number {
    const n = v.getBigUint64(at, true);
    if (n > BigInt(Number.MAX_SAFE_INTEGER)) throw new Trouble('form');
    return Number(n);
}

const extra = '0199070002004145030000';

export async function directory(file: Blob): Promise<Entry[]> {
    const tail = await bytes(file, file.size - 98, 98), t = view(tail);
    if (t.getUint32(0) !== 0x504b0606 || t.getUint32(56) !== 0x504b0607 || t.getUint32(76) !== 0x504b0506 || t.getUint16(96) !== 0) throw new Trouble('form');
    const count = whole(t, 24), size = whole(t, 40), begin = whole(t, 48);
    if (begin + size !== file.size - 98 || size > 64 << 20) throw new Trouble('form');
    const d = await bytes(file, begin, size), v = view(d), out: Entry[] = [], seen = new Set<string>();
    let at = 0, place = 0;
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    for (let i = 0; i < count; i++) {
        if (at + 46 > size || v.getUint32(at) !== 0x504b0102 || v.getUint16(at + 8, true) !== 0x809 || v.getUint16(at + 10, true) !== 99) throw new Trouble('form');
        const n = v.getUint16(at + 28, true), x = v.getUint16(at + 30, true), far = place >= 0xffffffff, zip64 = far ? 28 : 20;
        if (x !== zip64 + 11 || v.getUint16(at + 32, true) !== 0 || at + 46 + n + x > size) throw new Trouble('form');
        let name: string;
        try {
            name = text.decode(d.subarray(at + 46, at + 46 + n));
        } catch {
            throw new Trouble('names');
        }
        const e = at + 46 + n, length = whole(v, e + 4), packed = whole(v, e + 12);
        const offset = far ? whole(v, e + 20) : v.getUint32(at + 42, true);
        if (packed !== length + 28 || offset !== place || v.getUint16(e, true) !== 1 || hex(d.subarray(e + zip64, e + x)) !== extra) throw new Trouble('form');
        const parts = name.split('/'), folded = name.toLowerCase();
        if (seen.has(folded) || /[\\:*?"<>|\u0000-\u001f]/.test(name) || parts.some((p) => /^[. ]*$/.test(p))) throw new Trouble('names');
        seen.add(folded);
        const local = await bytes(file, place, 30 + n), lead = view(local);
        if (lead.getUint32(0) !== 0x504b0304 || lead.getUint16(26, true) !== n || lead.getUint16(28, true) !== 31 || text.decode(local.subarray(30)) !== name) throw new Trouble('form');
        out.push({ name, size: length, at: place + 30 + n + 31 });
        place += 30 + n + 31 + packed + 24;
        at = e + x;
    }
    if (at !== size || place !== begin) throw new Trouble('form');
    return out;
}

// passphrase brings what was typed into the form that keys are made from;
// undefined for what can be none.
export function passphrase(typed: string): string | undefined {
    const s = typed.toUpperCase().replace(/[\s\p{Pd}\u2212]/gu, '').replace(/0/g, 'O').replace(/1/g, 'I').replace(/8/g, 'B');
    return /^[A-Z2-7]{24}$/.test(s) ? s.replace(/.{4}(?=.)/g, '$&-') : undefined;
}

async function keys(file: Blob, entry: Entry, pass: string): Promise<Uint8Array> {
    const lead = await bytes(file, entry.at, 18);
    const base = await crypto.subtle.importKey('raw', new TextEncoder().encode(pass), 'PBKDF2', false, ['deriveBits']);
    const key = new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-1', salt: lead.subarray(0, 16), iterations: 1000 }, base, 528));
    if (key[64] !== lead[16] || key[65] !== lead[17]) throw new Trouble('passphrase');
    return key;
}

const chunk = 1 << 20;

// open decrypts one file, a megabyte at a time, and gives its SHA-256. The
// last piece is taken before the seal is known to fit: keep nothing of it
// unless open returns.
export async function open(file: Blob, entry: Entry, pass: string, take: (b: Uint8Array<ArrayBuffer>) => void | Promise<void>): Promise<string> {
    const key = await keys(file, entry, pass);
    const counter = new Counter(key.subarray(0, 32)), mac = new HmacSha1(key.subarray(32, 64)), sum = new Sha256();
    for (let at = 0; at < entry.size; at += chunk) {
        const b = await bytes(file, entry.at + 18 + at, Math.min(chunk, entry.size - at));
        mac.update(b);
        counter.xor(b);
        sum.update(b);
        await take(b);
    }
    const code = await bytes(file, entry.at + 18 + entry.size, 10);
    if (hex(mac.digest().subarray(0, 10)) !== hex(code)) throw new Trouble('changed');
    return hex(sum.digest());
}

// small is a whole file, of at most 64 MB.
export async function small(file: Blob, entry: Entry, pass: string): Promise<string> {
    if (entry.size > 64 << 20) throw new Trouble('form');
    const parts: Uint8Array<ArrayBuffer>[] = [];
    await open(file, entry, pass, (b) => void parts.push(b));
    return new Blob(parts).text();
}
