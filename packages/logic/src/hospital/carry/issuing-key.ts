import type { ReadView } from '@careledger/data-spec'
import type { Actor, KeyVault, LocalSigner } from '@careledger/identity'
import { parseEntry, utf8, type P256Jwk } from '@careledger/proof'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { cardKeyTable, type CardKeyRow } from './card-key-entries.ts'
import { cardSigner } from './card-key.ts'

/** Most generations of a custodian's issuing key. */
const generationsMax = 1000

interface Generations {
  /** The newest that is enrolled and not revoked: cards are issued with it. */
  readonly issuing?: LocalSigner | undefined
  /** The first that is not enrolled: what a rotation enrols. */
  readonly next: LocalSigner
}

/** Walks the generations that the log has; each costs one look-up by key. */
async function generationsOf(view: ReadView, vault: KeyVault): Promise<Generations> {
  let issuing: LocalSigner | undefined
  for (let generation = 1; generation <= generationsMax; generation++) {
    const signer = await cardSigner(vault, generation)
    const projection = await view.projection(cardKeyTable, signer.key)
    if (projection === undefined) return { issuing, next: signer }
    issuing = (readRow(projection) as unknown as CardKeyRow).revoked === undefined ? signer : undefined
  }
  throw new LogicError('UNAVAILABLE', 'There are no further generations of this key.')
}

/** What the custodian signs cards with now. Errors: NOT_ALLOWED; UNAVAILABLE where it has enrolled no key, or has revoked the newest. */
export async function enrolledSigner(parts: Parts, view: ReadView, custodian: string): Promise<LocalSigner> {
  const vault = parts.vaults.get(custodian)
  if (vault === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
  const { issuing } = await generationsOf(view, vault)
  if (issuing === undefined) throw new LogicError('UNAVAILABLE', 'This hospital has enrolled no key to issue cards with.')
  return issuing
}

export interface CardKeys {
  readonly custodian: string
  /** The key that issues; without one, the key that would after enrolment. */
  readonly key: P256Jwk
  readonly enrolled: boolean
  /** What a rotation enrols: from then on it issues, and cards of the former key hold on until they end. */
  readonly next: P256Jwk
}

/** The custodian's present issuing key, whether the log has it, and the one after it. Errors: NOT_ALLOWED for a custodian that is not held here. */
export async function readCardKey(parts: Parts, actor: Actor): Promise<CardKeys> {
  const custodian = actor.organisation ?? actor.party
  const vault = parts.vaults.get(custodian)
  if (vault === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
  const { issuing, next } = await parts.store.read((view) => generationsOf(view, vault)).catch((error: unknown) => {
    throw toLogicError(error)
  })
  return { custodian, key: (issuing ?? next).publicJwk as P256Jwk, enrolled: issuing !== undefined, next: next.publicJwk as P256Jwk }
}

/** Takes a `card-key-enrolled` or `card-key-revoked` entry of the organisation. Errors: INPUT_MALFORMED for another, and those of `acceptEntries`. */
export async function writeCardKey(parts: Parts, actor: Actor, type: 'card-key-enrolled' | 'card-key-revoked', entry: SignedEntry): Promise<EntryReceipt> {
  try {
    if (parseEntry(typeof entry.entry === 'string' ? utf8(entry.entry) : entry.entry).type !== type) throw new LogicError('INPUT_MALFORMED', `The entry is no ${type}.`)
  } catch (error) {
    throw toLogicError(error)
  }
  const [receipt] = await acceptEntries(parts, [entry], { actor })
  return receipt as EntryReceipt
}
