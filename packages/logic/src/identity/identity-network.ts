import { retiredRecord, revokedRecord, toKeyRecord, toPartyRecord, type KeyRecord, type PartyRecord } from '@careledger/identity'
import { CREDENTIAL_MEDIA_TYPE, jwkThumbprint, parseCredential, parseRevocation, REVOCATION_MEDIA_TYPE } from '@careledger/proof'
import type { AcceptedEntry, EntryType, NetworkDefinition, ProjectContext } from '../entries/network-definition.ts'
import { LogicError } from '../logic-error.ts'
import { keyRecognised, keyVouched, organisationRecognised, recognisedTable } from './federation/federation-entries.ts'
import { identityTables, isPatient, keyRow, partyRow, toKeyRow, toPartyRow } from './identity-rows.ts'
import { accountTableDefinitions, accountTypes } from './accounts/index.ts'
import { systemTableDefinitions, systemTypes } from './systems/index.ts'
import { roleTableDefinitions, roleTypes } from './roles/index.ts'
import { recoveryTables, recoveryTypes } from './recovery/index.ts'
import { parsePartyName, PARTY_NAME_MEDIA_TYPE } from './party-name.ts'

/** Opens the instance: the platform's root enrols itself. There is one, and a second is refused with ENTRY_CONFLICT. */
const platformRoot: EntryType = {
  payload: 'required',
  mediaTypes: [CREDENTIAL_MEDIA_TYPE],
  subject: false,
  selfEnrolled: (accepted) => rootRecord(accepted),
  async project(context, accepted) {
    const record = rootRecord(accepted)
    if ((await context.row(identityTables.root, 'root')) !== undefined) {
      throw new LogicError('ENTRY_CONFLICT', 'This instance has a platform root already.', { details: { id: accepted.entry.id } })
    }
    const party: PartyRecord = { party: record.party, kind: record.kind, roles: record.roles }
    return [{ table: identityTables.root, key: 'root', value: record.thumbprint }, keyRow(record), partyRow(party)]
  },
}

/** `organisation-enrolled` and `key-enrolled`: who may enrol whom is decided by @careledger/identity from rows alone. */
const enrolled: EntryType = {
  payload: 'required',
  mediaTypes: [CREDENTIAL_MEDIA_TYPE],
  subject: false,
  async project(context, accepted) {
    const { entry, author } = accepted
    const credential = parseCredential(payloadOf(accepted))
    const party = await partyOf(context, credential.party)
    const enrolment = { entryId: entry.id, type: entry.type, credential, author, party }
    const record = toKeyRecord(enrolment)
    if ((await context.row(identityTables.key, record.thumbprint)) !== undefined) {
      throw new LogicError('ENTRY_CONFLICT', 'The key is enrolled already. A key is enrolled once; one that was revoked never comes back.', { details: { id: entry.id } })
    }
    const next = toPartyRecord(enrolment)
    return next === party ? [keyRow(record)] : [keyRow(record), partyRow(next)]
  },
}

/** An entry that names a key and changes its record. */
const keyEnding = (ended: typeof revokedRecord): EntryType => ({
  payload: 'required',
  mediaTypes: [REVOCATION_MEDIA_TYPE],
  subject: false,
  async project(context, accepted) {
    const { entry, author } = accepted
    const record = toKeyRow(await context.row(identityTables.key, parseRevocation(payloadOf(accepted))))
    const next = ended({ entryId: entry.id, author, record })
    return next === record ? [] : [keyRow(next)]
  },
})

/** Takes a key out of force from its place in the log on: what it signed before stays valid. */
const keyRevoked = keyEnding(revokedRecord)

/** Takes a key out of use and leaves what rests on it in force: how an organisation changes its key. */
const keyRetired = keyEnding(retiredRecord)

/**
 * Gives a party a name for people to read. Platform: organisations and its own people; an organisation: itself and its people. Nobody names
 * themselves, for a name is what others choose a grantee by. Patients have no name here: it would outlive the erasure of their records.
 */
const partyNamed: EntryType = {
  payload: 'required',
  mediaTypes: [PARTY_NAME_MEDIA_TYPE],
  subject: false,
  async project(context, accepted) {
    const named = parsePartyName(payloadOf(accepted))
    const party = await partyOf(context, named.party)
    if (party === undefined || !mayName(accepted.author, party)) throw new LogicError('NOT_ALLOWED', 'The author does not name this party.', { details: { id: accepted.entry.id } })
    return [partyRow({ ...party, name: named.name })]
  },
}

/** The `identity` network: keys, who enrolled them, and whom they belong to. */
export const identityNetwork: NetworkDefinition = {
  name: 'identity',
  types: { 'platform-root': platformRoot, 'organisation-enrolled': enrolled, 'key-enrolled': enrolled, 'key-revoked': keyRevoked, 'key-retired': keyRetired, 'party-named': partyNamed, 'organisation-recognised': organisationRecognised, 'key-recognised': keyRecognised, 'key-vouched': keyVouched, ...recoveryTypes, ...roleTypes, ...systemTypes, ...accountTypes },
  tables: { [identityTables.key]: { readBack: true }, [identityTables.party]: { readBack: true }, [identityTables.root]: { readBack: true }, [recognisedTable]: { readBack: true }, [recoveryTables.guardians]: { readBack: true }, [recoveryTables.guardian]: { readBack: true }, [recoveryTables.recovery]: { readBack: true }, ...roleTableDefinitions, ...systemTableDefinitions, ...accountTableDefinitions },
}

function rootRecord(accepted: Pick<AcceptedEntry, 'entry' | 'opening'>): KeyRecord {
  const { entry } = accepted
  const credential = parseCredential(payloadOf(accepted))
  if (jwkThumbprint(credential.key) !== entry.author.key || credential.party !== entry.author.party) {
    throw new LogicError('NOT_ALLOWED', 'A platform root is signed by the key and party it enrols.', { details: { id: entry.id } })
  }
  return toKeyRecord({ entryId: entry.id, type: entry.type, credential, author: undefined, party: undefined })
}

function mayName(author: KeyRecord, party: PartyRecord): boolean {
  if (isPatient(party)) return false
  if (author.kind === 'platform') return party.organisation === undefined
  return author.kind === 'organisation' && (party.party === author.party || party.organisation === author.party)
}

async function partyOf(context: ProjectContext, party: string): Promise<PartyRecord | undefined> {
  return toPartyRow(await context.row(identityTables.party, party))
}

function payloadOf({ opening }: Pick<AcceptedEntry, 'opening'>): Uint8Array {
  if (opening === undefined) throw new LogicError('INPUT_MALFORMED', 'Entries of this type carry a payload.')
  return opening.payload
}

