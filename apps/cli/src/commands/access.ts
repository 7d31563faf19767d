import { Command } from 'commander'
import { signIn } from '../connect.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'
import { limitOption } from './paging.ts'

export function accessCommand(): Command {
  return new Command('access')
    .description('Who read your records, and who was refused, newest first.')
    .addOption(limitOption())
    .option('--after <cursor>', 'continue behind this place')
    .action(async (own: { readonly limit: number; readonly after?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const page = await client.hospital.access.list.query({ limit: own.limit, ...(own.after === undefined ? {} : { after: own.after }) })
      output.result(page, page.items.length === 0 ? ['Nobody has read your records yet.'] : [
        ...table([['when', 'who', 'organisation', 'what', 'outcome', 'rule'], ...page.items.map((item) => [item.at, item.name, item.organisationName ?? '', item.operation, item.decision.outcome, item.decision.rule])]),
        ...(page.next === undefined ? [] : [`More: --after ${page.next}`]),
      ])
    })
}
