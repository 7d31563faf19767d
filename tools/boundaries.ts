import { existsSync } from 'node:fs'
import { root, run } from './run.ts'

export interface Violation { readonly rule: string; readonly from: string; readonly to: string }
export interface Boundaries { readonly modules: number; readonly violations: readonly Violation[] }

/** Cruises a tree laid out like ours and gives every violation of tools/dependency-cruiser.mjs and the number of modules seen. */
export async function cruise(directory: string): Promise<Boundaries> {
  const folders = ['packages', 'apps', 'bench'].filter((folder) => existsSync(`${directory}/${folder}`))
  const { stdout, stderr } = await run('depcruise', ['--config', `${root}tools/dependency-cruiser.mjs`, '--output-type', 'json', ...folders], { cwd: directory })
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser gave no answer: ${stderr.slice(0, 2000)}`)
  const { modules, summary } = JSON.parse(stdout) as {
    modules: { source: string }[]
    summary: { violations: { rule: { name: string }; from: string; to: string }[] }
  }
  return {
    modules: modules.filter(({ source }) => /^(?:packages|apps|bench)\/.*\/src\/.*[.]tsx?$/.test(source) || /^bench\/src\//.test(source)).length,
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  }
}

if (import.meta.main) {
  const { modules, violations } = await cruise(root)
  for (const { rule, from, to } of violations) console.error(`${rule}: ${from} -> ${to}`)
  console.log(`${modules} modules, ${violations.length} violations`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
