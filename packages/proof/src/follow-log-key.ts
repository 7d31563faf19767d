import { utf8 } from './bytes.ts'
import { LOG_KEY_TYPE, parseLogKey, type LogKeyChange } from './log-key.ts'
import { openPayload, type Trust } from './proof-context.ts'
import { ProofError } from './proof-error.ts'
import { jwkThumbprint, samePublicKey } from './public-key.ts'
import { verifyProof } from './verify-proof.ts'

/**
 * What to pin after a log has changed its key: `proof` is the proof file of its `log-key-changed` entry. The pinned root has to have signed it,
 * it names the pinned key as the former one, and the rest of the proof holds by the new key. The former key stays, up to its last state.
 * Errors: ProofError SIGNATURE_INVALID with the step that does not hold, MALFORMED.
 */
export const followLogKey = async (proof: string, trust: Trust): Promise<Trust> => {
  const change = await readChange(proof, trust)
  const { origin, key, former, size, root } = change
  const pinned = trust.logs.find((log) => log.origin === origin && log.until === undefined)
  if (pinned === undefined || !samePublicKey(pinned.key, former)) throw new ProofError('SIGNATURE_INVALID', 'The change begins at another key than the one pinned. Changes are followed one after another.')
  return { ...trust, logs: [{ origin, key }, ...trust.logs.map((log) => (log === pinned ? { ...log, until: { size, root } } : log))] }
}

const readChange = async (proof: string, trust: Trust): Promise<LogKeyChange & { readonly origin: string }> => {
  const first = await verifyProof(utf8(proof), trust)
  if (first.file === undefined) throw new ProofError('MALFORMED', 'This is no proof file.')
  const { entry, log } = first.file
  if (entry.network !== 'log' || entry.type !== LOG_KEY_TYPE || entry.author.key !== jwkThumbprint(trust.root)) throw new ProofError('SIGNATURE_INVALID', 'The proof is of no change of a log\'s key that the pinned root signed.')
  const change = parseLogKey(openPayload(first.file))
  const { valid, steps } = await verifyProof(utf8(proof), { ...trust, logs: [{ origin: log.origin, key: change.key }] })
  const failed = steps.find(({ outcome }) => outcome === 'fail')
  if (!valid || log.index < change.size) throw new ProofError('SIGNATURE_INVALID', `The proof does not hold by the new key: ${failed?.name ?? 'leaf'}.`)
  return { ...change, origin: log.origin }
}
