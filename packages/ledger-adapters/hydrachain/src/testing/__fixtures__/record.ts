/**
 * Records what a real HydraChain 0.3.2 node answers, into `recorded.json`:
 * `HYDRACHAIN_URL=http://127.0.0.1:4000 HYDRACHAIN_KEY=0x... node --conditions=@careledger/source record.ts`, on a chain where the account of the key has money
 * and has sent nothing yet.
 */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { plainExchanges } from './plain-exchanges.ts'
import { runScenario } from './scenario.ts'

const { HYDRACHAIN_URL: url, HYDRACHAIN_KEY: fundedKey } = process.env
if (url === undefined || fundedKey === undefined) throw new Error('Give HYDRACHAIN_URL and HYDRACHAIN_KEY')
const exchanges = await runScenario({ url, fundedKey, emptyKey: `0x${randomBytes(32).toString('hex')}`, blockWithinMs: 20_000, silenceMs: 3_000 })
writeFileSync(new URL('recorded.json', import.meta.url), `${JSON.stringify(plainExchanges(exchanges), null, 1)}\n`)
