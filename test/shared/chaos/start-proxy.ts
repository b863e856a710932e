import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface ProxyOptions {
  /** Begins the path of each request, for example `/gateway/llm`. */
  readonly prefix?: string
  readonly gzip?: boolean
  /** Sends replies byte by byte. */
  readonly byteWise?: boolean
}

/** How requests with a body fail; others, liveness checks among them, are passed on. */
export interface ProxyFaults {
  /** They are never answered. */
  readonly isHung?: boolean
  readonly breaksConnections?: boolean
  /** The status of an HTML page. */
  readonly errorPage?: number
}

export interface Proxy {
  /** With the prefix. */
  readonly url: string
  readonly pid: number
  setFaults(faults: ProxyFaults): Promise<void>
  /** Requests with a body so far, failed ones included. */
  countPosts(): Promise<number>
  close(): Promise<void>
}

/** Starts a proxy in front of a server, as a process of its own. */
export async function startProxy(target: string, options: ProxyOptions = {}): Promise<Proxy> {
  const script = fileURLToPath(new URL('proxy-server.ts', import.meta.url))
  const child = spawn(process.execPath, [script, target, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const childExit = once(child, 'exit')
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const root = `http://127.0.0.1:${Number(line.toString())}`
  return {
    url: root + (options.prefix ?? ''),
    pid: child.pid ?? 0,
    async setFaults(faults) {
      await fetch(`${root}/faults`, { method: 'POST', body: JSON.stringify(faults) })
    },
    countPosts: async () => Number(await (await fetch(`${root}/count`)).text()),
    async close() {
      child.kill('SIGKILL')
      await childExit
    },
  }
}
