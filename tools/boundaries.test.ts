import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cruise, type Boundaries } from './boundaries.ts'
import { root } from './run.ts'

/** Each line is a violation that the gate must catch: a file, what it imports, the rule that must name it. */
const planted = [
  ['packages/proof/src/planted-node.ts', 'node:crypto', 'no-node-module-in-the-browser'],
  ['packages/proof/src/planted.ts', '@careledger/identity', 'proof-reaches-too-far'],
  ['packages/identity/src/planted.ts', '@careledger/logic', 'identity-reaches-too-far'],
  ['packages/logic/src/planted.ts', '@careledger/data-in-memory', 'logic-reaches-too-far'],
  ['packages/logic/src/planted-api.ts', '@careledger/api', 'logic-reaches-too-far'],
  ['packages/api/src/planted.ts', '@careledger/client', 'api-reaches-too-far'],
  ['packages/api/src/contracts/planted.ts', '@careledger/proof', 'contracts-reaches-too-far'],
  ['packages/api/src/contracts/planted-node.ts', 'node:fs', 'contracts-import-only-zod'],
  ['packages/client/src/planted.ts', '@careledger/api', 'client-reaches-too-far'],
  ['packages/ui/src/planted.ts', '@careledger/logic', 'ui-reaches-too-far'],
  ['packages/ledger-adapters/in-memory/src/planted.ts', '@careledger/data-spec', 'adapter-reaches-too-far'],
  ['packages/data/prisma/src/planted.ts', '@careledger/data-in-memory', 'adapter-reaches-too-far'],
  ['packages/ledger-adapters/kit/src/planted.ts', '@careledger/ledger-in-memory', 'kit-reaches-too-far'],
  ['packages/ledger-adapters/conformance/src/planted.ts', '@careledger/ledger-in-memory', 'conformance-reaches-too-far'],
  ['packages/data/spec/src/planted.ts', 'node:fs', 'spec-imports-nothing'],
  ['packages/data/in-memory/src/planted.ts', '@careledger/data-conformance', 'conformance-in-tests-only'],
  ['packages/client/src/planted-relative.ts', '../../proof/src/index.ts', 'front-door-only'],
  ['packages/newcomer/src/planted.ts', '@careledger/proof', 'unknown-level'],
  ['packages/logic/src/planted-missing.ts', './no-such-file.ts', 'must-resolve'],
  ['packages/logic/src/planted-undeclared.ts', 'undeclared-package', 'declared-dependencies-only'],
] as const

describe('boundaries', () => {
  let tree: string
  let seen: Boundaries
  beforeAll(async () => {
    tree = plant()
    seen = await cruise(tree)
  }, 120_000)
  afterAll(() => { rmSync(tree, { recursive: true, force: true }) })

  it('of this repository hold, with every source file seen', async () => {
    const { modules, violations } = await cruise(root)
    expect(violations).toEqual([])
    const sources = globSync(['packages/**/src/**/*.{ts,tsx}', 'apps/*/src/**/*.{ts,tsx}', 'bench/src/**/*.ts'], { cwd: root, exclude: (path) => /node_modules|(?:^|\/)(?:dist|generated)(?:\/|$)/.test(path) })
    expect(modules).toBeGreaterThanOrEqual(sources.filter((path) => !path.endsWith('.d.ts')).length)
  }, 120_000)

  it.each(planted)('catch %s importing %s (%s)', (from, _specifier, rule) => {
    expect(seen.violations.filter((violation) => violation.from === from).map((violation) => violation.rule)).toContain(rule)
  })

  it('catch a circle', () => {
    expect(seen.violations.map(({ rule }) => rule)).toContain('no-circular')
  })
})

/** A tree with our packages' manifests, an empty module in each, and the planted files. */
function plant(): string {
  const tree = mkdtempSync(join(tmpdir(), 'careledger-boundaries-'))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
  }
  cpSync(join(root, 'tsconfig.base.json'), join(tree, 'tsconfig.base.json'))
  mkdirSync(join(tree, 'node_modules/@careledger'), { recursive: true })
  mkdirSync(join(tree, 'node_modules/undeclared-package'), { recursive: true })
  write('node_modules/undeclared-package/package.json', '{"name":"undeclared-package","main":"index.js"}')
  write('node_modules/undeclared-package/index.js', '')
  for (const manifest of globSync(['packages/*/package.json', 'packages/{data,ledger-adapters}/*/package.json'], { cwd: root })) {
    const folder = dirname(manifest)
    write(manifest, readFileSync(join(root, manifest), 'utf8'))
    write(join(folder, 'src/index.ts'), 'export const present = true\n')
    if (folder === 'packages/api') write(join(folder, 'src/contracts/index.ts'), 'export const contracts = {}\n')
    const { name } = JSON.parse(readFileSync(join(root, manifest), 'utf8')) as { name: string }
    const link = join(tree, 'node_modules', name)
    if (!existsSync(link)) symlinkSync(join(tree, folder), link)
  }
  for (const [path, specifier] of planted) write(path, `import * as planted from '${specifier}'\nexport default planted\n`)
  write('packages/logic/src/circle-one.ts', `import { two } from './circle-two.ts'\nexport const one = (): unknown => two\n`)
  write('packages/logic/src/circle-two.ts', `import { one } from './circle-one.ts'\nexport const two = (): unknown => one\n`)
  return tree
}
