import { readFileSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { recogniseOrganisation, revocationDraft, signAs } from '@careledger/client'
import { jwkThumbprint, openingFromJson, parseCredential, parseProof, verifyProof } from '@careledger/proof'
import { connect, signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { readTrust } from '../read-trust.ts'
import { contextOf } from './command-context.ts'
import { readProof } from './verify.ts'

export function peersCommand(): Command {
  return new Command('peers')
    .description('Organisations of other instances whose people may sign in here with their own keys (docs/federation.md).')
    .addCommand(list())
    .addCommand(enrolment())
    .addCommand(recognise())
    .addCommand(revoke())
}

function list(): Command {
  return new Command('list')
    .description('Who is recognised here, and by which pinned keys. With an operator\'s key or the root key.')
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { items } = await (await signIn(options)).identity.peers.query({})
      output.result({ items }, items.length === 0 ? ['Nobody is recognised.'] : items.flatMap(({ party, theirs, name, origin, key, logKey, rootKey, witnesses, revoked }) => [
        `${revoked ? '✗ revoked' : '✓'} ${name} (${party})`, `    ${theirs} at ${origin}, ${witnesses} witnesses`, `    organisation ${key}`, `    log          ${logKey}`, `    root         ${rootKey}`,
      ]))
    })
}

function enrolment(): Command {
  return new Command('enrolment')
    .argument('<organisation>', 'party id at the instance of --url')
    .argument('<file>', 'where to put the proof')
    .description("Fetches the proof of an organisation's enrolment, for another instance to recognise it by.")
    .action(async (organisation: string, file: string, _own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { proof } = await connect(options).identity.enrolmentProof.query({ organisation })
      writeFileSync(file, proof)
      output.result({ organisation, file }, [`${file}: proof of the enrolment of ${organisation}. Give it and the instance's keys (careledger trust) to the other instance's operator, each by a way they trust.`])
    })
}

function recognise(): Command {
  return new Command('recognise')
    .argument('<file>', 'proof of the enrolment, from `peers enrolment`')
    .requiredOption('--trust <file>', "the other instance's keys, compared by another way before")
    .requiredOption('--name <name>', 'what people here read')
    .description("Recognises an organisation of another instance. Signed with this platform's root key: --key <data directory>/keys/root.json.")
    .option('--dry-run', 'only check the file against the keys', false)
    .action(async (file: string, own: { readonly trust: string; readonly name: string; readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const trust = readTrust({ trust: own.trust })
      const client = await signIn(options)
      if (own.dryRun) {
        const { valid, steps } = await verifyProof(readProof(file), trust)
        output.result({ valid, dryRun: true }, [valid ? `The file holds by these keys; ${own.name} would be recognised. Nothing was written.` : `The file does not hold: ${steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name).join(', ')}.`])
        if (!valid) process.exitCode = exitCodes.no
        return
      }
      readProof(file)
      await recogniseOrganisation(client, { trust, enrolment: readFileSync(file, 'utf8'), name: own.name })
      output.result({ recognised: own.name, origin: trust.logs[0]?.origin }, [`${own.name} is recognised. Its people sign in here with their own keys, for five minutes at a time, as long as ${trust.logs[0]?.origin ?? 'their instance'} vouches for them.`])
    })
}

function revoke(): Command {
  return new Command('revoke')
    .argument('<who>', "party from `peers list`, or the proof file of the organisation's or the person's enrolment")
    .option('--dry-run', 'only say which key', false)
    .description("Takes a recognised key out of force here, at once; with an organisation's, all its people. Signed with this platform's root key.")
    .action(async (who: string, own: { readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const key = /^x-[0-9a-f]{32}$/.test(who) ? (await client.identity.peers.query({})).items.find(({ party }) => party === who)?.key : keyIn(who)
      if (key === undefined) throw new CommandError(exitCodes.no, 'NOT_RECOGNISED', `${who} is not recognised here.`)
      if (own.dryRun) return output.result({ key, dryRun: true }, [`The key ${key} would be revoked here. Nothing was written.`])
      const entry = await signAs(client, revocationDraft(key, client.actor?.party ?? ''))
      const receipt = await client.identity.revoke.mutate({ entry })
      output.result({ ...receipt, key }, ['Revoked here: nobody who rests on this key is let in from this second on.'])
    })
}

/** Thumbprint of the key that a proof of enrolment shows. */
function keyIn(file: string): string {
  const opening = openingFromJson(parseProof(readProof(file)).opening as never)
  if (!('payload' in opening)) throw new CommandError(exitCodes.usage, 'PROOF_MALFORMED', `${file} does not show the credential.`)
  return jwkThumbprint(parseCredential(opening.payload).key)
}
