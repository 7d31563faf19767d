import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inTurn } from './instance/start-turn.ts'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const output = fileURLToPath(new URL('../dist/web', import.meta.url))

/** What the web pages are built from; a change in any of it builds them anew. */
const sources = [
  'packages/{ui,client,proof,api}/{package.json,src/**/*.{ts,tsx,css,json}}',
  'packages/ui/{styles,workers}/*',
  'apps/reference/{web/**/*,vite.config.ts}',
  'pnpm-lock.yaml',
]

/**
 * Builds the web pages unless they were already built from the same sources; gives their folder. `onBuild` is called before a build
 * begins. Processes that start at once on one checkout wait for the first one's build.
 */
export async function buildWeb(onBuild: () => void): Promise<string> {
  const stamp = join(output, 'built-from')
  const digest = digestOf(sources)
  if (readIfThere(stamp) === digest) return output
  return inTurn(dirname(output), 'web', async () => {
    if (readIfThere(stamp) === digest) return output
    onBuild()
    const { build } = await import('vite')
    await build({ root: fileURLToPath(new URL('../web', import.meta.url)), configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)), logLevel: 'warn' })
    writeFileSync(stamp, digest)
    return output
  })
}

function digestOf(patterns: readonly string[]): string {
  const hash = createHash('sha256')
  const paths = globSync([...patterns], { cwd: repository, exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path) || /[.]test[.]tsx?$/.test(path) }).sort()
  for (const path of paths) {
    const bytes = readIfThere(join(repository, path))
    if (bytes !== undefined) hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
