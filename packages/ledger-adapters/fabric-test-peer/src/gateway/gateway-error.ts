import { Metadata, status, type ServerErrorResponse } from '@grpc/grpc-js'
import protobufAny from 'google-protobuf/google/protobuf/any_pb.js'
import { gateway, google } from '@hyperledger/fabric-protos'

/** A node that took part in a call, and what it said. */
export interface GatewayErrorDetail {
  readonly address: string
  readonly mspId: string
  readonly message: string
}

/** An error as the gateway answers it: status, text, and who said what in the trailer `grpc-status-details-bin`. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: status
  readonly details: readonly GatewayErrorDetail[]

  constructor(code: status, message: string, details: readonly GatewayErrorDetail[] = []) {
    super(message)
    this.code = code
    this.details = details
  }
}

export function toServerError(error: unknown): ServerErrorResponse {
  const { code, message, details } = error instanceof GatewayError ? error : new GatewayError(status.UNKNOWN, (error as Error).message)
  const metadata = new Metadata()
  if (details.length > 0) metadata.set('grpc-status-details-bin', Buffer.from(encode(code, message, details).serializeBinary()))
  return { name: 'GatewayError', message, code, details: message, metadata }
}

function encode(code: number, message: string, details: readonly GatewayErrorDetail[]): google.rpc.Status {
  const result = new google.rpc.Status()
  result.setCode(code)
  result.setMessage(message)
  result.setDetailsList(
    details.map((detail) => {
      const encoded = new gateway.ErrorDetail()
      encoded.setAddress(detail.address)
      encoded.setMspId(detail.mspId)
      encoded.setMessage(detail.message)
      const any = new protobufAny.Any()
      any.pack(encoded.serializeBinary(), 'gateway.ErrorDetail')
      return any
    }),
  )
  return result
}
