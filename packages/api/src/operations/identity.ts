import type { z } from 'zod'
import { assertMayEnrol, createKeyDirectory, forgetPasskeysOf, listPeers, proveEnrolment, readChain, readDevices, readDirectory, readKeysOf, recogniseKey, vouchFor } from '@careledger/logic'
import { parseEntry, parseRevocation, utf8 } from '@careledger/proof'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import type { ElsewherePlace } from '../contracts/federation.ts'
import { implement, signedIn } from '../operation.ts'
import type { OperationsOf } from '../operation.ts'
import { deviceOperations, passkeyOperations } from './devices.ts'
import { recoveryOperations } from './recovery.ts'
import { accountLinkOperations } from './accounts.ts'
import { didOperation, roleOperations } from './roles.ts'
import { acceptOne } from './accept-one.ts'
import { toSignedEntry } from './to-signed-entry.ts'

/** Entry types that `identity.enrol` and `identity.revoke` hand on; every other entry has an operation of its own. */
const ENROL_TYPES = ['organisation-enrolled', 'key-enrolled', 'party-named', 'organisation-recognised', 'system-keys-published'] as const
const REVOKE_TYPES = ['key-revoked', 'key-retired'] as const

/** Keys and the directory. Who may enrol, name or revoke whom is decided by the identity network from the log, not by the caller's role. */
export const identityOperations = (elsewhere: () => readonly ElsewherePlace[] = () => []) => ({
  directory: implement(contracts.identity.directory, async ({ parts }, query) => {
    const { items, next } = await readDirectory(parts.store, query)
    return { items: items.map(toDirectoryOutput), ...(next === undefined ? {} : { next }) }
  }),
  keys: implement(contracts.identity.keys, async (context) => {
    const actor = signedIn(context)
    const keys = await readKeysOf(context.parts.store, actor.party)
    const devices = await readDevices(context.parts, actor.party)
    const { organisation } = actor
    const custodian = organisation !== undefined && context.parts.vaults.get(organisation) !== undefined ? organisation : context.parts.system.custodian
    return { custodian, items: keys.map(({ record, revoked }) => ({ key: record.thumbprint, jwk: record.jwk, credential: record.credential, roles: [...record.roles] as Role[], current: record.thumbprint === actor.key, revoked, ...devices.get(record.thumbprint) })) }
  }),
  chain: implement(contracts.identity.chain, async (context, { party }) => {
    const chains = await readChain(context.parts.store, signedIn(context), party, context.now)
    return { chains: chains.map(({ inForce, did, granted, links }) => ({ inForce, did, granted: granted.map((one) => ({ ...one, role: one.role as Role })), links: links.map((link) => ({ ...link, roles: [...link.roles] as DirectoryOutput['roles'] })) })) }
  }),
  enrol: implement(contracts.identity.enrol, async (context, { entry }) => {
    assertType(entry.entry, ENROL_TYPES)
    await assertMayEnrol(context.parts, signedIn(context), toSignedEntry(entry))
    return acceptOne(context, entry, ...ENROL_TYPES)
  }),
  revoke: implement(contracts.identity.revoke, async (context, { entry }) => {
    const answer = await acceptOne(context, entry, ...REVOKE_TYPES)
    const key = parseRevocation(toSignedEntry(entry).opening?.payload ?? new Uint8Array())
    const record = await createKeyDirectory(context.parts.store).key(key)
    if (record !== undefined) await forgetPasskeysOf(context.parts, record.party, key)
    return answer
  }),
  did: didOperation,
  roles: roleOperations,
  accounts: accountLinkOperations,
  devices: deviceOperations,
  passkeys: passkeyOperations,
  recovery: recoveryOperations,
  vouch: implement(contracts.identity.vouch, async (context, { audience }) => ({ ...(await vouchFor(context.parts, signedIn(context), audience, context.signal)) })),
  recognise: implement(contracts.identity.recognise, async (context, files) => ({ ...(await recogniseKey(context.parts, files, context.signal)) })),
  enrolmentProof: implement(contracts.identity.enrolmentProof, async (context, { organisation }) => ({ proof: await proveEnrolment(context.parts, organisation, context.signal) })),
  peers: implement(contracts.identity.peers, async (context) => ({ items: (await listPeers(context.parts)).map((peer) => ({ ...peer })) })),
  elsewhere: implement(contracts.identity.elsewhere, async () => ({ items: elsewhere().map((place) => ({ ...place })) })),
}) satisfies OperationsOf<typeof contracts.identity>

/** Errors: Problem INPUT_MALFORMED; ProofError for text that is no entry. */
function assertType(text: string, types: readonly string[]): void {
  const { network, type } = parseEntry(utf8(text))
  if (network === 'identity' && types.includes(type)) return
  throw new Problem('INPUT_MALFORMED', 'This operation takes other entries.', { details: { path: 'entry.entry' } })
}

type Role = DirectoryOutput['roles'][number]
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
