import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { publicPackages } from './public-packages.ts'
import { root, run } from './run.ts'

describe('the examples in the packages\' READMEs', () => {
  it('type-check against the sources', async () => {
    const folder = join(root, 'node_modules/.cache/readme-examples')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const files = globSync(['packages/*/README.md', 'packages/{data,ledger-adapters}/*/README.md'], { cwd: root }).flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/```ts\n([^]*?)```/g)].map(([, code], n) => {
        const name = `${dirname(path).replaceAll('/', '-')}-${n}.ts`
        writeFileSync(join(folder, name), code ?? '')
        return name
      }))
    expect(files.length).toBeGreaterThan(6)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
      extends: '../../../tsconfig.base.json',
      compilerOptions: { composite: false, declaration: false, declarationMap: false, noEmit: true, rootDir: root, lib: ['ES2024', 'DOM'], typeRoots: [join(root, 'node_modules/@types')], paths: sources() },
      files,
    }))
    const { stdout, code } = await run('tsc', ['-p', join(folder, 'tsconfig.json')])
    expect(stdout).toBe('')
    expect(code).toBe(0)
  }, 120_000)
})

/** Each specifier that a package offers, with the source behind it. */
function sources(): Record<string, string[]> {
  return Object.fromEntries(publicPackages().flatMap(({ name, folder }) => {
    const { exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { exports: Record<string, { '@careledger/source'?: string } | string> }
    return Object.entries(exports).flatMap(([path, target]) => (typeof target === 'object' && target['@careledger/source'] !== undefined ? [[name + path.slice(1), [join(root, folder, target['@careledger/source'])]]] : []))
  }))
}
