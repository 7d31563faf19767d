import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('does not outlive the process that has started it', async () => {
  const module = JSON.stringify(new URL('./chaincode-process.ts', import.meta.url).href)
  const command = JSON.stringify([process.execPath, new URL('../__fixtures__/chaincode.ts', import.meta.url).pathname])
  const script =
    `import { ChaincodeProcess } from ${module}; const chaincode = await ChaincodeProcess.create({ name: 'c', command: ${command} });` +
    'await chaincode.start(); console.log(chaincode.address); process.exit(0)'
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  const port = Number(stdout.trim().split(':')[1])
  expect(port).toBeGreaterThan(0)
  await expect.poll(() => answers(port)).toBe(false)
})

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
