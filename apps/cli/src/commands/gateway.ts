import { enrolmentDraft, revocationDraft, signAs } from '@careledger/client'
import { Command } from 'commander'
import { signIn } from '../connect.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'

export function gatewayCommand(): Command {
  return new Command('gateway')
    .description("The key that signs for an organisation's FHIR clients that cannot sign themselves.")
    .addCommand(list())
    .addCommand(enrol())
    .addCommand(revoke())
}

function list(): Command {
  return new Command('list')
    .description('Gateway keys with who holds them and since when: of your organisation, or of all for the operator.')
    .action(async (_own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const result = await (await signIn(options)).hospital.fhir.gateways.query({})
      output.result(result, result.items.length === 0 ? ['There is no gateway that you answer for.'] : table([
        ['organisation', 'key', 'state', 'party', 'since', 'until'], ...result.items.map(({ custodian, key, state, party, since, until }) => [custodian, key, state, party ?? '', since ?? '', until ?? '']),
      ]))
    })
}

function enrol(): Command {
  return new Command('enrol')
    .description("Enrols your organisation's gateway as one of its systems, signed by the organisation's key. FHIR clients can write from then on.")
    .option('--party <party>', 'what the gateway is called; default: <organisation>-gateway')
    .action(async (own: { readonly party?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const organisation = client.actor?.organisation ?? client.actor?.party ?? ''
      const { jwk, key, party: enrolled } = await client.hospital.fhir.gateway.query({})
      const party = enrolled ?? own.party ?? `${organisation}-gateway`
      if (enrolled === undefined) await client.identity.enrol.mutate({ entry: await signAs(client, enrolmentDraft({ party, kind: 'system', organisation, roles: ['system'], key: jwk }, organisation)) })
      output.result({ party, key }, [enrolled === undefined ? `Enrolled ${party} with the key ${key}.` : `It is enrolled already, as ${party}.`])
    })
}

function revoke(): Command {
  return new Command('revoke')
    .argument('[key]', 'from `gateway list`; default: the one in use')
    .description('Revokes a gateway key: nothing is signed with it from then on, and the next key stands ready to be enrolled.')
    .action(async (named: string | undefined, _own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const organisation = client.actor?.organisation ?? client.actor?.party ?? ''
      const key = named ?? (await client.hospital.fhir.gateway.query({})).key
      await client.identity.revoke.mutate({ entry: await signAs(client, revocationDraft(key, organisation)) })
      output.result({ key }, [`Revoked ${key}.`])
    })
}
