export type ProbeStepName = 'resolve' | 'connect' | 'tls' | 'bind' | 'unbind';

/** Why a step failed. The message holds no secret. */
export interface ProbeProblem {
  /** A CloseCode, the error code of the TLS stack, the ESME_* name of a refused bind, or one of the probe's own. */
  readonly code: string;
  readonly message: string;
  /** command_status of a refused bind. */
  readonly status?: number;
}

/** What a step found: addresses, protocol, certificate, mode, version. */
export type ProbeFacts = Readonly<Record<string, string | number>>;

export interface ProbeStep {
  readonly step: ProbeStepName;
  /** Milliseconds. */
  readonly ms: number;
  readonly facts: ProbeFacts;
  /** The step went well, but for this. */
  readonly warning: ProbeProblem | null;
  /** The step failed, and the probe ended with it. */
  readonly problem: ProbeProblem | null;
}
