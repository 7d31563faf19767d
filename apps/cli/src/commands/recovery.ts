import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { approveRecovery, askAsDevice, completeRecovery, enrolRecovered, findAskingDevice, recoveryState, requestRecovery, signerFromJwk, stopRecovery } from '@careledger/client'
import { keyCode, readKeyCode } from '@careledger/proof'
import { connect, signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { newKeyIn } from '../new-key.ts'
import { table } from '../output.ts'
import { readPrivateKey } from '../private-key.ts'
import { contextOf } from './command-context.ts'

export function recoveryCommand(): Command {
  return new Command('recovery')
    .description('When somebody has lost all their keys: a new one, confirmed by guardians or by the organisation, after a wait that the person is told of and can stop.')
    .addCommand(newKey()).addCommand(enter()).addCommand(begin()).addCommand(list()).addCommand(confirm()).addCommand(finish()).addCommand(stop())
}

function newKey(): Command {
  return new Command('new-key')
    .argument('<file>', 'where your new private key (JWK) is, or is written; keep it')
    .description('For you who have lost all keys: makes a new key, and shows the code that you read out to whoever lets you in.')
    .action(async (file: string, _own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const client = connect(options)
      const signer = await signerFromJwk(existsSync(file) ? await readPrivateKey({ key: file }, client) : await newKeyIn(file))
      const { code, expires } = await askAsDevice(client, signer, { name: 'command line', lock: 'browser' })
      output.result({ key: signer.key, code, expires, file }, [`Your code: ${code}. Read it to your guardian, or at your organisation, before ${expires}. Afterwards: careledger recovery enter ${file}`])
    })
}

function enter(): Command {
  return new Command('enter')
    .argument('<file>', 'your new private key (JWK)')
    .description('For you who have lost all keys: how far it is, and in, once it is time. Exit status 1: not yet.')
    .action(async (file: string, _own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const client = connect(options)
      const signer = await signerFromJwk(await readPrivateKey({ key: file }, client))
      const state = await recoveryState(client, signer)
      if (state === undefined) throw new CommandError(exitCodes.no, 'NOT_ALLOWED', 'Nobody has asked for this key yet: careledger recovery new-key shows its code again.')
      if (state.state === 'ready') await completeRecovery(client, signer)
      const inside = state.state === 'ready' || state.state === 'done'
      output.result({ ...state, inside }, [inside ? `You are in again: sign in with --key ${file}.` : state.state === 'stopped' ? 'This request was stopped.' : `${state.approvals} of ${state.threshold} have confirmed. You get in from ${state.from} on.`])
      process.exitCode = inside ? exitCodes.ok : exitCodes.no
    })
}

function begin(): Command {
  return new Command('begin')
    .argument('<party>', 'party id of the person')
    .requiredOption('--code <code>', 'that the person reads you from their new device, after you have met them and know who they are')
    .description('As a guardian, as the organisation of the person or an administrator of it, or for a patient as the operator: asks that they be let in. They are told now.')
    .action(async (party: string, own: { readonly code: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const { jwk, key } = await findAskingDevice(client, readKeyCode(own.code))
      await requestRecovery(client, { party, key: jwk })
      output.result({ party, key }, [`Begun for ${party}, key ${keyCode(key)}. The person is told, and can stop it. careledger recovery list says from when it can be used.`])
    })
}

function list(): Command {
  return new Command('list')
    .description('What is asked for you, by you, and for those whose guardian you are.')
    .action(async (_own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const [{ items: asked }, { requests: mine }, { items: wards }] = await Promise.all([client.identity.recovery.asked.query({}), client.identity.recovery.mine.query({}), client.identity.recovery.wards.query({})])
      const rows = [
        ...mine.map((item) => ['for you', item] as const), ...asked.map((item) => ['by you', item] as const), ...wards.flatMap(({ requests }) => requests.map((item) => ['as guardian', item] as const)),
      ].map(([whose, item]) => [item.id, whose, item.party, keyCode(item.key), item.state, `${item.approvals}/${item.threshold}`, item.from])
      output.result({ mine, asked, wards }, rows.length === 0 ? ['Nobody is being let in again.'] : table([['request', 'whose', 'person', 'key', 'state', 'confirmed', 'from'], ...rows]))
    })
}

function confirm(): Command {
  return new Command('confirm')
    .argument('<request>', 'id, from `recovery list`')
    .requiredOption('--code <code>', 'that the person has read you: it must be the very one')
    .description('As a further guardian: confirms a request for this very key.')
    .action(async (id: string, own: { readonly code: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const found = (await client.identity.recovery.wards.query({})).items.flatMap(({ requests }) => requests).find((item) => item.id === id)
      if (found === undefined) throw new CommandError(exitCodes.no, 'NOT_ALLOWED', `There is no request ${id} for you to confirm.`)
      if (keyCode(found.key) !== readKeyCode(own.code)) throw new CommandError(exitCodes.no, 'CODE_OTHER', 'The request is for another key than the code. Do not confirm it, and tell the person.')
      await approveRecovery(client, found)
      output.result({ id }, ['Confirmed.'])
    })
}

function finish(): Command {
  return new Command('finish')
    .argument('<request>', 'id, from `recovery list`')
    .description("With your organisation's own key: lets the new key of one of your people in, once the wait is over.")
    .action(async (id: string, _own: object, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const found = (await client.identity.recovery.asked.query({})).items.find((item) => item.id === id)
      if (found === undefined) throw new CommandError(exitCodes.no, 'NOT_ALLOWED', `Your organisation has no request ${id}.`)
      if (found.state !== 'ready') throw new CommandError(exitCodes.no, 'NOT_ALLOWED', found.state === 'waiting' ? `The wait is not over: it can be finished from ${found.from} on.` : `This request is ${found.state}.`)
      await enrolRecovered(client, found)
      output.result({ id, party: found.party }, [`${found.name ?? found.party} is in again.`])
    })
}

function stop(): Command {
  return new Command('stop')
    .argument('<request>', 'id, from `recovery list`')
    .description('As the person, with any key that you still have, or as whoever asked: stops it.')
    .action(async (id: string, _own: object, command: Command) => {
      const { options, output } = contextOf(command)
      await stopRecovery(await signIn(options), id)
      output.result({ id }, ['Stopped. The key is not let in.'])
    })
}
