export interface Token {
  readonly type:
    | 'data'
    | 'name'
    | 'string'
    | 'integer'
    | 'float'
    | 'operator'
    | 'block-begin'
    | 'block-end'
    | 'variable-begin'
    | 'variable-end'
    | 'end'
  readonly value: string
  /** Where it starts in the source, in UTF-16 units. */
  readonly offset: number
}
