import { Command, Option } from 'commander'
import { explainInWords } from '@careledger/client'
import { signIn } from '../connect.ts'
import { contextOf } from './command-context.ts'

export function explainCommand(): Command {
  return new Command('explain')
    .argument('<decision>', 'id, from `access` or from what was read')
    .description('Why a decision was made: the rule, the consent in its version, or the emergency. For the patient, and for whoever was permitted.')
    .addOption(new Option('--language <language>', 'of the sentences').choices(['en', 'ko']).default('en'))
    .action(async (id: string, own: { readonly language: 'en' | 'ko' }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const explanation = await client.hospital.access.explain.query({ id })
      output.result(explanation, explainInWords(explanation, { language: own.language }))
    })
}
