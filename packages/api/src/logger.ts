import { pino } from 'pino'
import type { DestinationStream } from 'pino'

/** What the server asks of a logger; pino's own has this shape. Fields hold ids, codes and numbers only. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** A structured logger: one JSON line each, to standard error by default. */
export function createLogger(settings: { readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent'; readonly destination?: DestinationStream } = {}): Logger {
  const options = { level: settings.level ?? 'info', base: null, messageKey: 'message', timestamp: () => `,"at":"${new Date().toISOString()}"` }
  return pino(options, settings.destination ?? pino.destination({ dest: 2, sync: false }))
}
