import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './run.ts'

const workspace = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')
/** Name and version of each line of the catalog. */
const catalog = [...(/^catalog:\n((?: .*\n?)+)/m.exec(workspace)?.[1] ?? '').matchAll(/^ {2}'?([^':]+)'?: (\S+)$/gm)].map(([, name = '', version = '']) => ({ name, version }))

describe('dependencies', () => {
  it('are named once, at exact versions', () => {
    expect(catalog.length).toBeGreaterThan(20)
    expect(catalog.filter(({ version }) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([])
  })

  it('come with a digest each, and none runs a script when it is installed', () => {
    const packages = lockfile.slice(lockfile.indexOf('\npackages:'), lockfile.indexOf('\nsnapshots:'))
    const resolutions = [...packages.matchAll(/resolution: \{(.*)\}/g)].map(([, text = '']) => text)
    expect(resolutions.length).toBeGreaterThan(200)
    expect(resolutions.filter((text) => !/integrity: sha512-/.test(text))).toEqual([])
    expect(workspace).not.toMatch(/dangerouslyAllowAllBuilds: true/)
  })

  it('are all in the bill of materials, at the versions that the catalog names', () => {
    const bill = JSON.parse(execFileSync('pnpm', ['sbom', '--sbom-format', 'cyclonedx', '--lockfile-only'], { cwd: root, encoding: 'utf8', maxBuffer: 1e8 })) as { readonly bomFormat: string; readonly components: readonly { readonly group?: string; readonly name: string; readonly version: string }[] }
    expect(bill.bomFormat).toBe('CycloneDX')
    const listed = new Set(bill.components.map(({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`))
    expect(catalog.map(({ name, version }) => `${name}@${version}`).filter((each) => !listed.has(each))).toEqual([])
    const production = productionDependencies()
    expect(production.length).toBeGreaterThan(20)
    expect(production.filter((each) => !listed.has(each))).toEqual([])
  })
})

/** Name and version of every package that something of ours needs when it runs, also through others: the lockfile, walked from each workspace's `dependencies`. */
function productionDependencies(): readonly string[] {
  const importers = lockfile.slice(lockfile.indexOf('\nimporters:'), lockfile.indexOf('\npackages:'))
  const snapshots = new Map<string, readonly string[]>()
  for (const [, key = '', block = ''] of lockfile.slice(lockfile.indexOf('\nsnapshots:')).matchAll(/^ {2}'?([^\s'][^:']*(?:\([^)]*\))*)'?:(?: \{\})?\n((?: {4}.*\n)*)/gm)) {
    snapshots.set(key, [...block.matchAll(/^ {6}'?([^\s':]+)'?: (\S+)$/gm)].map(([, name = '', version = '']) => `${name}@${version}`))
  }
  const found = new Set<string>()
  const walk = (key: string): void => {
    if (found.has(key) || !snapshots.has(key)) return
    found.add(key)
    for (const below of snapshots.get(key) ?? []) walk(below)
  }
  for (const [, block = ''] of importers.matchAll(/^ {4}dependencies:\n((?: {6}.*\n)*)/gm)) {
    for (const [, name = '', version = ''] of block.matchAll(/^ {6}'?([^\s':]+)'?:\n(?: {8}specifier: .*\n) {8}version: (\S+)$/gm)) walk(`${name}@${version}`)
  }
  return [...new Set([...found].map((key) => key.replace(/\(.*$/, '')))]
}
