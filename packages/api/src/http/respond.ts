import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Problem } from '../contracts/problem.ts'
import { PROBLEM_TRANSPORT } from '../problem-codes.ts'
import { declaredBytes } from './read-body.ts'
import { API_HEADERS } from './security-headers.ts'

/** After an early refusal, so many bytes of the body are read and dropped, so that the caller gets to read the answer. */
const DRAIN_BYTES_MAX = 96 * 1024 * 1024

export function sendJson(request: IncomingMessage, response: ServerResponse, status: number, body: unknown, headers: OutgoingHttpHeaders = {}): void {
  send(request, response, status, typeof body === 'string' ? body : JSON.stringify(body), { 'content-type': 'application/json', ...headers })
}

/** Sends a whole answer. With a body still coming in, the connection is closed, but not before the caller could read the answer. */
export function send(request: IncomingMessage, response: ServerResponse, status: number, body: string | Buffer | readonly Buffer[], headers: OutgoingHttpHeaders): void {
  if (response.headersSent || response.destroyed) return
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return sendPieces(request, response, status, body, headers)
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  const unread = !request.complete && declaredBytes(request) !== 0
  response.writeHead(status, { ...API_HEADERS, ...headers, 'content-length': bytes, ...(unread ? { connection: 'close' } : {}) })
  const sent = request.method === 'HEAD' ? '' : body
  if (!unread || request.destroyed) {
    response.end(sent)
    return
  }
  response.write(sent)
  drain(request, () => response.end())
}

/** In one write, without a copy. */
function sendPieces(request: IncomingMessage, response: ServerResponse, status: number, pieces: readonly Buffer[], headers: OutgoingHttpHeaders): void {
  if (!request.complete && declaredBytes(request) !== 0) return send(request, response, status, Buffer.concat(pieces), headers)
  response.writeHead(status, { ...API_HEADERS, ...headers, 'content-length': pieces.reduce((sum, { length }) => sum + length, 0) })
  response.cork()
  if (request.method !== 'HEAD') for (const piece of pieces) response.write(piece)
  response.end()
}

/** Headers that belong to a Problem: when to come back, and what kind of credentials are asked for (RFC 9110 §10.2.3, RFC 9449 §7.1 and §8). */
export function problemHeaders(problem: Problem): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  const status = PROBLEM_TRANSPORT[problem.code].status
  const wait = problem.details.retryAfterSeconds
  if (status === 429 || status === 503) headers['retry-after'] = String(typeof wait === 'number' ? wait : 1)
  const { check, nonce } = problem.details
  const error = check === 'nonce' ? 'use_dpop_nonce' : problem.code === 'PROOF_OF_POSSESSION_INVALID' || problem.code === 'CLOCK_SKEW' ? 'invalid_dpop_proof' : 'invalid_token'
  if (status === 401) headers['www-authenticate'] = `DPoP error="${error}", algs="ES256 EdDSA"`
  if (typeof nonce === 'string') headers['dpop-nonce'] = nonce
  return headers
}

/** A refusal outside tRPC: the Problem itself as the body. */
export function sendProblem(request: IncomingMessage, response: ServerResponse, problem: Problem, status = PROBLEM_TRANSPORT[problem.code].status): void {
  sendJson(request, response, status, { code: problem.code, message: problem.message, details: problem.details }, problemHeaders(problem))
}

function drain(request: IncomingMessage, done: () => void): void {
  let dropped = 0
  const timer = setTimeout(finish, 10_000)
  function finish(): void {
    clearTimeout(timer)
    request.off('data', count).off('end', finish).off('close', finish)
    done()
  }
  function count(chunk: Buffer): void {
    dropped += chunk.length
    if (dropped > DRAIN_BYTES_MAX) finish()
  }
  request.on('data', count).on('end', finish).on('close', finish)
  request.resume()
}
