import { newestCheckpoint, readConsistency, readLogKeyProof, readMembers, readNewestEntries, readOverview, readTrust, retryBlocked } from '@careledger/logic'
import type { z } from 'zod'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import { implement, type OperationsOf } from '../operation.ts'
import { membershipOperations, moveOperations, toLedgerOutput } from './ledgers.ts'
import { vaultOperations } from './vaults.ts'

type MemberOutput = z.input<typeof contracts.platform.members.output>['items'][number]

/** What everybody may know of the log, and what its operator sees of the instance. */
export const platformOperations = {
  trust: implement(contracts.platform.trust, async ({ parts }) => {
    const { witnesses, formerLogKeys, ...trust } = await readTrust(parts)
    return { ...trust, ...(formerLogKeys === undefined ? {} : { formerLogKeys: formerLogKeys.map((one) => ({ ...one })) }), witnesses: [...witnesses], demo: parts.instance.demo, version: parts.instance.version }
  }),
  logKeyProof: implement(contracts.platform.logKeyProof, async ({ parts }) => {
    const proof = await readLogKeyProof(parts)
    return proof === undefined ? {} : { proof }
  }),
  checkpoint: implement(contracts.platform.checkpoint, async ({ parts }) => {
    const checkpoint = await newestCheckpoint(parts)
    if (checkpoint === undefined) throw new Problem('UNAVAILABLE', 'The log has no checkpoint yet.')
    return { size: checkpoint.size, note: checkpoint.note }
  }),
  consistency: implement(contracts.platform.consistency, async ({ parts }, { from, to }) => ({ path: [...(await readConsistency(parts, from, to))] })),
  overview: implement(contracts.platform.overview, async ({ parts, now }) => {
    const { log, store, ledgers, networks } = await readOverview(parts)
    const { checkpointSize, checkpointAt, ...rest } = log
    return {
      at: now.toISOString(),
      log: { ...rest, ...(checkpointSize === undefined ? {} : { checkpointSize }), ...(checkpointAt === undefined ? {} : { checkpointAt: checkpointAt.toISOString() }) },
      store: { ok: store.ok, durability: store.durability, problems: [...store.problems] },
      ledgers: ledgers.map(toLedgerOutput),
      networks: networks.map(({ name, ledgers: on, configured }) => ({ name, ledgers: on.map((one) => ({ ...one })), configured: configured.map((one) => ({ ...one })) })),
    }
  }),
  outbox: {
    list: implement(contracts.platform.outbox.list, async ({ parts }, query) => {
      const { rows, next } = await parts.store.read((view) => view.outboxRows(query))
      return {
        items: rows.map(({ target, item, stream, state, attempts, createdAt, reason, receipt }) => ({
          target, item, stream, state, attempts, created: createdAt.toISOString(), ...(reason === undefined ? {} : { reason }), ...(receipt === undefined ? {} : { receipt }),
        })),
        ...(next === undefined ? {} : { next }),
      }
    }),
    retry: implement(contracts.platform.outbox.retry, async ({ parts }, { target, items }) => ({ retried: await retryBlocked(parts, target, items) })),
  },
  moves: moveOperations,
  vaults: vaultOperations,
  membership: membershipOperations,
  members: implement(contracts.platform.members, async ({ parts }) => ({
    items: (await readMembers(parts)).map(({ party, credential, revoked, people }) => ({
      party: party.party, name: party.name ?? party.party, roles: [...party.roles] as MemberOutput['roles'], credential, revoked, people,
    })),
  })),
  entries: implement(contracts.platform.entries, async ({ parts }, query) => {
    const { items, next } = await readNewestEntries(parts, query)
    return {
      items: items.map(({ index, state, entry: { id, network, type, custodian, author, issuedAt } }) => ({ id, index, network, type, custodian, author: author.party, issuedAt, state })),
      ...(next === undefined ? {} : { next }),
    }
  }),
} satisfies Omit<OperationsOf<typeof contracts.platform>, 'running'>
