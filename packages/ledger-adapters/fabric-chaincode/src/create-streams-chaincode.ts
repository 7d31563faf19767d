import shim from 'fabric-shim'
import { callerOf, isMeant, organisationOf } from './account.ts'
import { append } from './append.ts'
import type { BatchedMessages } from './batched-messages.ts'
import { createCall, type Call } from './call.ts'
import { describeStream, grant, open, revoke } from './change-stream.ts'
import { get, list } from './read-records.ts'
import { Refusal, toErrorText } from './refusal.ts'
import type { Stub } from './stub.ts'

export interface StreamsChaincodeOptions {
  /**
   * Who may give and take rights and open private streams: `Org1MSP/name`, `Org1MSP#attribute=value` or `Org1MSP`. Every organisation sets
   * it for its own endorsers; where they differ, their endorsements do not match and nothing is changed.
   */
  readonly administrators: readonly string[]
  /** Whether the peer behind a stub takes many keys in one message. Default: none does. */
  readonly batchesFor?: ((stub: Stub) => BatchedMessages | undefined) | undefined
}

/** `Init` and `Invoke` as fabric-shim calls them. */
export interface StreamsChaincode {
  Init(stub: Stub): Promise<shim.ChaincodeResponse>
  Invoke(stub: Stub): Promise<shim.ChaincodeResponse>
}

/** Version of the functions and their answers; the adapter refuses another. */
const PROTOCOL = 1

const functions: Readonly<Record<string, (call: Call, parameters: readonly string[]) => Promise<object>>> = {
  about: async (call) => ({ protocol: PROTOCOL, batched: call.batches !== undefined }),
  append,
  get,
  list,
  open,
  grant,
  revoke,
  stream: describeStream,
}

/** The chaincode: streams of records with a counter. Answers are JSON; a refusal is a response with status 500 and `careledger CODE: text`. */
export function createStreamsChaincode({ administrators, batchesFor }: StreamsChaincodeOptions): StreamsChaincode {
  for (const member of administrators) organisationOf(member)

  async function invoke(stub: Stub): Promise<object> {
    const [name = '', ...parameters] = stub.getStringArgs()
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (run === undefined) throw new Refusal('INVALID', 'The chaincode has no such function')
    const caller = callerOf(stub)
    const isAdministrator = administrators.some((member) => isMeant(member, caller))
    return await run(createCall({ stub, caller, isAdministrator, batches: batchesFor?.(stub) }), parameters)
  }

  return {
    Init: () => Promise.resolve(shim.Shim.success()),
    async Invoke(stub) {
      try {
        return shim.Shim.success(Buffer.from(JSON.stringify(await invoke(stub))))
      } catch (error) {
        return shim.Shim.error(toErrorText(error))
      }
    },
  }
}
