// npm test: the static checks, two at a time, then the tests. Arguments are vitest's, such as the
// folder of one package.
import { spawn } from 'node:child_process'
import { bringLlamaServer } from './llama-server/bring.ts'

interface Check {
  readonly name: string
  readonly command: string
}

interface Outcome {
  readonly hasPassed: boolean
  readonly output: string
}

/** The longest first, so that no core is idle at the end. */
const checks: readonly Check[] = [
  { name: 'types', command: 'tsc --noEmit' },
  { name: 'interface reports', command: 'node scripts/api.mjs --check' },
  { name: 'unused code', command: 'knip' },
  { name: 'figures', command: 'node -C @nano/source scripts/figures.ts --check' },
  { name: 'lint', command: 'oxlint --deny-warnings' },
  { name: 'lines', command: 'node scripts/check-lines.ts' },
  { name: 'format', command: 'oxfmt --check' },
]
const concurrency = 2

// Fetched while the checks run: the network takes no core from them. The tests say what is missing.
const serverDownload = bringLlamaServer({ timeout: 120_000, retryAfter: 3_600_000 }).catch(() => {})
const queue = [...checks]
const outcomes = await Promise.all(Array.from({ length: concurrency }, () => runQueue()))
await serverDownload
if (outcomes.every(Boolean)) process.exitCode = await runTests(process.argv.slice(2))
else process.exitCode = 1

/** Resolves to whether all have passed. */
async function runQueue(): Promise<boolean> {
  let havePassed = true
  for (let check = queue.shift(); check; check = queue.shift()) {
    const startedAt = performance.now()
    const { hasPassed, output } = await runCheck(check)
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    process.stdout.write(`${hasPassed ? '✓' : '✗'} ${check.name} ${seconds} s\n`)
    if (!hasPassed || check.name === 'figures') process.stdout.write(output)
    havePassed &&= hasPassed
  }
  return havePassed
}

function runCheck({ command }: Check): Promise<Outcome> {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ hasPassed: code === 0, output }))
  })
}

function runTests(args: readonly string[]): Promise<number> {
  const child = spawn('vitest', ['run', ...args], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  return new Promise((resolve) => {
    child.on('close', (code) => resolve(code ?? 1))
  })
}
