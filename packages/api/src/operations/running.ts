import { readProcesses } from '@careledger/logic'
import type { z } from 'zod'
import { contracts } from '../contracts/index.ts'
import { implement, type Operation } from '../operation.ts'

type Output = z.input<typeof contracts.platform.running.output>
/** The newest backup and rehearsal; the composition root knows where they are written down. */
export type BackupsKnown = Pick<Output, 'backup' | 'rehearsal'>

/** Without `backups` nothing is known of any. */
export function runningOperation(backups: () => Promise<BackupsKnown> = async () => ({})): Operation<typeof contracts.platform.running> {
  return implement(contracts.platform.running, async ({ parts, now }) => {
    const [processes, known] = await Promise.all([readProcesses(parts), backups()])
    const versions = new Set(processes.flatMap(({ alive, version }) => (alive ? [version] : [])))
    return {
      at: now.toISOString(), version: parts.instance.version, mixed: versions.size > 1,
      processes: processes.map(({ id, role, version, host, pid, since, seen, alive, sequencer }) => ({
        id, role, version, host, pid, since: since.toISOString(), seen: seen.toISOString(), alive, ...(sequencer === undefined ? {} : { sequencer }),
      })),
      ...known,
    }
  })
}
