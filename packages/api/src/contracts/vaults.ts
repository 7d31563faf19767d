import { z } from 'zod'
import { command, query } from './contract.ts'
import { instant, partyId } from './shapes.ts'

/** A custodian's key vault. It holds no key and nothing of a patient. */
export const vaultState = z.strictObject({
  custodian: partyId,
  /** Of its root; grows with every erasure and every step of a rotation. */
  generation: z.string().regex(/^\d{1,20}$/),
  ok: z.boolean(),
  problems: z.array(z.string()),
  /** Absent: the vault exchanges its wrapping keys by itself. */
  rotation: z.strictObject({
    /** Of the newest; absent: there was none. */
    begun: instant.optional(),
    /** Wrapping keys exchanged since then, of how many. */
    replaced: z.int(), total: z.int(),
    underWay: z.boolean(),
  }).optional(),
})

export const vaults = {
  list: query({ name: 'platform.vaults.list', summary: 'The custodians\' key vaults: root generation, health, and how far a rotation is.', rule: 'operator', cost: 2, audit: 'none', input: z.strictObject({}), output: z.strictObject({ items: z.array(vaultState) }) }),
  rotate: command({ name: 'platform.vaults.rotate', summary: 'Begins to exchange a vault\'s wrapping keys in the background; one that is under way goes on.', rule: 'operator', cost: 5, audit: 'change', input: z.strictObject({ custodian: partyId }), output: z.strictObject({ vault: vaultState }) }),
}
