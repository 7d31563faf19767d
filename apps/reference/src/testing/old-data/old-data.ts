import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'

/** A folder's files in one: JSON of paths and base64, gzipped. */
export function packFolder(folder: string): Buffer {
  const paths = globSync('**/*', { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile()).sort()
  return gzipSync(JSON.stringify(Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'base64')]))), { level: 9 })
}

export function unpackFolder(bytes: Uint8Array, folder: string): void {
  for (const [path, text] of Object.entries(JSON.parse(gunzipSync(bytes).toString('utf8')) as Record<string, string>)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, path), Buffer.from(text, 'base64'), { mode: 0o600 })
  }
}

/** Every release that changes what is stored leaves one here; none is ever made anew. */
export function oldData(): readonly { readonly name: string; readonly bytes: Buffer }[] {
  return globSync('*.json.gz', { cwd: import.meta.dirname }).sort().map((name) => ({ name, bytes: readFileSync(join(import.meta.dirname, name)) }))
}
