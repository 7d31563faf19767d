import { Command } from 'commander'
import { accountLinkDraft, accountUnlinkDraft, signAs } from '@careledger/client'
import { signIn } from '../../connect.ts'
import { table } from '../../output.ts'
import { contextOf } from '../command-context.ts'

/** `careledger identity accounts`: by which accounts at the identity provider staff may sign in to read. */
export function accountsCommand(): Command {
  return new Command('accounts')
    .description('Accounts by which your organisation\'s staff may sign in to read; what is signed asks for the key as before.')
    .addCommand(list())
    .addCommand(link())
    .addCommand(unlink())
}

function list(): Command {
  return new Command('list').description('Which accounts are linked to whom.').option('--after <cursor>', 'go on after this one').action(async (own: { readonly after?: string }, command: Command) => {
    const { options, output } = contextOf(command)
    const { items, next } = await (await signIn(options)).identity.accounts.list.query(own.after === undefined ? {} : { after: own.after })
    output.result({ items, next }, [...table([['account', 'person', 'provider', 'since'], ...items.map((item) => [item.account, item.name ?? item.party, item.issuer, item.since])]), ...(next === undefined ? [] : [`More: --after ${next}`])])
  })
}

function link(): Command {
  return new Command('link')
    .description('Links an account to a person who is enrolled.')
    .argument('<party>', 'the person')
    .requiredOption('--subject <sub>', 'the account\'s subject at the provider (sub of its ID token); the log holds a hash of it')
    .option('--issuer <url>', 'the provider (default: the one this instance has set)')
    .action(async (party: string, own: { readonly subject: string; readonly issuer?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const issuer = own.issuer ?? (await client.session.account.provider.query({})).issuer
      if (issuer === undefined) throw new TypeError('This instance has set no provider: name one with --issuer.')
      const { custodian } = await client.identity.keys.query({})
      await client.identity.accounts.link.mutate({ entry: await signAs(client, accountLinkDraft({ party, issuer, subject: own.subject }, custodian)) })
      output.result({ party, issuer }, [`Whoever signs in at ${issuer} as this subject reads here as ${party}.`])
    })
}

function unlink(): Command {
  return new Command('unlink').description('Takes an account away; its sessions end at their next call.').argument('<account>', 'as in the list').action(async (account: string, _own: object, command: Command) => {
    const { options, output } = contextOf(command)
    const client = await signIn(options)
    const { custodian } = await client.identity.keys.query({})
    await client.identity.accounts.unlink.mutate({ entry: await signAs(client, accountUnlinkDraft(account, custodian)) })
    output.result({ account }, ['The account signs nobody in any more.'])
  })
}
