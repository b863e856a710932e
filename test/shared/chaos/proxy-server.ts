// A proxy in front of a server, started as a process of its own: proxy-server.ts TARGET OPTIONS.
// It has a path prefix, compresses replies, sends them byte by byte, and fails on demand. It prints
// the port that it listens at.
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { createGzip, constants } from 'node:zlib'
import type { ProxyFaults, ProxyOptions } from './start-proxy.ts'

const [target = '', optionsText = '{}'] = process.argv.slice(2)
const { prefix = '', gzip = false, byteWise = false } = JSON.parse(optionsText) as ProxyOptions
let faults: ProxyFaults = {}
/** POST requests to the target, in order. */
let postCount = 0

const server = createServer((incoming, outgoing) => {
  handle(incoming, outgoing).catch(() => outgoing.destroy())
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
console.log(typeof address === 'object' && address ? address.port : 0)

async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { url = '', method = 'GET' } = incoming
  if (url === '/faults') {
    faults = JSON.parse(await text(incoming)) as ProxyFaults
    return void outgoing.end()
  }
  if (url === '/count') return void outgoing.end(String(postCount))
  if (!url.startsWith(`${prefix}/`)) return sendPage(outgoing, 404, 'Not Found')

  const body = await text(incoming)
  if (method === 'POST') {
    postCount++
    if (faults.isHung) return
    if (faults.breaksConnections) return void outgoing.destroy()
    if (faults.errorPage !== undefined) return sendPage(outgoing, faults.errorPage, 'Bad Gateway')
  }
  const headers = { ...incoming.headers, 'accept-encoding': 'identity' }
  // A connection of its own: one that the target has closed meanwhile would be a fault of ours.
  const upstream = request(target + url.slice(prefix.length), { method, headers, agent: false })
  outgoing.on('close', () => upstream.destroy())
  upstream.on('error', () => sendPage(outgoing, 502, 'Bad Gateway'))
  upstream.end(body)
  const [response] = (await once(upstream, 'response')) as [IncomingMessage]
  await pass(response, outgoing)
}

async function pass(response: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { 'content-length': _, 'transfer-encoding': __, ...headers } = response.headers
  outgoing.writeHead(response.statusCode ?? 500, {
    ...headers,
    ...(gzip && { 'content-encoding': 'gzip' }),
  })
  const body = gzip ? response.pipe(createGzip({ flush: constants.Z_SYNC_FLUSH })) : response
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const step = byteWise ? 1 : chunk.length
    for (let at = 0; at < chunk.length; at += step) {
      outgoing.write(chunk.subarray(at, at + step))
      if (byteWise) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  outgoing.end()
}

function sendPage(outgoing: ServerResponse, status: number, title: string): void {
  if (outgoing.headersSent) return void outgoing.destroy()
  outgoing
    .writeHead(status, { 'content-type': 'text/html' })
    .end(`<!doctype html><html><title>${title}</title><h1>${status} ${title}</h1></html>`)
}
