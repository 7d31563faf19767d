import { Server, ServerCredentials, status, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js'
import type { KeyPair } from './identity/certificate-authority.ts'

/** What has to be told of a stream to end it from this side. */
export interface OpenStream {
  emit(event: 'error', error: { code: number; details: string }): boolean
}

/** A gRPC server over TLS on one fixed port of the loopback, that can be stopped and started again. */
export class GrpcNode {
  readonly port: number
  /** Such as `localhost:40123`; the certificate names `localhost`. */
  readonly address: string
  readonly #tls: KeyPair
  readonly #services: readonly (readonly [ServiceDefinition, UntypedServiceImplementation])[]
  readonly #streams = new Set<OpenStream>()
  #server: Server | undefined

  constructor(options: { port: number; tls: KeyPair; services: readonly (readonly [ServiceDefinition, UntypedServiceImplementation])[] }) {
    this.port = options.port
    this.address = `localhost:${options.port}`
    this.#tls = options.tls
    this.#services = options.services
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) return
    const server = new Server({ 'grpc.max_receive_message_length': 100 * 1024 * 1024, 'grpc.max_send_message_length': -1 })
    for (const [definition, implementation] of this.#services) server.addService(definition, implementation)
    const pair = { private_key: Buffer.from(this.#tls.privateKey), cert_chain: Buffer.from(this.#tls.certificate) }
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createSsl(null, [pair]), (error) => (error === null ? resolve() : reject(error)))
    })
    this.#server = server
  }

  /** Cuts every connection at once, as when the process is killed. */
  stop(): void {
    this.#server?.forceShutdown()
    this.#server = undefined
    this.#streams.clear()
  }

  /** Remembers a stream for `cutStreams`, until the answer is called. */
  track(stream: OpenStream): () => void {
    this.#streams.add(stream)
    return () => this.#streams.delete(stream)
  }

  /** Ends every event stream with UNAVAILABLE, and leaves the node running. */
  cutStreams(): void {
    for (const stream of [...this.#streams]) stream.emit('error', { code: status.UNAVAILABLE, details: 'error reading from server: EOF' })
    this.#streams.clear()
  }
}

/** What a Go client says when nothing listens on the port. */
export function connectionRefused(port: number): string {
  return (
    'rpc error: code = Unavailable desc = connection error: desc = ' +
    `"transport: Error while dialing: dial tcp 127.0.0.1:${port}: connect: connection refused"`
  )
}
