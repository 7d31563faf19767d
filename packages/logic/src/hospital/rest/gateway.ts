import { createPrivateKey } from 'node:crypto'
import { createNodeSigner, type Actor, type KeyRecord } from '@careledger/identity'
import { concat, hkdfSha256, parseEntry, type Author, type PublicJwk, type Signer } from '@careledger/proof'
import { readRow } from '../../entries/rows.ts'
import { keyTable } from '../../entries/check-author.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { partyNames } from '../party-names.ts'

/** The key that signs what a custodian's FHIR clients send without a signature of their own. */
export interface Gateway {
  readonly key: string
  readonly publicJwk: PublicJwk
  /** Who it is, once the custodian has enrolled it; nothing is signed before. */
  readonly author?: Author | undefined
  readonly signer: Signer
}

/** PKCS #8 of an Ed25519 key without its 32 bytes (RFC 8410 §7). */
const pkcs8 = Uint8Array.from([0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20])
const generationsMax = 50

/**
 * The custodian's gateway. Its Ed25519 key comes out of the custodian's own vault, so every process that holds the vault has it and no other place
 * does; a revoked one is followed by the next. Errors: NOT_ALLOWED for a custodian whose vault is not here.
 */
export async function gatewayOf(parts: Pick<Parts, 'vaults' | 'store'>, custodian: string): Promise<Gateway> {
  for await (const { signer, record } of generations(parts, custodian)) {
    if (record?.revokedBy !== undefined) continue
    const ours = record?.organisation === custodian && record.kind === 'system'
    return { key: signer.key, publicJwk: signer.publicJwk, signer, ...(ours ? { author: { party: record.party, key: signer.key, credential: record.credential } } : {}) }
  }
  throw new LogicError('KEY_REVOKED', 'Every gateway key of this custodian has been revoked.')
}

/** A custodian's gateway key, as those see it who answer for it. */
export interface GatewayKey {
  readonly custodian: string
  readonly name: string
  readonly key: string
  readonly jwk: PublicJwk
  /** `ready`: not enrolled, so nothing is signed with it. */
  readonly state: 'ready' | 'enrolled' | 'revoked'
  readonly party?: string | undefined
  /** When it was enrolled, and when it was revoked. */
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/**
 * Gateway keys, the one in use first: of the caller's own organisation for its administration, doctors and clerks, of all that this instance holds
 * for the platform's operator. Empty for others.
 */
export async function listGateways(parts: Pick<Parts, 'vaults' | 'store'>, actor: Actor): Promise<readonly GatewayKey[]> {
  const found: GatewayKey[] = []
  for (const custodian of custodiansOf(parts, actor)) {
    const own: GatewayKey[] = []
    const name = await parts.store.read(async (view) => (await partyNames(view, [custodian])).of(custodian))
    for await (const { signer, record } of generations(parts, custodian)) {
      const [since, until] = await Promise.all([record?.credential, record?.revokedBy].map((entry) => (entry === undefined ? undefined : issuedAt(parts, entry))))
      own.unshift({ custodian, name, key: signer.key, jwk: signer.publicJwk, state: record === undefined ? 'ready' : record.revokedBy === undefined ? 'enrolled' : 'revoked', party: record?.party, since, until })
      if (record?.revokedBy === undefined) break
    }
    found.push(...own)
  }
  return found
}

function custodiansOf({ vaults }: Pick<Parts, 'vaults'>, actor: Actor): readonly string[] {
  if (actor.roles.includes('operator')) return [...vaults.keys()].sort()
  const own = actor.kind === 'organisation' ? actor.party : actor.organisation
  const answers = actor.kind === 'organisation' || actor.roles.some((role) => role === 'records-clerk' || role === 'admin')
  return own !== undefined && answers && vaults.get(own) !== undefined ? [own] : []
}

async function issuedAt(parts: Pick<Parts, 'store'>, entry: string): Promise<string | undefined> {
  const stored = await parts.store.read((view) => view.entry(entry))
  return stored === undefined ? undefined : parseEntry(stored.canonical).issuedAt
}

/** The keys of a custodian in their order, each with its enrolment, if there is one. */
async function* generations(parts: Pick<Parts, 'vaults' | 'store'>, custodian: string): AsyncGenerator<{ readonly signer: Signer; readonly record?: KeyRecord | undefined }> {
  const keys = await parts.vaults.get(custodian)?.organisation()
  if (keys === undefined) throw new LogicError('NOT_ALLOWED', 'This instance does not hold that custodian\'s payloads.')
  for (let generation = 1; generation <= generationsMax; generation++) {
    const seed = hkdfSha256(keys.slotKey('fhir-gateway'), `careledger/v1/fhir-gateway|${generation}`)
    const signer = createNodeSigner(createPrivateKey({ key: Buffer.from(concat(pkcs8, seed)), format: 'der', type: 'pkcs8' }))
    const row = await parts.store.read((view) => view.projection(keyTable, signer.key))
    yield { signer, record: row === undefined ? undefined : (readRow(row) as unknown as KeyRecord) }
  }
}
