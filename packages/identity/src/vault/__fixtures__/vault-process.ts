import { createFileVault } from '../file/create-file-vault.ts'

/**
 * A process that works on a file vault until it is killed: makes patients, secrets and now and then destroys one, and prints a line for
 * each thing that was acknowledged. Arguments: directory, root file, seed; `hold` as a fourth only opens the vault and waits, `shared` shares it.
 */
const [directory, rootFile, seed, how] = process.argv.slice(2) as [string, string, string, string?]
const vault = await createFileVault({ custodian: 'org-1', directory, rootFile, shared: how === 'shared' })
process.stdout.write('open\n')
if (how !== 'hold') {
  for (let round = 0; ; round += 1) {
    const patients = Array.from({ length: 8 }, (_, index) => `${seed}-${round}-${index}`)
    await Promise.all(
      patients.map(async (patient) => {
        await vault.createPatient(patient)
        const secret = await (await vault.patient(patient))?.subjectSecret('hospital')
        process.stdout.write(`made ${patient} ${Buffer.from(secret ?? []).toString('hex')}\n`)
      }),
    )
    const victim = patients[round % 8] as string
    process.stdout.write(`asked ${victim}\n`)
    await vault.destroy(victim)
    process.stdout.write(`destroyed ${victim}\n`)
  }
}
setInterval(() => {}, 1000)
