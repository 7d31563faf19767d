import { Command, Option } from 'commander'
import { signIn } from '../connect.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'
import { limitOption } from './paging.ts'

interface OutboxOptions { readonly state: 'waiting' | 'sent' | 'blocked' | 'final'; readonly ledger?: string; readonly retry: boolean; readonly limit: number }

export function outboxCommand(): Command {
  return new Command('outbox')
    .description('What waits for a ledger, or was refused by one, of a running instance, for its operator.')
    .addOption(new Option('--state <state>', 'rows in this state').choices(['waiting', 'sent', 'blocked', 'final']).default('blocked'))
    .option('--ledger <name>', 'rows for this ledger only')
    .option('--retry', 'put the blocked rows that are listed back to waiting', false)
    .addOption(limitOption())
    .action(async (own: OutboxOptions, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { items, next } = await client.platform.outbox.list.query({ state: own.state, limit: own.limit, ...(own.ledger === undefined ? {} : { target: own.ledger }) })
      const blocked = own.retry ? items.filter(({ state }) => state === 'blocked') : []
      let retried = 0
      for (const [target, rows] of Map.groupBy(blocked, (row) => row.target)) {
        retried += (await client.platform.outbox.retry.mutate({ target, items: rows.map(({ item }) => item) })).retried
      }
      await client.signOut()
      output.result({ items, next, retried }, [
        ...(items.length === 0 ? [`Nothing is ${own.state}.`] : table([['ledger', 'item', 'tries', 'since', 'why'], ...items.map(({ target, item, attempts, created, reason }) => [target, item, String(attempts), created, reason ?? ''])])),
        ...(next === undefined ? [] : [own.retry ? 'There are more: call again.' : 'There are more: --limit shows up to 100.']),
        ...(own.retry ? [`${retried} rows were put back to waiting.`] : []),
      ])
    })
}
