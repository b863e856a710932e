import { formats } from '@nano/chat'
import { type ServerName, serverNames } from '@nano/http'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'

/** The devices of each backend that runs the model on this machine. */
const devices = {
  'llama-cpp': ['auto', 'cpu', 'cuda', 'vulkan', 'metal'],
  onnx: ['auto', 'cpu', 'cuda', 'webgpu'],
} as const

/** What runs the model, and where. */
type Place = Local | Remote
type Local = {
  readonly [Backend in keyof typeof devices]: {
    readonly backend: Backend
    readonly device?: (typeof devices)[Backend][number]
  }
}[keyof typeof devices]
interface Remote {
  readonly backend: 'http'
  /** At least one. */
  readonly url: readonly string[]
  readonly server?: ServerName | 'auto'
}

/** What the user asked for. */
export type ChatOptions = AskOptions & Place

/** How the model is asked. */
interface AskOptions {
  /** A path, what a server calls it, or `tiny`. */
  readonly model?: string
  readonly format?: string
  readonly reasoning: 'on' | 'off'
  readonly show?: 'all' | 'answer'
  readonly system?: string
  readonly budget?: number
  readonly maxTokens?: number
  readonly temperature?: number
  readonly seed?: number
  readonly context?: number
}

/** Whether it is the model in this repository, run here. */
export function isEmbedded({ backend, model = 'tiny' }: ChatOptions): boolean {
  return backend !== 'http' && model === 'tiny'
}

export interface CommandOptions {
  /** How the user called it, e.g. `npm start --`, so that examples can be copied. */
  readonly called: string
  chat(question: string | undefined, options: ChatOptions): Promise<void>
}

/** The command line: what it takes, and the help that teaches it. */
export function command({ called, chat }: CommandOptions): Command {
  return new Command('nanolm')
    .description(
      'Ask a small reasoning model, on this machine or behind a server. Without a question, at a terminal, it converses.',
    )
    .usage('[question] [options]')
    .addArgument(new Argument('[question]', 'what to ask; - reads it from standard input'))
    .addOption(
      new Option(
        '-m, --model <name>',
        'a GGUF file, the folder of an ONNX export, what a server calls it, or tiny for the embedded model (default: tiny, or the only one of the server)',
      ),
    )
    .addOption(
      new Option(
        '--backend <name>',
        'what runs it: llama-cpp a GGUF file, onnx a folder, http whatever a server has',
      )
        .choices([...Object.keys(devices), 'http'])
        .default('llama-cpp'),
    )
    .addOption(
      new Option(
        '-u, --url <address>',
        'where a server listens; it means --backend http. Given again: another server of the same model',
      )
        .argParser(addresses)
        .implies({ backend: 'http' }),
    )
    .addOption(
      new Option('--server <kind>', 'what the server is, where it does not tell').choices([
        'auto',
        ...serverNames,
      ]),
    )
    .addOption(
      new Option(
        '-f, --format <name>',
        'how the model writes a conversation (default: what the file asks for)',
      ).choices(Object.keys(formats)),
    )
    .addOption(
      new Option('-r, --reasoning <switch>', 'whether it thinks before it answers')
        .choices(['on', 'off'])
        .default('on'),
    )
    .addOption(new Option('-b, --budget <tokens>', 'the most it may think').argParser(whole(1)))
    .addOption(
      new Option('-n, --max-tokens <tokens>', 'the most it may say, thinking included').argParser(
        whole(1),
      ),
    )
    .addOption(
      new Option('-t, --temperature <number>', '0 always takes the likeliest token').argParser(
        number,
      ),
    )
    .addOption(
      new Option('--seed <number>', 'the same seed gives the same reply').argParser(whole(0)),
    )
    .addOption(new Option('-s, --system <text>', 'instructions for the whole conversation'))
    .addOption(
      new Option('-c, --context <tokens>', 'room for the conversation').argParser(whole(32)),
    )
    .addOption(
      new Option('--device <name>', 'where it runs on this machine (default: auto)').choices([
        ...new Set(Object.values(devices).flat()),
      ]),
    )
    .addOption(
      new Option(
        '--show <what>',
        'all: the thought, the answer and the figures; answer: the answer alone (default: all at a terminal)',
      ).choices(['all', 'answer']),
    )
    .addHelpText(
      'after',
      `
Examples:
  ${called} "What is 4812 + 977?"                     think, answer, and say what it took
  ${called} "What is 4812 + 977?" --reasoning off     answer at once
  ${called} --model model.gguf "Prove that √2 is irrational."
  ${called} --backend onnx --model folder "Prove that √2 is irrational."
  ${called} --backend http --url http://localhost:8080 "What is 4812 + 977?"     a server that runs: llama-server, vLLM, Ollama…
  echo "Sort ascending: 507, 12, 48." | ${called.replace('npm start', 'npm start --silent')} > answer.txt

A question may come through a pipe. If none has begun to come after two seconds, one of its own is asked, and said to be;
with - it waits as long as it takes.
A server that wants a key gets the one in the environment variable NANO_API_KEY.
While it answers, Ctrl-C stops it; again, it leaves.`,
    )
    .action((question: string | undefined, options: ChatOptions, self: Command) => {
      const fault = misplaced(options)
      if (fault) self.error(`error: ${fault}`)
      return chat(question, options)
    })
}

/** What was asked for and does not go together, with what does. */
function misplaced({
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
      : 'a server has its own device: give --device where it is started, or leave it out.'
  }
  if (url)
    return `the backend ${backend} runs the model itself, and --url is of a server: give one of the two.`
  if (server)
    return '--server says what listens at an address: give that too, such as --url http://localhost:8080.'
  const there: readonly string[] = devices[backend]
  return device === undefined || there.includes(device)
    ? undefined
    : `the backend ${backend} does not know --device ${device}. Allowed choices are ${there.join(', ')}.`
}

function addresses(text: string, before: readonly string[] = []): readonly string[] {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('It must be an address such as http://localhost:8080.')
  return [...before, text]
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be a number, 0 or more.')
  return value
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least)
      throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`)
    return value
  }
}
