import type { KeyRecord } from '@careledger/identity'
import { algorithmOf, jwkThumbprint } from '@careledger/proof'
import type { EntryType, ProjectContext, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { identityTables, keyRow, partyRow, toKeyRow, toPartyRow } from '../identity-rows.ts'
import { assertInForce, checkEnrolment, checkForeign, type RecognisedOrganisation } from './check-foreign.ts'
import { CLOCKS_APART_MS, FOREIGN_KEY_MEDIA_TYPE, foreignParty, parseForeignKey, parseRecognition, parseVoucher, RECOGNITION_MEDIA_TYPE, VOUCHER_MAX_MS, VOUCHER_MEDIA_TYPE } from './payloads.ts'

export const recognisedTable = 'recognised-organisation'

/**
 * `organisation-recognised`, by this instance's platform: an organisation of another instance, with what proofs of that instance are checked
 * against. Said again for the same organisation, it replaces what was pinned. The organisation's key signs nothing here and cannot sign in.
 */
export const organisationRecognised: EntryType = {
  payload: 'required',
  mediaTypes: [RECOGNITION_MEDIA_TYPE],
  subject: false,
  async project(context, { entry, opening, author }) {
    if (author.kind !== 'platform') throw new LogicError('NOT_ALLOWED', 'Only the platform recognises organisations of other instances.', { details: { id: entry.id } })
    const { trust, enrolment, name, audience } = parseRecognition(opening?.payload)
    if (trust.origin === audience) throw new LogicError('INPUT_MALFORMED', 'An instance does not recognise itself.', { details: { id: entry.id } })
    const credential = await checkEnrolment(enrolment, trust)
    const [party, key] = [foreignParty(trust.origin, credential.party), jwkThumbprint(credential.key)]
    const known = toKeyRow(await context.row(identityTables.key, key))
    if (known !== undefined && (known.party !== party || known.revokedBy !== undefined)) throw new LogicError('ENTRY_CONFLICT', 'The organisation\'s key is enrolled or revoked here.', { details: { id: entry.id } })
    const record: KeyRecord = {
      thumbprint: key, jwk: credential.key, algorithm: algorithmOf(credential.key), party, kind: 'organisation', roles: [], credential: entry.id,
      issuers: [author.thumbprint, ...author.issuers], foreign: { origin: trust.origin, party: credential.party },
    }
    const row: RecognisedOrganisation = { party: credential.party, key, name, audience, trust, entry: entry.id }
    return [keyRow(record), partyRow({ party, kind: 'organisation', name, roles: [] }), { table: recognisedTable, key: party, value: row as unknown as RowValue, indexes: { origin: trust.origin } }]
  },
}

/**
 * `key-recognised`, by this instance's system on the ground of two proof files: a person of a recognised organisation may sign in here with
 * their own key until the voucher ends. The projection checks the files itself, so the system cannot let in whom it likes.
 */
export const keyRecognised: EntryType = {
  payload: 'required',
  mediaTypes: [FOREIGN_KEY_MEDIA_TYPE],
  subject: false,
  async project(context, { entry, opening, author }) {
    if (author.kind !== 'system' || author.organisation !== undefined) throw new LogicError('NOT_ALLOWED', 'Keys of other instances are recognised by the platform\'s system.', { details: { id: entry.id } })
    const files = parseForeignKey(opening?.payload)
    const organisation = (await context.row(recognisedTable, files.organisation)) as unknown as RecognisedOrganisation | undefined
    if (organisation === undefined) throw new LogicError('NOT_ALLOWED', 'The organisation is not recognised here.', { details: { id: entry.id } })
    const issuer = await inForce(context, organisation.key)
    const { credential, thumbprint, roles, voucher } = await checkForeign(organisation, files)
    const [at, until] = [Date.parse(entry.issuedAt), Date.parse(voucher.expires)]
    if (until <= at || until > at + VOUCHER_MAX_MS + CLOCKS_APART_MS) throw new LogicError('NOT_ALLOWED', 'The statement has ended, or speaks for too long.', { details: { id: entry.id } })
    const party = foreignParty(organisation.trust.origin, credential.party)
    const known = toKeyRow(await context.row(identityTables.key, thumbprint))
    if (known !== undefined && known.party !== party) throw new LogicError('ENTRY_CONFLICT', 'The key is enrolled here.', { details: { id: entry.id } })
    if (known?.revokedBy !== undefined) throw new LogicError('KEY_REVOKED', 'The key was revoked here.', { details: { id: entry.id } })
    const record: KeyRecord = {
      thumbprint, jwk: credential.key, algorithm: algorithmOf(credential.key), party, kind: credential.kind, organisation: files.organisation, roles, credential: entry.id,
      issuers: [issuer.thumbprint, ...issuer.issuers], foreign: { origin: organisation.trust.origin, party: credential.party, until: voucher.expires },
    }
    return [keyRow(record), partyRow({ party, kind: credential.kind, name: voucher.name, organisation: files.organisation, roles })]
  },
}

/** `key-vouched`, by this instance's system, for one of its people on the way to another instance: the key is in force now. Makes no row. */
export const keyVouched: EntryType = {
  payload: 'required',
  mediaTypes: [VOUCHER_MEDIA_TYPE],
  subject: false,
  async project(context, { entry, opening, author }) {
    if (author.kind !== 'system' || author.organisation !== undefined) throw new LogicError('NOT_ALLOWED', 'Only the platform\'s system vouches.', { details: { id: entry.id } })
    const voucher = parseVoucher(opening?.payload)
    const record = await inForce(context, voucher.key)
    const party = toPartyRow(await context.row(identityTables.party, record.party))
    const fits = record.foreign === undefined && record.party === voucher.party && record.organisation === voucher.organisation && voucher.roles.every((role) => record.roles.includes(role)) && !party?.roles.includes('patient')
    if (!fits) throw new LogicError('NOT_ALLOWED', 'The voucher says something else than this log.', { details: { id: entry.id } })
    if (Date.parse(voucher.expires) > Date.parse(entry.issuedAt) + VOUCHER_MAX_MS) throw new LogicError('INPUT_MALFORMED', 'A voucher speaks for an hour at most.', { details: { id: entry.id } })
    return []
  },
}

/** The record of a key in force; every row looked at becomes a guard, so that a revocation that commits first wins. */
async function inForce(context: ProjectContext, key: string): Promise<KeyRecord> {
  const record = toKeyRow(await context.row(identityTables.key, key))
  const issuers = await Promise.all((record?.issuers ?? []).map((issuer) => context.row(identityTables.key, issuer)))
  assertInForce(record, issuers.map(toKeyRow))
  return record
}

