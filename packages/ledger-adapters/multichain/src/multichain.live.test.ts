import { writeFile } from 'node:fs/promises'
import { ledgerConformance } from '@careledger/ledger-conformance'
import { describe, it } from 'vitest'
import { createAccounts, createSubject, type Accounts, type SubjectOptions } from './testing/conformance-subject.ts'
import type { NodeAccess } from './testing/node-access.ts'
import { recordAnswers } from './testing/record-answers.ts'

const { MULTICHAIN_URL, MULTICHAIN_SECOND_URL, MULTICHAIN_CHAIN = 'careledger', MULTICHAIN_CONFIRMATIONS = '8', MULTICHAIN_RECORD } = process.env
const TIMEOUT_MS = 1_800_000

/**
 * The whole suite on a real node: `MULTICHAIN_URL` is its JSON-RPC address with user and password, `MULTICHAIN_SECOND_URL` that of
 * another node of the chain. Tests run at the same time, each on streams of its own, because each waits for blocks most of its time;
 * only what looks at the whole process runs alone.
 */
if (MULTICHAIN_URL === undefined) {
  describe('MultiChain, on the node of MULTICHAIN_URL', () => { it.skip('is not given', () => undefined) })
} else {
  const options: SubjectOptions = {
    chainName: MULTICHAIN_CHAIN,
    node: toAccess(MULTICHAIN_URL),
    secondNode: MULTICHAIN_SECOND_URL === undefined ? undefined : toAccess(MULTICHAIN_SECOND_URL),
    settings: { confirmationsMin: Number(MULTICHAIN_CONFIRMATIONS), pollMs: 200 },
  }
  if (MULTICHAIN_RECORD !== undefined) {
    it('records the answers of the node anew', async () => {
      await writeFile(new URL('__fixtures__/answers.json', import.meta.url), `${JSON.stringify(await recordAnswers(options.node), shorten, 1)}\n`)
    })
  }
  let accounts: Promise<Accounts> | undefined
  ledgerConformance({
    describe,
    it: (title, run) => (title.includes('[close-3]') ? it : it.concurrent)(title, run, TIMEOUT_MS),
  }, {
    name: MULTICHAIN_SECOND_URL === undefined ? 'multichain on a real node' : 'multichain on two real nodes',
    create: async () => createSubject(options, await (accounts ??= createAccounts(options))),
  })
}

/** Raw transactions and their data are long and say nothing about the form. */
function shorten(_name: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > 200 ? value.slice(0, 64) : value
}

function toAccess(text: string): NodeAccess {
  const url = new URL(text)
  const access = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  url.username = ''
  url.password = ''
  return { ...access, url: url.href }
}
