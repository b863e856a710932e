import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome', process.env.CHROMIUM ?? ''].find((path) => path && existsSync(path))
const missing = executablePath ? undefined : 'no Chromium at /usr/bin or in the variable CHROMIUM'

/** What runs in the page: the built packages, as a bundler for browsers finds them. */
const page = `
import { Model, standard, memoryStore } from '@nano/core'
import { laws, uphold } from '@nano/core/conformance'
import { scripted } from '@nano/core/testing'

const open = () => new Model(
  scripted({ reply: () => ['The ', 'answer ', 'is ', 'nineteen.'], contextLength: 2000 }),
  standard({ cache: memoryStore(), limit: 2, timeout: { total: 30000 } }),
)
const broken = []
let held = 0
for (const law of laws.filter(({ needs }) => !needs || needs(open().capabilities))) {
  await uphold(law, open()).then(() => held++, (error) => broken.push(String(error)))
}
globalThis.report = { held, broken, text: (await open().generate('hi')).text }
`

describe.skipIf(missing)(`in a real browser${missing ? ` [${missing}]` : ''}`, () => {
  let server: Server
  let browser: Browser
  beforeAll(async () => {
    const { outputFiles } = await build({ stdin: { contents: page, resolveDir: 'examples' }, bundle: true, write: false, format: 'esm', platform: 'browser', target: 'chrome120' })
    const script = outputFiles[0]?.text ?? ''
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js'
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
      response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it('core keeps its laws, behind standard(), over the scripted driver', async () => {
    const tab = await browser.newPage()
    const faults: string[] = []
    tab.on('pageerror', (error) => faults.push(error.message))
    const address = server.address()
    await tab.goto(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
    await tab.waitForFunction('globalThis.report', undefined, { timeout: 30_000 }).catch(() => {})
    expect(faults).toEqual([])
    const report = await tab.evaluate('globalThis.report') as { held: number; broken: string[]; text: string }
    expect(report).toMatchObject({ broken: [], text: 'The answer is nineteen.' })
    expect(report.held).toBeGreaterThan(30)
  })
})
