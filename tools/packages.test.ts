import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build } from 'vite'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { createTypesCheck } from './check-types-alone.ts'
import { publicPackages, type Manifest } from './public-packages.ts'
import { root, run } from './run.ts'

const packages = publicPackages()
const byName = new Map(packages.map((entry) => [entry.name, entry]))

describe('every public package', () => {
  let work: string
  let typeErrors: ReturnType<typeof createTypesCheck>
  let importErrors: () => Promise<Readonly<Record<string, string>>>
  beforeAll(async () => {
    work = realpathSync(mkdtempSync(join(tmpdir(), 'careledger-packages-')))
    typeErrors = createTypesCheck()
    const built = await run('tsc', ['-b', ...packages.map(({ folder }) => folder)])
    expect(built.stdout + built.stderr).toBe('')
    for (const { folder, name } of packages) {
      const packed = await run('pnpm', ['pack', '--out', tarball(name)], { cwd: join(root, folder) })
      expect(packed.code, packed.stderr + packed.stdout).toBe(0)
      await install(name)
    }
    let importing: ReturnType<typeof importAll> | undefined
    importErrors = () => (importing ??= importAll())
  }, 300_000)
  afterAll(() => { rmSync(work, { recursive: true, force: true }) })
  const short = (name: string) => name.replace('@careledger/', '')
  const tarball = (name: string) => join(work, `${short(name)}.tgz`)
  /** Where somebody uses the package: nothing but it is installed there. */
  const user = (name: string) => join(work, 'users', short(name))
  /** Beside the unpacked package lies what its manifest declares, and nothing else, so that it finds nothing undeclared. */
  const installed = (name: string) => join(work, 'installed', short(name), 'node_modules')
  const specifiers = (name: string) => Object.keys(byName.get(name)?.manifest.publishConfig?.exports ?? { '.': {} }).filter((path) => !path.endsWith('.css') && !path.endsWith('.json')).map((path) => name + path.slice(1))

  it.each(packages.map(({ name }) => name))('%s: publint and attw find nothing', async (name) => {
    const bytes = readFileSync(tarball(name))
    const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) }, strict: true })
    expect(messages.filter(({ type }) => type === 'error').map((message) => formatMessage(message, pkg))).toEqual([])
    const analysis = await checkPackage(createPackageFromTarballData(bytes))
    // As attw's profile for packages of ECMAScript modules: how require and the old resolution see them does not count.
    expect(analysis.types === false ? ['no types'] : analysis.problems.filter((problem) => !('resolutionKind' in problem && ['node10', 'node16-cjs'].includes(problem.resolutionKind)))).toEqual([])
  }, 60_000)

  it.each(packages.map(({ name }) => name))('%s: packed and installed alone, type-checks and imports', async (name) => {
    expect(typeErrors(user(name), 'use.ts', installed(name))).toEqual([])
    expect((await importErrors())[name]).toBe('imported')
  }, 120_000)

  /** The packed package with what it declares, ours and others', linked beside it; and a folder that uses all it exports. */
  async function install(name: string): Promise<void> {
    const { folder, manifest } = byName.get(name) as (typeof packages)[number]
    const target = ensure(join(installed(name), name))
    const unpacked = await run('tar', ['-xzf', tarball(name), '-C', target, '--strip-components=1'])
    expect(unpacked.code, unpacked.stderr).toBe(0)
    rmSync(join(target, 'src'), { recursive: true, force: true })
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      link(byName.has(dependency) ? join(installed(dependency), dependency) : realpathSync(join(root, folder, 'node_modules', dependency)), join(installed(name), dependency))
    }
    for (const types of Object.keys(manifest.peerDependencies ?? {}).map((peer) => join(root, folder, 'node_modules/@types', peer)).filter(existsSync)) link(realpathSync(types), join(installed(name), '@types', basename(types)))
    link(target, join(user(name), 'node_modules', name))
    link(realpathSync(join(root, 'node_modules/@types/node')), join(user(name), 'node_modules/@types/node'))
    writeFileSync(join(user(name), 'package.json'), '{"type":"module","private":true}')
    writeFileSync(join(user(name), 'use.ts'), specifiers(name).map((specifier, n) => `import * as used${n} from '${specifier}'\nexport const names${n}: string[] = Object.keys(used${n})\n`).join(''))
    writeFileSync(join(user(name), 'use.js'), specifiers(name).map((specifier) => `await import('${specifier}')\n`).join(''))
  }

  /** For each package 'imported' or why not, from its user's folder; one process for all, as each finds only what lies beside it. */
  async function importAll(): Promise<Readonly<Record<string, string>>> {
    const script = `const outcomes = {}
      for (const [name, file] of ${JSON.stringify(packages.map(({ name }) => [name, join(user(name), 'use.js')]))}) outcomes[name] = await import(file).then(() => 'imported', (error) => String(error.stack))
      process.stdout.write(JSON.stringify(outcomes))`
    const { stdout, stderr } = await run('node', ['--input-type=module', '--eval', script], { cwd: work })
    try {
      return JSON.parse(stdout) as Record<string, string>
    } catch {
      throw new Error(stdout + stderr)
    }
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
      expect(createTypesCheck()(folder, 'use.ts', join(folder, 'node_modules/@careledger')).map((line) => line.split(' - ')[0]?.replace(/: error.*/, ''))).toEqual(['node_modules/@careledger/wrong/index.d.ts(1,21)', 'use.ts(3,14)'])
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

function link(target: string, path: string): void {
  ensure(dirname(path))
  symlinkSync(target, path)
}

function ensure(folder: string): string {
  mkdirSync(folder, { recursive: true })
  return folder
}
