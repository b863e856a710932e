/**
 * Control tokens and text are different things, so text from users can never write a control token.
 */
export type Segment = { readonly control: string } | { readonly text: string }

/**
 * What an engine tokenises: text between two control tokens is one string, because tokens may cross
 * the pieces it was made of.
 */
export type Prompt = readonly Segment[]

/** A control token, by its text. */
export const control = (control: string): Segment => ({ control })
/** Text, which is never read as a control token. */
export const text = (text: string): Segment => ({ text })

/**
 * What a format or a template wrote itself, with the control tokens in it told apart. Of two that
 * begin at the same place the longer counts.
 */
export function controlsIn(written: string, controls: readonly string[]): Prompt {
  const found = controls
    .map((marker) => ({ marker, at: marker ? written.indexOf(marker) : -1 }))
    .filter(({ at }) => at >= 0)
  const [first] = found.sort((a, b) => a.at - b.at || b.marker.length - a.marker.length)
  if (!first) return written ? [text(written)] : []
  const before = written.slice(0, first.at)
  return [
    ...(before ? [text(before)] : []),
    control(first.marker),
    ...controlsIn(written.slice(first.at + first.marker.length), controls),
  ]
}

/** The prompt with neighbouring texts joined and empty ones dropped. */
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
export function promptText(prompt: Prompt): string {
  return prompt.map((segment) => ('control' in segment ? segment.control : segment.text)).join('')
}
