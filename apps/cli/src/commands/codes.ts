import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Command, Option } from 'commander'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { table } from '../output.ts'
import { settingsOf } from '../settings-of.ts'
import { contextOf } from './command-context.ts'

type Use = 'condition' | 'allergy' | 'medicine' | 'order'
const uses: readonly Use[] = ['condition', 'allergy', 'medicine', 'order']

export function codesCommand(): Command {
  return new Command('codes').description('Lists of codes that the forms of a hospital suggest. None comes with this project.').addCommand(add()).addCommand(find())
}

function add(): Command {
  return new Command('add')
    .argument('<file>', 'CSV (code, display, and perhaps system, also), FHIR CodeSystem, or ValueSet with its codes')
    .description('Puts a list into the data directory; a running instance offers it at once.')
    .addOption(new Option('--for <uses...>', 'which fields suggest it').choices(uses).makeOptionMandatory())
    .option('--organisation <party>', 'whose people it is for; without it everybody without a list of their own', 'default')
    .option('--name <name>', 'its name; default: that of the file')
    .option('--dry-run', 'read it and write nothing')
    .action(async (file: string, own: { readonly for: Use[]; readonly organisation: string; readonly name?: string; readonly dryRun?: true }, command: Command) => {
      const { options, output } = contextOf(command)
      const text = readText(file)
      const name = own.name ?? basename(file).replace(/\.[^.]*$/, '').toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-').replaceAll(/^-+|-+$/g, '')
      const count = own.dryRun === true ? (await import('@careledger/logic')).parseCodeList(text).length
        : (await import('@careledger/reference')).addCodeList((await settingsOf(options)).dataDirectory, { organisation: own.organisation, name, uses: own.for, text })
      output.result({ name, organisation: own.organisation, uses: own.for, codes: count, dryRun: own.dryRun === true }, [`✓ ${count} codes ${own.dryRun === true ? 'could be offered. Nothing was written.' : `are offered for ${own.for.join(', ')}.`}`])
    })
}

function find(): Command {
  return new Command('find')
    .argument('<text>', 'beginnings of words')
    .description('What the forms would suggest.')
    .addOption(new Option('--for <use>', 'which field').choices(uses).makeOptionMandatory())
    .action(async (text: string, own: { readonly for: Use }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const found = await client.hospital.writing.codes.query({ use: own.for, text })
      output.result(found, found.items.length === 0 ? [found.lists.length === 0 ? 'This hospital has brought no list for it: `careledger codes add`.' : 'No code begins so.'] : table([['code', 'system', 'display', 'list'], ...found.items.map(({ code, system, display, list }) => [code, system ?? '-', display, list])]))
    })
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${file} cannot be read. Nothing was written.`, { cause })
  }
}
