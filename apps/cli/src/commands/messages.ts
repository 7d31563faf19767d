import { Command } from 'commander'
import { signIn } from '../connect.ts'
import { exitCodes } from '../exit-codes.ts'
import { table } from '../output.ts'
import { contextOf } from './command-context.ts'
import { limitOption } from './paging.ts'

export function messagesCommand(): Command {
  return new Command('messages')
    .description('HL7 v2 messages that could not be followed.')
    .addCommand(list())
    .addCommand(show())
    .addCommand(replay())
    .addCommand(setAside())
}

function list(): Command {
  return new Command('list')
    .description('Parked messages, oldest first: what they are and why they wait; nothing of what is in them.')
    .addOption(limitOption())
    .option('--after <cursor>', 'continue behind this place')
    .action(async (own: { readonly limit: number; readonly after?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const page = await client.hospital.messages.list.query({ limit: own.limit, ...(own.after === undefined ? {} : { after: own.after }) })
      output.result(page, page.items.length === 0 ? ['No message waits.'] : [
        ...table([['message', 'received', 'organisation', 'from', 'type', 'number', 'reason'], ...page.items.map((item) => [item.id, item.receivedAt, item.custodian, item.sender, item.trigger, item.controlId, item.reason])]),
        ...(page.next === undefined ? [] : [`More: --after ${page.next}`]),
      ])
    })
}

function show(): Command {
  return new Command('show')
    .argument('<message>', 'id, from `messages list`')
    .description('One message with its segments, for people of the organisation; looking is recorded.')
    .action(async (id: string, _own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const { item, bytes } = await (await signIn(options)).hospital.messages.read.query({ id })
      const text = Buffer.from(bytes, 'base64url').toString('utf8')
      output.result({ item, message: text }, [...text.split(/\r\n?|\n/), '', `Waits because: ${item.reason}`, ...item.problems.map(({ path, message }) => `    ${path}: ${message}`)])
    })
}

function replay(): Command {
  return new Command('replay')
    .argument('<message>', 'id, from `messages list`')
    .description('Follows a message now, and those of the same patient that wait behind it.')
    .action(async (id: string, _own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const result = await (await signIn(options)).hospital.messages.replay.mutate({ id })
      output.result(result, [`${result.followed} followed.`, ...(result.stoppedBy === undefined ? [] : [`The next one still cannot be: ${result.stoppedBy}`])])
      if (result.stoppedBy !== undefined) process.exitCode = exitCodes.no
    })
}

function setAside(): Command {
  return new Command('set-aside')
    .argument('<message>', 'id, from `messages list`')
    .description('Sets a message aside for good: its content is removed, and those behind it may be followed.')
    .action(async (id: string, _own: object, command: Command) => {
      const { options, output } = contextOf(command)
      await (await signIn(options)).hospital.messages.setAside.mutate({ id })
      output.result({}, ['Set aside.'])
    })
}
