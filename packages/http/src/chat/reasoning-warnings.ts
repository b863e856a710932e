/** Says what a server makes of the reasoning switch, once for each model. */
export interface ReasoningWarnings {
  /** The caller does not get a thought. */
  reportHiddenThought(): void
  /** A reply has no thought although reasoning is on. */
  reportMissingThought(): void
}

interface WarningOptions {
  readonly label: string
  readonly onWarning: (message: string) => void
  /** It is known that the switch reaches the model. */
  readonly hasSureSwitch: boolean
}

/** A model is asked many times, and a fact about it is worth one warning. */
export function reasoningWarnings({
  label,
  onWarning,
  hasSureSwitch,
}: WarningOptions): ReasoningWarnings {
  const reportedMessages = new Set<string>()
  function warnOnce(message: string): void {
    if (!reportedMessages.has(message)) onWarning(message)
    reportedMessages.add(message)
  }

  return {
    reportHiddenThought: () =>
      warnOnce(
        `${label}: the server reasons although reasoning is off, and the thought is left out. ` +
          "Name the model's family with the option format, or start the server without reasoning",
      ),
    reportMissingThought() {
      if (hasSureSwitch) return
      warnOnce(
        `${label}: reasoning is on, and the reply has no thought. It is not known how this model ` +
          'is asked to reason. Name its family with the option format, or turn reasoning off',
      )
    },
  }
}
