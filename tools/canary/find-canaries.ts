import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { canaries } from '../../apps/reference/src/testing/canary-bundle.ts'
import { wordForms } from './word-forms.ts'

/** A word of the test patient, where it must not stand. */
export interface CanaryFound {
  readonly file: string
  readonly word: string
}

/** What is looked at of a folder that a test made: an instance's own files. What people were given (bundles, proofs, saved attachments) holds the words by right. */
const instanceFile = 'instance.json'
const words = canaries.map((word) => ({ word, needle: Buffer.from(word), forms: wordForms(word) }))
/** Files up to this size are searched for other forms of a word too: a store's own files are large and keep bytes as they are, a ledger's journal writes them as text. */
const formsMax = 4_000_000

/** Every instance below a folder, every file of it. A file that goes away meanwhile is passed over. */
export function findCanaries(directory: string): readonly CanaryFound[] {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) return []
  if (existsSync(join(directory, instanceFile))) return inInstance(directory)
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() && entry.name !== 'node_modules' ? findCanaries(join(directory, entry.name)) : []))
}

function inInstance(directory: string): readonly CanaryFound[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).flatMap(({ name, parentPath }) => {
    const file = join(parentPath, name)
    const bytes = read(file)
    return bytes === undefined ? [] : words.flatMap(({ word, needle, forms }) => ((bytes.length > formsMax ? bytes.includes(needle) : forms.some((form) => bytes.includes(form))) ? [{ file, word }] : []))
  })
}

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}
