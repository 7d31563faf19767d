import { readSettings, startApp } from '@careledger/reference'
import { serve } from '../measure/child-server.ts'

interface Setup { readonly dataDirectory: string; readonly databaseUrl?: string | undefined }

/** The reference app as it is, but for the rate limit: one caller stands for many here. `CARELEDGER_OPENED_MIB` is taken over. */
await serve<Setup, { readonly url: string }>(async ({ dataDirectory, databaseUrl }) => {
  const opened = process.env['CARELEDGER_OPENED_MIB']
  const settings = readSettings({ ...(opened === undefined ? {} : { CARELEDGER_OPENED_MIB: opened }), PORT: '0', CARELEDGER_DATA: dataDirectory, CARELEDGER_LOG_LEVEL: 'silent', ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) })
  const unlimited = { capacity: 1e9, perSecond: 1e9 }
  const app = await startApp(settings, () => {}, { limits: { perKey: unlimited, perAddress: unlimited } })
  return {
    ready: { url: app.url },
    async stop() {
      await app.stop()
      process.exit(0)
    },
  }
})
