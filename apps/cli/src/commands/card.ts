import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { contracts } from '@careledger/api/contracts'
import { verifyHealthCard, type TrustedIssuer } from '@careledger/client'
import { connect } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { readText } from './carry.ts'
import { contextOf } from './command-context.ts'

const marks = { pass: '✓', fail: '✗', unchecked: '–' } as const

export function cardCommand(): Command {
  return new Command('card').description('SMART Health Cards: check one, or fetch the issuers to check against.').addCommand(verify()).addCommand(issuers())
}

function verify(): Command {
  return new Command('verify')
    .argument('<card>', 'a .smart-health-card file, or the text of a scanned code (shc:/...)')
    .description('Checks a health card step by step. Exit status 0: it holds; 1: it does not.')
    .option('--issuers <file>', 'issuers that you trust, pinned (careledger card issuers > issuers.json); default: asks the instance')
    .action(async (card: string, own: { readonly issuers?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const trusted = own.issuers === undefined ? (await connect(options).hospital.cards.issuers.query({})).items : pinned(own.issuers)
      const check = await verifyHealthCard(existsSync(card) ? readText(card) : card, trusted)
      output.result({ valid: check.valid, steps: check.steps, issuer: check.issuer?.name, bundle: check.valid ? check.card?.bundle : undefined }, [
        ...check.steps.map(({ name, outcome, detail }) => `${marks[outcome]} ${name.padEnd(12)} ${detail}`),
        '',
        ...(check.valid && check.card !== undefined ? [JSON.stringify(check.card.bundle, null, 1), ''] : []),
        check.valid ? 'The card holds: it says what its issuer attested. It cannot show that what they attested is right.' : 'The card does not hold. Do not trust what it says.',
      ])
      process.exitCode = check.valid ? exitCodes.ok : exitCodes.no
    })
}

function issuers(): Command {
  return new Command('issuers')
    .description('The custodians of an instance that issue cards, with keys and revocation lists, to pin in a file.')
    .action(async (_own: object, command: Command) => {
      const { options } = contextOf(command)
      process.stdout.write(`${JSON.stringify(await connect(options).hospital.cards.issuers.query({}), null, 2)}\n`)
    })
}

function pinned(path: string): readonly TrustedIssuer[] {
  let value: unknown
  try {
    value = JSON.parse(readText(path))
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(exitCodes.usage, 'ISSUERS_MALFORMED', `${path} is not JSON.`, { cause: error })
  }
  const parsed = contracts.hospital.cards.issuers.output.safeParse(value)
  if (!parsed.success) throw new CommandError(exitCodes.usage, 'ISSUERS_MALFORMED', `${path} does not hold issuers (careledger card issuers writes them).`)
  return parsed.data.items
}
