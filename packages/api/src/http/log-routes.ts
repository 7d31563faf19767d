import { TILE_WIDTH, entryBundle, parseTilePath } from '@careledger/proof'
import type { TileName } from '@careledger/proof'
import { newestCheckpoint, readTile } from '@careledger/logic'
import type { Parts } from '@careledger/logic'
import { Problem } from '../contracts/problem.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'
import { toProblem } from '../to-problem.ts'
import { send, sendProblem } from './respond.ts'
import type { RouteRequest } from './route-request.ts'
import type { ServerParts } from './server-parts.ts'

/** Tiles hold hashes of salted commitments and nothing else, so anybody's monitor may read them, from a browser too. */
const PUBLIC = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }

/** `GET /log/checkpoint` and `GET /log/tile/...` (C2SP tlog-tiles). Full tiles never change and may be kept for ever. */
export async function handleLog(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request, response } = route
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendProblem(request, response, new Problem('INPUT_MALFORMED', 'Use GET.'), 405)
  try {
    server.takeAddress(route, 1)
    if (route.path === '/log/checkpoint') return await sendCheckpoint(route, server.parts)
    const name = parseTilePath(route.path.slice('/log/'.length))
    const bytes = name === undefined ? undefined : await tileBytes(server.parts, name)
    if (name === undefined || bytes === undefined) return sendProblem(request, response, new Problem('INPUT_MALFORMED', 'There is no such tile.'), 404)
    const keep = name.width === TILE_WIDTH ? 'public, max-age=31536000, immutable' : 'public, max-age=60'
    send(request, response, 200, Buffer.from(bytes), { ...PUBLIC, 'content-type': 'application/octet-stream', 'cache-control': keep })
  } catch (thrown) {
    sendProblem(request, response, toProblem(thrown))
  }
}

async function sendCheckpoint({ request, response }: RouteRequest, parts: Parts): Promise<void> {
  const checkpoint = await newestCheckpoint(parts)
  if (checkpoint === undefined) return sendProblem(request, response, new Problem('UNAVAILABLE', PROBLEM_SENTENCE.UNAVAILABLE), 404)
  send(request, response, 200, checkpoint.note, { ...PUBLIC, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' })
}

/** `undefined`: the tree has not come that far. */
async function tileBytes(parts: Parts, { level, index, width }: TileName): Promise<Uint8Array | undefined> {
  if (level !== 'entries') return readTile(parts, { level, index, width })
  const leaves = await parts.store.read((view) => view.leaves(parts.log.origin, { from: index * TILE_WIDTH, limit: width }))
  return leaves.length < width ? undefined : entryBundle(leaves.map((leaf) => leaf.leafInput))
}
