import type { Status } from '../../components/status-badge.tsx'
import type { Values, WordKey } from '../../i18n/translate.ts'
import type { Running } from '../../session/shapes.ts'

/** The sentence above the processes: what needs somebody first. */
export function processSentence({ processes, mixed, version }: Pick<Running, 'processes' | 'mixed' | 'version'>): { readonly key: WordKey; readonly values: Values } {
  const silent = processes.filter(({ alive }) => !alive).length
  if (silent > 0) return { key: 'running.silent', values: { count: silent } }
  return mixed ? { key: 'running.mixed', values: {} } : { key: 'running.oneVersion', values: { version } }
}

/** A backup that nobody tried is not known to be one. */
export function backupStatus({ backup, rehearsal }: Pick<Running, 'backup' | 'rehearsal'>): Status {
  if (rehearsal !== undefined) return rehearsal.ok ? 'good' : 'bad'
  return backup === undefined ? 'bad' : 'unknown'
}
