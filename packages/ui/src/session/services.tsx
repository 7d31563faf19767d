import { createContext, useContext, type ReactNode } from 'react'
import type { CareLedgerClient } from '@careledger/client'
import type { Keyring } from './keyring.ts'

/** What the screens work with; the app that mounts them hands it in. */
export interface Services {
  readonly client: CareLedgerClient
  readonly keyring: Keyring
}

const ServicesContext = createContext<Services | undefined>(undefined)

export function ServicesProvider({ services, children }: { readonly services: Services, readonly children: ReactNode }) {
  return <ServicesContext value={services}>{children}</ServicesContext>
}

export function useServices(): Services {
  const services = useContext(ServicesContext)
  if (!services) throw new TypeError('Screens stand inside <App>.')
  return services
}

export function useClient(): CareLedgerClient {
  return useServices().client
}
