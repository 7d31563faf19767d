import { Command } from 'commander'
import { connect } from '../connect.ts'
import { contextOf } from './command-context.ts'

export function trustCommand(): Command {
  return new Command('trust')
    .description('Fetches the keys that proofs of an instance are checked against. Compare them by another way before you pin them.')
    .action(async (_options: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const trust = await connect(options).platform.trust.query({})
      output.result(trust, [JSON.stringify(trust, null, 2)])
    })
}
