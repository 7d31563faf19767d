import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { launchBrowser, visit, type Look, type Visit } from './browser.ts'
import { copyDemoData, copyEmptyStore } from './demo-data.ts'
import { runApp, type RunningApp } from './running-app.ts'

/** One running app and one browser for all tests of a file. */
export interface Stage {
  readonly url: string
  /** The app's data directory. */
  readonly directory: string
  /** A new visitor on the welcome page; whatever goes wrong on it fails the test. */
  visit(look?: Look): Promise<Page>
}

/**
 * Starts the app on a folder of its own (with `ledgers` as its file of ledgers and `env` in its environment) and a browser before the tests of the `describe` around it, and ends both after them. After each
 * test nothing may have been complained about on any page: no console error, no request to another origin, nothing personal in an address.
 */
export function useStage(options: { readonly ledgers?: object; readonly env?: () => Promise<NodeJS.ProcessEnv> } = {}): Stage {
  let directory: string
  let app: RunningApp
  let browser: Browser
  const visits: Visit[] = []
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'careledger-e2e-'))
    if (options.ledgers === undefined) await copyDemoData(directory)
    else {
      await copyEmptyStore(directory)
      writeFileSync(join(directory, 'ledgers.json'), JSON.stringify(options.ledgers))
    }
    const env = await options.env?.()
    const started = [runApp(directory, env).then((running) => { app = running }), launchBrowser().then((launched) => { browser = launched })]
    await Promise.all(started)
  }, 180_000)
  afterEach(async () => {
    const done = visits.splice(0)
    const complaints = done.flatMap((one) => one.complaints)
    for (const { context } of done) await context.close()
    expect(complaints).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await app?.end('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })
  return {
    get url() { return app.url },
    get directory() { return directory },
    async visit(look) {
      const one = await visit(browser, app.url, look)
      visits.push(one)
      return one.page
    },
  }
}
