import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { giveRole, takeBackRole } from '@careledger/client'
import { jwkThumbprint } from '@careledger/proof'
import { signIn } from '../../connect.ts'
import { CommandError, exitCodes } from '../../exit-codes.ts'
import { table } from '../../output.ts'
import { parsePublicJwk } from '../../parse-public-jwk.ts'
import { contextOf } from '../command-context.ts'

/** `careledger identity roles`: role credentials for a time, beside the roles that a key was enrolled with. */
export function rolesCommand(): Command {
  return new Command('roles')
    .description('Role credentials: what an organisation says of a key, until when; yours, or all of your organisation.')
    .addCommand(list())
    .addCommand(give())
    .addCommand(takeBack())
    .addCommand(show())
}

function list(): Command {
  return new Command('list').description('Yours; all that it gave with an organisation\'s key, or as its administrator.').option('--after <cursor>', 'go on after this one').action(async (own: { readonly after?: string }, command: Command) => {
    const { options, output } = contextOf(command)
    const { items, next } = await (await signIn(options)).identity.roles.list.query({ ...(own.after === undefined ? {} : { after: own.after }) })
    output.result({ items, next }, [...table([['id', 'party', 'role', 'until', 'state'], ...items.map((item) => [item.id, item.party, item.role, item.until, item.state])]), ...(next === undefined ? [] : [`More: --after ${next}`])])
  })
}

function give(): Command {
  return new Command('give')
    .description('Signs a role credential with the organisation\'s key (--key): from the next call on that key has the role.')
    .argument('<party>', 'the person or system')
    .argument('<role>', 'doctor, records-clerk, privacy-officer, admin or system')
    .requiredOption('--holder <jwk>', 'public key (JWK) that holds it; another key of the same person needs a credential of its own', parsePublicJwk)
    .requiredOption('--until <time>', 'when it ends, ISO 8601; at most five years from now')
    .action(async (party: string, role: string, own: { readonly holder: ReturnType<typeof parsePublicJwk>; readonly until: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const until = new Date(own.until)
      if (Number.isNaN(until.getTime())) throw new CommandError(exitCodes.usage, 'USAGE', '--until takes a time, for example 2027-06-30.')
      const id = await giveRole(await signIn(options), { party, role, key: own.holder, until })
      output.result({ id }, [`${party} has the role ${role} with the key ${jwkThumbprint(own.holder)} until ${until.toISOString()}. Take it back with: careledger identity roles take-back ${id}`])
    })
}

function takeBack(): Command {
  return new Command('take-back').description('Takes a role credential back, for ever: the organisation\'s key signs its status list anew.').argument('<id>', 'of the credential').action(async (id: string, _own: object, command: Command) => {
    const { options, output } = contextOf(command)
    const client = await signIn(options)
    await takeBackRole(client, await placeOf(client, id))
    output.result({ id }, ['It counts no longer, from the next call on.'])
  })
}

/** Looks through the organisation's credentials, a page at a time. */
async function placeOf(client: Awaited<ReturnType<typeof signIn>>, id: string): Promise<{ readonly list: number; readonly index: number }> {
  for (let after: string | undefined; ;) {
    const { items, next } = await client.identity.roles.list.query({ limit: 100, ...(after === undefined ? {} : { after }) })
    const found = items.find((item) => item.id === id)
    if (found !== undefined) return found
    if (next === undefined) throw new CommandError(exitCodes.no, 'NOT_ALLOWED', 'Your organisation has given no such credential.')
    after = next
  }
}

function show(): Command {
  return new Command('show').description('Writes the file by which a role credential is shown; anybody checks it offline with careledger verify.').argument('<id>', 'of the credential').argument('<file>', 'where to write it').action(async (id: string, file: string, _own: object, command: Command) => {
    const { options, output } = contextOf(command)
    const { file: text, anchored } = await (await signIn(options)).identity.roles.file.query({ id })
    writeFileSync(file, text)
    output.result({ file, anchored }, [`Written to ${file}.${anchored ? '' : ' No ledger has what it rests on yet; ask again later for one that does.'}`])
  })
}
