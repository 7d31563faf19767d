import { createRequire } from 'node:module'
import { createPeerLinks, type ShimMessage } from './batched-messages.ts'
import { createStreamsChaincode, type StreamsChaincode } from './create-streams-chaincode.ts'

export interface ChaincodeServerOptions {
  /** Where peers reach it, `host:port`. Port 0 takes a free one. */
  readonly address: string
  /** Package id, `label:hash`, as installed on the peers. */
  readonly chaincodeId: string
  /** See `createStreamsChaincode`. */
  readonly administrators: readonly string[]
  /** PEM. Without it the connection is plain, which only suits loopback. */
  readonly tls?: {
    readonly key: string
    readonly certificate: string
    /** Asks peers for a certificate of these authorities. */
    readonly clientCertificates?: string | undefined
  } | undefined
}

export interface ChaincodeServer {
  /** `host:port` with the port that was taken. */
  readonly address: string
  /** Ends every connection. Idempotent. */
  close(): Promise<void>
}

/** What is used of the server of fabric-shim 2.5.8 (`lib/server.js`), which has no call to stop it and hides the port. */
interface ShimServer {
  readonly _server: {
    bindAsync(address: string, credentials: unknown, done: (error: Error | null, port: number) => void): void
    forceShutdown(): void
  }
  readonly _credentials: unknown
  connect(stream: MessageStream): void
}
interface MessageStream {
  on(event: 'data', listener: (message: ShimMessage) => void): unknown
}
type ShimServerClass = new (chaincode: StreamsChaincode, options: object) => ShimServer

const UNLIMITED = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 }

/**
 * Runs the chaincode as a service that peers dial. Several peers may use one. Rejects with the error of the operating system when
 * the address is taken.
 */
export async function startChaincodeServer({ address, chaincodeId, administrators, tls }: ChaincodeServerOptions): Promise<ChaincodeServer> {
  const Server = loadShimServer()
  const links = createPeerLinks()
  const chaincode = createStreamsChaincode({ administrators, batchesFor: links.batchesFor })
  const server = new (class extends Server {
    override connect(stream: MessageStream): void {
      stream.on('data', (message) => links.noteMessage(stream, message))
      super.connect(stream)
    }
  })(chaincode, {
    ccid: chaincodeId,
    address,
    ...UNLIMITED,
    ...(tls === undefined ? {} : {
      tlsProps: {
        key: Buffer.from(tls.key),
        cert: Buffer.from(tls.certificate),
        ...(tls.clientCertificates === undefined ? {} : { clientCACerts: Buffer.from(tls.clientCertificates) }),
      },
    }),
  })
  const port = await new Promise<number>((resolve, reject) => {
    server._server.bindAsync(address, server._credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)))
  })
  return {
    address: `${address.slice(0, address.lastIndexOf(':'))}:${port}`,
    close() {
      server._server.forceShutdown()
      return Promise.resolve()
    },
  }
}

/** The shim logs every transaction unless it is told otherwise, and every refusal with its level `error`. */
function loadShimServer(): ShimServerClass {
  const require = createRequire(import.meta.url)
  const { setLevel } = require('fabric-shim/lib/logger.js') as { setLevel(level: string): void }
  setLevel(process.env['CORE_CHAINCODE_LOGGING_LEVEL'] ?? 'CRITICAL')
  return require('fabric-shim/lib/server.js') as ShimServerClass
}
