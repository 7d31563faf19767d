import { fromBase64, parseCheckpoint, toBase64, type Checkpoint } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'

/** What a log asks of a witness (C2SP tlog-witness, `add-checkpoint`). */
export interface WitnessRequest {
  /** Size of the newest checkpoint that the witness has cosigned of this log, as far as the log knows; 0 for none. */
  readonly from: number
  /** RFC 9162 consistency path from that size to the note's, 32 bytes each, at most 63. */
  readonly path: readonly Uint8Array[]
  readonly note: string
}

const pathMax = 63

/** `old <size>`, a line of base64 for each hash, an empty line, the note. */
export function witnessRequestBody({ from, path, note }: WitnessRequest): string {
  return `old ${from}\n${path.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`
}

/** Reads a body strictly. Errors: INPUT_MALFORMED. */
export function parseWitnessRequest(body: string): WitnessRequest & { readonly checkpoint: Checkpoint } {
  const end = body.indexOf('\n\n')
  const [old = '', ...hashes] = end < 0 ? [''] : body.slice(0, end).split('\n')
  const from = /^old (0|[1-9][0-9]{0,15})$/.exec(old)?.[1]
  if (from === undefined || !Number.isSafeInteger(Number(from)) || hashes.length > pathMax) throw malformed()
  const note = body.slice(end + 2)
  try {
    const path = hashes.map(fromBase64)
    if (path.some((hash) => hash.length !== 32)) throw malformed()
    return { from: Number(from), path, note, checkpoint: parseCheckpoint(note) }
  } catch (error) {
    throw malformed(error)
  }
}

function malformed(cause?: unknown): LogicError {
  return new LogicError('INPUT_MALFORMED', 'The request is not an add-checkpoint request.', { cause })
}
