/** The part of npm `smpp` 0.5.1 that this package uses; it has no types of its own. */
declare module 'smpp' {
  interface FieldType {
    readonly default: unknown;
  }

  interface Command {
    readonly id: number;
    readonly command: string;
    /** Mandatory fields in the order of the wire; absent where the PDU is a header only. */
    readonly params?: Readonly<Record<string, { readonly type: FieldType; readonly default?: unknown }>>;
  }

  interface TlvDefinition {
    readonly id: number;
    readonly tag: string;
    readonly type: FieldType;
    /** True where the parameter may be repeated; its value is an array. */
    readonly multiple?: boolean;
  }

  export class PDU {
    static maxLength: number;
    constructor(command: string, fields?: Record<string, unknown>);
    constructor(frame: Buffer);
    toBuffer(): Buffer;
  }

  export const commands: Readonly<Record<string, Command>>;
  export const commandsById: Readonly<Record<number, Command>>;
  export const tlvs: Readonly<Record<string, TlvDefinition>>;
  export const errors: Readonly<Record<string, number>>;
}
