import { composeLedger, type LedgerBackend } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { Ledger } from '@careledger/ledger-spec'
import { appendRecords } from './append-records.ts'
import { describeLedger } from './capabilities.ts'
import { createMembership, createPrivateStreams } from './change-stream.ts'
import { answers } from './chaincode-answers.ts'
import { createFabric, type Fabric } from './fabric.ts'
import type { FabricClient } from './fabric-client.ts'
import { createGatewayClient } from './gateway-client.ts'
import { createNetworkClient } from './network-client.ts'
import { getRecords, listRecords, readHealth } from './read-records.ts'
import { createEvidence } from './record-evidence.ts'
import { checkSettings, type CheckedSettings, type FabricLedgerSettings } from './settings.ts'
import type { FabricSigner } from './signer.ts'
import { readGenesisHash } from './system-chaincode.ts'
import { toEndorseVerdict, toLedgerError } from './to-ledger-error.ts'
import { waitForChange } from './watch-records.ts'

export interface FabricLedgerOptions {
  readonly settings: FabricLedgerSettings
  /** The account of every call. */
  readonly signer: FabricSigner
}

/**
 * A ledger on a chaincode of a Fabric channel. Asks the peer which channel it is first. TypeError: wrong settings, a certificate that cannot
 * sign here, or a client library that is not installed. LEDGER_UNAVAILABLE: the peer cannot be reached. LEDGER_WRONG_CHAIN: there is no such
 * channel or chaincode, or it is not the `ledgerId` of the settings. LEDGER_UNAUTHORISED: the channel does not know the signer.
 */
export async function createFabricLedger({ settings, signer }: FabricLedgerOptions): Promise<Ledger> {
  const checked = checkSettings(settings)
  const client = await connect(checked, signer)
  try {
    const fabric = createFabric(client, checked, signer.mspId)
    const { batched } = await fabric.query(answers.about, 'about', [])
    const description = describeLedger(checked, { genesisHash: await readGenesisHash(client, checked.channel), batched })
    if (checked.ledgerId !== undefined && checked.ledgerId !== description.ledgerId) {
      throw new LedgerError('LEDGER_WRONG_CHAIN', 'The peer has another ledger than the settings name', { details: { ledgerId: description.ledgerId } })
    }
    const { pollMs, reconnectForMs, waitingMax } = checked
    return composeLedger(createBackend(fabric, description), { pollMs, reconnectForMs, waitingMax })
  } catch (error) {
    client.close()
    throw refusal(error)
  }
}

async function connect(settings: CheckedSettings, signer: FabricSigner): Promise<FabricClient> {
  const [create, name] = settings.client === 'gateway' ? [createGatewayClient, '@hyperledger/fabric-gateway and @grpc/grpc-js'] as const : [createNetworkClient, 'fabric-network'] as const
  try {
    return await create(settings, signer)
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_MODULE_NOT_FOUND') throw new TypeError(`The client ${settings.client} needs ${name} to be installed`, { cause: error })
    throw refusal(error)
  }
}

/** Nothing has been sent, so what no row of the table knows is LEDGER_UNAVAILABLE. */
function refusal(error: unknown): Error {
  if (error instanceof TypeError) return error
  const verdict = toEndorseVerdict(error)
  return verdict === 'moved' ? new LedgerError('LEDGER_UNAVAILABLE', 'The peer could not be asked') : verdict
}

function createBackend(fabric: Fabric, description: LedgerBackend['description']): LedgerBackend {
  const closing = new AbortController()
  return {
    description,
    send: (stream, records, _mark, signal) => appendRecords(fabric, stream, records, signal),
    getMany: (stream, ids, signal) => getRecords(fabric, stream, ids, signal),
    list: (stream, query, signal) => listRecords(fabric, stream, query, signal),
    changed: (stream, _after, signal) => waitForChange(fabric, stream, signal),
    health: () => readHealth(fabric),
    close() {
      closing.abort()
      fabric.client.close()
      return Promise.resolve()
    },
    toLedgerError,
    privateStreams: createPrivateStreams(fabric, closing.signal),
    membership: createMembership(fabric, closing.signal),
    evidence: createEvidence(fabric, closing.signal),
  }
}
