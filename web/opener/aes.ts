// AES-256 in counter mode as WinZip has it: the counter little-endian from 1.
// WebCrypto counts big-endian, and gives no single block.

const S = new Uint8Array(256);
const T = [0, 1, 2, 3].map(() => new Uint32Array(256)) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

// The tables of FIPS 197, computed: S is the inverse in GF(2^8) and an affine
// map, T a column of MixColumns for each place in it.
{
    const turn = (x: number, n: number): number => ((x << n) | (x >>> (8 - n))) & 255;
    let p = 1, q = 1;
    do {
        p = (p ^ (p << 1) ^ (p & 0x80 ? 0x11b : 0)) & 255;
        q ^= q << 1;
        q ^= q << 2;
        q = (q ^ (q << 4)) & 255;
        if (q & 0x80) q ^= 0x09;
        S[p] = q ^ turn(q, 1) ^ turn(q, 2) ^ turn(q, 3) ^ turn(q, 4) ^ 0x63;
    } while (p !== 1);
    S[0] = 0x63;
    for (let i = 0; i < 256; i++) {
        const s = S[i]!, s2 = ((s << 1) ^ (s & 0x80 ? 0x11b : 0)) & 255;
        let t = ((s2 << 24) | (s << 16) | (s << 8) | (s2 ^ s)) >>> 0;
        for (let k = 0; k < 4; k++) {
            T[k as 0 | 1 | 2 | 3][i] = t;
            t = ((t >>> 8) | (t << 24)) >>> 0;
        }
    }
}

const rounds = 14;

function schedule(key: Uint8Array): Uint32Array {
    const w = new Uint32Array(4 * (rounds + 1));
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    const sub = (x: number): number => (S[x >>> 24]! << 24) | (S[(x >>> 16) & 255]! << 16) | (S[(x >>> 8) & 255]! << 8) | S[x & 255]!;
    let rcon = 1;
    for (let i = 0; i < w.length; i++) {
        if (i < 8) {
            w[i] = view.getUint32(4 * i);
            continue;
        }
        let t = w[i - 1]!;
        if (i % 8 === 0) {
            t = sub((t << 8) | (t >>> 24)) ^ (rcon << 24);
            rcon <<= 1;
        } else if (i % 8 === 4) t = sub(t);
        w[i] = w[i - 8]! ^ t;
    }
    return w;
}

const swap = (x: number): number => ((x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24)) >>> 0;

export class Counter {
    private readonly w: Uint32Array;
    private readonly pad = new Uint8Array(16);
    private readonly view = new DataView(this.pad.buffer);
    private used = 16;
    private n = 0;

    constructor(key: Uint8Array) {
        this.w = schedule(key);
    }

    // xor decrypts, or encrypts, in place.
    xor(data: Uint8Array): void {
        for (let i = 0; i < data.length; i++) {
            if (this.used === 16) this.next();
            data[i]! ^= this.pad[this.used++]!;
        }
    }

    private next(): void {
        this.n++;
        const w = this.w, [t0, t1, t2, t3] = T;
        let a = swap(this.n >>> 0) ^ w[0]!, b = swap(Math.floor(this.n / 2 ** 32)) ^ w[1]!, c = w[2]!, d = w[3]!;
        let k = 4;
        for (let r = 1; r < rounds; r++) {
            const e = t0[a >>> 24]! ^ t1[(b >>> 16) & 255]! ^ t2[(c >>> 8) & 255]! ^ t3[d & 255]! ^ w[k]!;
            const f = t0[b >>> 24]! ^ t1[(c >>> 16) & 255]! ^ t2[(d >>> 8) & 255]! ^ t3[a & 255]! ^ w[k + 1]!;
            const g = t0[c >>> 24]! ^ t1[(d >>> 16) & 255]! ^ t2[(a >>> 8) & 255]! ^ t3[b & 255]! ^ w[k + 2]!;
            d = t0[d >>> 24]! ^ t1[(a >>> 16) & 255]! ^ t2[(b >>> 8) & 255]! ^ t3[c & 255]! ^ w[k + 3]!;
            a = e;
            b = f;
            c = g;
            k += 4;
        }
        const last = (x: number, y: number, z: number, v: number, i: number): number =>
            ((S[x >>> 24]! << 24) | (S[(y >>> 16) & 255]! << 16) | (S[(z >>> 8) & 255]! << 8) | S[v & 255]!) ^ w[i]!;
        this.view.setUint32(0, last(a, b, c, d, k));
        this.view.setUint32(4, last(b, c, d, a, k + 1));
        this.view.setUint32(8, last(c, d, a, b, k + 2));
        this.view.setUint32(12, last(d, a, b, c, k + 3));
        this.used = 0;
    }
}
