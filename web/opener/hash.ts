// SHA-1 and SHA-256 piece by piece. WebCrypto has both only for what is whole
// in memory, and a film of an hour is not.

abstract class Hash {
    private readonly block = new Uint8Array(64);
    private readonly view = new DataView(this.block.buffer);
    private held = 0;
    private length = 0;
    protected abstract readonly state: Uint32Array;
    protected abstract mix(word: (i: number) => number): void;

    update(data: Uint8Array): this {
        this.length += data.length;
        for (let at = 0; at < data.length; ) {
            const n = Math.min(64 - this.held, data.length - at);
            this.block.set(data.subarray(at, at + n), this.held);
            this.held += n;
            at += n;
            if (this.held === 64) this.flush();
        }
        return this;
    }

    private readonly word = (i: number): number => this.view.getUint32(4 * i);

    private flush(): void {
        this.mix(this.word);
        this.held = 0;
    }

    digest(): Uint8Array {
        const bits = this.length * 8;
        this.block[this.held++] = 0x80;
        if (this.held > 56) {
            this.block.fill(0, this.held);
            this.flush();
        }
        this.block.fill(0, this.held, 56);
        this.view.setUint32(56, Math.floor(bits / 2 ** 32));
        this.view.setUint32(60, bits >>> 0);
        this.flush();
        const out = new DataView(new ArrayBuffer(4 * this.state.length));
        this.state.forEach((v, i) => out.setUint32(4 * i, v));
        return new Uint8Array(out.buffer);
    }
}

export class Sha1 extends Hash {
    protected readonly state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
    private readonly w = new Uint32Array(80);

    protected mix(word: (i: number) => number): void {
        const w = this.w, s = this.state;
        for (let i = 0; i < 16; i++) w[i] = word(i);
        for (let i = 16; i < 80; i++) {
            const x = w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!;
            w[i] = (x << 1) | (x >>> 31);
        }
        let a = s[0]!, b = s[1]!, c = s[2]!, d = s[3]!, e = s[4]!;
        for (let i = 0; i < 80; i++) {
            const f = i < 20 ? ((b & c) | (~b & d)) + 0x5a827999
                : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
                : (b ^ c ^ d) + 0xca62c1d6;
            const t = (((a << 5) | (a >>> 27)) + f + e + w[i]!) | 0;
            e = d;
            d = c;
            c = (b << 30) | (b >>> 2);
            b = a;
            a = t;
        }
        s[0]! += a;
        s[1]! += b;
        s[2]! += c;
        s[3]! += d;
        s[4]! += e;
    }
}

// roots are the first 32 bits of the fractions of the roots of the first
// primes, as FIPS 180-4 defines the constants of SHA-256.
function roots(n: number, power: number): Uint32Array {
    const out = new Uint32Array(n);
    for (let p = 2, i = 0; i < n; p++) {
        let prime = true;
        for (let d = 2; d * d <= p; d++) if (p % d === 0) prime = false;
        if (!prime) continue;
        const r = p ** power;
        out[i++] = (r - Math.floor(r)) * 2 ** 32;
    }
    return out;
}

const K = roots(64, 1 / 3);
const H = roots(8, 1 / 2);

export class Sha256 extends Hash {
    protected readonly state = H.slice();
    private readonly w = new Uint32Array(64);

    protected mix(word: (i: number) => number): void {
        const w = this.w, s = this.state;
        for (let i = 0; i < 16; i++) w[i] = word(i);
        for (let i = 16; i < 64; i++) {
            const x = w[i - 15]!, y = w[i - 2]!;
            const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
            const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
            w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
        }
        let a = s[0]!, b = s[1]!, c = s[2]!, d = s[3]!, e = s[4]!, f = s[5]!, g = s[6]!, h = s[7]!;
        for (let i = 0; i < 64; i++) {
            const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
            const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
            const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
            const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
            h = g;
            g = f;
            f = e;
            e = (d + t1) | 0;
            d = c;
            c = b;
            b = a;
            a = (t1 + t2) | 0;
        }
        s[0]! += a;
        s[1]! += b;
        s[2]! += c;
        s[3]! += d;
        s[4]! += e;
        s[5]! += f;
        s[6]! += g;
        s[7]! += h;
    }
}

// HmacSha1 is RFC 2104 for keys of at most 64 bytes.
export class HmacSha1 {
    private readonly inner = new Sha1();
    private readonly outer = new Sha1();

    constructor(key: Uint8Array) {
        const pad = new Uint8Array(64);
        pad.set(key);
        this.inner.update(pad.map((b) => b ^ 0x36));
        this.outer.update(pad.map((b) => b ^ 0x5c));
    }

    update(data: Uint8Array): void {
        this.inner.update(data);
    }

    digest(): Uint8Array {
        return this.outer.update(this.inner.digest()).digest();
    }
}

export function hex(b: Uint8Array): string {
    return Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
}
