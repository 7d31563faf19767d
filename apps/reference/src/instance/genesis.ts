import { createHash } from 'node:crypto'
import { CREDENTIAL_MEDIA_TYPE, commit, credentialBytes, entryBytes, instantText, newSalt, signEntry, toBase64url, type Author, type Credential, type Entry } from '@careledger/proof'
import type { SigningKeys } from '@careledger/identity'
import { acceptEntries, PARTY_NAME_MEDIA_TYPE, partyNameBytes, type Parts } from '@careledger/logic'
import type { InstanceFile } from './instance-file.ts'

/** The first entries of an instance's log have ids made from its origin, so that a first start cut short goes on where it was. */
const genesisId = (origin: string, step: string): string => {
  const hash = createHash('sha256').update(`careledger genesis ${origin} ${step}`).digest()
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

export function rootAuthor(file: InstanceFile, keys: { readonly root: Pick<SigningKeys['root'], 'key'> }): Author {
  return { party: file.platform.party, key: keys.root.key, credential: genesisId(file.origin, 'root') }
}

export function systemAuthor(file: InstanceFile, keys: SigningKeys): Author {
  return { party: `${file.platform.party}-system`, key: keys.system.key, credential: genesisId(file.origin, 'system') }
}

/** Enrols the platform's root key and its system key, and names the platform. Does nothing where that was done. */
export async function genesis(parts: Parts, file: InstanceFile, keys: SigningKeys): Promise<void> {
  const { party, name } = file.platform
  const root: Credential = { v: 1, party, kind: 'platform', roles: ['platform'], key: keys.root.publicJwk }
  const system: Credential = { v: 1, party: systemAuthor(file, keys).party, kind: 'system', roles: ['system'], key: keys.system.publicJwk }
  const steps = [
    { step: 'root', type: 'platform-root', payload: credentialBytes(root), mediaType: CREDENTIAL_MEDIA_TYPE, author: { party, key: keys.root.key } },
    { step: 'system', type: 'key-enrolled', payload: credentialBytes(system), mediaType: CREDENTIAL_MEDIA_TYPE, author: rootAuthor(file, keys) },
    { step: 'name', type: 'party-named', payload: partyNameBytes({ party, name }), mediaType: PARTY_NAME_MEDIA_TYPE, author: rootAuthor(file, keys) },
  ]
  for (const { step, type, payload, mediaType, author } of steps) {
    const id = genesisId(file.origin, step)
    if ((await parts.store.read((view) => view.entry(id))) !== undefined) continue
    const salt = newSalt()
    const entry: Entry = {
      v: 1, id, network: 'identity', type, custodian: party, issuedAt: instantText(parts.now()), author,
      payload: toBase64url(commit({ salt, mediaType, payload })),
    }
    await acceptEntries(parts, [{ entry: entryBytes(entry), signature: await signEntry(entry, keys.root), opening: { salt, mediaType, payload } }], { actor: { party } })
  }
}
