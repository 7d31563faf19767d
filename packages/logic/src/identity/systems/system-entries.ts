import { toKeyRecord, type KeyRecord, type PartyRecord } from '@careledger/identity'
import { CREDENTIAL_MEDIA_TYPE, parseCanonical, parseCredential, partyPattern, PLATFORM_ROLES } from '@careledger/proof'
import { z } from 'zod'
import type { AcceptedEntry, EntryType, RowChange, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { identityTables, keyRow, partyRow, toKeyRow, toPartyRow } from '../identity-rows.ts'

/** Media type of `system-keys-published`: canonical `{ v: 1, party, roles, url? }`; without `url` the system publishes no keys any more. */
const SYSTEM_KEYS_MEDIA_TYPE = 'application/careledger-system-keys+json'
export const systemKeysTable = 'system-keys'

/** Row `system-keys`; key = party of the system. */
export interface SystemKeysRow {
  readonly party: string
  readonly organisation?: string | undefined
  readonly roles: readonly string[]
  readonly url?: string | undefined
  /** Thumbprints of the key that signed the entry and of those it rests on. */
  readonly issuers: readonly string[]
  /** Keys that were taken from there, oldest first. */
  readonly keys: readonly string[]
}

interface SystemKeys { readonly party: string; readonly roles: readonly string[]; readonly url?: string | undefined }

/** Published keys of one system that are in force at a time; a further one takes the oldest out of force. */
const keysMax = 16

const shape = z.strictObject({
  v: z.literal(1), party: z.string().regex(partyPattern), roles: z.array(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/)).max(16),
  url: z.string().max(1024).refine((text) => isAddress(text)).optional(),
})

function parseSystemKeys(bytes: Uint8Array): SystemKeys {
  const result = shape.safeParse(parseCanonical(bytes))
  if (!result.success) throw new LogicError('INPUT_MALFORMED', 'The payload is not { v: 1, party, roles, url? } with an https address.')
  return result.data
}

/** Whether the network lets the process go there is decided when it goes. */
function isAddress(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === '' && url.hash === ''
}

/**
 * `system-keys-published`, by an organisation for a system of its own, or by the platform for one of its own: the system signs in with the keys that stand at
 * this address. Said again, it replaces what was said; without an address, every key that came from there is out of force.
 */
export const systemKeysPublished: EntryType = {
  payload: 'required',
  mediaTypes: [SYSTEM_KEYS_MEDIA_TYPE],
  subject: false,
  async project(context, accepted) {
    const { entry, author, opening } = accepted
    const { party, roles, url } = parseSystemKeys(opening?.payload ?? new Uint8Array())
    const organisation = author.kind === 'organisation' && author.foreign === undefined ? author.party : undefined
    if (organisation === undefined && author.kind !== 'platform') throw refused(accepted, 'Only an organisation or the platform says where a system of its own publishes its keys.')
    if (organisation !== undefined && roles.some((role) => PLATFORM_ROLES.includes(role))) throw refused(accepted, 'Only the platform grants this role.')
    const known = toPartyRow(await context.row(identityTables.party, party))
    if (known !== undefined && (known.kind !== 'system' || known.organisation !== organisation)) throw refused(accepted, 'The party is enrolled here with another kind or organisation.')
    const former = (await context.row(systemKeysTable, party)) as unknown as SystemKeysRow | undefined
    const ended = url === undefined ? await ending(context, former?.keys ?? [], entry.id) : []
    const row: SystemKeysRow = { party, ...(organisation === undefined ? {} : { organisation }), roles, ...(url === undefined ? {} : { url }), issuers: [author.thumbprint, ...author.issuers], keys: url === undefined ? [] : former?.keys ?? [] }
    const record: PartyRecord = { party, kind: 'system', ...(known?.name === undefined ? {} : { name: known.name }), ...(organisation === undefined ? {} : { organisation }), roles: known?.roles ?? roles }
    return [...ended, rowOf(row), partyRow(record)]
  },
}

/** `key-published`, by the platform's system after the key has proven itself and stood at the address: what `system-keys-published` said, for this one key. */
export const keyPublished: EntryType = {
  payload: 'required',
  mediaTypes: [CREDENTIAL_MEDIA_TYPE],
  subject: false,
  async project(context, accepted) {
    const { entry, author, opening } = accepted
    if (author.kind !== 'system' || author.organisation !== undefined) throw refused(accepted, 'Published keys are entered by the platform\'s system.')
    const credential = parseCredential(opening?.payload ?? new Uint8Array())
    const row = (await context.row(systemKeysTable, credential.party)) as unknown as SystemKeysRow | undefined
    const [issuer] = await Promise.all((row?.issuers ?? []).slice(0, 1).map((one) => context.row(identityTables.key, one)))
    const by = toKeyRow(issuer)
    if (row?.url === undefined || by === undefined || by.revokedBy !== undefined) throw refused(accepted, 'Nobody in force has said that the system publishes its keys.')
    const record = toKeyRecord({ entryId: entry.id, type: 'key-enrolled', credential, author: by, party: toPartyRow(await context.row(identityTables.party, row.party)) })
    if (credential.kind !== 'system' || record.roles.join() !== row.roles.join()) throw refused(accepted, 'The credential says something else than the organisation.')
    if ((await context.row(identityTables.key, record.thumbprint)) !== undefined) throw new LogicError('ENTRY_CONFLICT', 'The key is enrolled already.', { details: { id: entry.id } })
    const keys = [...row.keys, record.thumbprint]
    return [...(await ending(context, keys.slice(0, -keysMax), entry.id)), rowOf({ ...row, keys: keys.slice(-keysMax) }), keyRow({ ...record, published: row.url })]
  },
}

async function ending(context: Parameters<EntryType['project']>[0], keys: readonly string[], by: string): Promise<readonly RowChange[]> {
  const records = await Promise.all(keys.map((key) => context.row(identityTables.key, key)))
  return records.flatMap((row) => {
    const record: KeyRecord | undefined = toKeyRow(row)
    return record === undefined || record.revokedBy !== undefined ? [] : [keyRow({ ...record, revokedBy: by })]
  })
}

function rowOf(row: SystemKeysRow): RowChange {
  return { table: systemKeysTable, key: row.party, value: row as unknown as RowValue, indexes: row.organisation === undefined ? {} : { organisation: row.organisation } }
}

function refused({ entry }: Pick<AcceptedEntry, 'entry'>, message: string): LogicError {
  return new LogicError('NOT_ALLOWED', message, { details: { id: entry.id } })
}
