import { backoffMs, sleep } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { Membership, PrivateStreams, StreamName } from '@careledger/ledger-spec'
import { answers, parseAnswer } from './chaincode-answers.ts'
import type { Fabric } from './fabric.ts'
import type { EndorsedTransaction } from './fabric-client.ts'
import { submitTransaction } from './submit-transaction.ts'
import { toEndorseVerdict } from './to-ledger-error.ts'

/** Most times that a change is tried again because somebody else changed the stream. */
const RACES_MAX = 20

/**
 * Private streams in the collections of the chaincode's definition. A stream goes to the collection whose organisations are exactly those of its
 * members; where there is none, LEDGER_REJECTED says which one is missing: collections are added by a new chaincode definition only.
 */
export function createPrivateStreams(fabric: Fabric, signal: AbortSignal): PrivateStreams {
  return {
    async open(stream, members) {
      const organisations = [...new Set(members.map((member) => member.split(/[/#]/, 1)[0] ?? ''))].sort()
      const collection = fabric.settings.collections.find((each) => sameNames([...each.organisations].sort(), organisations))
      if (collection === undefined) {
        throw new LedgerError('LEDGER_REJECTED', 'No collection has exactly the organisations of these members; add one to the chaincode definition and to the settings', { details: { stream, organisations } })
      }
      await change(fabric, stream, 'open', [JSON.stringify({ collection: collection.name, organisations, members })], signal)
    },
  }
}

/** Rights kept by the chaincode; only an administrator may change them. */
export function createMembership(fabric: Fabric, signal: AbortSignal): Membership {
  return {
    grant: (stream, member, right) => change(fabric, stream, 'grant', [member, right], signal),
    revoke: (stream, member, right) => change(fabric, stream, 'revoke', [member, right], signal),
    list: async (stream) => (await fabric.query(answers.stream, 'stream', [fabric.nameOf(stream)])).rights,
  }
}

async function change(fabric: Fabric, stream: StreamName, name: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  for (let race = 0; race <= RACES_MAX; race += 1) {
    const transaction = await endorse(fabric, { name, args: [fabric.nameOf(stream), ...args] })
    if (transaction !== undefined) {
      if (!parseAnswer(answers.change, transaction.result).changed) return
      if (await submitTransaction(fabric, transaction, signal) === 'valid') return
    }
    await sleep(backoffMs(race), signal)
  }
  throw new LedgerError('LEDGER_UNAVAILABLE', 'Others kept changing this stream', { details: { stream } })
}

/** `undefined` when the endorsers stood at different blocks. */
async function endorse(fabric: Fabric, call: { readonly name: string; readonly args: readonly string[] }): Promise<EndorsedTransaction | undefined> {
  try {
    return await fabric.endorse(call)
  } catch (error) {
    const verdict = toEndorseVerdict(error)
    if (verdict === 'moved') return undefined
    throw verdict
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index])
}
