import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { contracts } from '@careledger/api/contracts'
import { cardKeyDraft, cardKeyRevocationDraft, signAs, verifyHealthCard, type TrustedIssuer } from '@careledger/client'
import { jwkThumbprint } from '@careledger/proof'
import { connect, signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { readText } from './carry.ts'
import { contextOf } from './command-context.ts'

const marks = { pass: '✓', fail: '✗', unchecked: '–' } as const

export function cardCommand(): Command {
  return new Command('card').description('SMART Health Cards: check one, fetch the issuers to check against, and keep the issuing key.').addCommand(verify()).addCommand(issuers()).addCommand(status()).addCommand(key()).addCommand(rotate()).addCommand(revokeKey())
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

function status(): Command {
  return new Command('status')
    .argument('<custodian>', 'party id of the hospital')
    .description('What a hospital did with its issuing keys, each step with its proof: for careledger verify --status, to check receipts of consent offline.')
    .action(async (custodian: string, _own: object, command: Command) => {
      const { options } = contextOf(command)
      process.stdout.write((await connect(options).hospital.cards.keyStatus.query({ custodian })).status)
    })
}

function key(): Command {
  return new Command('key')
    .description("Your organisation's issuing key, as its organisation or an administrator.")
    .action(async (_own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const { custodian, key: jwk, enrolled, next } = await (await signIn(options)).hospital.cards.key.query({})
      const [kid, nextKid] = [jwkThumbprint(jwk), jwkThumbprint(next)]
      output.result({ custodian, kid, enrolled, next: nextKid }, [enrolled ? `${custodian} issues with ${kid}.` : `${custodian} issues no cards: enrol ${nextKid} with \`careledger card rotate\`.`])
    })
}

function rotate(): Command {
  return new Command('rotate')
    .description('Enrols the next issuing key: cards are issued with it from now on, and those of the former key hold until they end.')
    .option('--dry-run', 'say which, write nothing')
    .action(async (own: { readonly dryRun?: true }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { custodian, next } = await client.hospital.cards.key.query({})
      const kid = jwkThumbprint(next)
      if (own.dryRun !== true) await client.hospital.cards.enrol.mutate({ entry: await signAs(client, cardKeyDraft(next, custodian)) })
      output.result({ custodian, kid, dryRun: own.dryRun === true }, [own.dryRun === true ? `${kid} would issue. Nothing was written.` : `✓ ${custodian} issues with ${kid} from now on.`])
    })
}

function revokeKey(): Command {
  return new Command('revoke-key')
    .argument('<kid>', 'thumbprint, from `card key` or `card issuers`')
    .description('Revokes an issuing key for good: every card that it has signed is refused from now on. Rotate first, so that new ones can be issued.')
    .action(async (kid: string, _own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { custodian } = await client.hospital.cards.key.query({})
      const receipt = await client.hospital.cards.revokeKey.mutate({ entry: await signAs(client, cardKeyRevocationDraft(kid, custodian)) })
      output.result({ custodian, kid, receipt }, [`✓ ${kid} is revoked. Cards under it are refused from now on.`])
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
