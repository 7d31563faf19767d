import { z } from 'zod'
import { command, query } from './contract.ts'
import { instant, uuid } from './shapes.ts'

/** Name of a ledger, network or stream. */
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/)
export const way = z.enum(['indexed', 'checkpointed'])
const problems = z.array(z.strictObject({ code: z.string(), message: z.string() }))

/** One ledger as the operator sees it. Measures are those of the process that answers, of the last 60 minutes. */
export const ledgerOverview = z.strictObject({
  name, kind: z.string(), ledgerId: z.string(), capabilities: z.array(z.string()),
  append: z.enum(['ordered', 'first-final']), finalWithinMs: z.int(),
  /** What is written to it now. `whole`: it has every entry; otherwise older ones are being copied. */
  networks: z.array(z.strictObject({ network: name, way, whole: z.boolean() })),
  health: z.strictObject({ ok: z.boolean(), height: z.string().optional(), finalHeight: z.string().optional(), problems }),
  /** Since when the ledger shows its present height; absent where nobody saw it change. */
  heightSince: instant.optional(),
  anchoredSize: z.int().optional(),
  outbox: z.record(z.string(), z.int()),
  oldestNotFinal: instant.optional(),
  /** From an outbox row's making to its finality; absent where nothing became final. */
  finalMs: z.strictObject({ p50: z.number(), p99: z.number(), count: z.int() }).optional(),
  /** As the ledger's own receipts say; absent where they do not. */
  cost: z.strictObject({ unit: z.string(), per1000: z.string() }).optional(),
  /** 60 minutes, the last is the present. `unknown`: nobody looked. */
  minutes: z.array(z.enum(['final', 'slow', 'down', 'unknown'])).length(60),
})

const leg = z.strictObject({ ledger: name, way })
export const networkOverview = z.strictObject({ name, ledgers: z.array(leg.extend({ whole: z.boolean() })), configured: z.array(leg) })

const moveRequest = {
  network: name,
  to: name,
  /** Default: as the network is written now. */
  way: way.optional(),
  /** The ledger to leave; needed where the network is on two. */
  from: name.optional(),
  /** Adds the ledger and leaves none. */
  keep: z.boolean().default(false),
}

const move = z.strictObject({
  id: uuid, network: name, from: name.optional(), to: name, way,
  state: z.enum(['copying', 'settling', 'checking', 'closing', 'halted', 'done', 'cancelled']),
  paused: z.boolean(), startedAt: instant, endedAt: instant.optional(),
  /** Log entries looked at, of how many (absent until it is known), and those of the network among them. */
  looked: z.int(), total: z.int().optional(), copied: z.int(),
  /** Records compared on the new ledger. */
  checked: z.int(),
  /** Rows on their way to the new ledger, of all its networks. */
  waiting: z.int(),
  switched: z.boolean(), switchedAt: instant.optional(),
  findings: z.array(z.strictObject({ what: z.enum(['lost', 'altered']), item: z.string() })), findingsTotal: z.int(),
  problem: z.string().optional(),
  /** Whether there is a continuity file to ask for. */
  proven: z.boolean(),
})
const moveAnswer = z.strictObject({ move })
const right = z.enum(['read', 'write'])
const member = z.string().regex(/^[\x21-\x7e]{1,512}$/, 'is a member as the ledger names it, without spaces')
const memberChange = { input: z.strictObject({ ledger: name, stream: name, member, right }), output: z.strictObject({}) }

export const moves = {
  list: query({ name: 'platform.moves.list', summary: 'Moves of networks between ledgers, newest first.', rule: 'operator', cost: 2, audit: 'none', input: z.strictObject({ network: name.optional(), limit: z.int().min(1).max(100).default(20) }), output: z.strictObject({ items: z.array(move) }) }),
  read: query({ name: 'platform.moves.read', summary: 'One move, with its continuity file once it is done.', rule: 'operator', cost: 1, audit: 'none', input: z.strictObject({ id: uuid }), output: z.strictObject({ move, continuity: z.string().optional() }) }),
  plan: query({ name: 'platform.moves.plan', summary: 'What a move would do; nothing is done.', rule: 'operator', cost: 10, audit: 'none', input: z.strictObject(moveRequest),
    output: z.strictObject({ network: name, from: name.optional(), to: name, way, logSize: z.int(), entries: z.int(), toCopy: z.int(), appends: z.int(), problems: z.array(z.string()) }) }),
  start: command({ name: 'platform.moves.start', summary: 'Begins to move a network to another ledger while it is written to.', rule: 'operator', cost: 10, audit: 'change', input: z.strictObject(moveRequest), output: moveAnswer }),
  pause: command({ name: 'platform.moves.pause', summary: 'Hands no more older entries over until the move is resumed.', rule: 'operator', cost: 2, audit: 'change', input: z.strictObject({ id: uuid }), output: moveAnswer }),
  resume: command({ name: 'platform.moves.resume', summary: 'Goes on with a move that was paused, or that halted on what reading back found.', rule: 'operator', cost: 2, audit: 'change', input: z.strictObject({ id: uuid }), output: moveAnswer }),
  cancel: command({ name: 'platform.moves.cancel', summary: 'Takes the new ledger away again; possible until the network stands on it.', rule: 'operator', cost: 2, audit: 'change', input: z.strictObject({ id: uuid }), output: moveAnswer }),
}

export const membership = {
  list: query({ name: 'platform.membership.list', summary: 'Who may read and write each stream of a ledger, as the ledger says.', rule: 'operator', cost: 3, audit: 'none', input: z.strictObject({ ledger: name }),
    output: z.strictObject({ supported: z.boolean(), streams: z.array(z.strictObject({ stream: name, members: z.array(z.strictObject({ member: z.string(), right })) })) }) }),
  grant: command({ name: 'platform.membership.grant', summary: 'Lets a member of a ledger read or write a stream.', rule: 'operator', cost: 5, audit: 'change', ...memberChange }),
  revoke: command({ name: 'platform.membership.revoke', summary: 'Takes a right on a stream away from a member of a ledger.', rule: 'operator', cost: 5, audit: 'change', ...memberChange }),
}
