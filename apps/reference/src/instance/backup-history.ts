import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** The newest backups and rehearsals, in `backups.json` of the data directory: for people and for the operator's page, in no backup itself. */
const historyShape = z.strictObject({
  v: z.literal(1),
  backups: z.array(z.strictObject({ at: z.iso.datetime(), logSize: z.int(), bytes: z.int(), seconds: z.number() })),
  rehearsals: z.array(z.strictObject({
    at: z.iso.datetime(),
    ok: z.boolean(),
    /** The moment up to which the rehearsed backup gives back what was acknowledged. */
    recoveryPoint: z.iso.datetime(),
    logSize: z.int(),
    /** Restoring and auditing. */
    seconds: z.number(),
    findings: z.int(),
  })),
})
export type BackupHistory = z.output<typeof historyShape>

const kept = 20

/** Empty where there is no such file or it is damaged: nothing but a page rests on it. */
export function readBackupHistory(dataDirectory: string): BackupHistory {
  const path = join(dataDirectory, 'backups.json')
  const none: BackupHistory = { v: 1, backups: [], rehearsals: [] }
  if (!existsSync(path)) return none
  try {
    return historyShape.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return none
  }
}

/** Newest first; the oldest go beyond 20 of each. */
export function addToBackupHistory(dataDirectory: string, added: { readonly backup?: BackupHistory['backups'][number]; readonly rehearsal?: BackupHistory['rehearsals'][number] }): void {
  const path = join(dataDirectory, 'backups.json')
  const { backups, rehearsals } = readBackupHistory(dataDirectory)
  const next: BackupHistory = {
    v: 1,
    backups: [...(added.backup === undefined ? [] : [added.backup]), ...backups].slice(0, kept),
    rehearsals: [...(added.rehearsal === undefined ? [] : [added.rehearsal]), ...rehearsals].slice(0, kept),
  }
  writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}
