import type { OutgoingHttpHeaders } from 'node:http'

/** On every answer. */
const COMMON: OutgoingHttpHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** On answers that are no pages: nothing in them may run or be framed, and nobody may keep them. */
export const API_HEADERS: OutgoingHttpHeaders = {
  ...COMMON,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

/**
 * On the web app's files. Scripts come from here and nowhere else: no inline script, no eval. Style elements need the nonce where the page
 * has a place for one.
 */
export function pageHeaders(settings: { readonly nonce?: string | undefined; readonly https: boolean }): OutgoingHttpHeaders {
  const style = settings.nonce === undefined ? "'unsafe-inline'" : `'nonce-${settings.nonce}'`
  const policy = [
    "default-src 'none'", "script-src 'self'", `style-src 'self' ${style}`, "img-src 'self' data: blob:", "font-src 'self'", "connect-src 'self'",
    "worker-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ...(settings.https ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
  return {
    ...COMMON,
    'content-security-policy': policy,
    'permissions-policy': 'camera=(self), geolocation=(), microphone=(), payment=(), usb=()',
    ...(settings.https ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
  }
}
