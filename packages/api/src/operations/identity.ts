import type { z } from 'zod'
import { acceptEntries, listPeers, proveEnrolment, readDirectory, readKeysOf, recogniseKey, vouchFor } from '@careledger/logic'
import { parseEntry, utf8 } from '@careledger/proof'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import type { signedEntry } from '../contracts/shapes.ts'
import { implement, signedIn } from '../operation.ts'
import type { Context, OperationsOf } from '../operation.ts'
import { toReceipt, toSignedEntry } from './to-signed-entry.ts'

/** Entry types that `identity.enrol` and `identity.revoke` hand on; every other entry has an operation of its own. */
const ENROL_TYPES = ['organisation-enrolled', 'key-enrolled', 'party-named', 'organisation-recognised'] as const
const REVOKE_TYPES = ['key-revoked'] as const

/** Keys and the directory. Who may enrol, name or revoke whom is decided by the identity network from the log, not by the caller's role. */
export const identityOperations = {
  directory: implement(contracts.identity.directory, async ({ parts }, query) => {
    const { items, next } = await readDirectory(parts.store, query)
    return { items: items.map(toDirectoryOutput), ...(next === undefined ? {} : { next }) }
  }),
  keys: implement(contracts.identity.keys, async (context) => {
    const actor = signedIn(context)
    const keys = await readKeysOf(context.parts.store, actor.party)
    return { items: keys.map(({ record, revoked }) => ({ key: record.thumbprint, jwk: record.jwk, credential: record.credential, current: record.thumbprint === actor.key, revoked })) }
  }),
  enrol: implement(contracts.identity.enrol, (context, { entry }) => accept(context, entry, ENROL_TYPES)),
  revoke: implement(contracts.identity.revoke, (context, { entry }) => accept(context, entry, REVOKE_TYPES)),
  vouch: implement(contracts.identity.vouch, async (context, { audience }) => ({ ...(await vouchFor(context.parts, signedIn(context), audience, context.signal)) })),
  recognise: implement(contracts.identity.recognise, async (context, files) => ({ ...(await recogniseKey(context.parts, files, context.signal)) })),
  enrolmentProof: implement(contracts.identity.enrolmentProof, async (context, { organisation }) => ({ proof: await proveEnrolment(context.parts, organisation, context.signal) })),
  peers: implement(contracts.identity.peers, async (context) => ({ items: (await listPeers(context.parts)).map((peer) => ({ ...peer })) })),
} satisfies OperationsOf<typeof contracts.identity>

async function accept(context: Context, input: z.output<typeof signedEntry>, types: readonly string[]) {
  const actor = signedIn(context)
  assertType(input.entry, types)
  const [receipt] = await acceptEntries(context.parts, [toSignedEntry(input)], { actor, signal: context.signal })
  if (receipt === undefined) throw new TypeError('One entry gives one receipt.')
  return toReceipt(receipt)
}

/** Errors: Problem INPUT_MALFORMED; ProofError for text that is no entry. */
function assertType(text: string, types: readonly string[]): void {
  const { network, type } = parseEntry(utf8(text))
  if (network === 'identity' && types.includes(type)) return
  throw new Problem('INPUT_MALFORMED', 'This operation takes other entries.', { details: { path: 'entry.entry' } })
}

type DirectoryOutput = z.input<typeof contracts.identity.directory.output>['items'][number]

function toDirectoryOutput(item: Awaited<ReturnType<typeof readDirectory>>['items'][number]): DirectoryOutput {
  const { party, kind, name, organisation, organisationName, roles } = item
  return {
    party,
    kind: kind as DirectoryOutput['kind'],
    name: name ?? party,
    roles: [...roles] as DirectoryOutput['roles'],
    ...(organisation === undefined ? {} : { organisation }),
    ...(organisationName === undefined ? {} : { organisationName }),
  }
}
