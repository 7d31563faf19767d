import type { SubscriptionSend } from '@careledger/logic'

/** An endpoint answers within this time, headers and all. */
const answerMs = 10_000

/** Sends notifications by HTTP POST with the platform's `fetch`: no redirect is followed, nothing of the answer but its status is looked at. */
export const sendByHttp: SubscriptionSend = async ({ endpoint, body, headers }) => {
  const within = AbortSignal.timeout(answerMs)
  try {
    const response = await fetch(endpoint, { method: 'POST', body, headers: { ...headers }, redirect: 'manual', signal: within })
    await response.body?.cancel()
    return response.status
  } catch {
    return within.aborted ? 'timeout' : 'unreachable'
  }
}

/**
 * Which addresses an organisation may be told at, from lines `organisation=origin origin ...` separated by `;`. An origin is `https://host[:port]`, or
 * `http` on this machine. Errors: `TypeError` for anything else.
 */
export function endpointList(text: string): (organisation: string, endpoint: string) => boolean {
  const listed = new Map<string, ReadonlySet<string>>()
  for (const line of text.split(';').map((one) => one.trim()).filter((one) => one !== '')) {
    const [organisation = '', origins = ''] = line.split('=', 2).map((part) => part.trim())
    listed.set(organisation, new Set(origins.split(/\s+/).map(toOrigin)))
  }
  return (organisation, endpoint) => {
    const url = URL.parse(endpoint)
    return url !== null && url.username === '' && url.password === '' && listed.get(organisation)?.has(url.origin) === true
  }
}

function toOrigin(text: string): string {
  const url = URL.parse(text)
  const loopback = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url === null || url.origin !== text || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback))) throw new TypeError('An endpoint to be told at is https://host[:port], or http on this machine.')
  return url.origin
}
