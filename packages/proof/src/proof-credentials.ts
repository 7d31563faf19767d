import { CREDENTIAL_MEDIA_TYPE, enrolmentProblem, parseCredential, type Credential } from './credential.ts'
import type { Author } from './entry.ts'
import { fail, isLogged, openPayload, pass, type FileCredential, type ProofContext, type StepResult } from './proof-context.ts'
import type { LoggedEntry, ProofFile } from './proof-file.ts'
import { jwkThumbprint, samePublicKey } from './public-key.ts'

/**
 * Every credential in the file stands in the same checkpoint, is signed by the key that it names as issuer, which was enrolled at a
 * smaller index and may enrol it, and so on to the pinned root; and the author's key was enrolled before the entry was logged.
 */
export const checkCredentials = async (context: ProofContext): Promise<StepResult> => {
  const { file, trust } = context
  for (const logged of file.credentials) {
    const problem = await credentialProblem(context, context.credential(logged.entry.id)!)
    if (problem !== undefined) return fail(`The credential of ${logged.entry.id}: ${problem}`)
  }
  const double = partyProblem(file.credentials.map((logged) => context.credential(logged.entry.id)!.credential))
  if (double !== undefined) return fail(double)
  if (file.entry.author.credential === undefined) return checkRootEntry(context)
  const own = context.credential(file.entry.author.credential)
  if (own === undefined) return fail("The file does not carry the author's credential.")
  const problem = holderProblem(file.entry.author, own, file.log.index)
  if (problem !== undefined) return fail(problem)
  const chain = chainOfCredentials(file, file.entry.author.credential).map(({ entry }) => context.credential(entry.id)!)
  const root = chain.at(-1)
  if (root === undefined || !samePublicKey(root.credential.key, trust.root)) return fail("The chain does not end at the platform's pinned root.")
  return pass(`The key acts for ${chain.map(({ credential }) => credential.party).join(', enrolled by ')}, the pinned root; each was in force by log order.`)
}

/** The entry is the platform's root itself. */
const checkRootEntry = ({ file, trust }: ProofContext): StepResult => {
  if (file.entry.type !== 'platform-root') return fail("The entry does not name its author's credential.")
  const credential = parseCredential(openPayload(file))
  const problem = enrolmentProblem('platform-root', credential, undefined)
  if (problem !== undefined) return fail(problem)
  if (credential.party !== file.entry.author.party || !samePublicKey(credential.key, trust.root)) return fail("The entry is not the platform's pinned root.")
  return pass("The entry is the platform's pinned root itself.")
}

/** One party has one kind and one organisation, so that nobody is enrolled under the name of somebody above. */
const partyProblem = (credentials: readonly Credential[]): string | undefined => {
  const first = new Map<string, Credential>()
  for (const credential of credentials) {
    const other = first.get(credential.party)
    if (other !== undefined && (other.kind !== credential.kind || other.organisation !== credential.organisation)) return `Two credentials differ in what ${credential.party} is.`
    first.set(credential.party, credential)
  }
  return undefined
}

const credentialProblem = async (context: ProofContext, { logged, credential }: FileCredential): Promise<string | undefined> => {
  const { entry, index } = logged
  if (logged.opening?.mediaType !== CREDENTIAL_MEDIA_TYPE) return 'its payload has another media type.'
  if (!isLogged(context, logged)) return 'it does not stand in the checkpoint at its index.'
  if (entry.type === 'platform-root') {
    if (entry.author.credential !== undefined || credential.party !== entry.author.party) return 'a platform root enrols itself.'
    if (!samePublicKey(credential.key, context.trust.root)) return "it is not the platform's pinned root."
    await context.verifyEntry(logged, credential.key)
    return enrolmentProblem(entry.type, credential, undefined)
  }
  const issuer = entry.author.credential === undefined ? undefined : context.credential(entry.author.credential)
  if (issuer === undefined) return "the file does not carry its issuer's credential."
  const problem = holderProblem(entry.author, issuer, index)
  if (problem !== undefined) return problem
  await context.verifyEntry(logged, issuer.credential.key)
  return enrolmentProblem(entry.type, credential, issuer.credential)
}

/** Why an author is not the holder of the credential it names, or was not yet when it signed at `index`. */
const holderProblem = (author: Author, { logged, credential }: FileCredential, index: number): string | undefined => {
  if (credential.party !== author.party || jwkThumbprint(credential.key) !== author.key) return 'The credential is of another party or key than the author.'
  return logged.index < index ? undefined : 'The key was enrolled only after it signed, by log order.'
}

/** From the logged credential of this entry id up; stops where the file has none, or where indexes do not fall. */
const chainOfCredentials = (file: ProofFile, id: string | undefined): readonly LoggedEntry[] => {
  const chain: LoggedEntry[] = []
  for (let next = id; next !== undefined; next = chain.at(-1)!.entry.author.credential) {
    const logged = file.credentials.find(({ entry }) => entry.id === next)
    const before = chain.at(-1)?.index ?? Infinity
    if (logged === undefined || logged.index >= before) break
    chain.push(logged)
  }
  return chain
}

/** Each key of the chain with the log index of what it signed. */
export const signingPlaces = ({ file }: ProofContext): readonly { readonly key: string; readonly index: number }[] => [
  { key: file.entry.author.key, index: file.log.index },
  ...chainOfCredentials(file, file.entry.author.credential).map(({ entry, index }) => ({ key: entry.author.key, index })),
]
