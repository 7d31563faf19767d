import { AnnotationMode, getDocument, PDFWorker, type PDFPageProxy, type RenderTask } from 'pdfjs-dist'

/** A PDF that lies open; it must be closed. Pages count from 1. */
export interface OpenPdf {
  readonly pages: number
  page(number: number): Promise<PDFPageProxy>
  close(): void
}

/** Why a PDF cannot be shown: it asks for a password, or it is none. */
export type PdfTrouble = 'password' | 'broken'

/** Pixels of the largest image in a document that is drawn. */
const imagePixelsMax = 64 * 1_048_576
/** Pixels of a drawn page. */
const pagePixelsMax = 16_000_000

/**
 * Opens a PDF with pdf.js in a worker of its own. Pages are only drawn: scripts, forms and links of the document do nothing, for the parts of
 * pdf.js that would serve them are not loaded, and the page's policy allows neither `eval` nor WebAssembly. Errors: the worker's, see `troubleOf`.
 */
export async function openPdf(bytes: Uint8Array): Promise<OpenPdf> {
  const port = new Worker(new URL('../../../../workers/pdf-worker.js', import.meta.url), { type: 'module' })
  const worker = PDFWorker.create({ port })
  const parts = new URL('/assets/pdf/', location.origin).href
  const task = getDocument({
    data: bytes, worker, verbosity: 0, enableXfa: false, disableWorkerRendering: true, maxImageSize: imagePixelsMax,
    useWasm: false, useWorkerFetch: true, wasmUrl: `${parts}wasm/`, cMapUrl: `${parts}cmaps/`, cMapPacked: true, standardFontDataUrl: `${parts}standard_fonts/`,
  })
  const close = (): void => void task.destroy().catch(() => undefined).finally(() => { worker.destroy(); port.terminate() })
  try {
    const document = await task.promise
    return { pages: document.numPages, page: (number) => document.getPage(number), close }
  } catch (error) {
    close()
    throw error
  }
}

export function troubleOf(error: unknown): PdfTrouble {
  return (error as { readonly name?: unknown }).name === 'PasswordException' ? 'password' : 'broken'
}

/** Draws a page so wide on screen; a canvas holds at most 16 million pixels, whatever the screen could show. */
export function drawPage(page: PDFPageProxy, canvas: HTMLCanvasElement, widthPixels: number): RenderTask {
  const plain = page.getViewport({ scale: 1 })
  const shown = widthPixels / plain.width
  const finest = Math.sqrt(pagePixelsMax / (plain.width * plain.height))
  const viewport = page.getViewport({ scale: Math.min(shown * devicePixelRatio, finest) })
  canvas.width = Math.max(1, Math.floor(viewport.width))
  canvas.height = Math.max(1, Math.floor(viewport.height))
  canvas.style.width = `${widthPixels}px`
  canvas.style.height = `${plain.height * shown}px`
  return page.render({ canvas, viewport, annotationMode: AnnotationMode.ENABLE })
}

/** What is written on a page, line by line; empty where it is a picture. */
export async function textOf(page: PDFPageProxy): Promise<string> {
  const { items } = await page.getTextContent()
  return items.map((item) => ('str' in item ? `${item.str}${item.hasEOL ? '\n' : ''}` : '')).join('').trim()
}
