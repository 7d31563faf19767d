import { randomBytes } from 'node:crypto'
import type { Sent } from '@careledger/ledger-kit'
import type { NewRecord, StreamName } from '@careledger/ledger-spec'
import { answers, parseAnswer } from './chaincode-answers.ts'
import type { Fabric } from './fabric.ts'
import type { EndorsedTransaction } from './fabric-client.ts'
import { submitTransaction } from './submit-transaction.ts'
import { toEndorseVerdict } from './to-ledger-error.ts'

/** Bytes of the secret that a private stream's names and salts are made of. */
const SECRET_BYTES = 32

/**
 * One transaction. Records travel in its transient part, so that neither a private record nor a second copy of a public one stands in the
 * transaction. An endorsement that would write nothing is not submitted: somebody else has written what was missing.
 */
export async function appendRecords(fabric: Fabric, stream: StreamName, records: readonly NewRecord[], signal: AbortSignal): Promise<Sent> {
  let transaction: EndorsedTransaction
  try {
    transaction = await fabric.endorse({
      name: 'append',
      args: [fabric.nameOf(stream)],
      transient: { records: Buffer.from(JSON.stringify(records.map(toJson))), secret: randomBytes(SECRET_BYTES) },
      collection: await fabric.collectionOf(stream),
    })
  } catch (error) {
    const verdict = toEndorseVerdict(error)
    if (verdict === 'moved') return { outcome: 'moved' }
    throw verdict
  }
  const { appended, size } = parseAnswer(answers.append, transaction.result)
  if (appended === 0 || await submitTransaction(fabric, transaction, signal) === 'moved') return { outcome: 'moved' }
  fabric.noteSize(stream, size)
  return { outcome: 'accepted', state: 'final', raw: { transactionId: transaction.transactionId } }
}

function toJson({ id, key, digest, data }: NewRecord): object {
  return { id, key, digest, data: data === undefined ? undefined : Buffer.from(data).toString('base64') }
}
