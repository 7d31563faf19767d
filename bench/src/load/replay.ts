import type { World } from '../world.ts'
import { openRawSockets, type RawSockets } from './raw-sockets.ts'

/** Requests made before the clock runs, a proof of possession in each, and sent once each over open sockets. */
export interface Replay {
  /** Makes the requests of the next round. A proof is good for a minute. */
  prepare(count: number): Promise<void>
  /** Opens `clients` sockets anew. */
  connect(clients: number): Promise<void>
  /** Sends the next request over one socket; `false` when all are used up. Errors: `Error` for another answer than was expected. */
  send(client: number): Promise<void | false>
}

export function openReplay(world: World, { make, answered }: {
  /** The n-th request of all. */
  readonly make: (n: number) => Promise<Buffer>
  /** Whether this body is the answer hoped for. */
  readonly answered: (body: Buffer) => boolean
}): Replay {
  let sockets: RawSockets | undefined
  let requests: Buffer[] = []
  let made = 0
  world.onClose(() => sockets?.close())
  return {
    async prepare(count) {
      const prepared: Buffer[] = []
      for (let n = 0; n < count; n++) prepared.push(await make(made++))
      requests = prepared
    },
    async connect(clients) {
      sockets?.close()
      sockets = await openRawSockets(world.app.url, clients)
    },
    async send(client) {
      const request = requests.pop()
      if (request === undefined) return false
      if (sockets === undefined) throw new Error('No socket is open.')
      const { status, body } = await sockets.send(client, request)
      if (status !== 200 || !answered(body)) throw new Error(`The server answered ${status}: ${body.toString().slice(0, 300)}`)
      return undefined
    },
  }
}
