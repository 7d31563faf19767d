import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { rotateKey, signerFromJwk } from '@careledger/client'
import { signIn } from '../connect.ts'
import { newKeyIn } from '../new-key.ts'
import { table } from '../output.ts'
import { readPrivateKey } from '../private-key.ts'
import { contextOf } from './command-context.ts'
import { accountsCommand } from './identity/accounts.ts'
import { rolesCommand } from './identity/roles.ts'
import { publishKeysCommand, resolveCommand } from './identity/systems.ts'

export function identityCommand(): Command {
  return new Command('identity')
    .description('Keys: yours, how to change one, where you are signed in, and why somebody\'s keys count here.')
    .addCommand(keys())
    .addCommand(rotate())
    .addCommand(sessions())
    .addCommand(chain())
    .addCommand(rolesCommand())
    .addCommand(accountsCommand())
    .addCommand(publishKeysCommand())
    .addCommand(resolveCommand())
}

function keys(): Command {
  return new Command('keys').description('Your keys and what you call their devices.').action(async (_own: object, command: Command) => {
    const { options, output } = contextOf(command)
    const { items } = await (await signIn(options)).identity.keys.query({})
    output.result({ items }, table([['key', 'device', 'last used', 'state', 'here'], ...items.map((item) => [item.key, item.name ?? '', item.lastUsed ?? '', item.revoked ? 'out of force' : 'in force', item.current ? 'yes' : ''])]))
  })
}

function rotate(): Command {
  return new Command('rotate')
    .description('Puts a new key in the place of yours. What rests on the old one, an organisation\'s people for example, stays in force; the old one signs nothing any more.')
    .argument('<file>', 'where the new private key (JWK) is, or is written; keep it as you kept the old one')
    .action(async (file: string, _own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const next = await signerFromJwk(existsSync(file) ? await readPrivateKey({ key: file }, client) : await newKeyIn(file))
      await rotateKey(client, next)
      output.result({ key: next.key, file }, [`Your key is ${next.key} now, in ${file}. The old one signs nothing any more; what it signed stays valid.`])
    })
}

function sessions(): Command {
  return new Command('sessions').description('Where you are signed in.').option('--end-others', 'sign out everywhere else').action(async (own: { readonly endOthers?: boolean }, command: Command) => {
    const { options, output } = contextOf(command)
    const client = await signIn(options)
    const ended = own.endOthers === true ? (await client.session.endAll.mutate({ keepThis: true })).ended : 0
    const { items } = await client.session.list.query({})
    output.result({ items, ended }, [...table([['since', 'last seen', 'device', 'here'], ...items.map((item) => [item.began, item.refreshed, item.device ?? '', item.current ? 'yes' : ''])]), ...(own.endOthers === true ? [`Ended: ${ended}`] : [])])
  })
}

function chain(): Command {
  return new Command('chain').description('Why a party\'s keys count here: each with the keys that enrolled it, up to the platform\'s root.').argument('<party>', 'party id of an organisation, one of its people or systems, or the platform').action(async (party: string, _own: object, command: Command) => {
    const { options, output } = contextOf(command)
    const { chains } = await (await signIn(options)).identity.chain.query({ party })
    output.result({ chains }, [
      ...table([['key', 'party', 'kind', 'state', 'enrolled by entry'], ...chains.flatMap(({ links }) => links.map((link, depth) => [`${'  '.repeat(depth)}${link.key}`, link.name ?? link.party, link.kind, link.state, link.credential]))]),
      ...chains.flatMap(({ links: [own], did, granted }) => [`${own?.key ?? ''} is ${did}`, ...granted.map((one) => `  ${one.role}, given by ${one.organisationName ?? one.organisation} from ${one.from} until ${one.until}: ${one.state}`)]),
    ])
  })
}
