import { join } from 'node:path'
import { beginLogKey, finishLogKey } from '@careledger/identity'
import { acceptEntries, newestCheckpoint, readProcesses } from '@careledger/logic'
import { commit, entryBytes, fromBase64url, fromUtf8, instantText, jwkThumbprint, LOG_KEY_MEDIA_TYPE, LOG_KEY_TYPE, logKeyBytes, newEntryId, newSalt, parseCheckpoint, parseEntry, signEntry, toBase64url, utf8, type Entry } from '@careledger/proof'
import { SettingsError, type Settings } from '../settings.ts'
import { rootAuthor } from './genesis.ts'
import { openInstance, type Instance } from './open-instance.ts'

export interface LogKeyChanged {
  /** Thumbprints. */
  readonly former: string
  readonly key: string
  /** The last state that the former key signed. */
  readonly size: number
  /** The `log-key-changed` entry. */
  readonly entry: string
}

/** What finishing needs, kept beside the new key before anything is written: the entry, so that every try writes the same one. */
interface Kept { readonly size: number; readonly root: string; readonly entry: string; readonly salt: string }

/**
 * Gives the log another key: the tree goes on, and every later state is signed by the new key. The platform's root signs an entry that names both keys
 * and the former one's last state; then the file of the former private key is replaced. The instance is stopped; cut short anywhere, the same call finishes.
 * `dryRun`: says from what, and changes nothing. Errors: SettingsError where a process runs or the log has signed nothing, and those of `openInstance`.
 */
export async function changeLogKey(settings: Settings, { dryRun = false }: { readonly dryRun?: boolean | undefined } = {}): Promise<Omit<LogKeyChanged, 'key' | 'entry'> & Partial<LogKeyChanged>> {
  const instance = await openInstance(settings, { address: 'http://127.0.0.1', changesLogKey: true })
  try {
    const { parts } = instance
    if ((await readProcesses(parts)).some(({ alive }) => alive)) throw new SettingsError('A process of the instance is running. Stop every one of them first.')
    const newest = await newestCheckpoint(parts)
    if (newest === undefined) throw new SettingsError('The log has signed nothing yet: there is no key to change. Start the instance once.')
    const former = jwkThumbprint(parts.log.signer.publicJwk)
    if (dryRun) return { former, size: newest.size }
    return await change(instance, join(settings.dataDirectory, 'keys'), newest.note)
  } finally {
    await instance.close()
  }
}

async function change({ parts, file, rootSigner }: Instance, directory: string, note: string): Promise<LogKeyChanged> {
  const former = parts.log.signer.publicJwk
  const { size, root } = parseCheckpoint(note)
  const salt = newSalt()
  const begun = beginLogKey<Kept>(directory, ({ publicJwk }) => {
    const payload = logKeyBytes({ former, key: publicJwk, size, root: toBase64url(root) })
    const draft: Entry = {
      v: 1, id: newEntryId(parts.now()), network: 'log', type: LOG_KEY_TYPE, custodian: file.platform.party,
      payload: toBase64url(commit({ salt, mediaType: LOG_KEY_MEDIA_TYPE, payload })), issuedAt: instantText(parts.now()), author: rootAuthor(file, { root: rootSigner }),
    }
    return { size, root: toBase64url(root), entry: fromUtf8(entryBytes(draft)), salt: toBase64url(salt) }
  })
  const { more, publicJwk } = begun
  const entry = parseEntry(utf8(more.entry))
  // A repeat may be signed anew: the same entry is the same, and the first signature stays.
  const signature = await signEntry(entry, rootSigner)
  const replaced = formerOf(parts.log.former, publicJwk, former)
  const payload = logKeyBytes({ former: replaced, key: publicJwk, size: more.size, root: more.root })
  await acceptEntries(parts, [{ entry: utf8(more.entry), signature, opening: { salt: fromBase64url(more.salt), mediaType: LOG_KEY_MEDIA_TYPE, payload } }], { actor: { party: entry.author.party } })
  finishLogKey(directory, begun, { key: replaced, size: more.size, root: more.root, entry: entry.id })
  return { former: jwkThumbprint(replaced), key: jwkThumbprint(publicJwk), size: more.size, entry: entry.id }
}

/** After a crash between the two files the key of today is the new one already: then the former one is the newest that is remembered. */
function formerOf(known: Instance['parts']['log']['former'], next: Instance['parts']['log']['signer']['publicJwk'], current: typeof next): typeof next {
  const [newest] = known ?? []
  return jwkThumbprint(current) === jwkThumbprint(next) && newest !== undefined ? newest.key : current
}
