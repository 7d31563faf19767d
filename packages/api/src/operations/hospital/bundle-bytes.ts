import { fromBase64url } from '@careledger/proof'
import { Problem } from '../../contracts/problem.ts'

/** Errors: Problem INPUT_MALFORMED for text that is not base64url. */
export function bundleBytes(text: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch (cause) {
    throw new Problem('INPUT_MALFORMED', 'The bundle is not canonical base64url.', { cause, details: { path: 'bundle' } })
  }
}
