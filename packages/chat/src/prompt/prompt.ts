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

/**
 * Separates the control tokens in what a format or a template wrote itself. Of two that start at
 * the same place, the longer one is taken.
 */
export function separateControlTokens(markup: string, controlTokens: readonly string[]): Prompt {
  const matches = controlTokens
    .map((token) => ({ token, at: token ? markup.indexOf(token) : -1 }))
    .filter(({ at }) => at >= 0)
  const [first] = matches.sort((a, b) => a.at - b.at || b.token.length - a.token.length)
  if (!first) return markup ? [{ text: markup }] : []
  const before = markup.slice(0, first.at)
  return [
    ...(before ? [{ text: before }] : []),
    { control: first.token },
    ...separateControlTokens(markup.slice(first.at + first.token.length), controlTokens),
  ]
}

/** The prompt as people read it. */
export function promptToText(prompt: Prompt): string {
  return prompt.map((segment) => ('control' in segment ? segment.control : segment.text)).join('')
}
