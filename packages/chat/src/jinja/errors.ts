/** The template is not valid Jinja, or uses a tag that chat templates cannot use. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError'
  /** Counts from 1. */
  readonly line: number

  constructor(message: string, line: number) {
    super(`${message} (line ${line})`)
    this.line = line
  }
}

/** The template does what Python refuses, e.g. it reads an attribute of an undefined variable. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault'
  /** Python's name of the exception, e.g. `TypeError`. */
  readonly kind: string

  constructor(kind: string, message: string) {
    super(message)
    this.kind = kind
  }
}

/** The template itself refuses the conversation, with `raise_exception`. */
export class TemplateRefusal extends Error {
  override readonly name = 'TemplateRefusal'
}

/** The template needs more than its limits allow. */
export class TemplateLimit extends Error {
  override readonly name = 'TemplateLimit'
  readonly limit: string

  constructor(limit: string, message: string) {
    super(message)
    this.limit = limit
  }
}

export function typeError(message: string): TemplateFault {
  return new TemplateFault('TypeError', message)
}

export function valueError(message: string): TemplateFault {
  return new TemplateFault('ValueError', message)
}
