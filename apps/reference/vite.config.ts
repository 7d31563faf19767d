import { cpSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Fonts, character maps and image decoders that a PDF may lack or need: pdf.js fetches them by name, from our origin, when a document asks for them. */
const pdfParts: Plugin = {
  name: 'pdf-parts',
  closeBundle() {
    const ui = createRequire(here('../../packages/ui/package.json'))
    const from = dirname(ui.resolve('pdfjs-dist/package.json'))
    for (const part of ['cmaps', 'standard_fonts']) cpSync(join(from, part), here(`./dist/web/assets/pdf/${part}`), { recursive: true })
    cpSync(join(from, 'wasm'), here('./dist/web/assets/pdf/wasm'), { recursive: true, filter: (path) => !/[.]wasm$|quickjs/i.test(path) })
  },
}

export default defineConfig({
  root: here('./web'),
  plugins: [react(), pdfParts],
  worker: { format: 'es' },
  resolve: { conditions: ['@careledger/source', 'module', 'browser', 'development|production'] },
  // The server puts a fresh nonce here in each answer and names it in `style-src`: Mantine writes its variables as a style element.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: here('./dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // The largest is the PDF reader's worker, which only an opened PDF fetches.
    chunkSizeWarningLimit: 1_400,
    reportCompressedSize: false,
  },
})
