/**
 * A piece of a prompt. Control tokens and text are kept apart, so that text of a user can never
 * become a control token.
 */
export type Segment = { readonly control: string } | { readonly text: string }

/**
 * What an engine tokenizes. The text between two control tokens is one string, because a token may
 * span the pieces that it was made of.
 */
export type Prompt = readonly Segment[]

/** A control token, by its text. */
export const control = (control: string): Segment => ({ control })
/** Text that is never read as a control token. */
export const text = (text: string): Segment => ({ text })

/**
 * Separates the control tokens in what a format or a template wrote itself. Of two that start at
 * the same place, the longer one is taken.
 */
export function separateControlTokens(markup: string, controlTokens: readonly string[]): Prompt {
  const matches = controlTokens
    .map((token) => ({ token, at: token ? markup.indexOf(token) : -1 }))
    .filter(({ at }) => at >= 0)
  const [first] = matches.sort((a, b) => a.at - b.at || b.token.length - a.token.length)
  if (!first) return markup ? [text(markup)] : []
  const before = markup.slice(0, first.at)
  return [
    ...(before ? [text(before)] : []),
    control(first.token),
    ...separateControlTokens(markup.slice(first.at + first.token.length), controlTokens),
  ]
}

/** The prompt with adjacent texts joined and empty ones dropped. */
export function joinText(prompt: Prompt): Prompt {
  const joined: Segment[] = []
  for (const segment of prompt) {
    const last = joined.at(-1)
    if ('control' in segment) joined.push(segment)
    else if (last && 'text' in last) joined[joined.length - 1] = { text: last.text + segment.text }
    else if (segment.text) joined.push(segment)
  }
  return joined
}

/** The prompt as people read it. */
export function promptToText(prompt: Prompt): string {
  return prompt.map((segment) => ('control' in segment ? segment.control : segment.text)).join('')
}

/** The start of a ChatML message: `<|im_start|>role`, a line break, and the content so far. */
export function openChatmlMessage(role: string, content = ''): Prompt {
  return [control('<|im_start|>'), text(`${role}\n${content}`)]
}

/** A whole ChatML message. */
export function chatmlMessage(role: string, content: string): Prompt {
  return [...openChatmlMessage(role, content), control('<|im_end|>'), text('\n')]
}

/** The start of every prompt of the Llama 3 family. */
export const llama3Start: Segment = control('<|begin_of_text|>')

/** The start of a message of the Llama 3 family: its role between two control tokens. */
export function openLlama3Message(role: string): Prompt {
  return [control('<|start_header_id|>'), text(role), control('<|end_header_id|>'), text('\n\n')]
}

/** A whole message of the Llama 3 family. */
export function llama3Message(role: string, content: string): Prompt {
  return [...openLlama3Message(role), text(content), control('<|eot_id|>')]
}
