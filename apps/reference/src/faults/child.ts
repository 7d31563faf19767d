/**
 * The instance that faults are tried on, as a process of its own: API, log and ledgers on a data directory, with one hospital and one doctor.
 * Takes `{ arm, turns }` from its parent, and tells it `{ url, doctor, waitedMs }` when it is ready.
 */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { createLogger, createOperations, createServer } from '@careledger/api'
import { buildEntry, enrolmentDraft, signBuiltEntry, signerFromJwk, type PrivateJwk } from '@careledger/client'
import { acceptEntries, coverDecisions, startLog } from '@careledger/logic'
import type { Author, Credential, Signer } from '@careledger/proof'
import { rootAuthor } from '../instance/genesis.ts'
import { openInstance } from '../instance/open-instance.ts'
import { readSettings } from '../settings.ts'
import { createCrash, type CrashPoint } from './crash-points.ts'

const settings = readSettings(process.env)
const instance = await openInstance(settings, { address: `http://${settings.host}:${settings.port}`, create: { platform: { party: 'platform', name: 'Platform' }, custodians: ['platform', 'hospital-a'], demo: false } })
const crash = createCrash()
const parts = crash.parts(instance.parts)
const log = await startLog(parts)
const doctor = await enrolOnce()
const unlimited = { capacity: 1e9, perSecond: 1e9 }
const server = createServer({
  operations: createOperations(), parts, auth: crash.authentication(instance.authentication), logger: createLogger({ level: 'warn' }), host: settings.host, port: settings.port,
  limits: { perKey: unlimited, perAddress: unlimited },
})
const { url } = await server.listen()
process.on('message', ({ arm, turns }: { readonly arm: CrashPoint; readonly turns: number }) => {
  crash.arm(arm, turns)
  process.send?.({ armed: arm })
})
process.once('SIGTERM', () => {
  void (async () => {
    await server.stop()
    await coverDecisions(instance.parts)
    await log.stop()
    await instance.close()
    process.exit(0)
  })()
})
process.send?.({ url, doctor, waitedMs: waitedForProcessorMs() })

/**
 * How long this process was ready to run and had no processor, since its start: its main thread, and the thread that waited longest, which the main one waits for
 * while it compiles or reads a file. Never more than what its own work leaves. 0 where Linux does not say.
 */
function waitedForProcessorMs(): number {
  try {
    const waits = readdirSync('/proc/self/task').map((thread) => [thread, Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[1]) / 1e6] as const)
    const main = waits.find(([thread]) => thread === String(process.pid))?.[1] ?? 0
    const { user, system } = process.cpuUsage()
    return Math.max(0, Math.min(main + Math.max(0, ...waits.filter(([thread]) => thread !== String(process.pid)).map(([, ms]) => ms)), performance.now() - (user + system) / 1000))
  } catch {
    return 0
  }
}

/** Organisation and doctor are enrolled at the first start; their keys stay beside the data. */
async function enrolOnce(): Promise<PrivateJwk> {
  const file = join(settings.dataDirectory, 'fault-doctor.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as PrivateJwk
  const hospital = await enrol(instance.rootSigner, rootAuthor(instance.file, { root: instance.rootSigner }), { party: 'hospital-a', kind: 'organisation', roles: ['admin'] }, 'organisation-enrolled')
  const own = await enrol(hospital.signer, hospital.author, { party: 'doctor-1', kind: 'person', organisation: 'hospital-a', roles: ['doctor'] }, 'key-enrolled')
  writeFileSync(`${file}.new`, JSON.stringify(own.jwk), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return own.jwk
}

async function enrol(by: Signer, author: Author, credential: Omit<Credential, 'v' | 'key'>, type: string): Promise<{ readonly jwk: PrivateJwk; readonly signer: Signer; readonly author: Author }> {
  const { kty, crv, x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const jwk = { kty, crv, x, y, d } as PrivateJwk
  const signer = await signerFromJwk(jwk)
  const built = buildEntry({ ...enrolmentDraft({ ...credential, key: signer.publicJwk }, 'platform'), type }, author, new Date())
  const { entry, signature, opening } = await signBuiltEntry(built, by)
  const payload = opening === undefined ? undefined : { salt: bytes(opening.salt), mediaType: opening.mediaType, payload: bytes(opening.payload) }
  await acceptEntries(instance.parts, [{ entry, signature, ...(payload === undefined ? {} : { opening: payload }) }], { actor: { party: author.party } })
  return { jwk, signer, author: { party: credential.party, key: signer.key, credential: built.entry.id } }
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'))
}
