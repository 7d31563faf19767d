import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildEntry, createCareLedgerClient, enrolmentDraft, partyNameDraft, signAs, signBuiltEntry, signerFromJwk } from '@careledger/client'
import type { CareLedgerClient, PrivateJwk } from '@careledger/client'
import { createInMemoryDatabase, createInMemoryStore } from '@careledger/data-in-memory'
import { createFileDocuments } from '@careledger/documents-file'
import { createAuthentication, createInMemoryVault, createNodeSigner } from '@careledger/identity'
import type { AuthenticationOptions } from '@careledger/identity'
import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import { acceptEntries, createKeyDirectory, createParts, createReplayStore, hospitalNetwork, identityNetwork, startLog } from '@careledger/logic'
import type { Parts } from '@careledger/logic'
import { newEntryId } from '@careledger/proof'
import type { Credential, Signer } from '@careledger/proof'
import { createServer } from '../http/create-server.ts'
import type { ServerOptions } from '../http/create-server.ts'
import { createOperations } from '../operations/index.ts'
import { toSignedEntry } from '../operations/to-signed-entry.ts'
import type { LoadShed } from '../http/load-shed.ts'
import { listLogger } from './small-server.ts'

/** Everybody in the test instance: two hospitals, people of every role, and the platform's own. */
const PEOPLE = {
  'patient-a': { roles: ['patient'], organisation: 'hospital-a' },
  'patient-b': { roles: ['patient'], organisation: 'hospital-b' },
  'doctor-a': { roles: ['doctor'], organisation: 'hospital-a' },
  'doctor-b': { roles: ['doctor'], organisation: 'hospital-b' },
  'officer-a': { roles: ['privacy-officer'], organisation: 'hospital-a' },
  'clerk-a': { roles: ['records-clerk'], organisation: 'hospital-a' },
  operator: { roles: ['operator'], organisation: undefined },
} as const satisfies Readonly<Record<string, { readonly roles: readonly string[]; readonly organisation: string | undefined }>>
export type PersonName = keyof typeof PEOPLE | 'platform' | 'hospital-a' | 'hospital-b' | 'system-a'

/** However late the event loop is: a slow machine, or another test beside, is no overload. */
const neverLate: LoadShed = { lagMs: () => 0, overloaded: () => false, stop: () => undefined }

export interface InstanceOptions extends Partial<ServerOptions> {
  /** What else sign-in takes. */
  readonly identity?: (parts: Parts) => Partial<AuthenticationOptions>
}

/** A whole instance on in-memory parts behind a real server on loopback. Time is the machine's, plus `clock.offsetMs`. Refuses nothing for lateness, unless `load` says so (`undefined`: as a server does). */
export async function startInstance({ identity = () => ({}), ...options }: InstanceOptions = {}) {
  const clock = { offsetMs: 0 }
  const lines: string[] = []
  const keys = new Map<PersonName, { readonly jwk: PrivateJwk; readonly signer: Signer }>()
  for (const name of [...Object.keys(PEOPLE), 'platform', 'hospital-a', 'hospital-b', 'system-a'] as PersonName[]) keys.set(name, await newKey())
  const { parts, ledger, directory } = await makeParts(clock, keyOf(keys, 'platform').signer)
  const log = await startLog(parts)
  const auth = createAuthentication({
    origin: 'http://careledger.test', directory: createKeyDirectory(parts.store), replay: createReplayStore(parts.store),
    tokenSigner: nodeSigner('ec'), challengeSecret: randomBytes(32), tokenLifetimeMs: 600_000, ...identity(parts),
  })
  const limits = { perKey: { capacity: 1e9, perSecond: 1e9 }, perAddress: { capacity: 1e9, perSecond: 1e9 }, ...options.limits }
  const server = createServer({ operations: createOperations(), parts, auth, logger: listLogger(lines), load: neverLate, ...options, limits })
  const { url, port } = await server.listen()
  const as = async (name: PersonName): Promise<CareLedgerClient> => {
    const client = createCareLedgerClient({ url })
    await client.signIn(keyOf(keys, name).signer)
    return client
  }
  await enrolAll(as, keys)
  const stop = async () => {
    await server.stop()
    await log.stop()
    await parts.documents.close()
    rmSync(directory, { recursive: true })
  }
  return { url, port, server, parts, auth, ledger, lines, clock, as, keyOf: (name: PersonName) => keyOf(keys, name), stop, [Symbol.asyncDispose]: stop }
}

export type TestInstance = Awaited<ReturnType<typeof startInstance>>

export async function newKey(): Promise<{ readonly jwk: Extract<PrivateJwk, { kty: 'EC' }>; readonly signer: Signer }> {
  const { kty, crv, x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const jwk = { kty, crv, x, y, d } as Extract<PrivateJwk, { kty: 'EC' }>
  return { jwk, signer: await signerFromJwk(jwk) }
}

function nodeSigner(kind: 'ec' | 'ed25519') {
  return createNodeSigner(kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey : generateKeyPairSync('ed25519').privateKey)
}

async function makeParts(clock: { readonly offsetMs: number }, root: Signer): Promise<{ readonly parts: Parts; readonly ledger: Awaited<ReturnType<typeof createInMemoryLedger>>; readonly directory: string }> {
  const ledger = await createInMemoryLedger()
  const directory = mkdtempSync(join(tmpdir(), 'careledger-api-'))
  const documents = await createFileDocuments({ directory })
  const [log, cosigner, system] = [nodeSigner('ed25519'), nodeSigner('ed25519'), nodeSigner('ec')]
  const ids = { root: newEntryId(), system: newEntryId() }
  const systemAuthor = { party: 'platform-system', key: system.key, credential: ids.system }
  const parts = createParts({
    store: createInMemoryStore({ database: createInMemoryDatabase() }),
    documents,
    vaults: new Map(['platform', 'hospital-a', 'hospital-b'].map((custodian) => [custodian, createInMemoryVault({ custodian })])),
    targets: [{ name: 'memory', ledger, networks: ['hospital'], way: 'indexed' }],
    log: { origin: 'careledger.test/log/0', signer: log },
    cosigner: { name: 'witness.test', signer: cosigner },
    system: { signer: system, author: systemAuthor, custodian: 'platform' },
    networks: [identityNetwork, hospitalNetwork],
    settings: { sequenceEveryMs: 5, checkpointEveryMs: 0, decisionsEveryMs: 50, decisionsSettleMs: 0, anchorBackoffMaxMs: 50, outboxLeaseMs: 200 },
    now: () => new Date(Date.now() + clock.offsetMs),
  })
  const genesis = async (credential: Omit<Credential, 'v'>, draft: { readonly id: string; readonly type: string }, author: { readonly party: string; readonly key: string; readonly credential?: string }) => {
    const built = buildEntry({ ...enrolmentDraft(credential, 'platform'), ...draft }, author, parts.now())
    await acceptEntries(parts, [toSignedEntry(await signBuiltEntry(built, root))], { actor: { party: 'platform' } })
  }
  await genesis({ party: 'platform', kind: 'platform', roles: ['platform'], key: root.publicJwk }, { id: ids.root, type: 'platform-root' }, { party: 'platform', key: root.key })
  await genesis({ party: 'platform-system', kind: 'system', roles: ['system'], key: system.publicJwk }, { id: ids.system, type: 'key-enrolled' }, { party: 'platform', key: root.key, credential: ids.root })
  return { parts, ledger, directory }
}

async function enrolAll(as: (name: PersonName) => Promise<CareLedgerClient>, keys: ReadonlyMap<PersonName, { readonly signer: Signer }>): Promise<void> {
  const platform = await as('platform')
  for (const organisation of ['hospital-a', 'hospital-b'] as const) {
    await enrol(platform, { party: organisation, kind: 'organisation', roles: ['admin'], key: keyOf(keys, organisation).signer.publicJwk }, 'platform')
    await platform.identity.enrol.mutate({ entry: await signAs(platform, partyNameDraft(organisation, `Hospital ${organisation.at(-1)?.toUpperCase()}`, 'platform')) })
  }
  const authorities = { 'hospital-a': await as('hospital-a'), 'hospital-b': await as('hospital-b') }
  for (const [name, { roles, organisation }] of Object.entries(PEOPLE)) {
    const key = keyOf(keys, name as PersonName).signer.publicJwk
    if (organisation === undefined) await enrol(platform, { party: name, kind: 'person', roles, key }, 'platform')
    else await enrol(authorities[organisation], { party: name, kind: 'person', organisation, roles, key }, organisation)
  }
  await enrol(authorities['hospital-a'], { party: 'system-a', kind: 'system', organisation: 'hospital-a', roles: ['system'], key: keyOf(keys, 'system-a').signer.publicJwk }, 'hospital-a')
}

export async function enrol(authority: CareLedgerClient, credential: Omit<Credential, 'v'>, custodian: string) {
  return authority.identity.enrol.mutate({ entry: await signAs(authority, enrolmentDraft(credential, custodian)) })
}

function keyOf<K>(keys: ReadonlyMap<PersonName, K>, name: PersonName): K {
  const key = keys.get(name)
  if (key === undefined) throw new TypeError(`${name} has no key.`)
  return key
}
