// The fragment stream as the engine writes it and the portal relays it:
// [u32 length][header as JSON][u32 length][data], repeated. See
// internal/engineapi/frame.go, which is the other side of this file.

export interface FrameHeader {
  kind: 'init' | 'fragment' | 'gap' | 'end' | 'jpeg';
  start?: string;
  end?: string;
  base?: string;
  codec?: string;
  width?: number;
  height?: number;
  segment?: string;
  key?: boolean;
  transcoded?: boolean;
  masked?: boolean;
  sparse?: boolean;
  text?: string;
  cause?: string;
}

export interface Frame extends FrameHeader {
  data: Uint8Array<ArrayBuffer>;
}

const maxHeader = 64 << 10;
const maxData = 128 << 20;

/** Cuts a stream of bytes into frames, whatever the pieces it comes in. */
export class FrameParser {
  private pieces: Uint8Array[] = [];
  private have = 0;
  private header: FrameHeader | null = null;
  private need = 4;
  private stage: 'head-length' | 'head' | 'data-length' | 'data' = 'head-length';

  push(chunk: Uint8Array): Frame[] {
    const out: Frame[] = [];
    this.pieces.push(chunk);
    this.have += chunk.length;
    while (this.have >= this.need) {
      const block = this.take(this.need);
      switch (this.stage) {
        case 'head-length':
          this.expect('head', length(block), maxHeader);
          break;
        case 'head':
          this.header = JSON.parse(new TextDecoder().decode(block)) as FrameHeader;
          this.stage = 'data-length';
          this.need = 4;
          break;
        case 'data-length':
          this.expect('data', length(block), maxData);
          break;
        case 'data':
          out.push({ ...this.header!, data: block });
          this.stage = 'head-length';
          this.need = 4;
      }
    }
    return out;
  }

  /** True between two frames: a stream that ends elsewhere was broken off. */
  get clean(): boolean {
    return this.have === 0 && this.stage === 'head-length';
  }

  private expect(stage: 'head' | 'data', n: number, limit: number): void {
    if (n > limit) throw new Error(`frame block of ${n} bytes`);
    this.stage = stage;
    this.need = n;
  }

  private take(n: number): Uint8Array<ArrayBuffer> {
    const block = new Uint8Array(n);
    let at = 0;
    while (at < n) {
      const first = this.pieces[0]!;
      const part = Math.min(first.length, n - at);
      block.set(first.subarray(0, part), at);
      at += part;
      if (part === first.length) this.pieces.shift();
      else this.pieces[0] = first.subarray(part);
    }
    this.have -= n;
    return block;
  }
}

function length(b: Uint8Array): number {
  return new DataView(b.buffer, b.byteOffset, 4).getUint32(0);
}

/** Reads frames one after another; bytes are fetched only as they are asked for. */
export async function* frames(body: ReadableStream<Uint8Array>): AsyncGenerator<Frame> {
  const reader = body.getReader();
  const parser = new FrameParser();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      for (const f of parser.push(value)) {
        ended ||= f.kind === 'end';
        yield f;
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  if (!ended) throw new Error('the stream broke off');
}
