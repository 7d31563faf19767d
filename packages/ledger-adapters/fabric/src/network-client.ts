import { sleep } from '@careledger/ledger-kit'
import type { Contract, Network } from 'fabric-network'
import type { ChaincodeRequest, EndorsedTransaction, FabricClient } from './fabric-client.ts'
import { createIdentity, createIdentityProvider } from './network-identity.ts'
import { toProfile } from './network-profile.ts'
import type { CheckedSettings } from './settings.ts'
import { createLowS, type FabricSigner } from './signer.ts'
import { readValidationCode } from './system-chaincode.ts'

type Channel = ReturnType<Network['getChannel']>
type Endorsement = ReturnType<Channel['newEndorsement']>
type Answer = Awaited<ReturnType<Endorsement['send']>>

/** What fabric-network 2.2.20 keeps to itself; it is the last version, and its version is pinned. */
interface ContractInside {
  getDiscoveryHandler(): Promise<object | undefined>
}
interface NetworkInside {
  readonly discoveryService?: { readonly targets: readonly { disconnect(): void }[] } | undefined
}

/** Pauses between looks for a transaction's block: short at first, so that a fast orderer is not waited for. */
const LOOK_FIRST_MS = 20
const LOOK_MOST_MS = 250
const LOOK_GROWTH = 1.25

/**
 * A client of fabric-network, used at the level where endorsing and committing are two steps. Commits are seen by asking the peer, never by its event
 * service, which stays silent for ever after meeting a peer that is just starting. LEDGER_UNAVAILABLE's cause when the peer cannot be reached.
 */
export async function createNetworkClient(settings: CheckedSettings, signer: FabricSigner): Promise<FabricClient> {
  silenceLogger()
  const { Gateway } = await import('fabric-network')
  const lowS = createLowS(signer.certificate)
  const gateway = new Gateway()
  const discovery = 'orderers' in settings.discovery ? { enabled: false } : { enabled: true, asLocalhost: settings.discovery.asLocalhost }
  const sign = async (payload: Uint8Array): Promise<Buffer> => lowS(await signer.sign(payload))
  let closed = false
  let running = 0
  try {
    await gateway.connect(toProfile(settings, signer.mspId), { identity: createIdentity(signer), identityProvider: createIdentityProvider(signer, lowS), discovery })
    const network = await gateway.getNetwork(settings.channel)
    return createClient(network)
  } catch (error) {
    gateway.disconnect()
    throw error
  }

  function createClient(network: Network): FabricClient {
    const channel = network.getChannel()
    const { discoveryService } = network as NetworkInside

    function disconnect(): void {
      channel.close()
      gateway.disconnect()
      // The gateway forgets the connections that it asked for endorsers by.
      for (const target of discoveryService?.targets ?? []) target.disconnect()
    }

    /** A call that still runs when the client is closed connects again by itself: so the last one disconnects once more. */
    async function whileOpen<T>(work: () => Promise<T>): Promise<T> {
      if (closed) throw new Error('The client is closed')
      running += 1
      try {
        return await work()
      } finally {
        running -= 1
        if (closed && running === 0) disconnect()
      }
    }

    async function evaluate(request: ChaincodeRequest): Promise<Uint8Array> {
      const query = channel.newQuery(request.chaincode)
      query.sign(await sign(query.build(newContext(), toProposal(request))))
      const [peer, ...others] = channel.getEndorsers(signer.mspId)
      if (peer === undefined) throw new Error('The channel has no peer of the own organisation')
      let answer = await ask(peer)
      for (const other of others) {
        if (answer.responses.length > 0) break
        answer = await ask(other)
      }
      return payloadOf(answer)

      async function ask(target: typeof peer): Promise<Answer> {
        await target?.checkConnection()
        return await query.send({ targets: target === undefined ? [] : [target], requestTimeout: settings.queryTimeoutMs })
      }
    }

    async function endorse(request: ChaincodeRequest): Promise<EndorsedTransaction> {
      const context = newContext()
      const endorsement = channel.newEndorsement(request.chaincode)
      endorsement.sign(await sign(endorsement.build(context, toProposal(request))))
      const contract = contractFor(request)
      const handler = await (contract as unknown as ContractInside).getDiscoveryHandler().catch((error: unknown) => { forgetPlan(contract, request); throw error })
      const targets = handler === undefined ? await listedEndorsers(request) : undefined
      const answer = await endorsement.send({
        requestTimeout: settings.endorseTimeoutMs,
        ...(handler === undefined ? {} : { handler: handler as never }),
        ...(targets === undefined ? {} : { targets }),
      })
      if (answer.errors.length > 0) forgetPlan(contract, request)
      const result = payloadOf(answer)
      if (!answer.responses.every(({ payload }) => answer.responses[0]?.payload.equals(payload))) throw new Error('Peer endorsements do not match')
      const commit = endorsement.newCommit()
      const transactionId = endorsement.getTransactionId()
      const payload = commit.build(context)
      commit.sign(await sign(payload))
      return {
        transactionId,
        result,
        payload,
        submit: () => whileOpen(async () => {
          const sent = await commit.send({ requestTimeout: settings.endorseTimeoutMs, ...(handler === undefined ? { targets: channel.getCommitters() } : { handler }) }) as { readonly status: string; readonly info?: string }
          if (sent.status !== 'SUCCESS') throw new Error(`The orderer answered with status ${sent.status}: ${sent.info ?? ''}`)
        }),
        status: (signal) => waitForBlock(transactionId, signal),
      }
    }

    async function waitForBlock(transactionId: string, signal: AbortSignal): Promise<number> {
      const end = Date.now() + settings.commitTimeoutMs
      for (let pause = LOOK_FIRST_MS; Date.now() < end && !closed; pause = Math.min(LOOK_GROWTH * pause, LOOK_MOST_MS)) {
        const code = await readValidationCode(client, settings.channel, transactionId)
        if (code !== undefined) return code
        await sleep(pause, signal)
        if (signal.aborted) break
      }
      throw new Error('The transaction was in no block in time')
    }

    /** A contract object for each collection: its discovery finds endorsers that hold the collection. */
    function contractFor({ chaincode, collection }: ChaincodeRequest): Contract {
      const contract = network.getContract(chaincode, collection ?? '')
      if (collection !== undefined) contract.addDiscoveryInterest({ name: chaincode, collectionNames: [collection] })
      return contract
    }

    /** Asks the peer anew for endorsers next time: those of the last plan may be down. */
    function forgetPlan(contract: Contract, { chaincode, collection }: ChaincodeRequest): void {
      contract.resetDiscoveryInterests()
      if (collection !== undefined) contract.addDiscoveryInterest({ name: chaincode, collectionNames: [collection] })
    }

    async function listedEndorsers({ collection }: ChaincodeRequest): Promise<ReturnType<Channel['getEndorsers']>> {
      const organisations = settings.collections.find(({ name }) => name === collection)?.organisations
      const endorsers = channel.getEndorsers().filter(({ mspid }) => organisations === undefined || organisations.includes(mspid))
      await Promise.all(endorsers.map((endorser) => endorser.checkConnection()))
      return endorsers
    }

    const client: FabricClient = {
      evaluate: (request) => whileOpen(() => evaluate(request)),
      endorse: (request) => whileOpen(() => endorse(request)),
      close() {
        closed = true
        disconnect()
      },
    }
    return client
  }

  function newContext() {
    if (gateway.identityContext === undefined) throw new Error('The gateway has no identity')
    return gateway.identityContext.calculateTransactionId()
  }
}

function toProposal({ name, args, transient = {} }: ChaincodeRequest) {
  return {
    fcn: name,
    args: [...args],
    transientMap: Object.fromEntries(Object.entries(transient).map(([field, bytes]) => [field, Buffer.from(bytes)])),
    generateTransactionId: false,
  }
}

/** The answer's payload, when every peer gave one; else an error with what each of them said. */
function payloadOf({ responses, errors }: Answer): Uint8Array {
  const refused = responses.filter(({ endorsement, response }) => !endorsement || response.status >= 400)
  const first = responses[0]
  if (first !== undefined && refused.length === 0 && errors.length === 0) return first.response.payload
  const said = [...refused.map(({ response }) => `status ${response.status}: ${response.message}`), ...errors.flatMap(messagesOf)]
  throw new Error(`No valid responses from any peers: ${[...new Set(said)].join('; ')}`)
}

/** fabric-common hides what the peers said under `endorsements` of its own error. */
function messagesOf(error: Error): readonly string[] {
  const { endorsements = [] } = error as { endorsements?: readonly (Error | { readonly response?: { readonly message?: string } })[] }
  return [error.message, ...endorsements.map((each) => (each instanceof Error ? each.message : each.response?.message ?? ''))].filter((text) => text !== '')
}

/** Without a logger of the application's, fabric-network writes stack traces and connection options to the console. */
function silenceLogger(): void {
  const shared = globalThis as { hfc?: { logger?: unknown } }
  const quiet = (): void => undefined
  shared.hfc ??= { logger: { debug: quiet, info: quiet, warn: quiet, error: quiet } }
}
