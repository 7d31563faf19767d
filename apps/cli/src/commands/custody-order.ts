import { Command } from 'commander'
import { answerCustodyOrder, orderCustody } from '@careledger/client'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { contextOf } from './command-context.ts'

/** `custody order`: a custodian that closes says who takes over; without options, what is ordered. */
export function orderCommand(): Command {
  return new Command('order')
    .argument('<custodian>', 'the organisation that closes')
    .description("Says who takes over the records of a custodian that closes, on a legal basis and without asking each patient. With the organisation's own key or an administrator's; the platform confirms. Without --to: what is ordered.")
    .option('--to <party>', 'the new custodian')
    .option('--basis <words>', 'the legal basis, which patients read')
    .option('--source <url>', 'where it can be read (https)')
    .option('--dry-run', 'only say what would be ordered', false)
    .action(async (custodian: string, own: { readonly to?: string; readonly basis?: string; readonly source?: string; readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      if (own.to === undefined) {
        const { order } = await client.hospital.custody.order.query({ custodian })
        return output.result({ ...(order === undefined ? {} : { order }) }, [order === undefined ? 'Nothing is ordered.' : `To ${order.toName}, ordered ${order.at} by ${order.by}: ${order.basis}. ${order.confirmed === undefined ? 'The platform has not confirmed it.' : `Confirmed ${order.confirmed.at}.`} (${order.entry})`])
      }
      if (own.basis === undefined) throw new CommandError(exitCodes.usage, 'USAGE', 'Say on what legal basis: --basis.')
      const order = { to: own.to, basis: own.basis, ...(own.source === undefined ? {} : { source: own.source }) }
      if (own.dryRun) return output.result({ custodian, order, dryRun: true }, [`The records of ${custodian} would go to ${own.to}. Nothing was written.`])
      const receipt = await orderCustody(client, custodian, order)
      output.result(receipt, [`✓ Ordered (${receipt.id}). Nothing moves before the platform confirms: careledger custody confirm ${custodian}`])
    })
}

export const confirmCommand = (): Command => answer('confirm', 'custody-order-confirmed', "The platform has looked at the legal basis and confirms. Signed with its root key.")
export const endCommand = (): Command => answer('end', 'custody-order-ended', 'Ends an order; what moved stays where it is. By the custodian or the platform.')

function answer(name: string, type: 'custody-order-confirmed' | 'custody-order-ended', description: string): Command {
  return new Command(name)
    .argument('<custodian>', 'the organisation that closes')
    .description(description)
    .option('--dry-run', 'only show the order', false)
    .action(async (custodian: string, own: { readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { order } = await client.hospital.custody.order.query({ custodian })
      if (order === undefined) throw new CommandError(exitCodes.no, 'NO_ORDER', `${custodian} has ordered nothing.`)
      if (own.dryRun) return output.result({ order, dryRun: true }, [`To ${order.toName}: ${order.basis}. Nothing was written.`])
      output.result(await answerCustodyOrder(client, type, { custodian, order: order.entry }), [name === 'confirm' ? '✓ Confirmed.' : '✓ Ended.'])
    })
}
