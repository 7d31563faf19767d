import { useMemo } from 'react'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { BrowserRouter } from 'react-router'
import type { CareLedgerClient } from '@careledger/client'
import type { Language } from './i18n/bilingual.ts'
import { LiveProvider } from './session/live.tsx'
import { createBrowserKeyring, type Keyring } from './session/keyring.ts'
import { PreferencesProvider } from './session/preferences.tsx'
import { createQueryClient } from './session/query.ts'
import { ServicesProvider } from './session/services.tsx'
import { SessionProvider } from './session/session.tsx'
import { Frame } from './shell/frame.tsx'
import { AppRoutes } from './shell/routes.tsx'
import { cssVariablesResolver, theme } from './theme/theme.ts'

export interface AppProps {
  readonly client: CareLedgerClient
  /** Where people's keys are kept; this browser by default. */
  readonly keyring?: Keyring
  /** The page's CSP nonce, for the style elements that Mantine writes. */
  readonly styleNonce?: string
  /** The browser's own by default, and then what the person chose. */
  readonly language?: Language
}

/** The whole web interface. It needs `@careledger/ui/styles.css` on the page and the address bar for itself. */
export function App({ client, keyring, styleNonce, language }: AppProps) {
  const queries = useMemo(createQueryClient, [])
  const services = useMemo(() => ({ client, keyring: keyring ?? createBrowserKeyring() }), [client, keyring])
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} defaultColorScheme="auto" {...(styleNonce !== undefined && { getStyleNonce: () => styleNonce })}>
      <PreferencesProvider language={language}>
        <QueryClientProvider client={queries}>
          <ServicesProvider services={services}>
            <SessionProvider>
              <BrowserRouter>
                <LiveProvider><Frame><AppRoutes /></Frame></LiveProvider>
              </BrowserRouter>
            </SessionProvider>
          </ServicesProvider>
        </QueryClientProvider>
      </PreferencesProvider>
    </MantineProvider>
  )
}
