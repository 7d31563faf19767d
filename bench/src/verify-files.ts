import { authorOf, buildEntry, signBuiltEntries, readTrust } from '@careledger/client'
import { verifySignatureSync } from '@careledger/identity'
import { verifyProof, type Trust, type VerifySignature } from '@careledger/proof'
import type { Reporter } from './bench.ts'
import { observationOf } from './observation.ts'
import { openWorld } from './world.ts'

const files = 200

/**
 * Whole proof files, of records that one batch signature covers: parsed, commitment, signature, leaf, inclusion, checkpoint, witness, chain of
 * credentials. Once with every signature verified in every file, once as an auditor of many files would, who verifies equal ones once.
 */
export async function verifyFiles(report: Reporter): Promise<void> {
  const { texts, trust } = await fetchFiles()
  const bytes = texts.map((text) => new TextEncoder().encode(text))
  const every = await perCpuSecond(bytes, trust, () => verifySignatureSync)
  const once = await perCpuSecond(bytes, trust, rememberedVerifier)
  report.figure({ what: 'whole proof files, every signature of every file verified', value: every, unit: 'files per CPU-second', note: `${(bytes.reduce((sum, one) => sum + one.length, 0) / bytes.length / 1024).toFixed(1)} KiB each` })
  report.figure({ what: 'whole proof files of one batch, equal signatures once', value: once, unit: 'files per CPU-second' })
}

async function perCpuSecond(files: readonly Uint8Array[], trust: Trust, verifier: () => VerifySignature): Promise<number> {
  const rounds = 5
  for (const file of files.slice(0, 20)) await verifyProof(file, trust, { verify: verifier() })
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round++) {
    const verify = verifier()
    for (const file of files) {
      const { valid, steps } = await verifyProof(file, trust, { verify })
      if (!valid) throw new Error(`A proof did not hold: ${steps.find(({ outcome }) => outcome === 'fail')?.name}`)
    }
  }
  const { user, system } = process.cpuUsage(before)
  return (rounds * files.length) / ((user + system) / 1e6)
}

/** Answers from memory when the same key, message and signature come again. */
function rememberedVerifier(): VerifySignature {
  const known = new Map<string, boolean>()
  return (algorithm, jwk, message, signature) => {
    const name = `${jwk.x}.${Buffer.from(signature).toString('latin1')}.${Buffer.from(message).toString('latin1')}`
    let holds = known.get(name)
    if (holds === undefined) known.set(name, (holds = verifySignatureSync(algorithm, jwk, message, signature)))
    return holds
  }
}

async function fetchFiles(): Promise<{ readonly texts: readonly string[]; readonly trust: Trust }> {
  const world = await openWorld()
  try {
    const { client } = await world.as('staff-5d81c6')
    const { actor, signer } = client
    if (actor === undefined || signer === undefined) throw new Error('Nobody is signed in.')
    const patient = (await client.hospital.patients.list.query({})).items[0]?.patient ?? ''
    const { subject, custodian } = await client.hospital.imports.prepare.mutate({ identifiers: [{ system: 'https://seoul-general.example/patients', value: 'SG-204117' }] })
    const built = Array.from({ length: files }, (_, n) => buildEntry({ network: 'hospital', type: 'record-created', subject, custodian, payload: { mediaType: 'application/fhir+json', bytes: observationOf(n) } }, authorOf(actor), new Date()))
    await client.hospital.imports.commit.mutate({ patient, entries: [...(await signBuiltEntries(built, signer))], wait: 'anchored' })
    const texts: string[] = []
    for (const { entry } of built) texts.push((await client.hospital.records.proof.query({ id: entry.id })).proof)
    return { texts, trust: await readTrust(client) }
  } finally {
    await world.close()
  }
}
