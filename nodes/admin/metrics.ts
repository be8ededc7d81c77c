import { metrics as openTelemetry, type Observable } from '@opentelemetry/api';
import type { NodeAPI } from 'node-red';
import { AggregatorRegistry, Registry, type MetricObject } from 'prom-client';
import { LATENCY_BOUNDS, type LatencyHistogram } from '../../src/pool/measures';
import type { PoolHandle } from '../pool-lifetime/pool-handle';
import { serve } from './endpoint';
import { deployedPools } from './pools';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One metric of all pools. None of its labels comes from a message: the number of its samples stays small. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
}

interface HistogramFamily {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: Labels; readonly times: LatencyHistogram }[];
}

const POOL_STATES = ['up', 'degraded', 'down', 'stopped'] as const;

/** Content type of the text that `metricsText` makes. */
export const METRICS_TYPE = Registry.OPENMETRICS_CONTENT_TYPE;

/** Serves `GET smpp-pool/metrics`: all pools, in OpenMetrics. Nothing is gathered while nobody asks. */
export function serveMetrics(RED: NodeAPI): void {
  serve(RED, 'get', '/smpp-pool/metrics', 'smpp-pool.read', async (_request, response) => {
    const text = await metricsText();
    response.set('Content-Type', METRICS_TYPE).send(text);
  });
}

/** All pools in OpenMetrics text. */
export async function metricsText(): Promise<string> {
  const pools = deployedPools();
  const objects = [...families(pools).map(metricObject), ...histograms(pools).map(histogramObject)];
  const registry = AggregatorRegistry.aggregate([objects]);
  registry.setContentType(METRICS_TYPE);
  return registry.metrics();
}

let provider: unknown;

/**
 * Offers the same counters and gauges to the OpenTelemetry SDK that the user has set up, if there is one. To be called again whenever
 * a pool starts: the SDK may have come since.
 */
export function observeByOpenTelemetry(): void {
  const present = openTelemetry.getMeterProvider();
  if (present === provider) return;
  provider = present;
  const meter = present.getMeter('@smpp-nodes/node-red-smpp');
  const observables = new Map(
    families([]).map(({ name, help, type }) => {
      const options = { description: help };
      const observable: Observable =
        type === 'counter' ? meter.createObservableCounter(name, options) : meter.createObservableGauge(name, options);
      return [name, observable] as const;
    }),
  );
  meter.addBatchObservableCallback(
    (result) => {
      for (const { name, samples } of families(deployedPools())) {
        for (const { labels, value } of samples) result.observe(observables.get(name)!, value, labels);
      }
    },
    [...observables.values()],
  );
}

function families(pools: readonly PoolHandle[]): Family[] {
  const all = pools.map((handle) => {
    const labels: Labels = { pool: handle.id, name: handle.owner!.name };
    return { labels, snapshot: handle.snapshot(), measures: handle.measures() };
  });
  type One = (typeof all)[number];
  const family = (type: Family['type'], name: string, help: string, of: (pool: One) => Sample[]): Family => ({
    name: `smpp_${name}`,
    help,
    type,
    samples: all.flatMap(of),
  });
  const figure = (type: Family['type'], name: string, help: string, of: (pool: One) => number): Family =>
    family(type, name, help, (pool) => [{ labels: pool.labels, value: of(pool) }]);
  const byServer = (name: string, help: string, of: (server: One['snapshot']['servers'][number]) => number): Family =>
    family('gauge', name, help, ({ labels, snapshot }) =>
      snapshot.servers.map((server) => ({ labels: { ...labels, server: server.server }, value: of(server) })),
    );
  return [
    family('gauge', 'pool_state', 'State of the pool: 1 at the label that it has', ({ labels, snapshot }) =>
      POOL_STATES.map((state) => ({ labels: { ...labels, state }, value: snapshot.state === state ? 1 : 0 })),
    ),
    family('gauge', 'pool_hindrance', 'Why the queue does not move: 1 at the reason, no sample without one', (pool) => {
      const { hindrance } = pool.snapshot;
      return hindrance ? [{ labels: { ...pool.labels, code: hindrance.code }, value: 1 }] : [];
    }),
    figure('gauge', 'queue_waiting', 'Messages that wait', ({ snapshot }) => snapshot.queue.waiting),
    figure('gauge', 'queue_urgent', 'Urgent messages among those that wait', ({ snapshot }) => snapshot.queue.urgent),
    figure('gauge', 'queue_in_flight', 'Submits without an answer yet', ({ snapshot }) => snapshot.queue.inFlight),
    figure('gauge', 'queue_limit', 'Messages that may wait', ({ snapshot }) => snapshot.queue.limit),
    figure(
      'gauge',
      'queue_oldest_seconds',
      'Age of the oldest message that waits',
      ({ snapshot }) => snapshot.queue.oldestSeconds,
    ),
    family('counter', 'messages', 'Messages by their outcome', ({ labels, snapshot }) => {
      const totals: Readonly<Partial<Record<string, number>>> = { ...snapshot.totals };
      return OUTCOMES.map((outcome) => ({ labels: { ...labels, outcome }, value: totals[outcome] ?? 0 }));
    }),
    family('counter', 'submit_answers', 'Answers to submits by server, bind and status', ({ labels, measures }) =>
      measures.answers.flatMap(({ server, bind, counts }) =>
        counts.entries().map(([status, value]) => ({ labels: { ...labels, server, bind, status }, value })),
      ),
    ),
    figure(
      'counter',
      'throttled_pdus',
      'Submits answered with a throttling status',
      ({ snapshot }) => snapshot.totals.throttled,
    ),
    family('counter', 'receipts', 'Receipts by state and group', ({ labels, measures }) =>
      measures.receipts
        .entries()
        .map(({ state, group, count }) => ({ labels: { ...labels, state, group }, value: count })),
    ),
    figure(
      'counter',
      'receipts_unmatched',
      'Receipts that match no sent message',
      ({ snapshot }) => snapshot.totals.unmatched,
    ),
    figure('counter', 'incoming_messages', 'Ordinary incoming messages', ({ snapshot }) => snapshot.totals.incoming),
    figure('counter', 'reconnects', 'Binds lost and made anew', ({ snapshot }) => snapshot.totals.reconnects),
    byServer('server_binds', 'Binds that the server is to have', ({ binds }) => binds.length),
    byServer('server_binds_bound', 'Binds that stand', ({ bound }) => bound),
    byServer('server_throughput', 'Submits a second that are agreed, 0 = no limit', ({ throughput }) => throughput),
    byServer('server_allowed', 'Submits a second in force now, 0 = no limit', ({ allowed }) => allowed),
    byServer('server_rate', 'Submits of the last second', ({ rate }) => rate),
    family('gauge', 'bind_bound', '1 where the bind stands', ({ labels, snapshot }) =>
      snapshot.servers.flatMap(({ server, binds }) =>
        binds.map(({ bind, mode, state }) => ({
          labels: { ...labels, server, bind, mode },
          value: state === 'bound' ? 1 : 0,
        })),
      ),
    ),
    family('gauge', 'bind_in_flight', 'Submits of the bind without an answer yet', ({ labels, snapshot }) =>
      snapshot.servers.flatMap(({ server, binds }) =>
        binds.map(({ bind, inFlight }) => ({ labels: { ...labels, server, bind }, value: inFlight })),
      ),
    ),
  ];
}

/** The totals that are outcomes of messages. */
const OUTCOMES = ['accepted', 'refused', 'expired', 'unknown', 'failed', 'cancelled'] as const;

function histograms(pools: readonly PoolHandle[]): HistogramFamily[] {
  const all = pools.map((handle) => ({
    labels: { pool: handle.id, name: handle.owner!.name },
    measures: handle.measures(),
  }));
  return [
    {
      name: 'smpp_answer_seconds',
      help: 'Time from a submit to its answer',
      samples: all.flatMap(({ labels, measures }) =>
        measures.answerTimes.map(({ server, times }) => ({ labels: { ...labels, server }, times })),
      ),
    },
    {
      name: 'smpp_report_seconds',
      help: 'Time from a message being accepted to the final receipt of a segment',
      samples: all.map(({ labels, measures }) => ({ labels, times: measures.receipts.time })),
    },
  ];
}

/** Metrics as prom-client writes them to JSON and reads them again. */
type JsonMetric = MetricObject & {
  readonly values: readonly { readonly value: number; readonly labels: Labels; readonly metricName?: string }[];
  readonly aggregator: 'sum';
};

function metricObject({ name, help, type, samples }: Family): JsonMetric {
  return { name, help, type, values: samples, aggregator: 'sum' } as unknown as JsonMetric;
}

function histogramObject({ name, help, samples }: HistogramFamily): JsonMetric {
  const values = samples.flatMap(({ labels, times }) => {
    let count = 0;
    const buckets = times.counts.map((inBucket, index) => {
      count += inBucket;
      const bound = LATENCY_BOUNDS[index];
      const le = bound === undefined ? '+Inf' : String(bound / 1000);
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: times.sum / 1000 },
      { metricName: `${name}_count`, labels, value: count },
    ];
  });
  return { name, help, type: 'histogram', values, aggregator: 'sum' } as unknown as JsonMetric;
}
