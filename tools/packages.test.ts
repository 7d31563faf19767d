import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build } from 'vite'
import { createTypesCheck } from './check-types-alone.ts'
import { publicPackages, type Manifest } from './public-packages.ts'
import { root, run } from './run.ts'

const packages = publicPackages()
const byName = new Map(packages.map((entry) => [entry.name, entry]))

describe('every public package', () => {
  let work: string
  let typeErrors: ReturnType<typeof createTypesCheck>
  beforeAll(async () => {
    work = realpathSync(mkdtempSync(join(tmpdir(), 'careledger-packages-')))
    typeErrors = createTypesCheck(work)
    const built = await run('tsc', ['-b', ...packages.map(({ folder }) => folder)])
    expect(built.stdout + built.stderr).toBe('')
    for (const { folder, name } of packages) {
      const packed = await run('pnpm', ['pack', '--out', tarball(name)], { cwd: join(root, folder) })
      expect(packed.code, packed.stderr + packed.stdout).toBe(0)
    }
  }, 300_000)
  afterAll(() => { rmSync(work, { recursive: true, force: true }) })
  const tarball = (name: string) => join(work, `${name.replace('@careledger/', '')}.tgz`)

  it.each(packages.map(({ name }) => name))('%s: publint and attw find nothing', async (name) => {
    const linted = await run('publint', [tarball(name), '--strict'])
    expect(linted.code, linted.stdout + linted.stderr).toBe(0)
    const attw = await run('attw', [tarball(name), '--profile', 'esm-only', '--format', 'ascii', '--no-color'])
    expect(attw.code, attw.stdout + attw.stderr).toBe(0)
  }, 60_000)

  it.each(packages.map(({ name }) => name))('%s: packed and installed alone, type-checks and imports', async (name) => {
    const folder = join(work, `alone-${name.replace('@careledger/', '')}`)
    for (const [dependency, source] of closure(name)) await place(folder, dependency, source)
    const entries = Object.keys(byName.get(name)?.manifest.publishConfig?.exports ?? { '.': {} }).filter((path) => !path.endsWith('.css') && !path.endsWith('.json'))
    const specifiers = entries.map((path) => name + path.slice(1))
    writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}')
    writeFileSync(join(folder, 'use.ts'), specifiers.map((specifier, n) => `import * as used${n} from '${specifier}'\nexport const names${n}: string[] = Object.keys(used${n})\n`).join(''))
    const { folder: source, manifest } = byName.get(name) as (typeof packages)[number]
    for (const types of Object.keys(manifest.peerDependencies ?? {}).map((peer) => join(root, source, 'node_modules/@types', peer)).filter(existsSync)) {
      symlinkSync(realpathSync(types), join(ensure(join(folder, 'node_modules/@types')), basename(types)))
    }
    symlinkSync(realpathSync(join(root, 'node_modules/@types/node')), join(ensure(join(folder, 'node_modules/@types')), 'node'))
    expect(typeErrors(folder, 'use.ts')).toEqual([])
    const imported = await run('node', ['--input-type=module', '--eval', specifiers.map((specifier) => `await import('${specifier}');`).join('')], { cwd: folder })
    expect(imported.code, imported.stderr).toBe(0)
  }, 120_000)

  /** Puts one package into a folder's node_modules: ours from its tarball, others as a link to the installed copy. */
  async function place(folder: string, dependency: string, source: string): Promise<void> {
    const target = join(folder, 'node_modules', dependency)
    if (existsSync(target)) return
    if (!byName.has(dependency)) {
      ensure(dirname(target))
      symlinkSync(source, target)
      return
    }
    ensure(target)
    const unpacked = await run('tar', ['-xzf', tarball(dependency), '-C', target, '--strip-components=1'])
    expect(unpacked.code, unpacked.stderr).toBe(0)
    rmSync(join(target, 'src'), { recursive: true, force: true })
  }
})

describe('the check of types alone', () => {
  it('sees an error in the file and in a declaration of ours, and none in somebody else\'s', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'careledger-types-')))
    const declare = (name: string) => {
      writeFileSync(join(ensure(join(folder, 'node_modules', name)), 'package.json'), JSON.stringify({ name, types: 'index.d.ts' }))
      writeFileSync(join(folder, 'node_modules', name, 'index.d.ts'), 'export const value: Missing\n')
    }
    try {
      for (const name of ['@careledger/wrong', 'other']) declare(name)
      symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'))
      writeFileSync(join(folder, 'use.ts'), "import { value } from '@careledger/wrong'\nimport { value as other } from 'other'\nexport const text: string = 1\nexport const both = [value, other]\n")
      expect(createTypesCheck(folder)(folder, 'use.ts').map((line) => line.split(' - ')[0]?.replace(/: error.*/, ''))).toEqual(['node_modules/@careledger/wrong/index.d.ts(1,21)', 'use.ts(3,14)'])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('in a browser', () => {
  it.each(['@careledger/proof', '@careledger/evidence', '@careledger/client'])('%s bundles without any node: module', async (name) => {
    const entry = byName.get(name)
    const output = await build({
      root: join(root, entry?.folder ?? ''), configFile: false, logLevel: 'silent',
      resolve: { conditions: ['@careledger/source', 'browser', 'module', 'import'] },
      plugins: [{ name: 'no-node-module', enforce: 'pre', resolveId(id) { if (id.startsWith('node:')) throw new Error(`${name} reaches ${id}`); return null } }],
      build: { write: false, minify: true, target: 'es2022', lib: { entry: join(root, entry?.folder ?? '', 'src/index.ts'), formats: ['es'] } },
    })
    const first = Array.isArray(output) ? output[0] : undefined
    const chunk = first?.output[0]
    expect(chunk?.type).toBe('chunk')
    expect(chunk?.type === 'chunk' ? chunk.imports : ['?']).toEqual([])
    expect(chunk?.type === 'chunk' ? chunk.code : 'node:').not.toMatch(/from\s*["']node:/)
  }, 60_000)
})

describe('bleed', () => {
  it('importing the in-memory ledger reaches neither ethers nor gRPC', () => {
    const names = [...closure('@careledger/ledger-in-memory').keys()]
    expect(names.filter((name) => /ethers|grpc|fabric/.test(name))).toEqual([])
  })
})

/** A package and, transitively, what its manifest declares, each with where it is installed here. */
function closure(name: string): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (current: string) => {
    const entry = byName.get(current)
    if (entry === undefined || found.has(current)) return
    found.set(current, join(root, entry.folder))
    const manifest = JSON.parse(readFileSync(join(root, entry.folder, 'package.json'), 'utf8')) as Manifest
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      if (byName.has(dependency)) visit(dependency)
      else if (!found.has(dependency)) found.set(dependency, realpathSync(join(root, entry.folder, 'node_modules', dependency)))
    }
  }
  visit(name)
  return found
}

function ensure(folder: string): string {
  mkdirSync(folder, { recursive: true })
  return folder
}
