import { status, type sendUnaryData } from '@grpc/grpc-js'
import type { gateway } from '@hyperledger/fabric-protos'
import { chaincodeEvents } from './chaincode-events.ts'
import { commitStatus } from './commit-status.ts'
import { endorse } from './endorse.ts'
import { evaluate } from './evaluate.ts'
import { GatewayError, toServerError } from './gateway-error.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { submit } from './submit.ts'

/** The Gateway service of one peer, for `@hyperledger/fabric-gateway`. */
export function createGatewayService(options: GatewayOptions): gateway.IGatewayServer {
  return {
    evaluate: (call, callback) => void reply(callback, () => evaluate(options, call.request)),
    endorse: (call, callback) =>
      void reply(callback, () => {
        if (options.faults.take(`endorse:${options.local.mspId}`)) throw new GatewayError(status.UNAVAILABLE, 'Connection dropped')
        return endorse(options, call.request)
      }),
    submit: (call, callback) => void reply(callback, () => submit(options, call.request)),
    commitStatus: (call, callback) =>
      void reply(callback, () => commitStatus(options, { request: call.request, onCancelled: (listener) => void call.on('cancelled', listener) })),
    chaincodeEvents: (stream) => {
      try {
        chaincodeEvents(options, stream)
      } catch (error) {
        stream.emit('error', toServerError(error))
      }
    },
  }
}

async function reply<Response>(callback: sendUnaryData<Response>, answer: () => Response | Promise<Response>): Promise<void> {
  try {
    callback(null, await answer())
  } catch (error) {
    callback(toServerError(error))
  }
}
