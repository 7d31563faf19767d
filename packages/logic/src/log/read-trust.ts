import type { KeyRecord } from '@careledger/identity'
import type { PublicJwk, Witness } from '@careledger/proof'
import { keyTable } from '../entries/check-author.ts'
import { readRow } from '../entries/rows.ts'
import { identityTables } from '../identity/identity-rows.ts'
import { LogicError } from '../logic-error.ts'
import type { FormerLogKey, Parts } from '../parts.ts'

/** What a verifier pins. */
export interface LogTrust {
  readonly origin: string
  readonly logKey: PublicJwk
  /** Keys that signed the log before, newest first, each with its last state and the entry that replaced it; absent: there were none. */
  readonly formerLogKeys?: readonly FormerLogKey[] | undefined
  readonly root: PublicJwk
  readonly witnesses: readonly Witness[]
  readonly witnessThreshold: number
}

/** The log's origin and key, the platform's root key, the witnesses. Errors: UNAVAILABLE while no platform root is enrolled. */
export async function readTrust(parts: Parts): Promise<LogTrust> {
  const root = await parts.store.read(async (view) => {
    const named = await view.projection(identityTables.root, 'root')
    return named === undefined ? undefined : view.projection(keyTable, readRow(named) as string)
  })
  if (root === undefined) throw new LogicError('UNAVAILABLE', 'The instance has no platform root yet.')
  const { log, instance } = parts
  return { origin: log.origin, logKey: log.signer.publicJwk, ...(log.former === undefined || log.former.length === 0 ? {} : { formerLogKeys: log.former }), root: (readRow(root) as unknown as KeyRecord).jwk, witnesses: knownWitnesses(parts), witnessThreshold: instance.witnessThreshold }
}

/** The platform's own witness first. */
export function knownWitnesses(parts: Pick<Parts, 'cosigner' | 'witnesses'>): readonly Witness[] {
  const own = parts.cosigner === undefined ? [] : [{ name: parts.cosigner.name, key: parts.cosigner.signer.publicJwk }]
  return [...own, ...parts.witnesses.map(({ name, key }) => ({ name, key }))]
}
