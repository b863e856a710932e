import { type Engine, type Prompt } from '../src/index.ts'

export interface Parrot {
  /** What it says after a prompt, given as text. */
  readonly says: (prompt: string) => string
  readonly log?: string[]
  readonly contextLength?: number
}

const eot = 0x11_0000

/** An engine without weights: a token is a character, and control tokens come after all characters. */
export function parrot({ says, log = [], contextLength = 4_000 }: Parrot): Engine {
  const controls: string[] = ['<|eot_id|>']
  const idOf = (control: string) => {
    if (!controls.includes(control)) controls.push(control)
    return eot + controls.indexOf(control)
  }
  const textOf = (token: number) => (token >= eot ? controls[token - eot]! : String.fromCodePoint(token))
  const tokenize = (prompt: Prompt) => prompt.flatMap((segment) => ('control' in segment ? [idOf(segment.control)] : [...segment.text].map((character) => character.codePointAt(0)!)))

  return {
    name: 'parrot',
    info: { model: 'parrot', contextLength },
    sampling: ['temperature', 'topP'],
    vocabularySize: eot + 64,
    async *complete(prompt, { maxTokens, signal, sampling }) {
      log.push(JSON.stringify(sampling))
      try {
        yield { text: '', tokens: [], start: { cachedInput: 0, waiting: 0, prompt: 1 } }
        let sampled = 0
        for (const text of says(prompt.map(textOf).join(''))) {
          await Promise.resolve()
          signal.throwIfAborted()
          const tokens = [text.codePointAt(0)!]
          if (++sampled === maxTokens) return yield { text, tokens, end: 'length' }
          yield { text, tokens }
        }
        yield { text: '', tokens: [eot], end: 'stop' }
      } finally {
        log.push('slot freed')
      }
    },
    tokenize: async (prompt) => tokenize(prompt),
    detokenize: async (tokens) => tokens.map(textOf).join(''),
    close: async () => void log.push('closed'),
  }
}

/** A parrot of a reasoning model in Nemotron's format, which goes on wherever its reply was cut. */
export function thinker(more: Omit<Parrot, 'says'> = {}): Engine {
  return parrot({
    ...more,
    says(prompt) {
      const turn = prompt.slice(prompt.lastIndexOf('<|end_header_id|>') + '<|end_header_id|>\n\n'.length)
      const answer = 'The answer is nineteen.'
      const whole = prompt.includes('detailed thinking on') ? `<think>\ntwelve and seven make nineteen\n</think>\n\n${answer}` : answer
      if (whole.startsWith(turn)) return whole.slice(turn.length)
      return turn.includes('</think>') || turn === '' ? answer : ' and so on.'
    },
  })
}
