import { readFileSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { recogniseOrganisation, revocationDraft, signAs } from '@careledger/client'
import { jwkThumbprint, parseCredential, parseProof, openingFromJson } from '@careledger/proof'
import { connect, signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { readTrust } from '../read-trust.ts'
import { contextOf } from './command-context.ts'
import { readProof } from './verify.ts'

export function peersCommand(): Command {
  return new Command('peers')
    .description('Organisations of other instances whose people may sign in here with their own keys (docs/federation.md).')
    .addCommand(enrolment())
    .addCommand(recognise())
    .addCommand(revoke())
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
    .action(async (file: string, own: { readonly trust: string; readonly name: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const trust = readTrust({ trust: own.trust })
      const client = await signIn(options)
      readProof(file)
      await recogniseOrganisation(client, { trust, enrolment: readFileSync(file, 'utf8'), name: own.name })
      output.result({ recognised: own.name, origin: trust.logs[0]?.origin }, [`${own.name} is recognised. Its people sign in here with their own keys, for an hour at a time, as long as ${trust.logs[0]?.origin ?? 'their instance'} vouches for them.`])
    })
}

function revoke(): Command {
  return new Command('revoke')
    .argument('<file>', "proof of the organisation's or the person's enrolment")
    .description("Takes a recognised key out of force here, at once; with an organisation's, all its people. Signed with this platform's root key.")
    .action(async (file: string, _own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const opening = openingFromJson(parseProof(readProof(file)).opening as never)
      if (!('payload' in opening)) throw new CommandError(exitCodes.usage, 'PROOF_MALFORMED', `${file} does not show the credential.`)
      const key = jwkThumbprint(parseCredential(opening.payload).key)
      const entry = await signAs(client, revocationDraft(key, client.actor?.party ?? ''))
      const receipt = await client.identity.revoke.mutate({ entry })
      output.result({ ...receipt, key }, ['Revoked here: nobody who rests on this key is let in from this second on.'])
    })
}
