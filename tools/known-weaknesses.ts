/**
 * `pnpm weaknesses`: asks the package registry for known weaknesses of every package in the lockfile (`pnpm audit`), and ends with 1 where one of
 * severity high or critical is not in `tools/known-weaknesses.json`, or an allowance there has run out. Ends with 3 where the registry does not say.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.ts'

/** What `pnpm audit --json` says of one weakness. */
export interface Advisory { readonly github_advisory_id: string; readonly module_name: string; readonly severity: string; readonly title: string }
/** One weakness that is known and does not stop a release until a day. */
export interface Allowance { readonly id: string; readonly reason: string; readonly expires: string }

const failing = ['high', 'critical']

/** Sentences for what must stop a release on a day; none: nothing does. Errors: TypeError for an allowance without reason or with no day at most 90 days ahead. */
export function judge(advisories: readonly Advisory[], allowances: readonly Allowance[], today: Date): readonly string[] {
  for (const { id, reason, expires } of allowances) {
    if (!/^GHSA(-[0-9a-z]{4}){3}$/.test(id) || reason.trim().length < 20) throw new TypeError(`The allowance ${id} needs a GHSA id and a reason in a sentence.`)
    if (!/^\d{4}-\d\d-\d\d$/.test(expires) || Date.parse(expires) > today.getTime() + 90 * 86_400_000) throw new TypeError(`The allowance ${id} needs a day on which it ends, at most 90 days ahead.`)
  }
  const day = today.toISOString().slice(0, 10)
  const holds = new Set(allowances.filter(({ expires }) => expires > day).map(({ id }) => id))
  const found = advisories.filter(({ severity, github_advisory_id }) => failing.includes(severity) && !holds.has(github_advisory_id))
  return [
    ...found.map(({ github_advisory_id, module_name, severity, title }) => `${severity}: ${module_name}: ${title} (${github_advisory_id})`),
    ...allowances.filter(({ expires }) => expires <= day).map(({ id, expires }) => `the allowance for ${id} ran out on ${expires}`),
  ]
}

export function readAllowances(): readonly Allowance[] {
  return (JSON.parse(readFileSync(join(root, 'tools/known-weaknesses.json'), 'utf8')) as { readonly allowed: readonly Allowance[] }).allowed
}

/** `undefined`: what came is no answer of an audit endpoint. */
export function readAdvisories(text: string): readonly Advisory[] | undefined {
  try {
    const { advisories } = JSON.parse(text) as { readonly advisories?: Readonly<Record<string, Advisory>> }
    return advisories === undefined ? undefined : Object.values(advisories)
  } catch {
    return undefined
  }
}

if (process.argv[1] === import.meta.filename) {
  const { stdout } = spawnSync('pnpm', ['audit', '--json'], { cwd: root, encoding: 'utf8', maxBuffer: 1e8 })
  const advisories = readAdvisories(stdout)
  const found = judge(advisories ?? [], readAllowances(), new Date())
  for (const sentence of found) console.error(sentence)
  if (advisories === undefined) console.error('The registry does not say what weaknesses are known: nothing was checked but the allowances.')
  else console.log(`${advisories.length} known weaknesses, ${found.length} that stop a release.`)
  process.exitCode = found.length > 0 ? 1 : advisories === undefined ? 3 : 0
}
