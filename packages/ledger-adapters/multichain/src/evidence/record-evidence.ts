import type { Evidence, RecordId, StreamName } from '@careledger/ledger-spec'
import { z } from 'zod'
import { readAs, text } from '../answers.ts'
import type { Client } from '../client.ts'
import { findRecord } from '../find-records.ts'
import { compactSize } from './bitcoin-bytes.ts'
import { placeTransaction, type PlacedBytes } from './placed-transaction.ts'

/** Name of the form that docs/ledger-evidence.md describes. */
const EVIDENCE_FORMAT = 'multichain-transaction/1'

const streams = z.array(z.object({ createtxid: text }))
const placed = z.object({
  blockhash: text.optional(), confirmations: z.int().optional(),
  vout: z.array(z.object({ n: z.int(), scriptPubKey: z.object({ hex: text }) })),
})

/**
 * The record's transaction in its block with the output that is the item, and the same of the transaction that made the stream.
 * `undefined` for a record that is not final, and on a chain whose blocks or streams are made in another form.
 */
export function createEvidence(client: Client, signal: AbortSignal): Evidence {
  return {
    async evidence(stream: StreamName, id: RecordId) {
      return await client.streams.on(stream, signal, async (name) => {
        const place = (await findRecord(client, name, id, signal)).final?.item.block?.place
        if (place === undefined) return undefined
        const record = await placeTransaction(client, readAs(text, await client.rpc.call('getblockhash', [place.height], signal)), () => place.blockIndex, signal)
        const creation = record === undefined ? undefined : await placeCreation(client, name, signal)
        if (record === undefined || creation === undefined) return undefined
        return { format: EVIDENCE_FORMAT, bytes: new Uint8Array(Buffer.concat([record.bytes, compactSize(place.vout), creation.bytes, compactSize(creation.output)])) }
      })
    },
  }
}

async function placeCreation(client: Client, name: string, signal: AbortSignal): Promise<(PlacedBytes & { readonly output: number }) | undefined> {
  const [stream] = readAs(streams, await client.rpc.call('liststreams', [name], signal))
  const txid = stream?.createtxid ?? ''
  const { blockhash, confirmations = 0, vout } = readAs(placed, await client.rpc.call('getrawtransaction', [txid, 1], signal))
  const output = vout.find(({ scriptPubKey: { hex } }) => makesStream(Buffer.from(hex, 'hex'), name))?.n
  if (blockhash === undefined || output === undefined || confirmations < client.settings.confirmationsMin) return undefined
  const creation = await placeTransaction(client, blockhash, (txids) => txids.indexOf(txid), signal)
  return creation === undefined ? undefined : { ...creation, output }
}

/** Whether the script has the element of a new stream (`spkn`, type 2) with the name's parameter in it (0, 1, length, name). */
function makesStream(script: Buffer, name: string): boolean {
  return script.includes('spkn\u0002', 0, 'latin1') && script.includes(`\u0000\u0001${String.fromCharCode(name.length)}${name}`, 0, 'latin1')
}
