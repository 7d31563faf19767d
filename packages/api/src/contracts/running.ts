import { z } from 'zod'
import { query } from './contract.ts'
import { instant, uuid } from './shapes.ts'

/** What runs the instance, and what would bring it back. */
export const running = query({
  name: 'platform.running', summary: 'The instance\'s processes with role, version and last sign of life, and its newest backup and rehearsed restore.', rule: 'operator', cost: 2, audit: 'none',
  input: z.strictObject({}),
  output: z.strictObject({
    at: instant,
    /** Of the process that answers. */
    version: z.string(),
    /** Living processes are of more than one version: an upgrade is under way, or one was forgotten. */
    mixed: z.boolean(),
    processes: z.array(z.strictObject({
      id: uuid, role: z.enum(['api', 'worker', 'all']), version: z.string(), host: z.string(), pid: z.int(), since: instant, seen: instant,
      /** Its last sign of life is younger than 30 s. */
      alive: z.boolean(),
      sequencer: z.string().optional(),
    })),
    /** Absent: none was made with this data directory. What was acknowledged until `at` is in it. */
    backup: z.strictObject({ at: instant, logSize: z.int(), bytes: z.int(), seconds: z.number() }).optional(),
    /** Absent: none was rehearsed. `recoveryPoint`: what was acknowledged until then came back. */
    rehearsal: z.strictObject({ at: instant, ok: z.boolean(), recoveryPoint: instant, logSize: z.int(), seconds: z.number(), findings: z.int() }).optional(),
  }),
})
