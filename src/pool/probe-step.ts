export type ProbeStepName = 'resolve' | 'connect' | 'tls' | 'bind' | 'unbind';

/** Why a step failed. The message holds no secret. */
export interface ProbeProblem {
  /** A CloseCode, the error code of the TLS stack, the ESME_* name of a refused bind, or one of the probe's own. */
  readonly code: string;
  readonly message: string;
  /** command_status of a refused bind. */
  readonly status?: number;
}

/** What a step found, by name: addresses, protocol, certificate, mode, version. */
export type ProbeFacts = Readonly<Record<string, string | number>>;

export interface ProbeStep {
  readonly step: ProbeStepName;
  /** Milliseconds. */
  readonly ms: number;
  readonly facts: ProbeFacts;
  /** What is amiss although the step succeeded; null where nothing is. */
  readonly warning: ProbeProblem | null;
  /** Why the step failed, which ended the probe; null where it succeeded. */
  readonly problem: ProbeProblem | null;
}
