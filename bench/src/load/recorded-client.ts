import { createCareLedgerClient, signerFromJwk, type CareLedgerClient } from '@careledger/client'
import { toRawRequest } from './raw-sockets.ts'

/** A signed-in client whose requests can be taken down in place of being sent. */
export interface RecordedClient {
  readonly client: CareLedgerClient
  /**
   * The request that a call would send, as bytes: token and fresh proof of possession included, which is good for a minute and once.
   * The call itself comes to nothing.
   */
  record(call: (client: CareLedgerClient) => Promise<unknown>): Promise<Buffer>
}

/** Signs a demo person in. Errors: `Error` for a party that is none. */
export async function openRecordedClient(url: string, party: string): Promise<RecordedClient> {
  let taken: ((request: Buffer) => void) | undefined
  const client = createCareLedgerClient({
    url, batchMax: 1,
    fetch: async (input, init = {}) => {
      if (taken === undefined) return fetch(input, init)
      taken(toRawRequest(String(input), { method: init.method ?? 'GET', headers: new Headers(init.headers), body: String(init.body ?? '') }))
      return new Promise<never>(() => {})
    },
  })
  const { items } = await client.demo.people.query({})
  const person = items.find((item) => item.party === party)
  if (person === undefined) throw new Error(`${party} is no demo person.`)
  await client.signIn(await signerFromJwk(person.key))
  return {
    client,
    record: (call) => new Promise((resolve, reject) => {
      taken = (request) => {
        taken = undefined
        resolve(request)
      }
      call(client).catch(reject)
    }),
  }
}
