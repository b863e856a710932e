import { formats } from '@nano/chat'
import { requestSchema } from '@nano/core/driver'
import { type ServerName, serverNames } from '@nano/http'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'

/** The devices of each backend that runs the model on this machine. */
const devices = {
  'llama-cpp': ['auto', 'cpu', 'cuda', 'vulkan', 'metal'],
  onnx: ['auto', 'cpu', 'cuda', 'webgpu'],
} as const

/** Selects the backend and where it runs. */
type BackendOptions = LocalBackend | ServerBackend
type LocalBackend = {
  readonly [Backend in keyof typeof devices]: {
    readonly backend: Backend
    readonly device?: (typeof devices)[Backend][number]
  }
}[keyof typeof devices]
interface ServerBackend {
  readonly backend: 'http'
  /** At least one. */
  readonly url: readonly string[]
  readonly server?: ServerName | 'auto'
}

/** The options of the command line. */
export type ChatOptions = ReplyOptions & BackendOptions

/** Options of the model and of its replies. */
interface ReplyOptions {
  /** A path, the name of the model on a server, or `tiny`. */
  readonly model?: string
  readonly format?: string
  /** On by default where the model can reason. */
  readonly reasoning?: 'on' | 'off'
  readonly show?: 'all' | 'answer'
  readonly system?: string
  readonly budget?: number
  readonly maxTokens?: number
  readonly temperature?: number
  readonly seed?: number
  readonly context?: number
}

/** Whether the options select the embedded model on this machine. */
export function isEmbedded({ backend, model = 'tiny' }: ChatOptions): boolean {
  return backend !== 'http' && model === 'tiny'
}

export interface CommandOptions {
  /** What the user types to run the command, e.g. `npm start --`. The help repeats it. */
  readonly invocation: string
  chat(question: string | undefined, options: ChatOptions): Promise<void>
}

/** The command line: its arguments, its options and its help. */
export function command({ invocation, chat }: CommandOptions): Command {
  const silentInvocation = invocation.replace('npm start', 'npm start --silent')
  return new Command('nanolm')
    .description(
      'Ask a small reasoning model, on this machine or behind a server. ' +
        'At a terminal, a call without a question starts a conversation.',
    )
    .usage('[question] [options]')
    .addArgument(new Argument('[question]', 'the question; - reads it from standard input'))
    .addOption(
      new Option(
        '-m, --model <name>',
        'a GGUF file, the folder of an ONNX export, the name of the model on a server, ' +
          'or tiny for the embedded model (default: tiny, or the only model of the server)',
      ),
    )
    .addOption(
      new Option(
        '--backend <name>',
        'what runs the model: llama-cpp runs a GGUF file, onnx runs the folder ' +
          'of an ONNX export, http uses a model on a server',
      )
        .choices([...Object.keys(devices), 'http'])
        .default('llama-cpp'),
    )
    .addOption(
      new Option(
        '-u, --url <address>',
        'the address of a server; implies --backend http. ' +
          'Repeat it for several servers of the same model',
      )
        .argParser(parseAddress)
        .implies({ backend: 'http' }),
    )
    .addOption(
      new Option('--server <kind>', 'the kind of server (default: detected)').choices([
        'auto',
        ...serverNames,
      ]),
    )
    .addOption(
      new Option('-f, --format <name>', 'the chat format of the model (default: detected)').choices(
        Object.keys(formats),
      ),
    )
    .addOption(
      new Option(
        '-r, --reasoning <switch>',
        'whether the model thinks before it answers (default: on)',
      ).choices(['on', 'off']),
    )
    .addOption(
      new Option('-b, --budget <tokens>', 'the most tokens of a thought').argParser(
        settingParser('a whole number, 1 or more', (reasoningBudget) => ({ reasoningBudget })),
      ),
    )
    .addOption(
      new Option(
        '-n, --max-tokens <tokens>',
        'the most tokens of a reply, with its thought',
      ).argParser(settingParser('a whole number, 1 or more', (maxTokens) => ({ maxTokens }))),
    )
    .addOption(
      new Option(
        '-t, --temperature <number>',
        'randomness, from 0 to 2; 0 always takes the most likely token',
      ).argParser(
        settingParser('a number from 0 to 2', (temperature) => ({ sampling: { temperature } })),
      ),
    )
    .addOption(
      new Option('--seed <number>', 'the same seed gives the same reply').argParser(
        settingParser('a whole number from 0 to 4294967295', (seed) => ({ sampling: { seed } })),
      ),
    )
    .addOption(new Option('-s, --system <text>', 'instructions for the whole conversation'))
    .addOption(
      new Option('-c, --context <tokens>', 'the length of the context').argParser(
        parseWholeNumber(32),
      ),
    )
    .addOption(
      new Option(
        '--device <name>',
        'the device of this machine that runs the model (default: auto)',
      ).choices([...new Set(Object.values(devices).flat())]),
    )
    .addOption(
      new Option(
        '--show <what>',
        'all: the thought, the answer and the figures; answer: the answer alone ' +
          '(default: all at a terminal, otherwise answer)',
      ).choices(['all', 'answer']),
    )
    .addHelpText(
      'after',
      `
Examples:
  ${invocation} "What is 4812 + 977?"
      prints the thought, the answer and the figures
  ${invocation} "What is 4812 + 977?" --reasoning off
      answers without a thought
  ${invocation} --model model.gguf "Prove that √2 is irrational."
  ${invocation} --backend onnx --model folder "Prove that √2 is irrational."
  ${invocation} --url http://localhost:8080 "What is 4812 + 977?"
      asks a server, e.g. llama-server, vLLM or Ollama
  echo "Sort ascending: 507, 12, 48." | ${silentInvocation} > answer.txt

The question can come from a pipe. If standard input stays silent for two seconds, nanolm
asks a sample question and says so on standard error. With -, it waits without a limit.
The environment variable NANO_API_KEY holds the key for a server that needs one.
Ctrl-C stops a reply. A second Ctrl-C leaves.`,
    )
    .action((question: string | undefined, options: ChatOptions, self: Command) => {
      const conflict = findOptionConflict(options)
      if (conflict !== undefined) self.error(`error: ${conflict}`)
      return chat(question, options)
    })
}

/** Describes options that exclude each other, with what to do. Returns undefined without any. */
function findOptionConflict({
  backend,
  device,
  url,
  server,
}: {
  readonly backend: keyof typeof devices | 'http'
  readonly device?: string
  readonly url?: readonly string[]
  readonly server?: string
}): string | undefined {
  if (backend === 'http') {
    if (!url)
      return 'the backend http needs the address of a server, such as --url http://localhost:8080.'
    return device === undefined
      ? undefined
      : 'a server chooses its own device: set it when you start the server, and omit --device.'
  }
  if (url)
    return (
      `the backend ${backend} runs the model on this machine, and --url selects a server: ` +
      'use one of the two.'
    )
  if (server)
    return (
      '--server sets the kind of server at an address: ' +
      'add the address, such as --url http://localhost:8080.'
    )
  const supportedDevices: readonly string[] = devices[backend]
  return device === undefined || supportedDevices.includes(device)
    ? undefined
    : `the backend ${backend} does not support --device ${device}. ` +
        `Allowed choices are ${supportedDevices.join(', ')}.`
}

function parseAddress(text: string, previousAddresses: readonly string[] = []): readonly string[] {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('It must be an address such as http://localhost:8080.')
  return [...previousAddresses, text]
}

/**
 * The parser of a setting of requests. Checks the range before a model is loaded, as the request
 * would be checked after.
 */
function settingParser(
  expectation: string,
  toSettings: (value: number) => object,
): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text)
    if (requestSchema.safeParse({ messages: 'hi', ...toSettings(value) }).success) return value
    throw new InvalidArgumentError(`It must be ${expectation}.`)
  }
}

function parseWholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < minimum || !Number.isSafeInteger(value))
      throw new InvalidArgumentError(`It must be a whole number, ${minimum} or more.`)
    return value
  }
}
