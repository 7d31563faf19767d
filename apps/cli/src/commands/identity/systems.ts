import { Command } from 'commander'
import { createFetchDocument, resolveDid } from '@careledger/identity'
import { signAs, systemKeysDraft } from '@careledger/client'
import { signIn } from '../../connect.ts'
import { CommandError, exitCodes } from '../../exit-codes.ts'
import { table } from '../../output.ts'
import { contextOf } from '../command-context.ts'

/** `careledger identity publish-keys`: where a system of the organisation publishes the keys that it signs in with. */
export function publishKeysCommand(): Command {
  return new Command('publish-keys')
    .description('Says, with the organisation\'s key (--key), that a system of its own signs in with the keys (JWKS) at an address. Without an address: no longer, and keys from there are out of force.')
    .argument('<party>', 'the system; a new one, or one that has keys')
    .argument('[url]', 'https address of its JWKS')
    .option('--roles <roles>', 'its roles, separated by commas', 'system')
    .action(async (party: string, url: string | undefined, own: { readonly roles: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { custodian } = await client.identity.keys.query({})
      await client.identity.enrol.mutate({ entry: await signAs(client, systemKeysDraft({ party, roles: own.roles.split(',').map((role) => role.trim()), url }, custodian)) })
      output.result({ party, url }, [url === undefined ? `${party} publishes no keys any more; those that it signed in with are out of force.` : `${party} signs in with the keys at ${url}.`])
    })
}

/** `careledger identity resolve`: the keys behind a DID. */
export function resolveCommand(): Command {
  return new Command('resolve')
    .description('The keys behind a did:key or did:web. A did:web is fetched over https, from public addresses only.')
    .argument('<did>')
    .option('--private <host>', 'a host (with port) that may be asked though its address is private, or of this machine')
    .action(async (did: string, own: { readonly private?: string }, command: Command) => {
      const { output } = contextOf(command)
      const fetchDocument = createFetchDocument({ privateHosts: own.private === undefined ? [] : [own.private] })
      const { methods } = await resolveDid(did, fetchDocument).catch((error: unknown) => {
        throw new CommandError((error as { code?: unknown }).code === 'DOCUMENT_UNAVAILABLE' ? exitCodes.unavailable : exitCodes.no, String((error as { code?: unknown }).code), (error as Error).message, { cause: error })
      })
      output.result({ did, methods }, table([['key', 'kind', 'for', 'since then not'], ...methods.map(({ thumbprint, jwk, uses, expires, revoked }) => [thumbprint, jwk.crv, uses.join(', ') || 'nothing', revoked ?? expires ?? ''])]))
    })
}
