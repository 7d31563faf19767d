import { writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { approveErasure, proposeErasure, refuseErasure, requestErasure, withdrawErasureProposal, withdrawErasureRequest, type CareLedgerClient, type ErasureCase } from '@careledger/client'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { table, type Output } from '../output.ts'
import { contextOf } from './command-context.ts'

const dryRunOption = () => new Option('--dry-run', 'say what would be done, and do nothing').default(false)
interface Own { readonly dryRun: boolean }

export function eraseCommand(): Command {
  return new Command('erase')
    .description('Erasing a patient at a custodian: asked by the patient, proposed by one person, approved by another, certified (docs/erasure.md).')
    .addCommand(list()).addCommand(ask()).addCommand(takeBack()).addCommand(check())
    .addCommand(act('propose', 'Proposes it; a second person has to approve. Records clerks.', async (client, found) => ({ lines: ['✓ Proposed. Nothing happens before somebody else approves: careledger erase approve.'], value: await proposeErasure(client, found) })))
    .addCommand(act('refuse', 'Answers the patient no, with the reasons that retention gives today.', async (client, found) => {
      if (found.erasable) throw new CommandError(exitCodes.no, 'NOTHING_TO_REFUSE', 'Nothing need be kept: there is no reason to refuse.')
      return { lines: ['✓ The patient is told why, and until when.'], value: await refuseErasure(client, found) }
    }))
    .addCommand(act('withdraw', 'Takes a proposal back.', async (client, found) => ({ lines: ['✓ The proposal is taken back.'], value: await withdrawErasureProposal(client, found) })))
    .addCommand(act('approve', 'Approves what another person proposed: the patient is erased here, at once and for ever.', async (client, found) => {
      const done = await approveErasure(client, found)
      return { value: done, lines: done.certificate === undefined ? ['✓ Approved. The instance erases; careledger erase list shows when it is done.'] : [`✓ Erased. Certificate: ${done.certificate}`, `  careledger erase certificate ${done.certificate} --out certificate.proof`] }
    }))
    .addCommand(certificate()).addCommand(notices())
}

function list(): Command {
  return new Command('list')
    .description("What waits at your organisation, and what was erased. A patient sees their own.")
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { open, done } = await (client.actor?.roles.includes('patient') === true ? client.hospital.erasures.own : client.hospital.erasures.list).query({})
      output.result({ open, done }, [
        ...(open.length === 0 ? ['Nothing waits.'] : table([['patient', 'state', 'custodian', 'retention'], ...open.map((item) => [item.patient, stateOf(item), item.custodian, item.erasable ? 'nothing need be kept' : item.reasons[0]?.basis ?? ''])])),
        ...(done.length === 0 ? [] : ['', ...table([['erased', 'certificate', 'by', 'state'], ...done.map(({ erasedAt, certificate: id, proposer, approver, state }) => [erasedAt ?? 'under way', id ?? '-', `${proposer}, ${approver}`, state ?? '-'])])]),
      ])
    })
}

function ask(): Command {
  return new Command('request')
    .argument('[custodian]', 'where, if you have records at more than one')
    .description('You, the patient, ask to be erased. The custodian answers: erased, or why not and until when.')
    .addOption(dryRunOption())
    .action(async (custodian: string | undefined, own: Own, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const found = await ownCase(client, custodian)
      if (own.dryRun) return output.result({ ...found, dryRun: true }, [`${found.custodianName} would be asked. Today it would answer: ${answerOf(found)}`, 'Nothing was done.'])
      const receipt = await requestErasure(client, found)
      output.result(receipt, [`✓ Asked ${found.custodianName} (${receipt.id}). To take it back: careledger erase take-back ${found.custodian}`])
    })
}

function takeBack(): Command {
  return new Command('take-back')
    .argument('[custodian]', 'where, if you asked more than one')
    .description('You, the patient, take your request back, as long as nobody has approved.')
    .addOption(dryRunOption())
    .action(async (custodian: string | undefined, own: Own, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const found = await ownCase(client, custodian)
      if (found.request === undefined) throw new CommandError(exitCodes.no, 'NO_REQUEST', `You have asked nothing of ${found.custodianName}.`)
      if (own.dryRun) return output.result({ request: found.request, dryRun: true }, ['The request would be taken back. Nothing was done.'])
      output.result(await withdrawErasureRequest(client, found, found.request.entry), ['✓ Taken back.'])
    })
}

function check(): Command {
  return new Command('check')
    .argument('<patient>', 'handle')
    .description('What was asked and proposed of a patient, and what retention says today. Ends with 1 where they must be kept.')
    .action(async (patient: string, _own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const found = await (await signIn(options)).hospital.erasures.case.query({ patient })
      show(output, found)
      if (!found.erasable) process.exitCode = exitCodes.no
    })
}

function act(name: string, description: string, run: (client: CareLedgerClient, found: ErasureCase) => Promise<{ readonly value: object; readonly lines: readonly string[] }>): Command {
  return new Command(name)
    .argument('<patient>', 'handle')
    .description(description)
    .addOption(dryRunOption())
    .action(async (patient: string, own: Own, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const found = await client.hospital.erasures.case.query({ patient })
      if (own.dryRun) return show(output, found, ['Nothing was done.'])
      if (name !== 'propose' && name !== 'refuse' && found.proposed === undefined) throw new CommandError(exitCodes.no, 'NOT_PROPOSED', 'Nothing is proposed: careledger erase propose comes first, by another person.')
      const { value, lines } = await run(client, found)
      output.result(value, lines)
    })
}

function certificate(): Command {
  return new Command('certificate')
    .argument('<id>', 'from `erase list` or `erase approve`')
    .description('Writes the certificate of an erasure as a proof file: anybody can check it offline with careledger verify. Nothing of the patient stands in it.')
    .option('--out <file>', 'where to write it (default: standard output)')
    .action(async (id: string, own: { readonly out?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const { proof, state } = await (await signIn(options)).hospital.erasures.certificate.query({ id })
      if (own.out === undefined) return void process.stdout.write(`${proof}\n`)
      writeFileSync(own.out, proof)
      output.result({ file: own.out, state }, [`Wrote ${own.out} (${state}). Check it: careledger verify ${own.out}`])
    })
}

function notices(): Command {
  return new Command('notices')
    .description('Erasures of patients who had let you or your organisation in, by which access of yours. Nothing says who they were; copies that you keep are your own duty.')
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { items } = await (await signIn(options)).hospital.erasures.notices.query({})
      output.result({ items }, items.length === 0 ? ['Nobody who had let you in was erased.'] : table([['erased', 'by', 'access', 'certificate'], ...items.map(({ at, custodianName, access, certificate: id }) => [at, custodianName, access, id])]))
    })
}

async function ownCase(client: CareLedgerClient, custodian: string | undefined): Promise<ErasureCase> {
  const { open } = await client.hospital.erasures.own.query({})
  const found = custodian === undefined ? open : open.filter((item) => item.custodian === custodian)
  const [one] = found
  if (one === undefined || found.length > 1) throw new CommandError(exitCodes.usage, 'WHICH_CUSTODIAN', `Say which of: ${open.map((item) => item.custodian).join(', ') || 'none has a record of yours'}.`)
  return one
}

const stateOf = ({ proposed, refused, request, approved }: ErasureCase): string =>
  approved !== undefined ? 'approved, under way' : proposed !== undefined ? `proposed by ${proposed.by}` : refused !== undefined ? 'refused' : request !== undefined ? 'asked' : 'nothing asked'
const answerOf = ({ erasable, reasons }: ErasureCase): string => (erasable ? 'nothing need be kept.' : `no, because of ${reasons.map(({ basis, until }) => `${basis}${until === undefined ? ', until it is released' : `, until ${until}`}`).join('; ')}.`)

function show(output: Output, found: ErasureCase, more: readonly string[] = []): void {
  output.result({ ...found, ...(more.length === 0 ? {} : { dryRun: true }) }, [`${found.custodianName}: ${stateOf(found)}. Retention today: ${answerOf(found)}`, ...more])
}
