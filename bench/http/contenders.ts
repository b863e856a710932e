/** A client, ready to ask for one reply after another. */
export interface Client {
  /**
   * Reads one reply; `first` is called with its first part. Gives characters of text, or bytes
   * where there is no text.
   */
  read(first?: () => void): Promise<number>
}

const question = 'What is 12 + 30?'
const model = 'Qwen/Qwen3-4B'
const apiKey = 'none'

/** Ways to read a reply, each at its cheapest; the first two only for the bytes they are given. */
export const contenders = {
  'bare fetch': bare('/v1/chat/completions'),
  nano: nano('chat'),
  openai,
  '@ai-sdk/openai-compatible, doStream': provider,
  "AI SDK, streamText's textStream": aiSdk,
  'bare fetch of native completions': bare('/completion'),
  'nano, native completions': nano('completions'),
} satisfies Readonly<Record<string, (url: string) => Promise<Client>>>

export type Name = keyof typeof contenders

/** A reader in a loop is the cheapest way that reads as it comes. */
function bare(path: string): (url: string) => Promise<Client> {
  const body = JSON.stringify({
    model,
    messages: [{ role: 'user', content: question }],
    stream: true,
    stream_options: { include_usage: true },
  })
  return async (url) => ({
    async read(first = () => {}) {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      const reader = response.body?.getReader()
      let count = 0
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { done: true }
        if (value && count === 0) first()
        if (done) return count
        count += value?.length ?? 0
      }
    },
  })
}

function nano(mode: 'chat' | 'completions'): (url: string) => Promise<Client> {
  return async (url) => {
    const { openHttp } = await import('@nano/http')
    const opened = await openHttp({
      url,
      server: url.includes('/vllm-') ? 'vllm' : 'llama-server',
      mode,
      format: 'qwen-3',
    })
    return {
      read: (first = () => {}) =>
        counted(first, async (say) => {
          for await (const part of opened.stream(question)) if (part.type === 'text') say(part.text)
        }),
    }
  }
}

async function openai(url: string): Promise<Client> {
  const { default: OpenAI } = await import('openai')
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey })
  return {
    read: (first = () => {}) =>
      counted(first, async (say) => {
        const stream = await client.chat.completions.create({
          model,
          messages: [{ role: 'user', content: question }],
          stream: true,
          stream_options: { include_usage: true },
        })
        for await (const {
          choices: [choice],
        } of stream)
          if (choice?.delta.content) say(choice.delta.content)
      }),
  }
}

/** The package by itself, as `streamText` calls it. */
async function provider(url: string): Promise<Client> {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
  const language = createOpenAICompatible({
    name: 'local',
    baseURL: `${url}/v1`,
    apiKey,
    includeUsage: true,
  }).chatModel(model)
  return {
    read: (first = () => {}) =>
      counted(first, async (say) => {
        const { stream } = await language.doStream({
          prompt: [{ role: 'user', content: [{ type: 'text', text: question }] }],
        })
        const reader = stream.getReader()
        for (;;) {
          const { value, done } = await reader.read()
          if (done) return
          if (value.type === 'text-delta') say(value.delta)
        }
      }),
  }
}

async function aiSdk(url: string): Promise<Client> {
  const [{ createOpenAICompatible }, { streamText }] = [
    await import('@ai-sdk/openai-compatible'),
    await import('ai'),
  ]
  const language = createOpenAICompatible({
    name: 'local',
    baseURL: `${url}/v1`,
    apiKey,
    includeUsage: true,
  }).chatModel(model)
  return {
    read: (first = () => {}) =>
      counted(first, async (say) => {
        for await (const text of streamText({ model: language, prompt: question }).textStream)
          say(text)
      }),
  }
}

async function counted(
  first: () => void,
  read: (say: (text: string) => void) => Promise<void>,
): Promise<number> {
  let characters = 0
  await read((text) => {
    if (characters === 0) first()
    characters += text.length
  })
  return characters
}
