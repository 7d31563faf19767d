import type { Actor } from '@careledger/identity'
import { instantText } from '@careledger/proof'
import { readRow } from '../../entries/rows.ts'
import { buildProof } from '../../log/build-proof.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { identityTables, toKeyRow } from '../identity-rows.ts'
import { writeAsSystem } from '../write-as-system.ts'
import { checkForeign, organisationIn, type RecognisedOrganisation } from './check-foreign.ts'
import { recognisedTable } from './federation-entries.ts'
import { CLOCKS_APART_MS, FOREIGN_KEY_MEDIA_TYPE, federationBytes, foreignParty, VOUCHER_MEDIA_TYPE, VOUCHER_MS, type ForeignKey, type Voucher } from './payloads.ts'

/** What a person takes to another instance. Nothing in it is secret: without their key it opens nothing. */
export interface Introduction {
  /** Proof file of the key's enrolment. */
  readonly credential: string
  /** Proof file of the `key-vouched` entry. */
  readonly standing: string
  readonly expires: string
}

/**
 * Vouches for the caller's key towards the instance whose log has the origin `audience`, for five minutes. Errors: NOT_ALLOWED for callers of
 * no organisation, and for guests; UNAVAILABLE while no checkpoint holds the statement yet.
 */
export async function vouchFor(parts: Parts, actor: Actor, audience: string, signal?: AbortSignal): Promise<Introduction> {
  const { organisation } = actor
  if (organisation === undefined) throw new LogicError('NOT_ALLOWED', 'Only people and systems of an organisation are vouched for.')
  const now = parts.now()
  const expires = instantText(new Date(now.getTime() + VOUCHER_MS))
  const voucher: Voucher = { v: 1, audience, key: actor.key, party: actor.party, organisation, name: actor.displayName, roles: await enrolledRoles(parts, actor), expires }
  const id = await writeAsSystem(parts, 'key-vouched', VOUCHER_MEDIA_TYPE, federationBytes(voucher), now, signal)
  const [credential, standing] = [await proofOf(parts, actor.credential, signal), await proofOf(parts, id, signal)]
  return { credential, standing, expires }
}

/** Roles by credential end here: another instance sees no status list of ours. */
async function enrolledRoles(parts: Parts, { key }: Actor): Promise<readonly string[]> {
  const row = await parts.store.read((view) => view.projection(identityTables.key, key)).catch(rethrow)
  return [...((row === undefined ? undefined : toKeyRow(readRow(row)))?.roles ?? [])].sort()
}

/** The proof file of an organisation's enrolment here, its oldest key in force, for another instance to recognise it by. Errors: NOT_ALLOWED where there is none. */
export async function proveEnrolment(parts: Parts, organisation: string, signal?: AbortSignal): Promise<string> {
  const rows = await parts.store.read((view) => view.find({ table: identityTables.key, index: 'party', equals: organisation, limit: 100 })).catch(rethrow)
  const own = rows.rows.flatMap((row) => toKeyRow(readRow(row)) ?? []).filter((one) => one.kind === 'organisation' && one.foreign === undefined && one.revokedBy === undefined && one.retiredBy === undefined)
  const [record] = own.sort((one, other) => (one.credential < other.credential ? -1 : 1))
  if (record === undefined) throw new LogicError('NOT_ALLOWED', 'There is no such organisation here.')
  return proofOf(parts, record.credential, signal)
}

/**
 * Lets a person of a recognised organisation sign in here with their own key, until their voucher ends. The same files again change nothing.
 * Gives the party that they are here. Errors: NOT_ALLOWED (organisation not recognised, a file that does not hold, a statement that has
 * ended or is made out to another instance), KEY_REVOKED where this instance has revoked the key or the organisation's, INPUT_MALFORMED.
 */
export async function recogniseKey(parts: Parts, files: Pick<ForeignKey, 'credential' | 'standing'>, signal?: AbortSignal): Promise<{ readonly party: string; readonly expires: string }> {
  const named = organisationIn(files.credential)
  const organisation = foreignParty(named.origin, named.organisation)
  const row = await parts.store.read((view) => view.projection(recognisedTable, organisation)).catch(rethrow)
  if (row === undefined) throw new LogicError('NOT_ALLOWED', 'The organisation is not recognised here.')
  const { credential, thumbprint, voucher } = await checkForeign(readRow(row) as unknown as RecognisedOrganisation, files)
  const now = parts.now()
  if (Date.parse(voucher.expires) <= now.getTime() || Date.parse(voucher.expires) > now.getTime() + VOUCHER_MS + CLOCKS_APART_MS) throw new LogicError('NOT_ALLOWED', 'The statement has ended. Ask your own instance for a new one.')
  const answer = { party: foreignParty(named.origin, credential.party), expires: voucher.expires }
  const known = await parts.store.read((view) => view.projection(identityTables.key, thumbprint)).catch(rethrow)
  const before = known === undefined ? undefined : toKeyRow(readRow(known))
  if (before?.revokedBy === undefined && before?.foreign?.until === voucher.expires) return answer
  const payload = federationBytes({ v: 1, organisation, credential: files.credential, standing: files.standing })
  await writeAsSystem(parts, 'key-recognised', FOREIGN_KEY_MEDIA_TYPE, payload, now, signal)
  return answer
}

const proofWaitMs = 25
const proofTriesMax = 200

/** Waits at most five seconds for a checkpoint that holds the entry. */
async function proofOf(parts: Parts, id: string, signal: AbortSignal | undefined): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      const proof = await buildProof(parts, id, { opening: true })
      if (proof === undefined) throw new LogicError('CORRUPTION', 'A credential is missing from the log.', { details: { id } })
      return proof
    } catch (error) {
      if (!isLogicError(error, 'UNAVAILABLE') || attempt === proofTriesMax || signal?.aborted === true) throw error
      await new Promise((resolve) => setTimeout(resolve, proofWaitMs))
    }
  }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
