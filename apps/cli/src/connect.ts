import { createCareLedgerClient, type CareLedgerClient } from '@careledger/client'
import { CommandError, exitCodes } from './exit-codes.ts'
import { signerFromFile, signerFromJwk } from './signer-file.ts'

export interface ConnectOptions {
  readonly url: string
  /** File with the caller's private key. */
  readonly key?: string | undefined
  /** A demo person by party id or by the start of a name. */
  readonly as?: string | undefined
}

/** A client that nobody is signed in to. */
export function connect(options: Pick<ConnectOptions, 'url'>): CareLedgerClient {
  return createCareLedgerClient({ url: options.url })
}

/** A client signed in with the caller's key, or as a demo person. */
export async function signIn(options: ConnectOptions): Promise<CareLedgerClient> {
  const client = connect(options)
  if (options.key !== undefined) {
    await client.signIn(await signerFromFile(options.key))
    return client
  }
  if (options.as === undefined) throw new CommandError(exitCodes.usage, 'NO_KEY', 'Say who you are: --key <file with your private key>, or --as <demo person> on a demo instance.')
  const { items } = await client.demo.people.query({})
  const wanted = options.as.toLowerCase()
  const matching = items.filter((person) => person.party === wanted || person.name.toLowerCase().startsWith(wanted) || person.name.toLowerCase().includes(` ${wanted}`))
  const [person] = matching
  if (person === undefined || matching.length > 1) {
    throw new CommandError(exitCodes.usage, 'NO_SUCH_PERSON', `${matching.length === 0 ? 'No' : 'More than one'} demo person is called ${options.as}. There are: ${items.map(({ party }) => party).join(', ')}.`)
  }
  await client.signIn(await signerFromJwk(person.key, person.party))
  return client
}
