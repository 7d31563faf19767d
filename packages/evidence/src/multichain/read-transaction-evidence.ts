import { equalBytes, type ProofAnchor } from '@careledger/proof'
import { EvidenceError } from '../evidence-error.ts'
import type { ShownBlock } from '../shown-block.ts'
import { createByteReader } from './byte-reader.ts'
import { readItemRecords } from './item-records.ts'
import { readPlacedTransaction, type PlacedTransaction } from './placed-transaction.ts'
import { afterPrefix, readMetadataScript, readPushes } from './script.ts'

/** MC_ENT_TYPE_STREAM and MC_ENT_SPRM_NAME (entities/asset.h). */
const STREAM = 2
const NAME = 1
const SIGHASH_ALL = 1

/**
 * `multichain-transaction/1`: the record's transaction in its block and the output that is its item, then the transaction that made the
 * stream, in its block, and the output that does so. Gives both blocks. EvidenceError otherwise.
 */
export function readTransactionEvidence(bytes: Uint8Array, anchor: ProofAnchor): readonly ShownBlock[] {
  const reader = createByteReader(bytes)
  const record = readPlacedTransaction(reader)
  const item = outputOf(record, reader.compact())
  const creation = readPlacedTransaction(reader)
  const created = outputOf(creation, reader.compact())
  reader.end()
  checkOnePublisher(record)
  const [entity, ...keys] = item.elements
  const stream = afterPrefix(entity, 'e')
  if (stream === undefined || !equalBytes(stream, creation.txid.subarray(16))) throw new EvidenceError('The item is of another stream.')
  if (nameOf(created.elements) !== chainStreamOf(anchor)) throw new EvidenceError('The stream has another name.')
  const records = readItemRecords(keys.map((key) => afterPrefix(key, 'k') ?? noKey()), item.data ?? new Uint8Array())
  if (records.get(anchor.id) !== anchor.digest) throw new EvidenceError('The item does not hold the record.')
  return [record.block, creation.block]
}

function outputOf({ transaction }: PlacedTransaction, place: number) {
  const script = transaction.outputs[place]
  if (script === undefined) throw new EvidenceError('The transaction has no such output.')
  return readMetadataScript(script)
}

/** Every input is signed for all outputs, and by one address: each input's last push is its public key, or its script. */
function checkOnePublisher({ transaction }: PlacedTransaction): void {
  const inputs = transaction.inputs.map(readPushes)
  const first = inputs[0]?.at(-1)
  const alike = inputs.every((pushes) => {
    const account = pushes.at(-1)
    const signatures = pushes.slice(0, -1).filter(({ length }) => length > 0)
    return account !== undefined && first !== undefined && equalBytes(account, first) && signatures.length > 0 && signatures.every((signature) => signature.at(-1) === SIGHASH_ALL)
  })
  if (!alike) throw new EvidenceError('The item has not exactly one publisher.')
}

/** Name in the element that makes a stream: type, 0, then parameters, each 0 and a code, or a name and 0, then a counted value. */
function nameOf([element]: readonly Uint8Array[]): string | undefined {
  const reader = createByteReader(afterPrefix(element, 'n') ?? new Uint8Array())
  if (reader.number(1) !== STREAM) return undefined
  while (!reader.done) {
    const code = reader.number(1)
    const special = code === 0 ? reader.number(1) : undefined
    while (special === undefined && reader.number(1) !== 0) continue
    const value = reader.counted()
    if (special === NAME) return String.fromCharCode(...value)
  }
  return undefined
}

/** The ledger id ends with the prefix of its streams' names, and those that are named otherwise: `,stream=name`. */
function chainStreamOf({ ledgerId, stream }: ProofAnchor): string {
  const [prefix = '', ...names] = ledgerId.split(':').slice(2).join(':').split(',')
  const named = names.find((name) => name.startsWith(`${stream}=`))
  return named === undefined ? prefix + stream : named.slice(stream.length + 1)
}

function noKey(): never {
  throw new EvidenceError('The item is not of the form of records.')
}
