// The picture behind a drawing: a photo or floor plan as it is, or one page of
// a PDF drawn here, in this browser. What is sent is always PNG or JPEG.

interface Viewport { width: number; height: number }
interface Page {
  getViewport(o: { scale: number }): Viewport;
  render(o: { canvas: HTMLCanvasElement; viewport: Viewport; intent?: string }): { promise: Promise<void> };
}
interface PDF { numPages: number; getPage(n: number): Promise<Page> }
interface Lib {
  GlobalWorkerOptions: { workerSrc: string };
  getDocument(o: { data: Uint8Array; wasmUrl: string; useWasm: boolean; useSystemFonts: boolean; enableXfa: boolean }): { promise: Promise<PDF> };
}

/** The longest side that a picture is sent with, px: an A3 page at 200 dots per inch. */
const longest = 3300;
const largest = 24 << 20;

export interface Where { lib: string; worker: string; wasm: string }

export class TooLarge extends Error {}

/** Opens a PDF. WebAssembly stays off: the page's policy does not allow it. */
export async function openPDF(file: Blob, where: Where): Promise<PDF> {
  const lib = (await import(where.lib)) as Lib;
  lib.GlobalWorkerOptions.workerSrc = where.worker;
  return lib.getDocument({ data: new Uint8Array(await file.arrayBuffer()), wasmUrl: where.wasm, useWasm: false, useSystemFonts: true, enableXfa: false }).promise;
}

/** Draws a page so that its longer side is so many px. */
export async function drawPage(pdf: PDF, n: number, canvas: HTMLCanvasElement, side = longest): Promise<void> {
  const page = await pdf.getPage(n);
  const one = page.getViewport({ scale: 1 });
  const viewport = page.getViewport({ scale: side / Math.max(one.width, one.height) });
  canvas.width = Math.round(viewport.width);
  canvas.height = Math.round(viewport.height);
  await page.render({ canvas, viewport, intent: 'print' }).promise;
}

export function asFile(canvas: HTMLCanvasElement, kind: 'image/png' | 'image/jpeg'): Promise<Blob> {
  return new Promise((done, fail) => canvas.toBlob((b) => (b ? done(b) : fail(new Error('no picture'))), kind, 0.9));
}

/** A photo upright and no larger than needed; the camera's turn is in it, not beside it. */
export async function prepare(file: Blob): Promise<Blob> {
  if (file.size > 4 * largest) throw new TooLarge();
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const by = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(bitmap.width * by);
  canvas.height = Math.round(bitmap.height * by);
  const g = canvas.getContext('2d')!;
  g.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const out = await asFile(canvas, file.type === 'image/jpeg' ? 'image/jpeg' : 'image/png');
  if (out.size > largest) throw new TooLarge();
  return out;
}

export interface Sent { document: string; width: number; height: number; scale: number }

/** Sends a picture, or asks for a map; fails with the words to show. */
export async function send(address: string, body: FormData | URLSearchParams): Promise<Sent> {
  const r = await fetch(address, { method: 'POST', body, headers: { Accept: 'application/json' } });
  const told = (await r.json()) as Sent & { text?: string };
  if (!r.ok) throw new Error(told.text ?? String(r.status));
  return told;
}
