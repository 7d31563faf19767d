import { sleep } from '@careledger/ledger-kit'
import type { Evidence } from '@careledger/ledger-spec'
import { answers, parseAnswer } from './chaincode-answers.ts'
import type { Fabric } from './fabric.ts'

/** Name of the form that docs/ledger-evidence.md describes. */
const EVIDENCE_FORMAT = 'fabric-endorsed-read/1'
const ATTEMPTS_MAX = 5
const PAUSE_MS = 100

/**
 * The record as peers of several organisations have signed to hold it: a transaction that reads it, endorsed and never submitted. `undefined`
 * for a record that is not there and in private streams, whose content would stand in it. Asked again while peers answer differently,
 * because somebody appends or one is behind.
 */
export function createEvidence(fabric: Fabric, signal: AbortSignal): Evidence {
  return {
    async evidence(stream, id) {
      if ((await fabric.collectionOf(stream)) !== undefined) return undefined
      const args = [fabric.nameOf(stream), JSON.stringify([id])]
      const { records: [known] } = await fabric.query(answers.get, 'get', args)
      if (known === undefined || known === null) return undefined
      for (let attempt = 1; ; attempt += 1) {
        try {
          const { result, payload } = await fabric.endorse({ name: 'get', args })
          if (parseAnswer(answers.get, result).records[0]?.digest === known.digest) return { format: EVIDENCE_FORMAT, bytes: new Uint8Array(payload) }
          return undefined
        } catch (error) {
          if (attempt === ATTEMPTS_MAX || signal.aborted) throw error
        }
        await sleep(PAUSE_MS, signal)
      }
    },
  }
}
