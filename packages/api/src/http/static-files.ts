import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { pageHeaders } from './security-headers.ts'
import { send } from './respond.ts'
import type { RouteRequest } from './route-request.ts'

/** The web app's built files. */
export interface StaticFiles {
  /** Answers a GET or HEAD for a known file, or with the app's page for an address inside the app; false: nothing was sent. */
  serve(route: RouteRequest): Promise<boolean>
}

interface StaticFile {
  readonly bytes: Buffer
  readonly type: string
  readonly etag: string
  readonly packed: () => Promise<Buffer | undefined>
}

const NONCE_PLACE = '__CSP_NONCE__'

/**
 * Reads the directory once; only files found then are ever served, so no address can reach outside. Files under `/assets/` have a hash in
 * their name and may be kept for ever; everything else is asked for anew by its ETag. An address without a dot in its last step is the
 * app's own and gets `index.html`.
 */
export function createStaticFiles(directory: string): StaticFiles {
  const files = readFiles(directory)
  const page = files.get('/index.html')
  if (page === undefined) throw new TypeError('The static directory has no index.html.')
  const pageText = page.bytes.toString('utf8')
  return {
    async serve(route) {
      const { method } = route.request
      if (method !== 'GET' && method !== 'HEAD') return false
      const file = files.get(route.path)
      if (file !== undefined && file !== page) await sendFile(route, file)
      else if (file === page || isAppAddress(route)) sendPage(route, page, pageText)
      else return false
      return true
    },
  }
}

function isAppAddress({ path, request }: RouteRequest): boolean {
  return !path.slice(path.lastIndexOf('/')).includes('.') && (request.headers.accept ?? '').includes('text/html')
}

function sendPage(route: RouteRequest, page: StaticFile, text: string): void {
  const https = route.origin.startsWith('https:')
  if (!text.includes(NONCE_PLACE)) return sendBytes(route, page.bytes, page, { ...pageHeaders({ https }), 'cache-control': 'no-cache' })
  const nonce = randomBytes(16).toString('base64url')
  const headers = { ...pageHeaders({ https, nonce }), 'cache-control': 'no-store', 'content-type': page.type }
  send(route.request, route.response, 200, text.replaceAll(NONCE_PLACE, nonce), headers)
}

async function sendFile(route: RouteRequest, file: StaticFile): Promise<void> {
  const keep = route.path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  const headers = { ...pageHeaders({ https: route.origin.startsWith('https:') }), 'cache-control': keep, vary: 'accept-encoding' }
  const packed = /\bgzip\b/.test(String(route.request.headers['accept-encoding'] ?? '')) ? await file.packed() : undefined
  if (packed === undefined) sendBytes(route, file.bytes, file, headers)
  else sendBytes(route, packed, file, { ...headers, 'content-encoding': 'gzip' })
}

function sendBytes({ request, response }: RouteRequest, bytes: Buffer, file: StaticFile, headers: Readonly<Record<string, unknown>>): void {
  const all = { ...headers, 'content-type': file.type, etag: file.etag }
  if (request.headers['if-none-match'] === file.etag) send(request, response, 304, '', all)
  else send(request, response, 200, bytes, all)
}

function readFiles(directory: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>()
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const full = join(directory, name)
    if (!statSync(full).isFile()) continue
    files.set(`/${relative(directory, full).split(sep).join('/')}`, toFile(full))
  }
  const page = files.get('/index.html')
  if (page !== undefined) files.set('/', page)
  return files
}

const gzipBytes = promisify(gzip)

function toFile(full: string): StaticFile {
  const bytes = readFileSync(full)
  const type = TYPES[extname(full)] ?? 'application/octet-stream'
  let packed: Promise<Buffer | undefined> | undefined
  return {
    bytes, type, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    packed: () => (packed ??= PACKED.has(extname(full)) && bytes.length > 1024 ? gzipBytes(bytes) : Promise.resolve(undefined)),
  }
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json', '.map': 'application/json',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.txt': 'text/plain; charset=utf-8', '.webmanifest': 'application/manifest+json', '.wasm': 'application/wasm',
}
const PACKED: ReadonlySet<string> = new Set(['.html', '.js', '.css', '.json', '.map', '.svg', '.txt', '.webmanifest'])
