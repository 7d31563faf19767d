import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changedByte, changedJson } from './__fixtures__/changes.ts'
import type { Vectors } from './__fixtures__/make-vectors.ts'
import { fromUtf8, isProofError, utf8, verifyProof } from './index.ts'

const { proof } = JSON.parse(readFileSync(new URL('__fixtures__/vectors.json', import.meta.url), 'utf8')) as Vectors
const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0

const isText = (bytes: Uint8Array): boolean => {
  try {
    return fromUtf8(bytes) !== ''
  } catch (error) {
    if (isProofError(error)) return false
    throw error
  }
}

test.skipIf(!hasPython)('a third implementation, in Python, agrees on the proof of the documents and on 150 changed ones (python3 is needed)', async () => {
  const bytes = fc.sample(changedByte(utf8(proof.file)).filter(isText), { numRuns: 50, seed: 1 }).map(fromUtf8)
  const files = [proof.file, ...bytes, ...fc.sample(changedJson(proof.file), { numRuns: 100, seed: 1 })]
  const input = JSON.stringify(files.map((file) => ({ file, trust: proof.trust })))
  const answers = JSON.parse(execFileSync('python3', [fileURLToPath(new URL('__fixtures__/third_verifier.py', import.meta.url))], { input, encoding: 'utf8', maxBuffer: 1 << 26 })) as unknown[]
  for (const [index, file] of files.entries()) {
    const { valid, steps } = await verifyProof(utf8(file), proof.trust)
    expect(answers[index]).toEqual({ valid, outcomes: Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome])) })
  }
  expect(answers[0]).toMatchObject({ valid: true })
}, 120_000)
