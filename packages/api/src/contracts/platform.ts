import { z } from 'zod'
import { command, query } from './contract.ts'
import { ledgerOverview, membership, moves, networkOverview } from './ledgers.ts'
import { running } from './running.ts'
import { base64url, cursor, entryState, instant, pageSize, partyId, publicJwk, role, uuid } from './shapes.ts'
import { vaults } from './vaults.ts'

export const platform = {
  /** What a verifier pins: public, and printable. */
  trust: query({
    name: 'platform.trust', summary: 'The log\'s origin and key, the witnesses\' keys and the platform\'s root key, to pin for offline verification.', rule: 'public', cost: 1, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ origin: z.string(), logKey: publicJwk, formerLogKeys: z.array(z.strictObject({ key: publicJwk, size: z.int(), root: base64url, entry: uuid })).optional(), root: publicJwk, witnesses: z.array(z.strictObject({ name: z.string(), key: publicJwk })), witnessThreshold: z.int(), demo: z.boolean(), version: z.string() }),
  }),
  logKeyProof: query({ name: 'platform.logKeyProof', summary: 'The proof file by which verifiers follow the newest change of the log\'s key; the platform\'s root signed it. None where the log has had one key only.', rule: 'public', cost: 5, audit: 'none', input: z.strictObject({}), output: z.strictObject({ proof: z.string().optional() }) }),
  checkpoint: query({ name: 'platform.checkpoint', summary: 'The newest signed checkpoint (C2SP note).', rule: 'public', cost: 1, audit: 'none', input: z.strictObject({}), output: z.strictObject({ size: z.int(), note: z.string() }) }),
  consistency: query({ name: 'platform.consistency', summary: 'RFC 9162 consistency proof between two log sizes.', rule: 'public', cost: 2, audit: 'none', input: z.strictObject({ from: z.int().min(0), to: z.int().min(0) }), output: z.strictObject({ path: z.array(z.string()) }) }),
  overview: query({
    name: 'platform.overview', summary: 'One answer for the operator: log, ledgers, outbox, store.', rule: 'operator', cost: 5, audit: 'none', input: z.strictObject({}),
    output: z.strictObject({
      at: instant,
      log: z.strictObject({ origin: z.string(), size: z.int(), waiting: z.int(), checkpointSize: z.int().optional(), checkpointAt: instant.optional(), witnesses: z.int(), witnessThreshold: z.int() }),
      store: z.strictObject({ ok: z.boolean(), durability: z.enum(['power-loss', 'process-death', 'none']), problems: z.array(z.string()) }),
      ledgers: z.array(ledgerOverview),
      networks: z.array(networkOverview),
    }),
  }),
  running,
  outbox: {
    list: query({ name: 'platform.outbox.list', summary: 'Outbox rows, by target and state, with the reason of those that are blocked.', rule: 'operator', cost: 2, audit: 'none',
      input: z.strictObject({ target: z.string().optional(), state: z.enum(['waiting', 'sent', 'final', 'blocked']).optional(), after: cursor.optional(), limit: pageSize }),
      output: z.strictObject({ items: z.array(z.strictObject({ target: z.string(), item: z.string(), stream: z.string(), state: z.enum(['waiting', 'sent', 'final', 'blocked']), attempts: z.int(), created: instant, reason: z.string().optional(), receipt: z.string().optional() })), next: cursor.optional() }) }),
    retry: command({ name: 'platform.outbox.retry', summary: 'Puts blocked rows back to waiting.', rule: 'operator', cost: 2, audit: 'change', input: z.strictObject({ target: z.string(), items: z.array(z.string()).min(1).max(100) }), output: z.strictObject({ retried: z.int() }) }),
  },
  moves,
  vaults,
  membership,
  members: query({ name: 'platform.members', summary: 'Organisations enrolled on this instance, with their keys.', rule: 'operator', cost: 2, audit: 'none', input: z.strictObject({}),
    output: z.strictObject({ items: z.array(z.strictObject({ party: partyId, name: z.string(), roles: z.array(role), credential: uuid, revoked: z.boolean(), people: z.int() })) }) }),
  entries: query({ name: 'platform.entries', summary: 'The newest entries of the log, without subjects or payloads.', rule: 'operator', cost: 2, audit: 'none', input: z.strictObject({ before: z.int().min(0).optional(), limit: pageSize }),
    output: z.strictObject({ items: z.array(z.strictObject({ id: uuid, index: z.int(), network: z.string(), type: z.string(), custodian: partyId, author: partyId, issuedAt: instant, state: entryState })), next: z.int().optional() }) }),
}
