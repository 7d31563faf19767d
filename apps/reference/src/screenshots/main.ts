import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { launchBrowser, lookAroundAs, plainLook, settled, visit, viewports } from '../testing/browser.ts'
import { runApp } from '../testing/running-app.ts'
import { screens, showScreen, type Screen } from './screens.ts'

/** Bytes of all pictures together. */
const bytesMax = 3_000_000
const folder = fileURLToPath(new URL('../../../../docs/screens/', import.meta.url))

/** Starts the app with its demo, walks the list of screens, and leaves WebP pictures and docs/screens.md. Run by `pnpm screenshots`. */
const directory = mkdtempSync(join(tmpdir(), 'careledger-screens-'))
const [app, browser] = await Promise.all([runApp(directory), launchBrowser()])
try {
  mkdirSync(folder, { recursive: true })
  const press = await (await browser.newContext()).newPage()
  let total = 0
  for (const screen of screens) {
    const bytes = await picture(screen, press)
    writeFileSync(join(folder, `${screen.name}.webp`), bytes)
    total += bytes.length
    process.stdout.write(`${screen.name} ${Math.round(bytes.length / 1024)} KiB\n`)
  }
  if (total > bytesMax) throw new Error(`The pictures have ${total} bytes; at most ${bytesMax}.`)
  const kept = new Set(screens.map(({ name }) => `${name}.webp`))
  for (const name of readdirSync(folder)) if (!kept.has(name)) rmSync(join(folder, name))
  writeFileSync(join(folder, '../screens.md'), page())
  process.stdout.write(`${screens.length} pictures, ${Math.round(total / 1024)} KiB\n`)
} finally {
  await browser.close()
  await app.end('SIGINT')
  rmSync(directory, { recursive: true, force: true })
}

/** A picture as the screen is seen, packed by the browser itself. */
async function picture(screen: Screen, press: Page): Promise<Buffer> {
  const look = { ...plainLook, ...screen.look }
  const { page: seen, context } = await visit(browser, app.url, look)
  await settled(seen)
  if (screen.who !== undefined) await lookAroundAs(seen, screen.who)
  await showScreen(seen, screen)
  const png = (await seen.screenshot()).toString('base64')
  await context.close()
  const { width, height } = viewports[look.device]
  const packed = (await press.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png}'
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: ${width}, height: ${height} })
    canvas.getContext('2d').drawImage(image, 0, 0)
    return canvas.toDataURL('image/webp', 0.82)
  })()`)) as string
  return Buffer.from(packed.slice(packed.indexOf(',') + 1), 'base64')
}

function page(): string {
  const parts = screens.map(({ name, title, says, who, path }) => `## ${title}\n\n${says} ${who === undefined ? 'Nobody is signed in' : who}, \`${path}\`.\n\n![${title}](screens/${name}.webp)\n`)
  return `# Screens\n\nMade by \`pnpm screenshots\` from the demo, where nobody exists. Do not edit: the list is in \`apps/reference/src/screenshots/screens.ts\`.\n\n${parts.join('\n')}`
}
