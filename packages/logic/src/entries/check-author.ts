import { grantersOf, keyProblem, rolesAt, type KeyRecord } from '@careledger/identity'
import { LogicError } from '../logic-error.ts'
import type { Projector } from './projector.ts'
import type { ReadEntry } from './read-signed-entry.ts'

/** Table of the identity network that every entry's author is checked against. */
export const keyTable = 'key'

/**
 * The record of the author's key, in force as far as the projector has come: neither it nor a key its credential rests on is revoked. Every
 * row looked at becomes a guard. Its `roles` are those of the entry's own date, role credentials in force included: the log knows no other time, and whether
 * that date is now is for whoever hands the entry in, whose roles are asked by the clock. Errors: KEY_UNKNOWN (not enrolled, of another party, or under another credential), KEY_REVOKED.
 */
export async function checkAuthor(projector: Pick<Projector, 'row'>, read: Pick<ReadEntry, 'entry' | 'type' | 'opening'>): Promise<KeyRecord> {
  const { author, id } = read.entry
  const record = (await projector.row(keyTable, author.key)) as unknown as KeyRecord | undefined
  if (record === undefined) return selfEnrolled(read)
  if (record.party !== author.party || record.credential !== author.credential) {
    throw new LogicError('KEY_UNKNOWN', 'The author\'s key was not enrolled for this party by this credential.', { details: { id } })
  }
  if (record.foreign !== undefined) throw new LogicError('KEY_UNKNOWN', 'A key of another instance signs no entries here.', { details: { id } })
  if (record.published !== undefined) throw new LogicError('KEY_UNKNOWN', 'A key that is only published at an address signs no entries here. Enrol it.', { details: { id } })
  const issuers = await Promise.all(record.issuers.map((issuer) => projector.row(keyTable, issuer)))
  const problem = keyProblem(record, issuers as unknown as readonly (KeyRecord | undefined)[])
  if (problem === 'KEY_REVOKED') throw new LogicError(problem, 'The author\'s key, or one that its credential rests on, was revoked.', { details: { id } })
  if (problem !== undefined) throw new LogicError(problem, 'The author\'s key is not enrolled here.', { details: { id } })
  const granters = await Promise.all(grantersOf(record).map((granter) => projector.row(keyTable, granter)))
  const roles = rolesAt(record, granters as unknown as readonly (KeyRecord | undefined)[], new Date(read.entry.issuedAt))
  return roles === record.roles ? record : { ...record, roles, enrolledRoles: record.roles }
}

/** A key that enrols itself: its record comes out of the entry, and only its own type may say so. */
function selfEnrolled({ entry, type, opening }: Pick<ReadEntry, 'entry' | 'type' | 'opening'>): KeyRecord {
  const record = type.selfEnrolled?.({ entry, opening })
  if (record === undefined || record.thumbprint !== entry.author.key || record.party !== entry.author.party || entry.author.credential !== undefined) {
    throw new LogicError('KEY_UNKNOWN', 'The author\'s key is not enrolled here.', { details: { id: entry.id } })
  }
  return record
}
